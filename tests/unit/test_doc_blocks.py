# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every block of code in READMEs and guides is sound, and what the guides list is what the code knows."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.chatapp.cams.plugins.module_utils._api.error_codes import (
    HINTS,
    UPSTREAM_HINTS,
    hint_for_error_code,
)
from ansible_collections.chatapp.cams.plugins.module_utils._api.permissions import Job, ram_policy
from ansible_collections.chatapp.cams.plugins.module_utils._values.wording import Reader, for_reader
from doc_blocks import Block, all_blocks, all_pages, blocks_in_content, blocks_of_page
from environment import ROOT

GUIDES = "docs/docsite/rst"
COMMANDS = ("shell", "console")
OURS = re.compile(r"(?<![\w./-])chatapp\.cams\.(\w+)")
VARIABLE = re.compile(r"(?<![\w./'-])(cams_\w+)\s*[:=]")


@cache
def existing() -> set[str]:
    """What playbooks and rulebooks can name. ``cams`` is the action group."""
    plugins = {path.stem for path in (ROOT / "plugins").glob("*/*.py") if not path.stem.startswith("_")}
    plugins |= {path.stem for path in (ROOT / "extensions/eda").glob("**/*.*")}
    roles = {path.name for path in (ROOT / "roles").iterdir()}
    return plugins | roles | {path.stem for path in (ROOT / "playbooks").glob("*.yml")} | {"cams"}


@cache
def variables() -> set[str]:
    """The variables that roles document, and those that only playbooks have."""
    found = {"cams_hosts", "cams_only", "cams_look_only", "cams_store_no_codes_before"}
    found |= {"cams_confirm", "cams_register", "cams_contact"}
    for specification in (ROOT / "roles").glob("*/meta/argument_specs.yml"):
        for entry in yaml.safe_load(specification.read_text(encoding="utf-8"))["argument_specs"].values():
            found.update(entry.get("options", {}))
    return found


def scalars(node: Any) -> Iterator[Any]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield from scalars(key)
            yield from scalars(value)
    elif isinstance(node, list):
        for item in node:
            yield from scalars(item)
    else:
        yield node


def test_blocks_are_found_in_readmes_and_guides() -> None:
    with_blocks = {block.page for block in all_blocks()}
    assert {"README.md", "CONTRIBUTING.md", "roles/reconcile/README.md"} <= with_blocks
    assert {page for page in all_pages() if page.startswith(f"{GUIDES}/guide_")} - with_blocks == {
        f"{GUIDES}/guide_pace.rst"
    }
    # The search finds each block that a page begins, also inside a list or a note.
    for page in all_pages():
        text = (ROOT / page).read_text(encoding="utf-8")
        begun = len(re.findall(r"^ *```\w", text, re.MULTILINE)) + text.count(".. code")
        assert len(blocks_of_page(page)) == begun, page


@pytest.mark.parametrize("block", all_blocks(), ids=str)
def test_block_is_of_a_known_language(block: Block) -> None:
    # A text is a picture, which nothing can check.
    assert block.language in {"yaml", "json", "text", *COMMANDS}


@pytest.mark.parametrize("block", all_blocks("yaml"), ids=str)
def test_yaml_is_sound_and_its_numbers_and_codes_are_quoted(block: Block) -> None:
    documents = list(yaml.safe_load_all(block.text))
    assert documents
    assert [value for value in scalars(documents) if isinstance(value, int) and value >= 100_000] == []


@pytest.mark.parametrize("block", all_blocks("json"), ids=str)
def test_json_is_sound(block: Block) -> None:
    assert json.loads(block.text)


@pytest.mark.parametrize("block", all_blocks(*COMMANDS), ids=str)
def test_commands_are_sound(block: Block) -> None:
    subprocess.run(["bash", "-n"], input=block.text, text=True, check=True)
    for playbook in re.findall(r"ansible-playbook chatapp\.cams\.(\w+)", block.text):
        assert (ROOT / f"playbooks/{playbook}.yml").is_file(), playbook
    for target in re.findall(r"^make (\w[\w-]*)", block.text, re.MULTILINE):
        assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE), target


