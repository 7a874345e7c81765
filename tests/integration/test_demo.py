# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo, in an empty folder and a second time, and the code blocks of the README."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import yaml
from deprecations import deprecations
from doc_blocks import blocks_of_page
from playbook_runs import Run, credentials_environment, run_commands, run_playbook
from simulator_process import Simulator
from table_rows import rows_of, totals_of
from worlds import make_space

WRONG, HALTED = "+4915110001005", "+393480002003"
REST = "(The rest of this screen is in ansible.log.)"
FILES = {
    "inventory/numbers.yml",
    "inventory/.cams-journal.jsonl",
    "codes.yml",
    "cams-report/report.html",
    "ansible.log",
    "simulator/state.sqlite3",
    "simulator/simulator.log",
}


def blocks(language: str) -> list[str]:
    return [block.text for block in blocks_of_page("README.md") if block.language == language]


def runs_of(shown: Run) -> list[str]:
    """Return what the demo shows of each of its three runs, without the indent."""
    tasks = re.split(r"^TASK \[", shown.output, flags=re.MULTILINE)
    runs = [task for task in tasks if re.match(r".* \(run [123] of 3\): ", task)]
    return [re.sub(r"^    ", "", run, flags=re.MULTILINE) for run in runs]


def demo(environment: dict[str, str], folder: Path) -> Run:
    return run_playbook("chatapp.cams.demo", {**environment, "PWD": str(folder)}, folder)


def test_demo_migrates_a_dozen_numbers_and_a_second_demo_starts_from_the_beginning(
    contained: dict[str, str], tmp_path: Path
) -> None:
    """One test, because two processes of tests would run a demo each. What a demo leaves is what the next one finds."""
    # An operator's own settings, which must not lead the demo to real numbers.
    folder = tmp_path / "empty"
    folder.mkdir()
    own = folder / "own-inventory.yml"
    own.write_text('all: {hosts: {mine: {cams_cust_space_id: real, cams_phone_number: "+8613999999999"}}}', "utf-8")
    environment = {
        **contained,
        "ANSIBLE_INVENTORY": str(own),
        "CAMS_ENDPOINT": "https://cams.invalid",
        "ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAI5tReal",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "real",
        "ALIBABA_CLOUD_SECURITY_TOKEN": "real",
    }
    made = folder / "cams-demo"
    first = demo(environment, folder)

    assert first.status == 0, first.output
    assert_that_numbers_are_migrated(first)
    assert_that_each_run_is_shown_from_its_start_to_its_table(first)
    assert_that_there_were_three_runs_and_a_report(made)
    assert_that_named_files_are_left_and_nothing_runs(first, made)
    assert_that_codes_are_only_in_the_file_of_codes(first, made)
    runs = runs_in_journal(made)
    second = demo(contained, folder)

    assert second.status == 0, second.output
    assert runs.isdisjoint(runs_in_journal(made))


def assert_that_numbers_are_migrated(shown: Run) -> None:
    parts = runs_of(shown)
    first, second, third = map(totals_of, parts)
    assert (first["declared"], first["waiting"], first["needs a person"]) == ("12", "10", "1")
    assert (second["as declared"], second["changed"], second["failed"]) == ("10", "9", "1")
    assert (third["as declared"], third["changed"], third["waiting"]) == ("10", "0", "1")
    rows = [rows_of(part) for part in parts]
    assert sum(row.last.startswith("A code was requested by ") for row in rows[0].values()) == 10
    assert rows[1][WRONG].outcome == "failed"
    assert rows[2][WRONG].outcome == "awaiting_code"
    assert rows[2][HALTED].outcome == "needs_operator"


def assert_that_each_run_is_shown_from_its_start_to_its_table(shown: Run) -> None:
    """After each table, the demo says what it showed."""
    comments = ("Ten phones have received a code.", f"{WRONG} shows a problem on purpose", "Nothing was written.")
    for part, comment in zip(runs_of(shown), comments, strict=True):
        steps = (
            ": Validate inventory]",
            ": Reconcile numbers]",
            ": Show results]",
            "declared  as declared",
            REST,
            comment,
        )
        places = [part.find(step) for step in steps]
        assert -1 not in places, part
        assert places == sorted(places), part
        assert "Set each host's result" not in part


def assert_that_there_were_three_runs_and_a_report(made: Path) -> None:
    log = (made / "ansible.log").read_text("utf-8")
    assert deprecations(log) == []
    assert re.findall(r"PLAY \[(.*)\]", log) == ["Reconcile numbers"] * 3 + ["Write a report about numbers"]


def assert_that_named_files_are_left_and_nothing_runs(shown: Run, made: Path) -> None:
    for name in FILES:
        assert (made / name).is_file(), name
        assert name.rpartition("/")[2] in shown.output or name.startswith("simulator/"), name
    assert not (made / "simulator/ready.json").exists()
    assert {path.name for path in made.parent.iterdir()} == {"cams-demo", "own-inventory.yml"}


def assert_that_codes_are_only_in_the_file_of_codes(shown: Run, made: Path) -> None:
    given = yaml.safe_load((made / "codes.yml").read_text(encoding="utf-8"))["cams_codes"]
    assert len(given) == 10
    for text in (shown.output, *((made / name).read_text("utf-8") for name in FILES if "log" in name)):
        assert not [code for code in given.values() if re.search(rf"(?<![0-9]){code}(?![0-9])", text)]


def runs_in_journal(made: Path) -> set[str]:
    lines = (made / "inventory/.cams-journal.jsonl").read_text("utf-8").splitlines()
    return {json.loads(line)["run"] for line in lines}


def effects_of_ours(simulator: Simulator) -> list[dict[str, Any]]:
    return [effects for effects in simulator.control.effects()["numbers"] if effects["cust_space_id"] != "cams-demo"]


def test_inventory_codes_and_commands_of_the_readme_work(
    simulator: Simulator, contained: dict[str, str], tmp_path: Path
) -> None:
    inventory = next(text for text in blocks("yaml") if "customers" in yaml.safe_load(text))
    pipelines = blocks_of_page("docs/docsite/rst/guide_pipelines.rst")
    [waves] = [block.text for block in pipelines if block.caption == "waves.yml"]
    (tmp_path / "inventory").mkdir()
    (tmp_path / "inventory/numbers.yml").write_text(inventory, encoding="utf-8")
    (tmp_path / "waves.yml").write_text(waves, encoding="utf-8")
    simulator.control.seed({"spaces": [make_space("293483938849493"), make_space("293483938849494")]})
    environment = {**contained, **credentials_environment(simulator), "PWD": str(tmp_path)}

    [gate] = [block for block in blocks("shell") if "cams_fail_on_drift" in block]
    gated = run_commands(gate, environment, tmp_path)
    assert gated.status == 0, gated.output
    sent = effects_of_ours(simulator)
    assert [effects["codes_sent"] for effects in sent] == [1] * 5

    codes = {f"+{effects['phone_number']}": simulator.control.code(effects["phone_number"]) for effects in sent}
    (tmp_path / "codes.yml").write_text(json.dumps({"cams_codes": codes}), encoding="utf-8")
    arguments = ("-i", "inventory", "-e", "@codes.yml")
    finished = run_playbook(tmp_path / "waves.yml", environment, tmp_path, *arguments)
    assert finished.status == 0, finished.output
    registers = {effects["phone_number"]: effects["registers"] for effects in effects_of_ours(simulator)}
    # One is declared verified for now.
    assert registers == {"8613900001001": 1, "393480001003": 0, "12025550104": 1, "12025550101": 1, "390212002002": 1}
