# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table that every run shows at its end: totals, then what needs a person, then what waits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.chatapp.cams.plugins.module_utils._engine.result import (
    planned_steps_in_words,
    steps_in_words,
)
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Outcome, Phase
from ansible_collections.chatapp.cams.plugins.module_utils._report.screen.causes import (
    Cause,
    next_step,
    reason,
    share_sentences,
    shared_causes,
)
from ansible_collections.chatapp.cams.plugins.module_utils._report.screen.columns import align_columns
from ansible_collections.chatapp.cams.plugins.module_utils._report.text import (
    count_with_noun,
    duration_in_words,
)
from ansible_collections.chatapp.cams.plugins.module_utils._values.visible import one_line, shorten
from ansible_collections.chatapp.cams.plugins.module_utils._values.wording import ANY_NUMBER

MOST_LINES = 50
# How many numbers a shared cause names.
FIRST_FEW = 5
_LONGEST_REASON = 300

_FAILED, _UNKNOWN, _LEFT = (outcome.value for outcome in (Outcome.FAILED, Outcome.UNKNOWN, Outcome.NOT_ATTEMPTED))
_LIMITED = "limited"
# The order of the numbers that need a person, the worst first.
_WORST_FIRST = (_FAILED, _UNKNOWN, Outcome.NEEDS_OPERATOR.value, _LIMITED, _LEFT)
_WAITING = (Outcome.AWAITING_CODE.value, Outcome.AWAITING_CONNECTION.value, Outcome.AWAITING_OWNER.value)
_TITLES = {
    Outcome.AWAITING_CODE.value: "Waiting for a code",
    Outcome.AWAITING_CONNECTION.value: "Waiting for a connection",
    Outcome.AWAITING_OWNER.value: "Waiting for their owner",
    Outcome.PLANNED.value: "Planned",
}
_HEADER = ("host", "number", "phase", "outcome")

Result = Mapping[str, Any]


@dataclass(frozen=True)
class Ending:
    """How a run ended: the results of its numbers, its summary, the host of each number, and what concerns all."""

    results: Sequence[Result]
    summary: Mapping[str, Any] = field(default_factory=dict)
    hosts: Mapping[str, str] = field(default_factory=dict)
    problems: Sequence[str] = ()

    def host(self, result: Result) -> str:
        return self.hosts.get(result["phone_number"]) or "-"


def result_table(ending: Ending) -> list[str]:
    """Return the lines of the table."""
    problems = [line for problem in dict.fromkeys(filter(None, ending.problems)) for line in problem.splitlines()]
    lines = [*map(one_line, problems)]
    if not ending.results:
        return lines
    causes = shared_causes(ending.results)
    explained = {result["phone_number"] for alike in causes.values() for result in alike}
    alone = [result for result in ending.results if result["phone_number"] not in explained]
    parts = [
        lines,
        totals(ending),
        _all_as_declared(ending),
        *(_lines_of_cause(ending, cause, alike) for cause, alike in causes.items()),
        _needs_a_person(ending, alone),
        *(_waiting(ending, outcome, alone) for outcome in _TITLES),
    ]
    return [line for part in parts if part for line in ("", *part)][1:]


def totals(ending: Ending) -> list[str]:
    """Return a line with names and a line with counts. Counts that are rarely needed are shown unless they are zero."""
    outcomes = Counter(result["outcome"] for result in ending.results)
    counts = {
        "declared": len(ending.results),
        "as declared": outcomes[Outcome.CONVERGED.value],
        "planned": outcomes[Outcome.PLANNED.value],
        "changed": 0 if outcomes[Outcome.PLANNED.value] else sum(bool(result["changed"]) for result in ending.results),
        "waiting": sum(outcomes[outcome] for outcome in _WAITING),
        "needs a person": outcomes[Outcome.NEEDS_OPERATOR.value],
        "limited": sum(_kind(result) == _LIMITED for result in ending.results),
        "failed": outcomes[_FAILED],
        "unknown": outcomes[_UNKNOWN],
        "not attempted": outcomes[_LEFT],
    }
    rare = ("planned", "limited", "unknown")
    shown = {name: str(count) for name, count in counts.items() if count or name not in rare}
    if "calls" in ending.summary:
        shown["calls"] = str(sum(ending.summary["calls"].values()))
    if ending.summary.get("elapsed_seconds") is not None:
        shown["time"] = duration_in_words(ending.summary["elapsed_seconds"])
    return align_columns([list(shown), list(shown.values())], right=True)