@pytest.mark.parametrize("block", all_blocks("yaml", *COMMANDS), ids=str)
def test_block_names_only_what_exists(block: Block) -> None:
    assert set(OURS.findall(block.text)) - existing() == set()
    assert set(VARIABLE.findall(block.text)) - existing() - variables() == set()


def test_troubleshooting_lists_every_error_code_with_its_hint() -> None:
    listed = _listed_hints("Codes of the service\n", "A code that begins with")
    assert listed == {code: _in_a_playbook(hint_for_error_code(code, "cams:<operation>")) for code in HINTS}


def test_troubleshooting_lists_every_code_of_whatsapp_with_its_hint() -> None:
    listed = _listed_hints("Errors of WhatsApp behind ``InvalidParameter``\n", "Codes of the collection")
    assert listed == {str(code): _in_a_playbook(row.hint) for row in UPSTREAM_HINTS for code in row.codes}


def _in_a_playbook(hint: str) -> str:
    return for_reader(hint, Reader.PLAYBOOK)


def _listed_hints(begin: str, end: str) -> dict[str, str]:
    text = (ROOT / GUIDES / "troubleshooting.rst").read_text(encoding="utf-8")
    section = text.split(begin)[1].split(end)[0]
    return {
        code: " ".join(hint.split())
        for codes, hint in re.findall(r"^(``.*``)\n((?:   .*\n)+)", section, re.MULTILINE)
        for code in re.findall(r"``([^`]+)``", codes)
    }


def test_troubleshooting_lists_every_code_of_our_own() -> None:
    text = (ROOT / GUIDES / "troubleshooting.rst").read_text(encoding="utf-8")
    section = text.split("Codes of the collection\n")[1].split("Before anything is called")[0]
    listed = set(re.findall(r"^``(\w+)``$", section, re.MULTILINE))
    documented = yaml.safe_load(_documented_returns(ROOT / "plugins/modules/cams_number_fleet.py"))
    code = documented["results"]["contains"]["error"]["contains"]["code"]["description"]
    assert listed == set(re.findall(r"V\((\w+)\)", code))


def _documented_returns(module: Path) -> str:
    found = re.search(r'^RETURN = r"""\n(.*?)^"""', module.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    assert found
    return found[1]


def test_policy_in_the_guide_is_the_one_that_is_made() -> None:
    [policy] = [block for block in blocks_of_page(f"{GUIDES}/guide_credentials.rst") if block.caption == "plan"]
    assert json.loads(policy.text) == ram_policy(Job.PLAN)


def test_execution_environment_in_the_guide_is_the_one_that_is_tested() -> None:
    [shown] = [
        block for block in blocks_of_page(f"{GUIDES}/guide_awx.rst") if block.caption == "execution-environment.yml"
    ]
    tested = (ROOT / "extensions/ee/execution-environment.yml").read_text(encoding="utf-8")
    assert yaml.safe_load(shown.text) == yaml.safe_load(tested)


def test_every_guide_is_in_the_table_of_contents() -> None:
    sections = yaml.safe_load((ROOT / "docs/docsite/extra-docs.yml").read_text(encoding="utf-8"))["sections"]
    listed = [page for section in sections for page in section["toctree"]]
    assert sorted(listed) == sorted(path.stem for path in (ROOT / GUIDES).glob("*.rst"))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("page.md", "A fence:\n\n```\nmake test\n```\n"),
        ("page.md", "An indented block:\n\n    make test\n"),
        ("page.rst", "A literal block::\n\n    make test\n"),
    ],
)
def test_a_block_without_a_language_is_refused(name: str, text: str) -> None:
    with pytest.raises(ValueError, match=f"name no language: {name}:"):
        blocks_in_content(name, text)
