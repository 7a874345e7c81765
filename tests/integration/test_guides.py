# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Follow the guides against the simulator, as a reader would: write their files, run their commands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from doc_blocks import Block, all_blocks, blocks_of_page
from playbook_runs import Run, credentials_environment, output_of_ansible, run_commands, run_playbook
from simulator_process import PACKAGE_ROOT, Simulator
from worlds import make_space

SPACE = "293483938849493"
GUIDES = "docs/docsite/rst"
INVENTORY = "inventory/numbers.yml"


class Reader:
    """Somebody with an empty folder, the simulator in the place of CAMS, and a guide."""

    def __init__(self, folder: Path, simulator: Simulator, environment: dict[str, str]) -> None:
        self.folder = folder
        self.simulator = simulator
        self.environment = {**environment, **credentials_environment(simulator), "PWD": str(folder)}
        simulator.control.seed({"spaces": [make_space(SPACE)]})

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def take(self, guide: str, name: str) -> Path:
        """Write one of the files that a guide shows."""
        [block] = [block for block in blocks_of_page(f"{GUIDES}/{guide}.rst") if block.caption == name]
        return self.write(name, block.text)

    def run(self, commands: str) -> Run:
        return run_commands(commands, self.environment, self.folder)

    def write_codes(self) -> None:
        """Write down the codes that have come, as the guide shows it."""
        sent = {message["to"]: message["code"] for message in self.simulator.control.inbox()}
        self.write("codes.yml", json.dumps({"cams_codes": sent}))

    def effects(self) -> dict[str, dict[str, Any]]:
        found = self.simulator.control.effects()["numbers"]
        return {f"+{number['phone_number']}": number for number in found if number["cust_space_id"] == SPACE}


@pytest.fixture
def reader(tmp_path: Path, simulator: Simulator, contained: dict[str, str]) -> Reader:
    return Reader(tmp_path, simulator, contained)


def commands(guide: str) -> list[str]:
    """The commands of a guide, but for those that ask Galaxy for the collection."""
    found = [block.text for block in blocks_of_page(f"{GUIDES}/{guide}.rst") if block.language == "shell"]
    return [text for text in found if "ansible-galaxy" not in text]


def test_first_migration_goes_as_its_guide_says(reader: Reader) -> None:
    reader.take("guide_first_migration", INVENTORY)
    for command in commands("guide_first_migration"):
        if "codes.yml" in command:
            reader.write_codes()
        run = reader.run(command)
        assert run.status == 0, command + run.output

    effects = reader.effects()
    assert len(effects) == 3
    # The last run changed nothing, and naming a connected number in resend had no code sent.
    assert "changed=1" not in run.output
    assert [(number["codes_sent"], number["registers"]) for number in effects.values()] == [(1, 1)] * 3


def test_first_number_goes_as_its_guide_says(reader: Reader) -> None:
    """Without a terminal, so the code comes from the file of the guide."""
    reader.take("guide_first_number", "inventory/first.yml")
    for command in commands("guide_first_number"):
        if "codes.yml" in command:
            reader.write_codes()
        run = reader.run(command)
        assert run.status == 0, command + run.output

    [effects] = reader.effects().values()
    assert (effects["codes_sent"], effects["registers"]) == (1, 1)
    assert (reader.folder / "contact.md").stat().st_mode & 0o077 == 0
    rehearsal = reader.take("guide_first_number", "rehearse.yml")
    assert run_playbook(rehearsal, reader.environment, reader.folder).status == 0
    stopped = reader.run(f"PYTHONPATH={PACKAGE_ROOT} python3 -m cams_simulator stop --directory cams-simulator")
    assert '"stopped": true' in stopped.output


def test_pipeline_plans_waits_for_approval_and_applies(reader: Reader) -> None:
    reader.take("guide_first_migration", INVENTORY)
    gate, plan_and_apply = commands("guide_pipelines")

    gated = reader.run(gate)
    assert gated.status == 0, gated.output
    assert "Drift. The plan is in plan.json." in gated.output
    assert reader.effects() == {}

    applied = reader.run(plan_and_apply)
    assert applied.status == 0, applied.output
    assert [number["codes_sent"] for number in reader.effects().values()] == [1] * 3

    reader.write_codes()
    finished = run_playbook(
        reader.take("guide_pipelines", "waves.yml"),
        reader.environment,
        reader.folder,
        "-i",
        "inventory",
        "-e@codes.yml",
    )
    assert finished.status == 0, finished.output
    assert "All numbers are as declared." in reader.run(gate).output


def test_the_canary_of_the_pipeline_guide_is_connected_before_the_others_start(reader: Reader) -> None:
    reader.take("guide_first_migration", INVENTORY)
    canary = reader.take("guide_pipelines", "canary.yml")

    first = run_playbook(canary, reader.environment, reader.folder, "-i", "inventory")
    assert first.status == 0, first.output
    assert len(reader.effects()) == 1
    assert "Not started: 2 hosts of later batches with 2 numbers" in first.output

    reader.write_codes()
    second = run_playbook(canary, reader.environment, reader.folder, "-i", "inventory", "-e@codes.yml")
    assert second.status == 0, second.output
    assert sorted(number["registers"] for number in reader.effects().values()) == [0, 0, 1]
    assert "Not started" not in second.output


