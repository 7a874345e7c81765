# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user reads when the tables of a store cannot be prepared."""

from __future__ import annotations

from typing import Any, cast

import psycopg
import pytest
from ansible_collections.chatapp.cams.plugins.module_utils._errors import ConfigurationError
from ansible_collections.chatapp.cams.plugins.module_utils._store.postgres.schema import prepare_schema


class LostConnection:
    """A connection whose server has stopped."""

    def execute(self, statement: str) -> None:
        raise psycopg.OperationalError("consuming input failed: server closed the connection unexpectedly\n\tmore")


def test_a_server_that_stops_while_a_run_begins_is_an_error_with_a_message() -> None:
    with pytest.raises(ConfigurationError, match="Could not prepare the store: consuming input failed"):
        prepare_schema(cast(Any, LostConnection()))
