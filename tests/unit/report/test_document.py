# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The document of a report: its content, its masking, its sources and its schema."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ansible_collections.chatapp.cams.plugins.module_utils._errors import ConfigurationError
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Effect, Step
from ansible_collections.chatapp.cams.plugins.module_utils._report.document import (
    Document,
    source_of_plan,
    source_of_results,
)
from ansible_collections.chatapp.cams.plugins.module_utils._report.html import as_html
from ansible_collections.chatapp.cams.plugins.module_utils._report.machines import as_json, as_junit, as_metrics
from ansible_collections.chatapp.cams.plugins.module_utils._report.tables import as_csv, as_markdown
from ansible_collections.chatapp.cams.plugins.module_utils._report.text import Masker, duration_in_words
from ansible_collections.chatapp.cams.plugins.module_utils._store.history import parse_history, read_history
from ansible_collections.chatapp.cams.plugins.module_utils._values import phone
from ansible_collections.chatapp.cams.plugins.module_utils._values.visible import show_hidden_characters
from environment import ROOT
from reports import NOW, fleet_report, hostile_report, make_report, number_at, sample_journal_lines, sample_result

SCHEMA = json.loads((ROOT / "roles/report/files/report-schema-1.json").read_text(encoding="utf-8"))


def entry_of(report: Document, place: int) -> dict[str, Any]:
    [entry] = [entry for entry in report["numbers"] if entry["phone_number"] == number_at(place)]
    return dict(entry)


# --- content ---


def test_failed_numbers_come_first_then_numbers_in_danger_and_then_the_others() -> None:
    shown = [(entry["outcome"], entry["quality"]) for entry in fleet_report(22)["numbers"]]

    assert list(dict.fromkeys(shown)) == [
        ("failed", ""),
        ("needs_operator", ""),
        ("converged", "RED"),
        ("unknown", ""),
        ("awaiting_code", ""),
        ("awaiting_connection", "UNKNOWN"),
        ("planned", ""),
        ("not_attempted", ""),
        ("converged", "GREEN"),
        ("converged", "YELLOW"),
    ]


def test_the_funnel_counts_numbers_that_reached_a_stage_and_limited_numbers_are_connected() -> None:
    summary = fleet_report(11)["summary"]

    assert summary["funnel"] == [
        {"stage": "declared", "count": 11},
        {"stage": "initiated", "count": 8},
        {"stage": "verified", "count": 5},
        {"stage": "connected", "count": 4},
    ]
    assert (summary["phases"]["limited"], summary["phases"]["not_read"]) == (1, 1)
    assert (summary["declared"], summary["drifted"], summary["outcomes"]["converged"]) == (11, 7, 4)


def test_age_timeline_and_request_ids_come_from_the_journal() -> None:
    entry = entry_of(fleet_report(11, show_numbers=True), 7)

    assert entry["phase_since"] == "2026-11-21T04:00:00Z", "when its initiate was done, not when a code was refused"
    assert entry["phase_age_seconds"] == 8 * 3600
    assert [(event["step"], event["outcome"], event["error"]) for event in entry["timeline"]] == [
        ("initiate", "done", ""),
        ("request_code", "done", ""),
        ("verify", "refused", "Verify.Wrong"),
    ]
    assert [identity[-17:-13] for identity in entry["request_ids"]] == ["0002", "0001", "0000"], "newest first"


def test_a_number_without_a_journal_has_no_age_and_the_report_says_why(tmp_path: Path) -> None:
    missing = read_history(tmp_path / "none.jsonl", {number_at(0)})
    unread = read_history(tmp_path, {number_at(0)})

    assert make_report([sample_result(0)])["numbers"][0]["phase_age_seconds"] is None
    assert "There is no journal at" in missing.notes[0]
    assert (missing.damaged, unread.damaged) == (False, True)
    assert "cannot be read (it is not a regular file)" in unread.notes[0]
    assert "No journal was given" in read_history(None, set()).notes[0]


