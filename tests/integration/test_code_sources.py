# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Codes on their way into real playbooks: nothing hangs, no try is burnt, and no code is shown."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.chatapp.cams.plugins.module_utils._api.client import Client
from arrivals import reconcile_while_codes_arrive
from inbox import Answer, Inbox
from integration.test_canary import Place, code_spellings, everything_left, leaks, send_code, spellings
from playbook_runs import Run, credentials_environment, run_playbook, write_playbook
from reliability.passes import Pass, wait_until
from simulator_process import Simulator
from worlds import SPACE

NUMBER = "+8613900001234"
LOOKUP = "lookup('chatapp.cams.cams_code', number, {source}) | default(omit, true)"


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with Inbox() as opened:
        yield opened


@pytest.fixture
def initiated(simulator: Simulator, new_client: Callable[..., Client]) -> str:
    """A number to which one code was sent; returns the code."""
    send_code(new_client(), NUMBER[1:])
    return simulator.control.code(NUMBER[1:]) or ""


def run_without_terminal(playbook: Path, environment: dict[str, str], *arguments: str) -> Run:
    """In a session of its own, so that there is no terminal to ask, whatever the tests were started from."""
    return run_playbook(playbook, environment, playbook.parent, *arguments, new_session=True)


def migration(name: str, code: str, **keywords: Any) -> dict[str, Any]:
    options = {"cust_space_id": SPACE, "phone_number": "{{ number }}", "verify_code": "{{ " + code + " }}"}
    return {"name": name, "chatapp.cams.cams_number_migration": options, "register": "result", **keywords}


def writes(simulator: Simulator) -> dict[str, int]:
    actions = simulator.control.calls_summary()["actions"]
    reads = ("QueryChatappPhoneNumbers", "GetPhoneNumberVerificationStatus", "ChatappSyncPhoneNumber")
    return {action: calls["count"] for action, calls in actions.items() if action not in reads}


@pytest.mark.parametrize("arguments", [[], ["--check"]], ids=["run", "check"])
def test_with_every_source_empty_nothing_hangs_and_no_try_is_burnt(
    simulator: Simulator,
    new_client: Callable[..., Client],
    inbox: Inbox,
    contained: dict[str, str],
    tmp_path: Path,
    arguments: list[str],
) -> None:
    """Each number looks its code up in one source, the last one in all."""
    (tmp_path / "codes").mkdir(mode=0o700)
    sources = {"vars": "vars={}", "file": "file='codes'", "url": "url=url", "exec": "exec=['cat']"}
    looked_up = [*sources.values(), ", ".join(sources.values())]
    declared = [
        {
            "cust_space_id": SPACE,
            "phone_number": f"{NUMBER[:-1]}{index}",
            "verify_code": "{{ " + LOOKUP.replace("number", f"'{NUMBER[:-1]}{index}'").format(source=source) + " }}",
        }
        for index, source in enumerate(looked_up)
    ]
    for number in declared:
        send_code(new_client(), number["phone_number"][1:])
    everything = {"vars": {NUMBER: ""}, "file": "codes", "url": inbox.options, "exec": ["cat"]}
    # A header marks the readings of the wait.
    marked = {**inbox.options, "headers": {**inbox.options["headers"], "X-Wait": "yes"}}
    wait = {
        "numbers": [{"cust_space_id": SPACE, "phone_number": declared[0]["phone_number"]}],
        "code_source": {**everything, "url": marked},
        "code_wait_seconds": 1,
    }
    tasks = [
        {"name": "Fleet", "chatapp.cams.cams_number_fleet": {"numbers": declared}, "register": "fleet"},
        {"name": "Wait", "chatapp.cams.cams_number_fleet": wait, "register": "wait"},
        {
            "name": "Compare",
            "ansible.builtin.assert": {
                "that": [
                    f"fleet.results | map(attribute='outcome') | list == {['awaiting_code'] * len(declared)}",
                    "fleet is not changed",
                    "wait.results[0].outcome == 'awaiting_code'",
                    "wait is not changed",
                ]
            },
        },
    ]
    # What a lookup is given may hold templates, which it evaluates.
    url = {**inbox.options, "headers": {"Authorization": "Bearer {{ token | trim }}"}}
    playbook = write_playbook(tmp_path, tasks, vars={"url": url, "token": f" {Inbox.token}\n"})
    before = writes(simulator)

    run = run_without_terminal(playbook, {**contained, **credentials_environment(simulator)}, *arguments)

    assert run.status == 0, run.output
    assert run.output.count("All assertions passed") == 1
    assert writes(simulator) == before
    readings = sum("X-Wait" in headers for headers in inbox.requests)
    assert readings == 1 if arguments else readings >= 2, "check mode reads once"
    # One lookup of its own, and one with the others for the fleet.
    assert len(inbox.requests) - readings >= 2