def _all_as_declared(ending: Ending) -> list[str]:
    """Return a line that says so if it is true and WhatsApp limits no number."""
    if any(_kind(result) != Outcome.CONVERGED.value for result in ending.results):
        return []
    count = len(ending.results)
    return [f"All {count} numbers are as declared." if count > 1 else "The number is as declared."]


def _kind(result: Result) -> str:
    """Return the outcome, or ``limited`` for a number that is as declared and that WhatsApp limits."""
    limited = result["outcome"] == Outcome.CONVERGED.value and result["phase"] == Phase.LIMITED.value
    return _LIMITED if limited else str(result["outcome"])


def _lines_of_cause(ending: Ending, cause: Cause, alike: Sequence[Result]) -> list[str]:
    """Return what concerns several numbers: once, with their count and the first of them."""
    spaces = list(dict.fromkeys(filter(None, (result["cust_space_id"] for result in alike))))
    place = f" of {_first_few([f'space {space}' for space in spaces], 2)}" if cause.code and spaces else ""
    words = cause.outcome.replace("_", " ")
    verb = {_FAILED: "failed", _UNKNOWN: "are unknown"}.get(cause.outcome, f"were {words}")
    why = shorten(reason(alike[0]), _LONGEST_REASON)
    names = [f"{ending.host(result)} {result['phone_number']}" for result in alike[:FIRST_FEW]]
    more = f", and {len(alike) - FIRST_FEW} more" if len(alike) > FIRST_FEW else ""
    lines = [
        f"{len(alike)} numbers{place} {verb}: {why}" if why else f"{len(alike)} numbers {verb}.",
        f"  Next step: {cause.next_step}" if cause.next_step else "",
        f"  Numbers: {', '.join(names)}{more}",
    ]
    return [one_line(line) for line in lines if line]


def _first_few(names: Sequence[str], most: int) -> str:
    more = [f"{len(names) - most} more"] if len(names) > most else []
    return ", ".join([*names[:most], *more])


def _needs_a_person(ending: Ending, results: Iterable[Result]) -> list[str]:
    """Return a row for each number that needs a person or that WhatsApp limits, the worst first."""
    found = [result for result in results if _kind(result) in _WORST_FIRST]
    found.sort(key=lambda result: _WORST_FIRST.index(_kind(result)))
    rows = [_row(ending, result, " ".join(filter(None, [reason(result), next_step(result)]))) for result in found]
    return _list("Look at these, the worst first", rows, "next step")


def _waiting(ending: Ending, outcome: str, results: Iterable[Result]) -> list[str]:
    """Return a row for each number of this kind. Sentences that all of them share are shown once, above the rows."""
    found = [result for result in results if result["outcome"] == outcome]
    if not found:
        return []
    shared, own = share_sentences(_next_steps(found))
    steps = planned_steps_in_words if outcome == Outcome.PLANNED.value else steps_in_words
    rows = [_row(ending, result, left or steps(result)) for result, left in zip(found, own, strict=True)]
    return _list(_TITLES[outcome], rows, "details" if any(own) else "steps", shared)


def _next_steps(results: Sequence[Result]) -> list[str]:
    """Return the next step of each number. It does not name the number if it is shown for several numbers."""
    if len(results) == 1:
        return [next_step(results[0])]
    return [next_step(result).replace(result["phone_number"], ANY_NUMBER) for result in results]


def _row(ending: Ending, result: Result, last: str) -> list[str]:
    return [ending.host(result), result["phone_number"], result["phase"] or "-", result["outcome"], last]


def _list(title: str, rows: Sequence[Sequence[str]], last: str, sentences: Iterable[str] = ()) -> list[str]:
    if not rows:
        return []
    table = [f"  {line}" for line in align_columns([[*_HEADER, last], *rows[:MOST_LINES]])]
    shared = [f"  {one_line(sentence)}" for sentence in sentences]
    return [f"{title}: {count_with_noun(len(rows), 'number')}.", *shared, *table, *lines_left_out(len(rows))]


def lines_left_out(count: int) -> list[str]:
    """Return a line that says how many lines a list leaves out. Empty if it shows all of them."""
    if count <= MOST_LINES:
        return []
    return [f"  … and {count - MOST_LINES} more. The playbook chatapp.cams.report lists all numbers."]
