# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the document that all files of a report are made from. Its form is versioned, because machines read it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ansible_collections.chatapp.cams.plugins.module_utils._engine import plan_document
from ansible_collections.chatapp.cams.plugins.module_utils._engine.result import Action, returned_result
from ansible_collections.chatapp.cams.plugins.module_utils._errors import ConfigurationError
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Effect, Outcome, Phase, Step
from ansible_collections.chatapp.cams.plugins.module_utils._report.changes import (
    SCHEMA,
    SCHEMA_VERSION,
    EarlierReport,
    changes_since,
)
from ansible_collections.chatapp.cams.plugins.module_utils._report.text import Masker, iso_time
from ansible_collections.chatapp.cams.plugins.module_utils._store.history import Event, History
from ansible_collections.chatapp.cams.plugins.module_utils._version import VERSION

Document = dict[str, Any]
Entry = dict[str, Any]

# The order of the numbers in a report. Failed numbers come first, then numbers in danger, whatever their outcome.
URGENCY = (
    Outcome.FAILED,
    Outcome.UNKNOWN,
    Outcome.NEEDS_OPERATOR,
    Outcome.AWAITING_CODE,
    Outcome.AWAITING_CONNECTION,
    Outcome.AWAITING_OWNER,
    Outcome.PLANNED,
    Outcome.NOT_ATTEMPTED,
    Outcome.CONVERGED,
)
_RANK = {outcome.value: rank for rank, outcome in enumerate(URGENCY)}
# How many of the stages below a number in this phase has reached.
_STAGES_REACHED = {Phase.INITIATED.value: 2, Phase.VERIFIED.value: 3, Phase.CONNECTED.value: 4, Phase.LIMITED.value: 4}
STAGES = ("declared", "initiated", "verified", "connected")
# The step after which a number is in this phase. The journal holds its time.
_STEP_BEFORE_PHASE = {
    Phase.INITIATED.value: Step.INITIATE.value,
    Phase.VERIFIED.value: Step.VERIFY.value,
    Phase.CONNECTED.value: Step.REGISTER.value,
    Phase.LIMITED.value: Step.REGISTER.value,
}
_SUCCEEDED = (Effect.DONE.value, Effect.EARLIER.value)
_MAY_HAVE_SUCCEEDED = (Effect.DONE.value, Effect.UNKNOWN.value, "open")
_MOST_REQUEST_IDS = 3


@dataclass(frozen=True)
class Source:
    """The results that a report is made from: of a run, of a fresh read (check) or of a plan."""

    kind: str
    made_at: str
    results: Sequence[Mapping[str, Any]]
    stopped: str = ""
    summary: Mapping[str, Any] = field(default_factory=dict)


def source_of_results(value: Any, now: datetime, only: Collection[str] | None = None) -> Source:
    """Return the source for a list of results, or for the return value of cams_number_fleet.

    With ``only``, the source has the results of these numbers.
    """
    returned = value if isinstance(value, Mapping) else {"results": value}
    results = returned.get("results")
    if not isinstance(results, Sequence) or isinstance(results, str) or not all(map(_is_result, results)):
        failure = (
            f" The task that set it failed: {returned['msg']}" if returned.get("failed") and returned.get("msg") else ""
        )
        raise ConfigurationError(
            f"The variable does not hold results of numbers.{failure} Name a variable that holds the return value of"
            " cams_number_fleet."
        )
    if only is not None:
        results = [result for result in results if result["phone_number"] in only]
    kind = "check" if "plan" in returned else "run"
    return Source(kind, iso_time(now), results, str(returned.get("stopped") or ""), returned.get("summary") or {})