@pytest.mark.parametrize("arguments", [[], ["--check"]], ids=["run", "check"])
def test_prompts_without_a_terminal_are_refused_before_any_call(
    simulator: Simulator, initiated: str, contained: dict[str, str], tmp_path: Path, arguments: list[str]
) -> None:
    kept = {"ignore_errors": True}
    tasks = [
        {"name": "Ask", "ansible.builtin.pause": {"prompt": "The code"}, "register": "asked"},
        migration("Hand in what was asked for", "asked.user_input | default('')", **kept),
        {"name": "Show", "ansible.builtin.debug": {"var": "result.msg"}},
        migration("Hand in what was prompted for", "prompted", **kept),
        {"name": "Show", "ansible.builtin.debug": {"var": "result.msg"}},
        migration("Hand in what was prompted for, looked up", "lookup('chatapp.cams.cams_code', number, vars=given)"),
    ]
    playbook = write_playbook(
        tmp_path,
        tasks,
        vars={"number": NUMBER, "given": {NUMBER: "{{ prompted }}"}},
        vars_prompt=[{"name": "prompted", "prompt": "The code", "private": True}],
    )
    before = simulator.control.calls_summary()["count"]

    run = run_without_terminal(playbook, {**contained, **credentials_environment(simulator)}, *arguments)

    assert run.status == 2, run.output
    assert run.output.count("as a prompt without a terminal leaves it") >= 3, run.output
    assert run.output.count("Hand in what was") == 3
    assert simulator.control.calls_summary()["count"] == before


def test_one_run_serves_two_hundred_numbers_at_one_fork(
    simulator: Simulator, contained: dict[str, str], tmp_path: Path
) -> None:
    environment = {**contained, "XDG_STATE_HOME": str(tmp_path / "state")}
    arrivals = reconcile_while_codes_arrive(simulator, environment, tmp_path, count=200, seconds=5)

    assert arrivals.run.status == 0, arrivals.run.output
    assert arrivals.summary["converged"] == 200
    # Each reading is for all numbers that wait.
    assert arrivals.requests < 50
    effects = simulator.control.effects(SPACE)["numbers"]
    assert len(effects) == 200
    assert {(effect["codes_sent"], effect["hand_ins_right"], effect["hand_ins_wrong"]) for effect in effects} == {
        (1, 1, 0)
    }


# --- what is left behind


# A word of what is said in each case.
EXPECTED = {
    "folder": '"converged"',
    "yaml": '"converged"',
    "inbox": '"converged"',
    "open": "chmod 600",
    "stale": "too old and not used",
    "other": '"awaiting_code"',
    "integer": "YAML read it as a number",
    "two": "different codes were found in the command",
    "apart": "different codes were found in vars and the inbox",
    "hang": "did not end within 1 s",
    "html": "a web page, not JSON",
    "refused": "check the token",
    "silent": "cannot be reached",
}


