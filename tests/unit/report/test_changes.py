# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What changed since the last report: the comparison, the masking, and earlier files that cannot be used."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.chatapp.cams.plugins.module_utils._report import changes
from ansible_collections.chatapp.cams.plugins.module_utils._report.changes import grouped_changes, read_earlier_report
from ansible_collections.chatapp.cams.plugins.module_utils._report.document import (
    Document,
    build_report,
    source_of_results,
)
from ansible_collections.chatapp.cams.plugins.module_utils._report.html import as_html
from ansible_collections.chatapp.cams.plugins.module_utils._report.machines import as_json
from ansible_collections.chatapp.cams.plugins.module_utils._report.tables import as_markdown
from ansible_collections.chatapp.cams.plugins.module_utils._store.history import parse_history
from reports import NOW, Result, hostile_report, make_report, number_at, sample_result


def report_after(
    folder: Path, results: Sequence[Result], *, show_numbers: bool = False, host: str = "shop-0"
) -> Document:
    """Return a report on the results, made beside the report.json in the folder."""
    return build_report(
        source_of_results(list(results), NOW),
        parse_history([], set(), "journal"),
        hosts={number_at(0): host},
        show_numbers=show_numbers,
        now=NOW,
        earlier=read_earlier_report(folder / "report.json"),
    )


def write_report(folder: Path, report: Document) -> None:
    (folder / "report.json").write_text(as_json(report), encoding="utf-8")


def test_a_first_report_has_no_comparison(tmp_path: Path) -> None:
    report = report_after(tmp_path, [sample_result(0)])

    assert report["since"] is None
    assert "Since the last report" not in as_html(report)


@pytest.mark.parametrize("masked_before", [True, False])
@pytest.mark.parametrize("masked_now", [True, False])
def test_phase_outcome_and_quality_are_compared_with_masked_and_whole_numbers(
    tmp_path: Path, masked_before: bool, masked_now: bool
) -> None:
    host = f"shop-{number_at(0)[1:]}"
    first = report_after(tmp_path, [sample_result(0), sample_result(4)], show_numbers=not masked_before, host=host)
    write_report(tmp_path, first)
    now = [sample_result(2, phone_number=number_at(0), cust_space_id="293483938849400"), sample_result(5)]
    report = report_after(tmp_path, now, show_numbers=not masked_now, host=host)

    assert report["notes"] == first["notes"]
    assert report["since"]["made_at"] == "2026-11-21T12:00:00Z"
    assert [(words, len(numbers)) for words, numbers in grouped_changes(report["since"])] == [
        ("phase: connected → limited, quality: GREEN → RED", 1),
        ("new in this report", 1),
        ("no longer in this report", 1),
    ]
    for place in (0, 4, 5):
        assert (number_at(place)[3:] in as_json(report)) == (not masked_now and (place != 4 or not masked_before))


def test_a_number_with_several_changes_is_listed_once(tmp_path: Path) -> None:
    write_report(tmp_path, report_after(tmp_path, [sample_result(place) for place in (4, 15, 26)]))
    connected = [sample_result(0, phone_number=number_at(place)) for place in (4, 15)]
    now = [
        {**result, "cust_space_id": sample_result(place)["cust_space_id"]}
        for result, place in zip(connected, (4, 15), strict=True)
    ]
    report = report_after(tmp_path, [*now, sample_result(26, outcome="failed")])

    assert [(words, len(numbers)) for words, numbers in grouped_changes(report["since"])] == [
        ("outcome: awaiting code → failed", 1),
        ("outcome: awaiting code → converged, phase: initiated → connected", 2),
    ]


def test_a_report_without_changes_says_so(tmp_path: Path) -> None:
    write_report(tmp_path, report_after(tmp_path, [sample_result(0)]))
    report = report_after(tmp_path, [sample_result(0)])

    assert grouped_changes(report["since"]) == []
    assert "Nothing changed." in as_html(report)
    assert "Nothing changed." in as_markdown(report)