def test_a_code_request_without_a_conclusion_is_open_and_is_counted() -> None:
    [intended, *_rest] = [line for line in sample_journal_lines([4]) if "request_code" in line]
    report = make_report([sample_result(4)], [intended])

    assert [event["outcome"] for event in report["numbers"][0]["timeline"]] == ["open"]
    assert report["summary"]["codes_requested"] == 1


def test_lines_in_another_format_are_skipped_and_named() -> None:
    good = sample_journal_lines([0])
    foreign = [
        "hello",
        "[]",
        "null",
        '{"v": 1}',
        json.dumps({**json.loads(good[0]), "v": 2}),
        json.dumps({**json.loads(good[0]), "step": "dance"}),
        json.dumps({**json.loads(good[0]), "number": ["+86"]}),
        json.dumps({**json.loads(good[0]), "at": "yesterday"}),
        json.dumps({**json.loads(good[1]), "entry": "nobody's"}),
        "[" * 100_000,
    ]
    history = parse_history([*foreign, "", *good], {number_at(0)}, "the-journal")

    assert [event.step for event in history.of(number_at(0))] == ["initiate", "request_code", "verify", "register"]
    [note] = history.notes
    assert "the-journal" in note
    assert note.endswith("1, 2, 3, 4, 5 and 5 more.")
    assert history.damaged


# --- masking ---


@pytest.mark.parametrize(
    ("number", "mask"),
    [("+8613900001234", "+86…1234"), ("+12025550104", "+1…0104"), ("+6901234", "+690…34"), ("+9991234567", "+…4567")],
)
def test_a_masked_number_keeps_its_country_and_its_end(number: str, mask: str) -> None:
    assert phone.mask_number(number) == mask


@pytest.mark.parametrize(
    "text",
    [
        "Failed to register +8613900001234: wait",
        "shop-13900001234",
        "+86 139 0000 1234",
        "+86 (139) 0000-1234",
        "008613900001234",
        "8613900001234",
    ],
)
def test_a_number_is_masked_however_it_is_written(text: str) -> None:
    hidden = Masker(["+8613900001234"], show=False)(text)

    assert "0000" not in hidden
    assert "+86…1234" in hidden
    assert Masker(["+8613900001234"], show=True)(text) == text


def test_other_digits_are_left_alone() -> None:
    text = "RequestId 90E63D28-E31D-1EB2-8939-A94866413900, space 293483938849493, 2026-11-21T12:00:00Z"

    assert Masker(["+8613900001234"], show=False)(text) == text


def test_no_file_shows_a_number_unless_asked() -> None:
    numbers = [number_at(place)[3:] for place in range(22)]

    def all_files(report: Document) -> str:
        text = as_json(report) + as_html(report) + as_markdown(report) + as_metrics(report)
        return text + as_csv(report).decode() + as_junit(report).decode()

    masked, shown = all_files(fleet_report(22)), all_files(fleet_report(22, show_numbers=True))

    assert [number for number in numbers if number in masked] == []
    assert all(number in shown for number in numbers)


def test_the_reason_why_a_run_stopped_is_masked_too() -> None:
    report = make_report([sample_result(0)], stopped=f"5 numbers in a row failed, the last was {number_at(0)}.")

    assert number_at(0) not in report["stopped"]
    assert "The run stopped early" in as_markdown(report)


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("a\u202eb", "a[U+202E]b"),
        ("a\nb\x00", "a[U+000A]b[U+0000]"),
        ("\u200fدفتر", "[U+200F]دفتر"),
        ("می‌خواهم 👩‍🚀", "می‌خواهم 👩‍🚀"),
        ("\ud800", "\ufffd"),
    ],
)
def test_invisible_and_reordering_characters_are_shown_and_letters_of_all_scripts_stay(raw: str, shown: str) -> None:
    assert show_hidden_characters(raw) == shown


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, ""), (0, "0 s"), (59, "59 s"), (60, "1 min"), (3660, "1 h 1 min"), (90_000, "1 d 1 h"), (-5, "0 s")],
)
def test_ages_are_written_in_two_units_at_most(seconds: float | None, text: str) -> None:
    assert duration_in_words(seconds) == text


# --- sources ---