def source_of_plan(plan: Any) -> Source:
    """Return the source for a plan, as the playbook plan writes it."""
    try:
        version = plan["version"]
        made_at = iso_time(datetime.fromisoformat(plan["made_at"]))
        results = [_result_of_planned_number(number) for number in plan["numbers"]]
        results += [_result_of_number_not_planned(number) for number in plan.get("not_planned", ())]
    except (KeyError, TypeError, ValueError):
        raise ConfigurationError("The plan file was not written by chatapp.cams. Make a new plan.") from None
    if version != plan_document.VERSION:
        raise ConfigurationError(
            f"The plan file has version {version!r}, but this collection reads version {plan_document.VERSION}."
            " Make a new plan."
        )
    return Source("plan", made_at, results)


def build_report(
    source: Source,
    history: History,
    *,
    hosts: Mapping[str, str],
    show_numbers: bool,
    now: datetime,
    earlier: EarlierReport | None = None,
) -> Document:
    """Return the document, with the most urgent numbers first."""
    mask = Masker([result["phone_number"] for result in source.results], show=show_numbers)
    numbers = [_entry_of_result(result, history, hosts, mask, now) for result in source.results]
    numbers.sort(key=_urgency)
    since, notes = changes_since(earlier, numbers, masked=not show_numbers)
    return {
        "schema": SCHEMA,
        "version": SCHEMA_VERSION,
        "made_at": iso_time(now),
        "made_by": f"chatapp.cams {VERSION}",
        "source": {"kind": source.kind, "made_at": source.made_at},
        "masked": not show_numbers,
        "stopped": mask(source.stopped),
        "notes": list(map(mask, [*history.notes, *notes])),
        "summary": _summarize_numbers(source, numbers, history),
        "since": since,
        "numbers": numbers,
    }


def is_in_danger(entry: Entry) -> bool:
    """Return whether WhatsApp rates the number as RED, limits it, or has halted it."""
    return entry["quality"] == "RED" or entry["phase"] in (Phase.LIMITED.value, Phase.HALTED.value)


def _urgency(entry: Entry) -> tuple[bool, bool, int]:
    return entry["outcome"] != Outcome.FAILED.value, not is_in_danger(entry), _RANK[entry["outcome"]]


def _summarize_numbers(source: Source, numbers: Sequence[Entry], history: History) -> Document:
    outcomes = Counter(entry["outcome"] for entry in numbers)
    phases = Counter(entry["phase"] for entry in numbers)
    reached = [1 if entry["phase"] is None else _STAGES_REACHED.get(entry["phase"], 1) for entry in numbers]
    events = [event for result in source.results for event in history.of(result["phone_number"])]
    return {
        "declared": len(numbers),
        "drifted": sum(entry["drifted"] for entry in numbers),
        "changed": sum(entry["changed"] for entry in numbers),
        "outcomes": {outcome.value: outcomes[outcome.value] for outcome in URGENCY},
        "phases": {**{phase.value: phases[phase.value] for phase in Phase}, "not_read": phases[None]},
        "funnel": [
            {"stage": stage, "count": sum(stages >= place for stages in reached)}
            for place, stage in enumerate(STAGES, start=1)
        ],
        "codes_requested": _count_code_requests(events) if history.known else None,
        "calls": dict(source.summary.get("calls") or {}),
        "throttled": source.summary.get("throttled"),
        "elapsed_seconds": source.summary.get("elapsed_seconds"),
    }


def _count_code_requests(events: Sequence[Event]) -> int:
    return sum(event.step == Step.REQUEST_CODE.value and event.outcome in _MAY_HAVE_SUCCEEDED for event in events)


