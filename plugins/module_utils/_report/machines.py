# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the files for machines: junit.xml, cams.prom for the textfile collector of Prometheus, and report.json."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from xml.etree import ElementTree

from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Outcome, Phase
from ansible_collections.chatapp.cams.plugins.module_utils._report.document import Document, Entry
from ansible_collections.chatapp.cams.plugins.module_utils._report.tables import error_in_words
from ansible_collections.chatapp.cams.plugins.module_utils._report.text import name_with_spaces
from ansible_collections.chatapp.cams.plugins.module_utils._values.visible import show_hidden_characters

Labels = Mapping[str, str]


def as_json(report: Document) -> str:
    """Return report.json in ASCII, so that a direction mark in a name cannot reach a terminal."""
    return json.dumps(report, indent=1) + "\n"


# --- JUnit ---


def as_junit(report: Document) -> bytes:
    """Return junit.xml: one case for each number. Only outcome failed is a failure; a waiting number is skipped."""
    outcomes = report["summary"]["outcomes"]
    passed, failed, unknown = (outcomes[o.value] for o in (Outcome.CONVERGED, Outcome.FAILED, Outcome.UNKNOWN))
    counts = {
        "tests": str(report["summary"]["declared"]),
        "failures": str(failed),
        "errors": str(unknown),
        "skipped": str(report["summary"]["declared"] - passed - failed - unknown),
    }
    suites = ElementTree.Element("testsuites", {"name": "chatapp.cams", **counts})
    timestamp = report["made_at"].rstrip("Z")
    suite = ElementTree.SubElement(
        suites, "testsuite", {"name": "WhatsApp numbers", "timestamp": timestamp, "time": "0", **counts}
    )
    for entry in report["numbers"]:
        suite.append(_junit_case(entry))
    ElementTree.indent(suites)
    written: bytes = ElementTree.tostring(suites, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _junit_case(entry: Entry) -> ElementTree.Element:
    name = " ".join(filter(None, [entry["phone_number"], entry["host"], entry["name"]]))
    space = show_hidden_characters(entry["cust_space_id"]) or "no space"
    case = ElementTree.Element("testcase", {"name": show_hidden_characters(name), "classname": space, "time": "0"})
    if not entry["drifted"]:
        return case
    message = show_hidden_characters(
        " ".join(filter(None, [f"{name_with_spaces(entry['outcome'])}.", error_in_words(entry), entry["next_action"]]))
    )
    tag = {Outcome.FAILED.value: "failure", Outcome.UNKNOWN.value: "error"}.get(entry["outcome"], "skipped")
    attributes = {"message": message} if tag == "skipped" else {"message": message, "type": entry["outcome"]}
    result = ElementTree.SubElement(case, tag, attributes)
    if entry["request_ids"] and tag != "skipped":
        result.text = show_hidden_characters("RequestIds, newest first: " + ", ".join(entry["request_ids"]))
    return case


# --- Prometheus ---


def as_metrics(report: Document) -> str:
    """Return cams.prom. Phone numbers are labels only if the report shows them."""
    lines: list[str] = []
    for name, kind, description, samples in _metrics_of_report(report):
        found = [f"{name}{_labels_text(labels)} {value}" for labels, value in samples]
        if found:
            lines += [f"# HELP {name} {description}", f"# TYPE {name} {kind}", *found]
    return "\n".join(lines) + "\n"


def _metrics_of_report(report: Document) -> Iterator[tuple[str, str, str, list[tuple[Labels, int]]]]:
    summary, numbers = report["summary"], report["numbers"]
    made, observed = _seconds_since_1970(report["made_at"]), _seconds_since_1970(report["source"]["made_at"])
    yield "cams_report_timestamp_seconds", "gauge", "Time when this report was made.", [({}, made)]
    yield "cams_observed_timestamp_seconds", "gauge", "Time when the numbers were read.", [({}, observed)]
    yield "cams_numbers_declared", "gauge", "Declared numbers.", [({}, summary["declared"])]
    yield "cams_numbers_drifted", "gauge", "Numbers that are not as declared.", [({}, summary["drifted"])]
    yield "cams_numbers_outcome", "gauge", "Numbers by outcome.", _samples_by_space(numbers, "outcome", Outcome)
    yield "cams_numbers_phase", "gauge", "Numbers by phase.", _samples_by_space(numbers, "phase", Phase)
    quality = Counter((entry["cust_space_id"], entry["quality"]) for entry in numbers if entry["quality"])
    yield (
        "cams_numbers_quality",
        "gauge",
        "Numbers by WhatsApp's quality rating.",
        [({"cust_space_id": space, "quality": rated}, count) for (space, rated), count in sorted(quality.items())],
    )
    oldest: dict[str, int] = {}
    for entry in numbers:
        if entry["phase_since"] and entry["drifted"]:
            since = _seconds_since_1970(entry["phase_since"])
            oldest[entry["phase"]] = min(since, oldest.get(entry["phase"], since))
    yield (
        "cams_oldest_drifted_phase_timestamp_seconds",
        "gauge",
        "Earliest time at which a number that is not as declared entered its phase, according to the journal.",
        [({"phase": phase}, since) for phase, since in sorted(oldest.items())],
    )
    if summary["codes_requested"] is not None:
        requested = summary["codes_requested"]
        yield (
            "cams_codes_requested",
            "gauge",
            "Verification codes requested so far, according to the journal.",
            [({}, requested)],
        )
    if not report["masked"]:
        yield from _metrics_of_each_number(numbers)


def _metrics_of_each_number(numbers: list[Entry]) -> Iterator[tuple[str, str, str, list[tuple[Labels, int]]]]:
    names = ("phone_number", "cust_space_id", "host", "state", "phase", "outcome", "quality", "tier")
    yield (
        "cams_number_info",
        "gauge",
        "Each number with its state, phase and outcome.",
        [({name: entry[name] or "" for name in names}, 1) for entry in numbers],
    )
    yield (
        "cams_number_phase_timestamp_seconds",
        "gauge",
        "Time when each number entered its phase, according to the journal.",
        [
            ({"phone_number": e["phone_number"]}, _seconds_since_1970(e["phase_since"]))
            for e in numbers
            if e["phase_since"]
        ],
    )


def _samples_by_space(numbers: list[Entry], key: str, values: type[Outcome] | type[Phase]) -> list[tuple[Labels, int]]:
    """Return a sample for each value, also for zero, so that each series continues."""
    counted = Counter((entry["cust_space_id"], entry[key]) for entry in numbers)
    spaces = sorted({entry["cust_space_id"] for entry in numbers})
    return [
        ({"cust_space_id": space, key: value.value}, counted[space, value.value])
        for space in spaces
        for value in values
    ]


def _labels_text(labels: Labels) -> str:
    pairs = ",".join(f'{name}="{_escape_label(value)}"' for name, value in labels.items())
    return f"{{{pairs}}}" if pairs else ""


def _escape_label(value: str) -> str:
    return show_hidden_characters(value).replace("\\", r"\\").replace('"', r"\"")


def _seconds_since_1970(moment: str) -> int:
    return int(datetime.fromisoformat(moment.replace("Z", "+00:00")).timestamp())
