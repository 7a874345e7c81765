# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a report, read by other programs' parsers: the content is complete, and hostile text stays text."""

from __future__ import annotations

import csv
import io
import os
import re
import stat
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest
from ansible_collections.chatapp.cams.plugins.module_utils._errors import ConfigurationError
from ansible_collections.chatapp.cams.plugins.module_utils._report.document import Document
from ansible_collections.chatapp.cams.plugins.module_utils._report.files import append_to_file, write_files
from ansible_collections.chatapp.cams.plugins.module_utils._report.machines import as_junit, as_metrics
from ansible_collections.chatapp.cams.plugins.module_utils._report.tables import (
    as_csv,
    as_markdown,
    as_spreadsheet_text,
)
from ansible_collections.chatapp.cams.plugins.module_utils._values.visible import show_hidden_characters
from junitparser import Error, Failure, JUnitXml, Skipped, TestCase
from markdown_it import MarkdownIt
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families
from reports import HOSTILE, fleet_report, hostile_report, make_report, number_at, sample_result

# --- the table ---


def lines_of(report: Document) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(as_csv(report).decode("utf-8-sig"))))


def test_the_table_has_a_line_for_each_number_and_a_mark_for_excel() -> None:
    report = fleet_report(22, show_numbers=True)

    assert as_csv(report).startswith(b"\xef\xbb\xbf")
    assert [line["phone_number"] for line in lines_of(report)] == [f"'{n['phone_number']}" for n in report["numbers"]]
    assert lines_of(report)[0]["cust_space_id"] == "'293483938849400", "a spreadsheet would round its last digits"
    assert lines_of(report)[0]["phase_age_seconds"] == "28800"


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+8613900001234",
        "-2",
        "@SUM(1)",
        " =1",
        "\t=1",
        "\uff1d1+1",
        "|calc",
        "12",
        "1-2",
        "1e5",
        "=cmd|'/C calc'!A0",
    ],
)
def test_no_text_can_be_read_as_a_formula_a_number_or_a_date(text: str) -> None:
    assert as_spreadsheet_text(text).startswith("'" if text[0] != "\t" else "[U+0009]")
    assert as_spreadsheet_text(text).removeprefix("'") == show_hidden_characters(text)


def test_hostile_names_stay_text_on_one_line_of_the_table() -> None:
    names = [line["name"] for line in lines_of(hostile_report())]

    assert [name.removeprefix("'") for name in names] == [show_hidden_characters(name) for name in HOSTILE]
    assert names[4].startswith("'=cmd|")


# --- the summary ---


def rendered(report: Document) -> str:
    return str(MarkdownIt("commonmark", {"html": True}).enable("table").render(as_markdown(report)))


def test_the_summary_has_figures_and_the_numbers_that_are_not_as_declared() -> None:
    html = rendered(fleet_report(22))

    assert "WhatsApp numbers: 14 of 22 are not as declared" in html
    assert html.count("<tr>") == 1 + 8 + 1 + 4 + 1 + 14
    assert "If no code arrives, run again with -e cams_resend=+…." in html


def test_a_long_list_is_cut_and_says_so() -> None:
    assert "And 34 more, listed in report.html." in as_markdown(fleet_report(214))


def test_the_headline_counts_numbers_in_words() -> None:
    assert "no number is declared" in as_markdown(make_report([]))
    assert "the only number is as declared" in as_markdown(make_report([sample_result(0)]))
    assert "1 of 2 is not as declared" in as_markdown(make_report([sample_result(0), sample_result(4)]))


def test_hostile_names_stay_text_in_the_summary() -> None:
    drifted = [sample_result(5, name, phone_number=number_at(place)) for place, name in enumerate(HOSTILE)]
    html = rendered(make_report(drifted))

    codes = re.findall(r"<td><code>(.*?)</code></td>", html)[3::4]
    unescaped = [
        text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&amp;", "&") for text in codes
    ]
    assert unescaped == [show_hidden_characters(name) for name in HOSTILE]
    assert not re.search(r"<(script|img|a|iframe)\b", html)


def test_a_hostile_error_or_sentence_stays_text_in_the_summary() -> None:
    error = {"code": "`<b>`", "message": "<script>x</script> | ``two`` |", "request_id": "", "hint": ""}
    html = rendered(
        make_report([sample_result(7, error=error, next_action="<script>@me</script> [a](javascript:b) | end")])
    )

    assert not re.search(r"<(script|b|a)\b", html)
    assert html.count("<td>") == 1 + 2 + 8, "an outcome, two stages, and one row of eight cells"


# --- test results ---


def cases_of(report: Document) -> list[TestCase]:
    [suite] = JUnitXml.fromstring(as_junit(report))
    return list(suite)


def test_each_number_is_a_case_and_only_outcome_failed_is_a_failure() -> None:
    report = fleet_report(22)
    found = JUnitXml.fromstring(as_junit(report))
    kinds = [type(case.result[0] if case.result else None) for case in cases_of(report)]

    assert (found.tests, found.failures, found.errors, found.skipped) == (22, 2, 2, 10)
    assert Counter(kinds) == {Failure: 2, Error: 2, Skipped: 10, type(None): 8}
    assert "the code is wrong (Verify.Wrong). Ask for the right code." in cases_of(report)[0].result[0].message
    assert "90E63D28" in cases_of(report)[0].result[0].text


