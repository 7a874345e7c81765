# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables of a run: types, defaults, paths, and mistakes, which never quote a secret."""

from __future__ import annotations

import operator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.mistakes import (
    DeclarationError,
    Mistakes,
    Unreadable,
)
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.run_options import (
    DRIFT,
    RunOptions,
    codes_set_since,
    read_run_options,
)
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.run_values import (
    check_connection_options,
    read_connection_options,
)
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.values import OMITTED
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Outcome

NUMBER = "+8613900001234"
OTHER = "+8613900001235"
CODE = "271828"
OUTCOMES = [outcome.value for outcome in Outcome]
TOKEN = "token-canary"


def options(entry_point: str = "reconcile", **variables: Any) -> RunOptions:
    mistakes = Mistakes()
    found = read_run_options(entry_point, variables, operator.getitem, mistakes)
    mistakes.raise_if_any()
    return found


def mistakes_in(entry_point: str = "reconcile", **variables: Any) -> str:
    with pytest.raises(DeclarationError) as caught:
        options(entry_point, **variables)
    return str(caught.value)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which the run is started."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


# --- values


def test_texts_of_the_command_line_become_values_of_their_types() -> None:
    found = options(
        cams_max_changes="7", cams_health="yes", cams_fail_on="failed,planned", cams_resend=f"{NUMBER},{OTHER}"
    )

    assert found.fleet == {"max_changes": 7, "health": True}
    assert (found.fail_on, found.resend) == (("failed", "planned"), (NUMBER, OTHER))


@pytest.mark.parametrize("value", [None, "", OMITTED], ids=["none", "empty", "omit"])
def test_a_variable_without_a_value_is_left_to_the_default(value: Any) -> None:
    found = options(cams_max_changes=value, cams_fail_on=value, cams_codes=value, cams_code_source=value)

    assert found.fleet == {}
    assert found.fail_on == ("failed", "unknown", "not_attempted")
    assert (found.codes, found.code_source) == ({}, None)


def test_numbers_lose_blanks_and_dashes_and_are_listed_once() -> None:
    assert options(cams_resend=["+86 139-0000 1234", NUMBER, ""]).resend == (NUMBER,)


def test_an_entry_point_reads_its_own_variables_only() -> None:
    assert options("preflight", cams_max_changes="many", cams_preflight_override="waba_review").preflight_override == (
        "waba_review",
    )


def test_the_outcomes_that_fail_a_host_depend_on_the_entry_point() -> None:
    assert options("preflight").fail_on == ("failed", "not_attempted")
    assert options("plan").fail_on == ("failed", "unknown", "not_attempted")
    assert set(options("plan", cams_fail_on_drift="true").fail_on) == {*DRIFT, "failed", "unknown", "not_attempted"}
    assert options(cams_fail_on=[]).fail_on == ()


@pytest.mark.parametrize("entry_point", ["reconcile", "plan", "read"])
def test_the_store_is_passed_to_the_module_beside_the_journal(entry_point: str) -> None:
    store = "postgresql://cams@db.example.com/cams"
    found = options(entry_point, cams_store=store, cams_store_required="true", cams_journal="journal.jsonl")

    assert found.fleet == {"store": store, "store_required": True}
    assert found.journal.endswith("/journal.jsonl")


def test_without_a_variable_the_module_reads_the_store_from_the_environment() -> None:
    assert options(cams_store="", cams_store_required=None).fleet == {}


def test_a_run_with_new_codes_reads_no_source_and_requests_no_code_again() -> None:
    first = options(cams_code_source={"exec": ["true"]}, cams_resend=NUMBER, cams_reclaim=OTHER, cams_max_changes=3)
    again = first.with_codes_only({NUMBER: CODE})

    assert (again.codes, again.code_source, again.resend) == ({NUMBER: CODE}, None, ())
    assert (again.reclaim, again.fleet) == ((OTHER,), {"max_changes": 3})


@pytest.mark.parametrize(
    ("now", "new"),
    [({NUMBER: CODE}, {}), ({NUMBER: "000001"}, {NUMBER: "000001"}), ({OTHER: CODE}, {}), ({NUMBER: ""}, {}), ({}, {})],
)
def test_only_codes_that_were_set_since_are_new(now: dict[str, str], new: dict[str, str]) -> None:
    assert codes_set_since({"86 13900001234": CODE}, now, [NUMBER]) == new


def test_connection_options_are_those_that_variables_set() -> None:
    given = {"cams_endpoint": "https://example.com", "cams_timeout": None, "cams_profile": OMITTED, "cams_other": 1}

    assert read_connection_options(given, operator.getitem) == {"endpoint": "https://example.com"}


# --- paths


def test_relative_paths_start_where_the_run_was_started(folder: Path) -> None:
    for name in ("ask.yml", "notify.yml"):
        (folder / name).touch()
    (folder / "plan.json").write_text("{}", encoding="utf-8")
    found = options(
        cams_code_source={"file": "codes.csv", "url": None},
        cams_code_tasks="ask.yml",
        cams_notify_tasks="notify.yml",
        cams_plan_file="plan.json",
        cams_journal="journal.jsonl",
    )

    assert found.code_source is not None
    assert found.code_source["file"] == str(folder / "codes.csv")
    assert "url" not in found.code_source
    assert (found.code_tasks, found.notify_tasks) == (str(folder / "ask.yml"), str(folder / "notify.yml"))
    assert (found.plan_file, found.journal) == (str(folder / "plan.json"), str(folder / "journal.jsonl"))


def test_the_journal_is_beside_the_inventory_by_default(folder: Path) -> None:
    (folder / "inventory").mkdir()
    beside = options(inventory_dir=str(folder / "inventory")).journal

    assert beside == str(folder / "inventory" / ".cams-journal.jsonl")
    for inventory in (None, str(folder / "hosts,")):
        assert options(inventory_dir=inventory).journal == str(folder / ".cams-journal.jsonl")