def test_jobs_of_the_pipelines_run_what_the_guide_runs() -> None:
    shown = {block.caption: block.text for block in blocks_of_page(f"{GUIDES}/guide_pipelines.rst")}
    gitlab, github = (yaml.safe_load(shown[name]) for name in (".gitlab-ci.yml", ".github/workflows/drift.yml"))
    scripts = [*gitlab["plan"]["script"], *gitlab["apply"]["script"], github["jobs"]["drift"]["steps"][-1]["run"]]
    known = "\n".join(commands("guide_pipelines"))
    assert len(scripts) == 3
    assert [script for script in scripts if script not in known] == []


def test_codes_are_submitted_in_each_way_of_the_guide(reader: Reader) -> None:
    """A file that is written down, a folder that is waited for, and a folder that is looked up."""
    reader.take("guide_first_migration", INVENTORY)
    source, _gateway, lookup = (
        block.text.replace("/run/codes", str(reader.folder / "codes")).replace("300", "20")
        for block in blocks_of_page(f"{GUIDES}/guide_codes.rst")
        if "group_vars" in block.caption
    )
    started = reader.run("ansible-playbook chatapp.cams.reconcile -i inventory")
    assert started.status == 0, started.output
    sent = {message["to"]: message["code"] for message in reader.simulator.control.inbox()}
    (reader.folder / "codes").mkdir(mode=0o700)
    written, waited, looked_up = sent
    ways = {written: "", waited: source, looked_up: lookup}
    for number, variables in ways.items():
        reader.write("inventory/group_vars/all.yml", variables)
        if variables:
            reader.write(f"codes/{number}", sent[number]).chmod(0o600)
        else:
            reader.write("codes.yml", json.dumps({"cams_codes": {number: sent[number]}}))
        run = reader.run(f"ansible-playbook chatapp.cams.reconcile -i inventory {'' if variables else '-e @codes.yml'}")
        assert run.status == 0, run.output
        assert reader.effects()[number]["registers"] == 1, number + run.output
    assert [effects["codes_sent"] for effects in reader.effects().values()] == [1] * 3


def test_rehearsal_of_the_simulator_guide_succeeds(reader: Reader) -> None:
    run = run_playbook(reader.take("guide_simulator", "rehearse.yml"), reader.environment, reader.folder)
    assert run.status == 0, run.output


def test_simulator_is_started_and_stopped_by_hand(reader: Reader, checkout: Path) -> None:
    by_hand = next(text for text in commands("guide_simulator") if "cams_simulator start" in text)
    installed = "~/.ansible/collections/ansible_collections/chatapp/cams"
    assert installed in by_hand
    run = reader.run(
        by_hand.replace(installed, str(checkout)).replace("/tmp/cams-simulator", str(reader.folder / "it"))
    )
    assert run.status == 0, run.output
    assert '"endpoint"' in run.output


def test_the_simulator_accepts_the_faults_and_settings_of_its_guide(simulator: Simulator) -> None:
    given = {
        block.caption: json.loads(block.text)
        for block in blocks_of_page(f"{GUIDES}/guide_simulator.rst")
        if block.language == "json"
    }
    simulator.control.add_fault(**given["POST /faults"])
    simulator.control.change_settings(**given["POST /settings"])
    assert len(simulator.control.faults()) == 1


def test_policies_are_printed(reader: Reader) -> None:
    [printed] = [text for text in commands("guide_credentials") if "cams_ram_policy" in text]
    run = reader.run(printed)
    assert run.status == 0, run.output
    assert run.output.count("cams:QueryChatappPhoneNumbers") == 2


def is_play(document: Any) -> bool:
    return isinstance(document, list) and any("hosts" in item for item in document)


def test_ansible_accepts_every_play_and_task_of_every_page(tmp_path: Path, contained: dict[str, str]) -> None:
    playbooks = []
    for number, block in enumerate(block for block in all_blocks("yaml") if block.text.lstrip().startswith("- name:")):
        document = yaml.safe_load(block.text)
        play = document if is_play(document) else [{"hosts": "localhost", "gather_facts": False, "tasks": document}]
        playbooks.append(tmp_path / f"{number}.yml")
        playbooks[-1].write_text(json.dumps(play), encoding="utf-8")
    assert len(playbooks) > 5
    run = run_playbook(playbooks[0], contained, tmp_path, *map(str, playbooks[1:]), "--syntax-check")
    assert run.status == 0, run.output


def documented_options(contained: dict[str, str]) -> dict[str, set[str]]:
    listing = output_of_ansible("doc", ["--json", "--list", "chatapp.cams"], contained)
    found = output_of_ansible("doc", ["--json", *json.loads(listing)], contained)
    return {
        name: {
            spelling
            for option, facts in page["doc"]["options"].items()
            for spelling in (option, *facts.get("aliases", []))
        }
        for name, page in json.loads(found).items()
    }


def test_every_task_of_every_page_uses_options_that_exist(contained: dict[str, str]) -> None:
    documented = documented_options(contained)
    used: list[tuple[Block, str, set[str]]] = []

    def search(block: Block, node: Any) -> None:
        if isinstance(node, list):
            for item in node:
                search(block, item)
        elif isinstance(node, dict):
            used.extend((block, name, set(node[name])) for name in documented if isinstance(node.get(name), dict))
            search(block, list(node.values()))

    for block in all_blocks("yaml"):
        search(block, list(yaml.safe_load_all(block.text)))
    assert used
    assert [
        (str(block), name, options - documented[name]) for block, name, options in used if options - documented[name]
    ] == []