def _entry_of_result(
    result: Mapping[str, Any], history: History, hosts: Mapping[str, str], mask: Masker, now: datetime
) -> Entry:
    number = result["phone_number"]
    row = result.get("number") or {}
    events = history.of(number)
    since = _phase_since(result["phase"], events)
    return {
        "phone_number": mask(number),
        "cust_space_id": mask(_text_or_empty(result["cust_space_id"])),
        "host": mask(_text_or_empty(hosts.get(number))),
        "state": _text_or_empty(result["state"]),
        "previous_phase": result["previous_phase"],
        "phase": result["phase"],
        "phase_since": iso_time(since) if since else None,
        "phase_age_seconds": max(0, int((now - since).total_seconds())) if since else None,
        "outcome": result["outcome"],
        "drifted": result["outcome"] != Outcome.CONVERGED.value,
        "changed": bool(result["changed"]),
        "next_action": mask(_text_or_empty(result["next_action"])),
        "steps": [
            {
                "step": _text_or_empty(action["action"]),
                "outcome": _text_or_empty(action["outcome"]),
                "request_id": _text_or_empty(action["request_id"]),
            }
            for action in result["actions"]
        ],
        "later_steps": [_text_or_empty(step) for step in result.get("later_steps") or ()],
        "request_ids": _request_ids(events, result["actions"]),
        "status": _text_or_empty(row.get("status")),
        "quality": _text_or_empty(row.get("quality_rating")),
        "tier": _text_or_empty(row.get("messaging_limit_tier")),
        "name": mask(_text_or_empty(row.get("verified_name"))),
        "name_status": _text_or_empty(row.get("name_status")),
        "health": _text_or_empty((result.get("health") or {}).get("can_send_message")),
        "error": _masked_error(result.get("error"), mask),
        "timeline": [_timeline_event(event, mask) for event in events],
    }


def _phase_since(phase: str | None, events: Sequence[Event]) -> datetime | None:
    """Return when the number entered its phase, or None if the journal does not say so."""
    step = _STEP_BEFORE_PHASE.get(phase or "")
    times = [event.at for event in events if event.step == step and event.outcome in _SUCCEEDED]
    return times[-1] if times else None


def _request_ids(events: Sequence[Event], actions: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the RequestIds of the last steps, newest first."""
    recorded = [event.request_id for event in events if event.request_id]
    returned = [_text_or_empty(action["request_id"]) for action in actions if action["request_id"]]
    merged = list(dict.fromkeys([*recorded, *returned]))
    return merged[: -_MOST_REQUEST_IDS - 1 : -1]


def _masked_error(error: Mapping[str, Any] | None, mask: Masker) -> dict[str, str] | None:
    if not error:
        return None
    return {name: mask(_text_or_empty(error.get(name))) for name in ("code", "message", "request_id", "hint")}


def _timeline_event(event: Event, mask: Masker) -> dict[str, str]:
    return {
        "at": iso_time(event.at),
        "step": event.step,
        "outcome": event.outcome,
        "request_id": event.request_id,
        "error": mask(event.error),
        "run": event.run,
        "by": mask(f"{event.user}@{event.host}"),
    }


def _result_of_planned_number(number: Mapping[str, Any]) -> dict[str, Any]:
    return _result_from_plan(
        number,
        previous_phase=number["phase"],
        phase=number["phase"],
        planned_phase=number["planned_phase"],
        changed=bool(number["steps"]),
        actions=[Action(str(step), Outcome.PLANNED.value) for step in number["steps"]],
        later=[Step(step) for step in number["later_steps"]],
    )


def _result_of_number_not_planned(number: Mapping[str, Any]) -> dict[str, Any]:
    result = _result_from_plan(number)
    return {**result, "error": number["error"]} if number["error"] else result


def _result_from_plan(number: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """Return the result of a number in a plan. Raises ValueError if the plan is damaged."""
    result = returned_result(
        number["phone_number"],
        Outcome(number["outcome"]),
        cust_space_id=number["cust_space_id"],
        state=number["state"],
        next_action=number["next_action"],
        **more,
    )
    if not _is_result(result):
        raise ValueError
    return result


def _is_result(value: Any) -> bool:
    return (
        isinstance(value, Mapping)
        and {"cust_space_id", "state", "previous_phase", "changed", "actions", "next_action"} <= value.keys()
        and isinstance(value.get("phone_number"), str)
        and value.get("outcome") in _RANK
        and (value.get("phase") is None or value["phase"] in {phase.value for phase in Phase})
    )


def _text_or_empty(value: Any) -> str:
    return "" if value is None else str(value)
