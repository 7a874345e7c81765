# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of many spaces: one query for each space, several at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ansible_collections.chatapp.cams.plugins.module_utils._api.client import Client
from ansible_collections.chatapp.cams.plugins.module_utils._api.operations import QUERY_NUMBERS
from ansible_collections.chatapp.cams.plugins.module_utils._cloud.rows import Row, read_rows
from ansible_collections.chatapp.cams.plugins.module_utils._errors import (
    CamsError,
    ConfigurationError,
    describe_unexpected,
)
from ansible_collections.chatapp.cams.plugins.module_utils._system.threads import run_in_threads

# The service allows ten calls a second, so more threads would only wait.
THREADS = 32


@dataclass
class SpaceRows:
    """The rows by space, and an error message for each space that could not be queried."""

    rows: dict[str, list[Row]] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    # Whether a cache may keep this: another query would probably give the same answer.
    cacheable: bool = True


def query_spaces(client: Client, spaces: Sequence[str], isv_code: str = "") -> SpaceRows:
    """Query each space once. A mistake in the configuration raises; an error of one space only concerns that space."""
    answers: dict[str, list[Row] | CamsError] = {}

    def query(space: str) -> None:
        parameters = {"CustSpaceId": space, **({"IsvCode": isv_code} if isv_code else {})}
        try:
            answers[space] = read_rows(client, QUERY_NUMBERS, parameters)
        except ConfigurationError:
            raise
        except CamsError as error:
            answers[space] = error
        except Exception as error:
            answers[space] = CamsError(f"Failed to query space {space}: {describe_unexpected(error)}")

    run_in_threads(query, spaces, THREADS, stop=client.stop)
    shown = SpaceRows()
    for space in spaces:
        answer = answers[space]
        if isinstance(answer, CamsError):
            shown.refused[space] = answer.message
            shown.cacheable = shown.cacheable and _is_cacheable(answer)
        else:
            shown.rows[space] = answer
    return shown


def _is_cacheable(error: CamsError) -> bool:
    return error.error is not None and error.error.http_status < 500 and not error.error.throttled
