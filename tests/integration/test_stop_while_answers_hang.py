# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A module that gets a signal while an answer does not end prints its result."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from bad_server import BadServer, byte_by_byte
from module_runs import start_module
from worlds import SPACE

# The timeout of a call is an hour, so a module that waits for its answer takes longer.
HANG_SECONDS = 60.0


@pytest.mark.parametrize("trickles", [False, True])
def test_a_run_that_is_stopped_during_an_endless_answer_returns_its_result(tmp_path: Path, trickles: bool) -> None:
    with BadServer(byte_by_byte(b"HTTP/1.1 200 OK\r\nServer: " + b"a" * 99_999) if trickles else [None]) as server:
        options = {
            "endpoint": server.origin,
            "access_key_id": "test-key-id",
            "access_key_secret": "test-secret",
            "timeout": 3600,
            "cust_space_id": SPACE,
            "phone_number": "+8613900001234",
        }
        module = start_module("cams_number_migration", options, {"HOME": str(tmp_path)})
        assert server.begun.wait(HANG_SECONDS)
        module.terminate()
        output, errors = module.communicate(timeout=HANG_SECONDS)

        result = json.loads(output)
        assert (errors, result["failed"], result["changed"]) == ("", True, False)
        assert f"The run was stopped before {server.origin.partition('://')[2]} sent a whole answer" in output
        assert server.requests == 1