def test_the_summary_counts_changes(tmp_path: Path) -> None:
    write_report(tmp_path, report_after(tmp_path, [sample_result(0)]))
    summary = as_markdown(report_after(tmp_path, [sample_result(0, phase="limited")]))

    assert "### Since the report of 2026-11-21 12:00 UTC" in summary
    assert "- 1: phase\\: connected → limited" in summary


def test_a_value_that_one_report_does_not_know_is_not_a_change(tmp_path: Path) -> None:
    write_report(tmp_path, report_after(tmp_path, [sample_result(0)]))

    assert report_after(tmp_path, [sample_result(0, number=None, phase=None)])["since"]["changes"] == []


def test_masked_numbers_that_look_the_same_are_not_compared(tmp_path: Path) -> None:
    alike = [sample_result(0), sample_result(0, phone_number="+8613800000000")]
    write_report(tmp_path, report_after(tmp_path, alike, host=""))
    alike[0]["phase"] = "limited"
    report = report_after(tmp_path, alike, host="")

    assert (report["since"]["changes"], report["since"]["not_compared"]) == ([], 2)
    assert "Not compared, because other numbers look the same when masked: 2." in as_html(report)


def test_a_report_on_other_numbers_is_not_compared(tmp_path: Path) -> None:
    write_report(tmp_path, make_report([sample_result(1)]))
    report = report_after(tmp_path, [sample_result(0)])

    assert report["since"] is None
    assert "has none of these numbers" in report["notes"][-1]


def damaged(**changed: Any) -> str:
    return json.dumps({**make_report([sample_result(0)]), **changed})


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "null",
        "[" * 100_000,
        "9" * 5000,
        "\ufffe",
        damaged(version=2),
        damaged(schema="else"),
        damaged(masked=None),
        damaged(made_at=5),
        damaged(made_at="yesterday"),
        damaged(numbers={}),
        damaged(numbers=["x"]),
        damaged(numbers=[{}]),
        damaged(numbers=[{"phone_number": "+8613900001234"}]),
        damaged(numbers=[{"phone_number": "+86…1234", "host": ["x"]}]),
        damaged(numbers=[{"phone_number": "+86…1234", "host": "x" * 1000}]),
    ],
)
def test_a_damaged_file_is_a_note(tmp_path: Path, content: str) -> None:
    (tmp_path / "report.json").write_text(content, encoding="utf-8")
    report = report_after(tmp_path, [sample_result(0)])

    assert report["since"] is None
    assert report["notes"][-1].endswith("it is damaged, or another version wrote it.")


def test_a_file_that_is_not_utf_8_is_a_note(tmp_path: Path) -> None:
    (tmp_path / "report.json").write_bytes(b"\xff\xfe\xff")

    assert report_after(tmp_path, [sample_result(0)])["notes"][-1].endswith("another version wrote it.")


def test_a_huge_file_a_folder_a_link_and_a_pipe_are_notes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "huge").write_text(as_json(make_report([])), encoding="utf-8")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("huge")
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.setattr(changes, "_MOST_BYTES", 100)
    for name, problem in (("huge", "it has more than"), ("folder", ""), ("link", "links"), ("pipe", "regular file")):
        found = read_earlier_report(tmp_path / name)
        assert found is not None
        assert problem in found.problem
        assert found.problem.startswith("The report does not show what changed")


def test_hostile_text_of_an_earlier_report_stays_text(tmp_path: Path) -> None:
    earlier = hostile_report()
    for entry in earlier["numbers"]:
        entry["host"] = entry["phase"] = entry["name"]
    earlier["numbers"].append({**earlier["numbers"][0], "phone_number": "+86…0000", "host": "shop-0"})
    write_report(tmp_path, earlier)
    report = report_after(tmp_path, [sample_result(0)])
    page = as_html(report)

    assert len(report["since"]["removed"]) == 8
    assert "&lt;script&gt;document.title=" in page
    assert "<script>document.title=" not in page
    assert "\u202e" not in page
