# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reads of a first contact. A read that fails is evidence too, so no read ends the others."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping

from ansible_collections.chatapp.cams.plugins.module_utils._api import operations as op
from ansible_collections.chatapp.cams.plugins.module_utils._api.client import Client
from ansible_collections.chatapp.cams.plugins.module_utils._cloud.health import read_health
from ansible_collections.chatapp.cams.plugins.module_utils._cloud.rows import Row, read_rows
from ansible_collections.chatapp.cams.plugins.module_utils._cloud.unknown_numbers import CONTROL_NUMBERS
from ansible_collections.chatapp.cams.plugins.module_utils._cloud.verification import read_verification
from ansible_collections.chatapp.cams.plugins.module_utils._cloud.waba import read_business, read_waba
from ansible_collections.chatapp.cams.plugins.module_utils._contact.evidence import KNOWN_STATUSES
from ansible_collections.chatapp.cams.plugins.module_utils._contact.recorder import NO_SPACE
from ansible_collections.chatapp.cams.plugins.module_utils._errors import CamsError
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Declaration
from ansible_collections.chatapp.cams.plugins.module_utils._values import phone

# Seconds between two looks at a row that must change.
PAUSES = (1.5, 3.0, 3.0)
_LONGEST_PAUSE = 15.0


def pauses_of(seconds: float) -> tuple[float, ...]:
    """Return pauses that grow, and that together last at most so many seconds."""
    pauses: list[float] = []
    pause = PAUSES[0]
    while sum(pauses) + pause <= seconds:
        pauses.append(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)
    return tuple(pauses)


class ContactReads:
    """Reads what a first contact observes of one number."""

    def __init__(self, client: Client, declaration: Declaration, sleep: Callable[[float], None]) -> None:
        self._client = client
        self._number = declaration.phone_number
        self._space = {"CustSpaceId": declaration.cust_space_id}
        self._sleep = sleep

    # --- before the migration: reads only ---

    def look(self) -> None:
        """Read the space, its account, two unknown numbers, a space that does not exist, and parameters in a form.

        Raises CamsError if the space itself cannot be read: all other reads would fail, too.
        """
        rows = read_rows(self._client, op.QUERY_NUMBERS, self._space)
        self._read_account()
        self._read_status(self._number)
        control = next(number for number in CONTROL_NUMBERS if number not in {row["phone_number"] for row in rows})
        self._read_status(control)
        asked = {**self._space, "PhoneNumber": phone.without_plus(control)}
        with contextlib.suppress(CamsError):
            self._client.call_in_form(op.VERIFICATION_STATUS, asked)
        self._call(op.QUERY_NUMBERS, {"CustSpaceId": NO_SPACE})
        self._filter_by_words(rows)

    def _read_account(self) -> None:
        with contextlib.suppress(CamsError):
            waba = read_waba(self._client, self._space["CustSpaceId"])
            waba_id = str((waba or {}).get("id") or "")
            if waba_id:
                self._call(op.HEALTH, {**self._space, "NodeType": "waba", "WabaId": waba_id})
                read_business(self._client, self._space["CustSpaceId"], waba_id)

    def _filter_by_words(self, rows: list[Row]) -> None:
        """Query with the status, and with the verification word, of a row whose two words differ."""
        for row in rows:
            status, word = row["status"], str(row.get("code_verification_status") or "")
            if status in KNOWN_STATUSES and word and word not in KNOWN_STATUSES:
                for wanted in (status, word):
                    self._call(op.QUERY_NUMBERS, {**self._space, "Status": wanted})
                return

    # --- around the steps of the migration ---

    def read_until(self, is_shown: Callable[[Row], bool], pauses: tuple[float, ...] = PAUSES) -> bool:
        """Query, sync and query until the number's row shows something. Return whether it does.

        Without pauses this is done once.
        """
        for pause in (*pauses, None):
            for row in self._queries_and_sync():
                if row is not None and is_shown(row):
                    return True
            if pause is None or self._client.is_stopped:
                break
            self._sleep(pause)
        return False

    def read_status_after_sync(self) -> None:
        """Sync and read the status directly after it, to compare both."""
        self._call(op.SYNC, self._space)
        self._read_status(self._number)

    def read_health(self) -> None:
        """Read the health of the number."""
        with contextlib.suppress(CamsError):
            read_health(self._client, self._space["CustSpaceId"], self._number)

    def read_filters(self) -> None:
        """Query with the words of a row, where the space had no row before."""
        with contextlib.suppress(CamsError):
            self._filter_by_words(read_rows(self._client, op.QUERY_NUMBERS, self._space))

    def _queries_and_sync(self) -> Iterator[Row | None]:
        """Yield the row of the number: queried, and queried again after a sync."""
        yield self._query_row()
        self._call(op.SYNC, self._space)
        yield self._query_row()

    def _query_row(self) -> Row | None:
        with contextlib.suppress(CamsError):
            rows = read_rows(self._client, op.QUERY_NUMBERS, self._space)
            return next((row for row in rows if row["phone_number"] == self._number), None)
        return None

    def _read_status(self, number: str) -> None:
        with contextlib.suppress(CamsError):
            read_verification(self._client, self._space["CustSpaceId"], number)

    def _call(self, operation: op.Operation, parameters: Mapping[str, str]) -> None:
        with contextlib.suppress(CamsError):
            self._client.call(operation, parameters)
