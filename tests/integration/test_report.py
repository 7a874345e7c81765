# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as users make it: after a run with any outcome, of a plan, of a fresh read, and with bad input."""

from __future__ import annotations

import json
import re
import stat
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.chatapp.cams.plugins.module_utils._values.visible import show_hidden_characters
from playbook_runs import Run, credentials_environment, run_playbook
from simulator_process import Simulator
from worlds import SPACE

FILES = ["cams.prom", "junit.xml", "numbers.csv", "report.html", "report.json", "summary.md"]
CONNECTED, FRESH = "+8613900001234", "+8613900001235"
NAME = "Café {{ 7 * 191 }} <script>\u202e"
ROLE = {"rolespec_validate": False}
BOTH = [
    {
        "name": "Reconcile and always report",
        "block": [
            {"name": "Reconcile numbers", "ansible.builtin.import_role": {"name": "chatapp.cams.reconcile", **ROLE}}
        ],
        "always": [
            {"name": "Write the report", "ansible.builtin.import_role": {"name": "chatapp.cams.report", **ROLE}}
        ],
    }
]


@pytest.fixture
def fleet(simulator: Simulator, tmp_path: Path) -> Path:
    """A folder with an inventory of two numbers, of which one is connected."""
    row = {"cust_space_id": SPACE, "phone_number": CONNECTED[1:], "status": "CONNECTED", "verified_name": NAME}
    simulator.control.seed({"numbers": [row]})
    hosts = {"shop-1": {"cams_phone_number": CONNECTED}, "shop-2": {"cams_phone_number": FRESH}}
    inventory = {"all": {"vars": {"cams_cust_space_id": SPACE}, "hosts": hosts}}
    (tmp_path / "inventory").mkdir()
    (tmp_path / "inventory/numbers.yml").write_text(json.dumps(inventory), encoding="utf-8")
    (tmp_path / "both.yml").write_text(json.dumps([{"hosts": "all", "gather_facts": False, "tasks": BOTH}]), "utf-8")
    return tmp_path


@pytest.fixture
def play(simulator: Simulator, contained: dict[str, str], fleet: Path) -> Any:
    def run(playbook: str, *arguments: str, **variables: str) -> Run:
        environment = {**contained, **credentials_environment(simulator), **variables}
        return run_playbook(playbook, environment, fleet, "-i", "inventory", *arguments)

    return run