class Fleet:
    """Numbers with a code in one place each, good and bad."""

    def __init__(self, given: Path, inbox: Inbox, page: Inbox, codes: Callable[[str], str]) -> None:
        self.numbers = {name: f"+86139000020{index:02}" for index, name in enumerate(EXPECTED)}
        self.codes = {name: codes(number) for name, number in self.numbers.items()}
        self._given = given
        good, wrong = inbox.options, {**inbox.options, "headers": {"Authorization": "Bearer wrong-token-canary"}}
        printed = f"print('{self.codes['two']} {self.wrong('two')}')"
        hanging = f"import time; print('{self.codes['hang']}', flush=True); time.sleep(60)"
        folder = given / "codes"
        folder.mkdir(mode=0o700)
        self._write(folder / self.numbers["folder"], self.codes["folder"])
        for name in ("inbox", "apart"):
            inbox.receive(self.numbers[name], f"Your code: {self.codes[name][:3]}-{self.codes[name][3:]}")
        # A code for another number: the right one stands beside a number that nobody asks for.
        inbox.receive("+8613900009999", self.codes["other"])
        page.instead = Answer(200, f"<html>{self.codes['html']}".encode(), {"Content-Type": "text/html"})
        self.sources: dict[str, dict[str, Any]] = {
            "folder": {"file": str(folder)},
            "yaml": {"file": self._file("yaml")},
            "inbox": {"url": good},
            "open": {"file": self._file("open", mode=0o644)},
            "stale": {"file": self._file("stale", ago=3600)},
            "other": {"url": good},
            "integer": {"file": self._file("integer", quote="")},
            "two": {"exec": ["python3", self._program("two", printed)]},
            "apart": {"url": good, "vars": {self.numbers["apart"]: self.wrong("apart")}},
            "hang": {"exec": ["python3", self._program("hang", hanging)], "exec_timeout": 1},
            "html": {"url": page.options},
            "refused": {"url": wrong},
            "silent": {"url": {**good, "address": "http://127.0.0.1:9/?token=address-token-canary"}},
        }

    def wrong(self, name: str) -> str:
        return f"{(int(self.codes[name]) + 1) % 1_000_000:06}"

    def secrets(self) -> dict[str, str]:
        secrets = {"wrong two": self.wrong("two"), "wrong apart": self.wrong("apart")}
        return self.codes | secrets

    def _program(self, name: str, text: str) -> str:
        return str(self._write(self._given / f"{name}.py", text))

    def _file(self, name: str, *, quote: str = '"', mode: int = 0o600, ago: float = 10) -> str:
        code = self.codes[name] if quote else "012345"
        path = self._write(self._given / f"{name}.yml", f'"{self.numbers[name]}": {quote}{code}{quote}\n')
        path.chmod(mode)
        os.utime(path, (time.time() - ago, time.time() - ago))
        return str(path)

    @staticmethod
    def _write(path: Path, text: str) -> Path:
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)
        return path

    def tasks(self) -> list[dict[str, Any]]:
        tasks: list[dict[str, Any]] = []
        for name, number in self.numbers.items():
            given = {"number": number, "sources": "{{ all_sources." + name + " }}"}
            looked_up = "lookup('chatapp.cams.cams_code', number, **sources) | default(omit, true)"
            fleet = {"numbers": [{"cust_space_id": SPACE, "phone_number": number}], "code_source": self.sources[name]}
            tasks += [
                # Not quiet in any way: neither task has no_log.
                {
                    "name": f"Wait {name}",
                    "chatapp.cams.cams_number_fleet": fleet,
                    "register": "fleet",
                    "ignore_errors": True,
                },
                {
                    **migration(f"Case {name}", looked_up, ignore_errors=True),
                    "vars": given,
                },
                {"name": f"Show {name}", "ansible.builtin.debug": {"var": "result"}},
            ]
        facts = {"last_outcome": "{{ result.outcome | default('none') }}", "cacheable": True}
        return [*tasks, {"name": "Keep a fact", "ansible.builtin.set_fact": facts}]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "given", tmp_path / "left")


