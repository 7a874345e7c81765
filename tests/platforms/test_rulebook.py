# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sample rulebook under the real ansible-rulebook: a callback comes in, and just the named number is worked on.

``make test-eda`` runs this. It needs Java, so it is not part of ``make test``.
"""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from environment import ROOT
from platforms.bare import clean_environment, installed_collection, virtual_environment
from playbook_runs import credentials_environment
from simulator_process import Simulator
from table_rows import rows_of
from worlds import SPACE, make_space

TOKEN = "0123456789abcdef-token"
# Only a hang takes longer.
READY_SECONDS = 300.0
RUN_SECONDS = 300.0
NUMBERS = [f"+861390000{index:04}" for index in range(4)]
HOSTS = {
    "shop": {"cams_phone_number": NUMBERS[0]},
    "acme": {"cams_numbers": NUMBERS[1:3]},
    "other": {"cams_phone_number": NUMBERS[3]},
}


@dataclass
class Rulebook:
    """One ansible-rulebook with the sample, over an inventory of four numbers, and a simulator behind it."""

    simulator: Simulator
    log: Path
    url: str

    def post(self, report: dict[str, Any], token: str = TOKEN) -> int:
        return requests.post(f"{self.url}/audit/{token}", json=[report], timeout=10).status_code

    def output(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def recaps(self) -> list[str]:
        return re.findall(r"PLAY RECAP \*+\s+(.*?)\n\s*\n", self.output() + "\n\n", re.DOTALL)

    def wait_for(self, what: Callable[[], bool], seconds: float = RUN_SECONDS) -> None:
        until = time.monotonic() + seconds
        while not what():
            if time.monotonic() >= until:
                raise AssertionError(self.output()[-5000:])
            time.sleep(0.2)

    def effects(self) -> dict[str, dict[str, int]]:
        found = self.simulator.control.effects()["numbers"]
        return {f"+{one['phone_number']}": one for one in found if one["initiates"] or one["codes_sent"]}

    def calls(self) -> list[dict[str, Any]]:
        return list(self.simulator.control.calls())


@pytest.fixture(scope="module")
def tools() -> Path:
    assert shutil.which("java"), "ansible-rulebook needs Java 17 or later: install it and run again."
    return virtual_environment("eda", "--require-hashes", "-r", "tests/requirements/eda.txt")


@pytest.fixture(scope="module")
def collections(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return installed_collection(tmp_path_factory.mktemp("installed"))


@pytest.fixture
def rulebook(tools: Path, collections: Path, tmp_path: Path) -> Iterator[Rulebook]:
    inventory = tmp_path / "hosts.json"
    variables = {"cams_cust_space_id": SPACE, "ansible_host": "192.0.2.1"}
    inventory.write_text(json.dumps({"all": {"hosts": HOSTS, "vars": variables}}), encoding="utf-8")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with Simulator() as simulator:
        simulator.control.seed({"spaces": [make_space()]})
        environment = clean_environment(
            tools,
            collections,
            tmp_path / "home",
            CAMS_AUDIT_TOKEN=TOKEN,
            CAMS_AUDIT_PORT=str(port),
            CAMS_JOURNAL=str(tmp_path / "journal.jsonl"),
            **credentials_environment(simulator),
        )
        command = [str(tools / "bin/ansible-rulebook"), "--rulebook", "chatapp.cams.audit", "-i", str(inventory)]
        command += ["--env-vars", "CAMS_AUDIT_TOKEN,CAMS_AUDIT_PORT,CAMS_JOURNAL", "--verbose"]
        log = tmp_path / "rulebook.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                command, env=environment, cwd=tmp_path, stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )
        started = Rulebook(simulator, log, f"http://127.0.0.1:{port}")
        try:
            started.wait_for(lambda: "Listening for reports" in started.output() or process.poll() is not None)
            assert process.poll() is None, started.output()[-5000:]
            yield started
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(20)


def test_a_callback_runs_the_playbook_on_the_named_number_and_on_no_other(rulebook: Rulebook, tmp_path: Path) -> None:
    report = {"Type": "phoneNameUpdate", "WabaId": "1", "PhoneNumber": NUMBERS[1].strip("+"), "Status": "APPROVED"}

    assert [rulebook.post(report, token) for token in ("wrong-token-of-some-length", TOKEN, TOKEN)] == [401, 200, 200]
    rulebook.wait_for(lambda: len(rulebook.recaps()) == 1)
    time.sleep(3)

    assert len(rulebook.recaps()) == 1, "the duplicate was dropped"
    assert "failed=0" in rulebook.recaps()[0]
    assert f"{NUMBERS[1]} is declared by host acme" in rulebook.output()
    # Its neighbour in the list of the same host was left alone too.
    assert {name: (one["initiates"], one["codes_sent"]) for name, one in rulebook.effects().items()} == {
        NUMBERS[1]: (1, 1)
    }
    written = [json.loads(line) for line in (tmp_path / "journal.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {line["number"] for line in written} == {NUMBERS[1]}
    assert TOKEN not in rulebook.output()


def test_a_report_of_quality_looks_and_writes_nothing(rulebook: Rulebook) -> None:
    assert rulebook.post({"Type": "phoneQualityUpdate", "PhoneNumber": NUMBERS[0], "Status": "RED"}) == 200
    rulebook.wait_for(lambda: len(rulebook.recaps()) == 1)

    assert "failed=0" in rulebook.recaps()[0]
    assert rows_of(rulebook.output())[NUMBERS[0]].outcome == "planned"
    assert rulebook.effects() == {}
    assert {call["action"] for call in rulebook.calls()} <= {
        "QueryChatappPhoneNumbers",
        "GetPhoneNumberVerificationStatus",
    }


def test_a_number_of_somebody_else_is_left_alone(rulebook: Rulebook) -> None:
    assert rulebook.post({"Type": "phoneNameUpdate", "PhoneNumber": "390212345678", "Status": "APPROVED"}) == 200
    rulebook.wait_for(lambda: len(rulebook.recaps()) == 1)

    assert "failed=0" in rulebook.recaps()[0]
    assert "+390212345678 is declared by no host and was left alone" in rulebook.output()
    assert rulebook.calls() == []


def test_the_rulebook_reads_no_other_environment_variable_than_the_manual_names() -> None:
    text = (ROOT / "extensions/eda/rulebooks/audit.yml").read_text(encoding="utf-8")
    assert set(re.findall(r"{{ ([A-Z_]+) }}", text)) == {"CAMS_AUDIT_TOKEN", "CAMS_AUDIT_PORT", "CAMS_JOURNAL"}