@pytest.mark.parametrize("value", ["", "false", False, "None", None])
def test_the_journal_can_be_turned_off(value: Any) -> None:
    assert options(cams_journal=value).journal == ""


def test_a_plan_is_written_into_the_folder_of_the_run_by_default(folder: Path) -> None:
    assert options("plan").plan_file == str(folder / "plan.json")
    assert options().plan_file == ""


# --- mistakes


def test_all_mistakes_are_reported_together_each_with_its_variable() -> None:
    said = mistakes_in(
        cams_max_changes="many",
        cams_wait_timeout=-1,
        cams_fail_on=["failed", "awaiting_cod"],
        cams_health="perhaps",
        cams_concurrency=65,
        cams_code_tasks="no/such.yml",
        cams_code_wait_seconds=60,
        cams_code_source={"files": "codes"},
    ).splitlines()

    assert said[0] == "There are 7 mistakes in the inventory:"
    for line in (
        'cams_max_changes is "many". Write a whole number.',
        "cams_wait_timeout is -1. It must be from 0 to 86400 seconds.",
        f'cams_fail_on is "awaiting_cod". Write one of {", ".join(OUTCOMES)}. Did you mean awaiting_code?',
        'cams_health is "perhaps". Write true or false.',
        "cams_concurrency is 65. It must be from 1 to 64.",
        f'cams_code_tasks is "no/such.yml". The file {Path("no/such.yml").resolve()} does not exist. Write the path of'
        " a file with tasks.",
    ):
        assert line in said
    [source] = [line for line in said if line.startswith("cams_code_source: ")]
    assert "files. Supported parameters include: " in source


def test_a_wait_needs_a_source() -> None:
    assert mistakes_in(cams_code_wait_seconds=60) == (
        "cams_code_wait_seconds is 60. The variable needs cams_code_source. Set cams_code_source to the place where"
        " codes arrive."
    )


@pytest.mark.parametrize("content", [None, "", "[]", '{"numbers": ['], ids=["missing", "empty", "list", "cut off"])
def test_a_plan_file_that_holds_no_plan_is_a_mistake(folder: Path, content: str | None) -> None:
    if content is not None:
        (folder / "plan.json").write_text(content, encoding="utf-8")

    assert mistakes_in(cams_plan_file="plan.json") == (
        f'cams_plan_file is "plan.json". {folder / "plan.json"} is missing, empty or incomplete.'
        " Make a new plan with the playbook chatapp.cams.plan."
    )


def test_a_plan_needs_a_folder_that_exists(folder: Path) -> None:
    assert f"The folder {folder / 'no'} does not exist" in mistakes_in("plan", cams_plan_file="no/plan.json")


def test_a_value_that_cannot_be_evaluated_is_a_mistake_with_its_template_and_its_reason() -> None:
    def read(container: Any, key: Any) -> Any:
        raise Unreadable("it names something undefined")

    mistakes = Mistakes()
    read_run_options("reconcile", {"cams_resend": "{{ no }}"}, read, mistakes)

    [mistake] = mistakes.found
    assert (mistake.hosts, mistake.variable, mistake.value) == ((), "cams_resend", '"{{ no }}"')
    assert mistake.fix.startswith("it names something undefined. Define the variable")


@pytest.mark.parametrize(
    ("variables", "line"),
    [
        ({"cams_timeout": "soon"}, 'cams_timeout is "soon". Write a whole number.'),
        ({"cams_rate_limit": 0}, "cams_rate_limit is 0.0. It must be more than 0 and at most 1000 calls a second."),
        ({"cams_validate_certs": "perhaps"}, 'cams_validate_certs is "perhaps". Write true or false.'),
    ],
)
def test_wrong_variables_for_the_connection_are_mistakes(variables: dict[str, Any], line: str) -> None:
    mistakes = Mistakes()
    check_connection_options(variables, operator.getitem, mistakes)

    assert [mistake.in_words() for mistake in mistakes.found] == [line]


@pytest.mark.parametrize("name", ["cams_access_key_secret", "cams_security_token", "cams_codes", "cams_store"])
def test_the_template_of_a_secret_is_never_shown(name: str) -> None:
    def read(container: Any, key: Any) -> Any:
        raise Unreadable("it names something undefined")

    mistakes = Mistakes()
    check_connection_options({name: TOKEN}, read, mistakes)
    read_run_options("reconcile", {name: TOKEN}, read, mistakes)

    assert [mistake.value for mistake in mistakes.found] == ["not shown"]


@pytest.mark.parametrize(
    "variables",
    [
        {"cams_codes": [CODE]},
        {"cams_codes": CODE},
        {"cams_codes": int(CODE)},
        {"cams_code_source": CODE},
        {"cams_code_source": {CODE: NUMBER}},
        {"cams_code_source": {"vars": CODE}},
        {"cams_code_source": {"url": {"address": f"https://example.com/?{TOKEN}", "timeout": CODE + "x"}}},
        {"cams_code_source": {"url": {"headers": TOKEN}}},
    ],
)
def test_no_mistake_quotes_a_code_or_a_token(variables: dict[str, Any]) -> None:
    said = mistakes_in(**variables)

    assert said.startswith(f"{next(iter(variables))}: Write a mapping of ")
    assert not [secret for secret in (CODE, TOKEN) if secret in said]


def test_options_do_not_show_codes_or_sources_when_they_are_printed() -> None:
    shown = repr(options(cams_codes={NUMBER: CODE}, cams_code_source={"vars": {NUMBER: CODE}}))

    assert CODE not in shown