def test_the_source_of_a_plan_has_the_time_of_the_plan() -> None:
    made_at = NOW - timedelta(hours=3)
    number = {
        "cust_space_id": "1",
        "phone_number": number_at(0),
        "state": "registered",
        "phase": "verified",
        "planned_phase": "connected",
        "outcome": "planned",
        "steps": ["register"],
        "later_steps": ["verify"],
        "next_action": "",
        "digest": "",
    }
    source = source_of_plan({"version": 1, "made_at": made_at.isoformat(), "digest": "", "numbers": [number]})

    assert (source.kind, source.made_at) == ("plan", "2026-11-21T09:00:00Z")
    [planned] = source.results
    assert planned["actions"] == [{"action": "register", "outcome": "planned", "request_id": ""}]
    assert (planned["planned_phase"], planned["later_steps"]) == ("connected", ["verify"])


def test_the_source_of_a_plan_has_the_numbers_that_could_not_be_planned() -> None:
    error = {"code": "Unknown.ResourceOwnerId", "message": "No such space", "request_id": ""}
    number = {
        "cust_space_id": "1",
        "phone_number": number_at(0),
        "state": "registered",
        "outcome": "failed",
        "next_action": "Run again.",
        "error": error,
    }
    plan = {"version": 1, "made_at": NOW.isoformat(), "digest": "", "numbers": [], "not_planned": [number]}

    [failed] = source_of_plan(plan).results
    assert (failed["outcome"], failed["phase"], failed["error"]) == ("failed", None, error)


@pytest.mark.parametrize("plan", [None, [], {}, {"version": 1}, {"version": 1, "made_at": "x", "numbers": []}])
def test_a_file_that_is_not_a_plan_is_refused(plan: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"was not written by chatapp\.cams"):
        source_of_plan(plan)


def test_a_plan_of_another_version_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="has version 2, but this collection reads version 1"):
        source_of_plan({"version": 2, "made_at": NOW.isoformat(), "numbers": []})


@pytest.mark.parametrize(
    "value",
    ["text", None, 5, {}, {"results": "text"}, [1], [{"phone_number": "+1"}], [sample_result(0, outcome="dancing")]],
)
def test_a_value_without_results_is_refused(value: Any) -> None:
    with pytest.raises(ConfigurationError, match="does not hold results of numbers"):
        source_of_results(value, NOW)


def test_the_message_of_a_failed_task_is_shown() -> None:
    with pytest.raises(ConfigurationError, match=r"The task that set it failed: numbers\[0\]: no plus\."):
        source_of_results({"failed": True, "msg": "numbers[0]: no plus."}, NOW)


# --- the document for machines ---


@pytest.mark.parametrize("show_numbers", [True, False])
def test_the_document_matches_its_schema(show_numbers: bool) -> None:
    validator = jsonschema.Draft202012Validator(SCHEMA)
    validator.check_schema(SCHEMA)

    for report in (fleet_report(22, show_numbers=show_numbers), make_report([]), hostile_report()):
        assert [error.message for error in validator.iter_errors(json.loads(as_json(report)))] == []


def test_the_schema_knows_every_step_and_effect_that_a_journal_can_hold() -> None:
    event = SCHEMA["$defs"]["number"]["properties"]["timeline"]["items"]["properties"]

    assert set(event["step"]["enum"]) == {step.value for step in Step}
    assert set(event["outcome"]["enum"]) == {effect.as_recorded.value for effect in Effect} | {"open"}


def test_the_schema_knows_every_key_and_misses_a_broken_document() -> None:
    report = fleet_report(22)
    number = SCHEMA["$defs"]["number"]

    assert report.keys() == SCHEMA["properties"].keys() == set(SCHEMA["required"])
    assert report["summary"].keys() == SCHEMA["properties"]["summary"]["properties"].keys()
    assert all(entry.keys() == number["properties"].keys() == set(number["required"]) for entry in report["numbers"])
    report["numbers"][0]["outcome"] = "dancing"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(report, SCHEMA)


def test_the_document_is_ascii_and_holds_names_as_they_are() -> None:
    text = as_json(hostile_report())

    assert text.isascii()
    assert json.loads(text)["numbers"][3]["name"] == "shop \u202eexe.moc\u202c end"