def test_no_code_and_no_token_is_left_anywhere_by_good_sources_and_bad_ones(
    simulator: Simulator, new_client: Callable[..., Client], inbox: Inbox, contained: dict[str, str], place: Place
) -> None:
    environment = {
        **place.environment(contained),
        **credentials_environment(simulator),
        "ANSIBLE_CACHE_PLUGIN": "jsonfile",
        "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(place.left / "facts"),
    }

    def code_of(number: str) -> str:
        send_code(new_client(), number[1:])
        return simulator.control.code(number[1:]) or ""

    with Inbox() as page:
        fleet = Fleet(place.given, inbox, page, code_of)
        playbook = write_playbook(place.given, fleet.tasks(), vars_files=["sources.json"])
        (place.given / "sources.json").write_text(json.dumps({"all_sources": fleet.sources}), encoding="utf-8")
        run = run_playbook(playbook, environment, place.left, "-vvvv", "--diff")

    assert run.status == 0, run.output
    for name, expected in EXPECTED.items():
        shown = run.output.partition(f"TASK [Wait {name}]")[2].partition("TASK [Wait ")[0]
        assert expected in " ".join(shown.split()), f"{name}: {shown}"
    assert sum(effect["hand_ins_wrong"] for effect in simulator.control.effects()["numbers"]) == 0
    assert "Invoked with" in place.syslog.read_text(encoding="utf-8")
    left = list(everything_left(place, run))
    assert any("/facts/" in where and b"last_outcome" in text for where, text in left)
    found = {name: leaks(code_spellings(code), left) for name, code in fleet.secrets().items()}
    for token in (Inbox.token, "wrong-token-canary", "address-token-canary"):
        found[token] = leaks(spellings(token), left)
    assert {name: hits for name, hits in found.items() if hits} == {}


def test_a_code_and_a_header_that_occur_elsewhere_mask_nothing_in_the_result(
    simulator: Simulator, initiated: str, contained: dict[str, str], tmp_path: Path, inbox: Inbox
) -> None:
    url = {**inbox.options, "headers": {**inbox.options["headers"], "X-Limit": "9", "X-Digits": NUMBER[5:11]}}
    fleet = {
        "numbers": [{"cust_space_id": SPACE, "phone_number": NUMBER}],
        "code_source": {"vars": {NUMBER: NUMBER[5:11]}, "url": url},
    }
    shown = {"msg": "shown: {{ fleet.results[0].phone_number }} {{ fleet.results[0].number.phone_number }}"}
    playbook = write_playbook(
        tmp_path,
        [
            {"name": "Reconcile", "chatapp.cams.cams_number_fleet": fleet, "register": "fleet", "ignore_errors": True},
            {"name": "Show", "ansible.builtin.debug": shown},
        ],
    )

    run = run_playbook(playbook, {**contained, **credentials_environment(simulator)}, tmp_path)

    assert f"shown: {NUMBER} {NUMBER}" in run.output


def test_a_stop_during_the_wait_ends_the_run_and_keeps_its_results(
    simulator: Simulator, contained: dict[str, str], tmp_path: Path, inbox: Inbox
) -> None:
    fleet = {
        "numbers": [{"cust_space_id": SPACE, "phone_number": NUMBER}],
        "code_source": {"url": inbox.options},
        "code_wait_seconds": 3600,
    }
    playbook = write_playbook(tmp_path, [{"name": "Reconcile", "chatapp.cams.cams_number_fleet": fleet}])
    started = Pass(playbook, {**contained, **credentials_environment(simulator)})
    try:
        wait_until(lambda: len(inbox.requests) > 0)
        for pid, command in started.processes().items():
            if "AnsiballZ_cams_number_fleet.py" in command and "/bin/sh" not in command:
                os.kill(pid, signal.SIGTERM)
        # The time of the wait ends later.
        wait_until(lambda: not started.is_running)
    finally:
        started.kill()

    output = (tmp_path / "output.txt").read_text(encoding="utf-8")
    assert "The run was stopped." in output
    assert '"request_code"' in output
    assert '"outcome": "awaiting_code"' in output