def report_in(folder: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    return document


def writes(simulator: Simulator) -> int:
    return sum(effect["initiates"] + effect["codes_sent"] for effect in simulator.control.effects()["numbers"])


@pytest.mark.every_core
def test_a_fresh_read_writes_files_and_changes_no_number(simulator: Simulator, play: Any, fleet: Path) -> None:
    run = play("chatapp.cams.report")
    document = report_in(fleet / "cams-report")

    assert run.status == 0, run.output
    assert "1 of 2 is not as declared. The report is" in run.output
    assert sorted(path.name for path in (fleet / "cams-report").iterdir()) == FILES
    assert {stat.S_IMODE(path.stat().st_mode) for path in (fleet / "cams-report").iterdir()} == {0o600}
    assert document["source"]["kind"] == "check"
    assert [(n["host"], n["outcome"], n["name"]) for n in document["numbers"]] == [
        ("shop-2", "planned", ""),
        ("shop-1", "converged", show_hidden_characters(NAME)),
    ]
    assert "There is no journal" in document["notes"][0]
    assert "changed=1" not in run.output
    assert writes(simulator) == 0


@pytest.mark.every_core
def test_after_a_run_the_report_shows_its_results_and_the_journal_masked(
    simulator: Simulator, play: Any, fleet: Path
) -> None:
    run = play("both.yml", GITHUB_STEP_SUMMARY=str(fleet / "step.md"))
    report = fleet / "cams-report"
    fresh = report_in(report)["numbers"][0]

    assert run.status == 0, run.output
    assert report_in(report)["source"]["kind"] == "run"
    assert (fresh["host"], fresh["outcome"], fresh["phone_number"]) == ("shop-2", "awaiting_code", "+86…1235")
    assert [event["step"] for event in fresh["timeline"]] == ["initiate", "request_code"]
    assert 0 <= fresh["phase_age_seconds"] < 60
    assert fresh["request_ids"][0] == fresh["timeline"][-1]["request_id"] != ""
    assert [path.name for path in report.iterdir() if CONNECTED[3:].encode() in path.read_bytes()] == []
    assert (fleet / "step.md").read_bytes() == (report / "summary.md").read_bytes()
    assert re.search(r"Read numbers\] \*+\s+skipping", run.output)


def test_a_second_report_shows_what_changed_since_the_first(play: Any, fleet: Path) -> None:
    play("chatapp.cams.report")
    assert report_in(fleet / "cams-report")["since"] is None
    run = play("both.yml")
    since = report_in(fleet / "cams-report")["since"]

    assert run.status == 0, run.output
    assert [(c["host"], c["what"], c["before"], c["after"]) for c in since["changes"]] == [
        ("shop-2", "outcome", "planned", "awaiting_code"),
        ("shop-2", "phase", "absent", "initiated"),
    ]
    (fleet / "cams-report/report.json").write_text("{", encoding="utf-8")
    assert play("chatapp.cams.report").status == 0
    assert "it is damaged" in (fleet / "cams-report/report.html").read_text(encoding="utf-8")


def test_a_run_over_several_files_of_an_inventory_is_reported_as_a_whole(play: Any, fleet: Path) -> None:
    more = ["+8613900001236", "+8613900001237"]
    hosts = {f"more-{place}": {"cams_phone_number": number} for place, number in enumerate(more)}
    inventory = {"all": {"vars": {"cams_cust_space_id": SPACE}, "hosts": hosts}}
    (fleet / "inventory/more.yml").write_text(json.dumps(inventory), encoding="utf-8")
    run = play("both.yml")
    document = report_in(fleet / "cams-report")

    assert run.status == 0, run.output
    assert document["source"]["kind"] == "run"
    assert [entry["outcome"] for entry in document["numbers"]] == ["awaiting_code"] * 3 + ["converged"]


def test_the_report_is_written_when_every_host_failed_and_shows_no_code(
    simulator: Simulator, play: Any, fleet: Path
) -> None:
    play("chatapp.cams.reconcile")
    run = play("both.yml", "-e", json.dumps({"cams_verify_code": "918273"}), "--limit", "shop-2")
    [failed] = report_in(fleet / "cams-report")["numbers"]

    assert run.status == 2
    assert (failed["outcome"], failed["error"]["code"]) == ("failed", "InvalidParameter")
    assert failed["timeline"][-1]["outcome"] == "refused"
    assert [path.name for path in (fleet / "cams-report").iterdir() if b"918273" in path.read_bytes()] == []


def test_a_plan_is_shown_with_its_numbers_in_a_folder_of_its_own(play: Any, fleet: Path) -> None:
    play("chatapp.cams.plan")
    options = {
        "cams_report_plan": "plan.json",
        "cams_report_directory": "deep/er",
        "cams_report_show_numbers": True,
        "cams_report_mode": "0644",
    }
    run = play("chatapp.cams.report", "-e", json.dumps(options), "--check")
    document = report_in(fleet / "deep/er")

    assert run.status == 0, run.output
    assert (document["source"]["kind"], document["numbers"][0]["phone_number"]) == ("plan", FRESH)
    assert [step["step"] for step in document["numbers"][0]["steps"]] == ["initiate", "request_code"]
    assert stat.S_IMODE((fleet / "deep/er/cams.prom").stat().st_mode) == 0o644
    assert FRESH in (fleet / "deep/er/cams.prom").read_text(encoding="utf-8")


def test_a_report_without_numbers_says_so(contained: dict[str, str], tmp_path: Path) -> None:
    run = run_playbook("chatapp.cams.report", contained, tmp_path)

    assert run.status == 0, run.output
    assert "no number is declared" in run.output
    assert "No number is declared" in (tmp_path / "cams-report/report.html").read_text(encoding="utf-8")
    assert report_in(tmp_path / "cams-report")["summary"]["declared"] == 0


def test_a_mistake_in_the_inventory_fails_and_writes_no_report(play: Any, fleet: Path) -> None:
    (fleet / "inventory/numbers.yml").write_text(json.dumps({"all": {"hosts": {"x": {"cams_phone_numer": "+1"}}}}))
    run = play("chatapp.cams.report")

    assert run.status == 2
    assert "cams_phone_number" in run.output
    assert not (fleet / "cams-report").exists()


def test_journal_lines_in_another_format_cause_a_warning_only(play: Any, fleet: Path) -> None:
    (fleet / "foreign.jsonl").write_text('hello\n{"v": 1}\n', encoding="utf-8")
    run = play("chatapp.cams.report", "-e", "cams_journal=foreign.jsonl")

    assert run.status == 0, run.output
    assert "[WARNING]: Lines of the journal" in run.output
    assert "did not write them or a newer version did: 1, 2." in run.output.replace("\n", " ")
    assert "did not write them or a newer version did: 1, 2." in (fleet / "cams-report/report.html").read_text(
        encoding="utf-8"
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"cams_report_directory": "inventory/numbers.yml"},
            "Set the directory to a folder that this user can write to.",
        ),
        ({"cams_report_directory": "/proc/none"}, "Could not write the report to /proc/none"),
        ({"cams_report_mode": "644"}, "Write a mode in quotes, such as '0640'."),
        ({"cams_report_source": "run"}, "the variable reconcile_call does not exist"),
        ({"cams_report_plan": "inventory/numbers.yml"}, "The plan file was not written by chatapp.cams."),
        ({"cams_report_plan": "none.json"}, "none.json: No such file or directory"),
        ({"cams_report_plan": "both.txt"}, "both.txt is not complete JSON"),
    ],
)
def test_bad_input_is_an_error_in_one_sentence(play: Any, fleet: Path, options: dict[str, str], message: str) -> None:
    (fleet / "both.txt").write_text('{"version": 1', encoding="utf-8")
    run = play("chatapp.cams.report", "-e", json.dumps(options))

    assert run.status == 2
    assert message in " ".join(run.output.split())
    assert "Traceback" not in run.output