def test_hostile_names_stay_text_in_test_results() -> None:
    names = [case.name for case in cases_of(hostile_report())]

    assert [name.split(" ", 2)[2] for name in names] == [show_hidden_characters(name) for name in HOSTILE]


def test_a_report_without_numbers_has_valid_test_results() -> None:
    assert JUnitXml.fromstring(as_junit(make_report([]))).tests == 0


# --- metrics ---


def metrics_of(report: Document) -> dict[str, Metric]:
    return {metric.name: metric for metric in text_string_to_metric_families(as_metrics(report))}


def total(metric: Metric, **labels: str) -> float:
    return sum(sample.value for sample in metric.samples if labels.items() <= sample.labels.items())


def test_metrics_have_the_figures_of_each_space() -> None:
    metrics = metrics_of(fleet_report(22))

    assert total(metrics["cams_numbers_declared"]) == 22
    assert total(metrics["cams_numbers_drifted"]) == 14
    assert total(metrics["cams_numbers_outcome"], outcome="converged") == 8
    assert total(metrics["cams_numbers_phase"], phase="initiated") == 6
    assert total(metrics["cams_numbers_quality"], quality="RED") == 2
    assert total(metrics["cams_numbers_outcome"], cust_space_id="293483938849400", outcome="unknown") == 0
    assert total(metrics["cams_report_timestamp_seconds"]) == 1795262400
    assert total(metrics["cams_codes_requested"]) == 14


def test_metrics_have_series_of_numbers_only_if_the_report_shows_them() -> None:
    hidden, shown = metrics_of(fleet_report(22)), metrics_of(fleet_report(22, show_numbers=True))

    assert "cams_number_info" not in hidden
    assert len(shown["cams_number_info"].samples) == 22
    assert total(shown["cams_number_info"], phone_number=number_at(4), outcome="awaiting_code") == 1
    assert total(shown["cams_number_phase_timestamp_seconds"], phone_number=number_at(4)) == 1795262400 - 5 * 3600


@pytest.mark.parametrize("report", [fleet_report(22, show_numbers=True), make_report([]), hostile_report()])
def test_metrics_pass_the_checks_of_promtool(report: Document) -> None:
    assert list(complaints(as_metrics(report))) == []


def complaints(text: str) -> Iterable[str]:
    """Yield what ``promtool check metrics`` complains of: help, types, names, units and repeated series."""
    if not text.endswith("\n"):
        yield "the last line has no end"
    seen = set()
    for metric in text_string_to_metric_families(text):
        if not metric.documentation:
            yield f"{metric.name} has no help"
        if metric.type == "unknown" or not metric.samples:
            yield f"{metric.name} has no type or no sample"
        if not re.fullmatch(r"[a-z][a-z0-9_]*", metric.name) or re.search(r"_(total|count|sum|bucket)$", metric.name):
            yield f"{metric.name} is not a name for a {metric.type}"
        if re.search(r"_(minutes|hours|milliseconds|ms|percent)$", metric.name):
            yield f"{metric.name} is not in a base unit"
        for sample in metric.samples:
            series = (sample.name, *sorted(sample.labels.items()))
            if series in seen:
                yield f"{series} occurs twice"
            seen.add(series)


def test_labels_keep_their_text() -> None:
    space = 'a "quoted" \\ space\nwith two lines'
    samples = metrics_of(make_report([sample_result(0, cust_space_id=space)]))["cams_numbers_outcome"].samples

    assert {sample.labels["cust_space_id"] for sample in samples} == {show_hidden_characters(space)}


# --- writing ---


def test_files_are_private_by_default_and_their_readers_can_enter_the_folder(tmp_path: Path) -> None:
    for mode, folder_mode in ((0o600, 0o700), (0o640, 0o750), (0o644, 0o755)):
        folder = tmp_path / f"{mode:o}/deep"
        write_files(folder, {"a": b"x"}, mode)
        assert stat.S_IMODE((folder / "a").stat().st_mode) == mode
        assert stat.S_IMODE(folder.stat().st_mode) == folder_mode


def test_a_file_is_replaced_at_once_and_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_bytes(b"kept")
    (tmp_path / "cams.prom").symlink_to(tmp_path / "elsewhere")
    write_files(tmp_path, {"cams.prom": b"new"}, 0o600)

    assert (tmp_path / "elsewhere").read_bytes() == b"kept"
    assert (tmp_path / "cams.prom").read_bytes() == b"new"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cams.prom", "elsewhere"]


def test_a_full_disk_leaves_only_the_last_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_files(tmp_path, {"report.html": b"last"}, 0o600)

    def refuse(descriptor: int, mode: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fchmod", refuse)
    with pytest.raises(ConfigurationError, match=r"Could not write the report to .*: No space left on device"):
        write_files(tmp_path, {"report.html": b"new"}, 0o600)

    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("report.html", b"last")]


def test_a_path_that_is_not_a_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    for folder in (tmp_path / "file", tmp_path / "file/below"):
        with pytest.raises(ConfigurationError, match="Set the directory to a folder that this user can write to"):
            write_files(folder, {"a": b""}, 0o600)
    with pytest.raises(ConfigurationError, match="Could not append the summary to"):
        append_to_file(tmp_path, "text")
