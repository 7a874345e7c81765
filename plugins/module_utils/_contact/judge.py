# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Judge from the evidence which assumptions hold. Pure and total: every list of events has a judgement."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from ansible_collections.chatapp.cams.plugins.module_utils._api import operations as op
from ansible_collections.chatapp.cams.plugins.module_utils._api.error_codes import is_about_the_caller
from ansible_collections.chatapp.cams.plugins.module_utils._cloud.verification import Refusal
from ansible_collections.chatapp.cams.plugins.module_utils._contact import evidence
from ansible_collections.chatapp.cams.plugins.module_utils._contact.assumptions import ASSUMPTIONS, Assumption
from ansible_collections.chatapp.cams.plugins.module_utils._contact.evidence import ANSWERED, REFUSED, Event, ShownRow
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import VERIFIED, Phase
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.table import CONNECTED_PHASES, PHASE_OF_STATUS

# An effect that is seen this soon was there at once. Three calls need less time.
AT_ONCE_SECONDS = 2.0
# A later effect took seconds up to this time, and minutes after it.
SECONDS = 30.0
# A register connects at once only if the first query shows that within this time.
CONNECTED_AT_ONCE_SECONDS = 1.0
# Two events with at most this distance are one directly after the other.
NEXT_SECONDS = 2.0
# A number that no row shows for so long after its initiate, even after a sync, is hidden.
HIDDEN_SECONDS = 4.0


class Verdict(Enum):
    """What the evidence says about an assumption."""

    CONFIRMED = "confirmed"
    REFUTED = "refuted"
    NOT_OBSERVED = "not observed"


@dataclass(frozen=True)
class Observed:
    """The value of an assumption, and the events that show it."""

    value: str
    events: tuple[Event, ...]


@dataclass(frozen=True)
class Finding:
    """The judgement of one assumption."""

    assumption: Assumption
    verdict: Verdict
    value: str = ""
    events: tuple[Event, ...] = ()

    def as_dict(self) -> dict[str, str]:
        """Return the finding as the module returns it."""
        assumption = self.assumption
        return {
            "id": assumption.id,
            "assumed": assumption.assumed,
            "observed": self.value,
            "verdict": self.verdict.value,
        }


class Log:
    """The events of one number, and the times of its migration in them."""

    def __init__(self, events: Sequence[Event]) -> None:
        self.events = tuple(events)
        self.initiate = self._first_answered(op.INITIATE)
        self.code = self._first_answered(op.REQUEST_CODE)
        self.verify = self._first_answered(op.VERIFY)
        self.register = self._first_answered(op.REGISTER)

    def _first_answered(self, operation: op.Operation) -> Event | None:
        return next((e for e in self.events if e.operation == operation.action and e.outcome == ANSWERED), None)

    def after(self, start: Event | None, end: Event | None = None) -> Iterator[Event]:
        """Yield the events after the first and before the second. Without the second, all events after the first."""
        if start is None:
            return
        yield from self.events[self._place(start) + 1 : len(self.events) if end is None else self._place(end)]

    @property
    def before_initiate(self) -> tuple[Event, ...]:
        """The events before the number can be under way."""
        start = self.initiate or self.code or self.verify or self.register
        return self.events if start is None else self.events[: self._place(start)]

    @property
    def under_way(self) -> list[Event]:
        """The events between the initiate and the register. An initiate without an answer is known by what follows."""
        return list(self.after(self.initiate or self.code or self.verify, self.register))

    def writes_between(self, first: Event, second: Event) -> bool:
        return any(e.operation in _WRITES for e in self.after(first, second))

    def _place(self, event: Event) -> int:
        return next(place for place, known in enumerate(self.events) if known is event)


_WRITES = frozenset(step.action for step in (op.INITIATE, op.REQUEST_CODE, op.VERIFY, op.REGISTER, op.UPDATE_WEBHOOK))
_UNDER_WAY = frozenset(status for status, phase in PHASE_OF_STATUS.items() if phase is Phase.INITIATED)
_CONNECTED = frozenset(status for status, phase in PHASE_OF_STATUS.items() if phase in CONNECTED_PHASES)


def findings_of(events: Sequence[Event]) -> list[Finding]:
    """Return the judgement of each assumption, in the order of the table."""
    log = Log(events)
    return [_finding(assumption, log) for assumption in ASSUMPTIONS]


def _finding(assumption: Assumption, log: Log) -> Finding:
    judge = JUDGES.get(assumption.id)
    observed = judge(log) if judge else None
    if observed is None or not observed.value:
        return Finding(assumption, Verdict.NOT_OBSERVED)
    verdict = Verdict.CONFIRMED if observed.value == assumption.assumed else Verdict.REFUTED
    return Finding(assumption, verdict, observed.value, observed.events)


def simulator_settings(findings: Iterable[Finding]) -> dict[str, str | float]:
    """Return the settings with which the simulator behaves as observed."""
    settings = (finding.assumption.setting_for(finding.value) for finding in findings)
    return dict(setting for setting in settings if setting is not None)


def learnt_refusal(events: Sequence[Event]) -> Refusal | None:
    """Return how the service refuses an unknown number, if the evidence proves it as strictly as a run does.

    The number and the control number were refused in the same way. The initiate was accepted, and the number's status
    was answered. After that, the control number was still refused in the same way.
    """
    log = Log(events)
    if log.initiate is None:
        return None
    first = next(_refused_reads(log.before_initiate, evidence.NUMBER), None)
    controls = list(_refused_reads(log.before_initiate, evidence.CONTROL))
    answered = next((e for e in _status_reads(log.under_way, evidence.NUMBER) if e.outcome == ANSWERED), None)
    after = next(_refused_reads(log.after(answered), evidence.CONTROL), None)
    if first is None or after is None or not controls or "<" in first.message:
        return None
    alike = {_refusal(event) for event in (first, after, *controls)}
    return _refusal(first) if len(alike) == 1 else None


# --- what events show ---


def _rows(events: Iterable[Event]) -> Iterator[Event]:
    """Yield the answered queries and syncs of the space."""
    for event in events:
        reads_rows = event.operation in (op.QUERY_NUMBERS.action, op.SYNC.action)
        if reads_rows and event.outcome == ANSWERED and event.about == evidence.SPACE and not event.filter:
            yield event


def _status_reads(events: Iterable[Event], about: str) -> Iterator[Event]:
    """Yield the status reads that the service answered or refused because of the number."""
    for event in events:
        if event.operation != op.VERIFICATION_STATUS.action or event.about != about or event.in_form:
            continue
        if event.outcome == ANSWERED or (event.outcome == REFUSED and not is_about_the_caller(event.code)):
            yield event


def _refused_reads(events: Iterable[Event], about: str) -> Iterator[Event]:
    return (event for event in _status_reads(events, about) if event.outcome == REFUSED)


def _refusal(event: Event) -> Refusal:
    return Refusal(event.http_status, event.code, event.message)


def _row_under_way(event: Event) -> ShownRow | None:
    return next((row for row in event.number_rows if row.status in _UNDER_WAY), None)


def _is_connected(event: Event) -> bool:
    return any(row.status in _CONNECTED for row in event.number_rows)


def _follows(first: Event, second: Event) -> bool:
    """Return whether the second event comes directly after the first, in one run."""
    return first.run == second.run and second.ended - first.ended <= NEXT_SECONDS


def _one(event: Event | None, value: str) -> Observed | None:
    return None if event is None else Observed(value, (event,))


# --- one function for each assumption ---


def _before_register(log: Log) -> Observed | None:
    rows = list(_rows(log.under_way))
    for event in rows:
        shown = next((row.status for row in event.number_rows if not _left_or_connected(row)), None)
        if shown is not None:
            return Observed(shown.lower(), (event,))
    start = log.initiate or log.code or log.verify
    settled = [
        e for e in rows if e.operation == op.QUERY_NUMBERS.action and start and e.ended - start.at > HIDDEN_SECONDS
    ]
    was_synced = any(e.operation == op.SYNC.action for e in rows)
    return _one(settled[-1], "hidden") if settled and was_synced else None


def _left_or_connected(row: ShownRow) -> bool:
    """Return whether a row is older than the initiate, or newer than the register."""
    return row.status in _CONNECTED or (row.status in evidence.KNOWN_STATUSES and row.status not in _UNDER_WAY)


def _delay(start: Event, seen: Event, missed: bool, at_once: float = AT_ONCE_SECONDS) -> Observed | None:
    """Return the word for a delay. ``missed``: an earlier event did not show the effect."""
    seconds = seen.ended - start.at
    if seconds <= at_once:
        return Observed("at_once", (start, seen))
    if not missed:
        # Nothing looked earlier.
        return None
    return Observed("seconds" if seconds <= SECONDS else "minutes", (start, seen))


def _row_delay(log: Log) -> Observed | None:
    if log.initiate is None:
        return None
    rows = list(_rows(log.under_way))
    seen = next((event for event in rows if _row_under_way(event)), None)
    return None if seen is None else _delay(log.initiate, seen, seen is not rows[0])


def _status_delay(log: Log) -> Observed | None:
    reads = list(_status_reads(log.under_way, evidence.NUMBER))
    seen = next((event for event in reads if event.outcome == ANSWERED), None)
    # A status that answers directly after the code request may have waited for that.
    if log.initiate is None or seen is None or _status_read(log) == _FUSSY:
        return None
    return _delay(log.initiate, seen, seen is not reads[0])


_PLAIN, _FUSSY, _BLIND = "plain", "fussy", "blind"


def _status_read(log: Log) -> str:
    """Return how the status reads answer between initiate and register. Empty if they do not show it."""
    if log.initiate is None:
        return ""
    reads = list(_status_reads(log.under_way, evidence.NUMBER))
    # A run that was killed may have requested a code without an event.
    early = [e for e in reads if (e.run == log.initiate.run if log.code is None else e.at < log.code.at)]
    with_code = [e for e in reads if log.code is not None and e.at >= log.code.at]
    if any(event.outcome == ANSWERED for event in early):
        return _PLAIN
    if not early or not with_code:
        return ""
    if with_code[0].outcome == ANSWERED:
        return _FUSSY
    if any(event.outcome == ANSWERED for event in with_code):
        # Late, with or without the code.
        return ""
    verified = log.verify is not None and with_code[-1].at > log.verify.at
    return _BLIND if verified else ""


def _status_read_observed(log: Log) -> Observed | None:
    value = _status_read(log)
    reads = list(_status_reads(log.under_way, evidence.NUMBER))
    answered = next((event for event in reads if event.outcome == ANSWERED), None)
    return Observed(value, tuple(e for e in (reads[0], answered or reads[-1]) if e)) if value else None


def _needs_sync(log: Log) -> Observed | None:
    """A change that a query shows without a sync between decides. Otherwise a sync must directly bring the change."""
    rows = list(_rows(log.events))
    brought: Observed | None = None
    queries = [place for place, event in enumerate(rows) if event.operation == op.QUERY_NUMBERS.action]
    for first, second in itertools.pairwise(queries):
        before, after = rows[first], rows[second]
        if before.run != after.run or _words_of_rows(before) == _words_of_rows(after):
            continue
        if second == first + 1:
            return Observed("no", (before, after))
        if second == first + 2 and _follows(before, after) and not log.writes_between(before, after):
            brought = brought or Observed("yes", (before, rows[first + 1], after))
    return brought


def _words_of_rows(event: Event) -> list[tuple[str, str]]:
    return [(row.status, row.verification) for row in event.number_rows]


def _unknown_number(log: Log) -> Event | None:
    """Return the refusal of the number before its initiate."""
    reads = list(_status_reads(log.before_initiate, evidence.NUMBER))
    return reads[0] if reads and all(event.outcome == REFUSED for event in reads) else None


def _unknown_number_refusal(log: Log) -> Observed | None:
    event = _unknown_number(log)
    return _one(event, "listed" if event and event.code == "InvalidParameter.PhoneNumberError" else "unlisted")


def _unknown_number_status(log: Log) -> Observed | None:
    event = _unknown_number(log)
    return _one(event, f"http_{event.http_status}" if event else "")


def _fictional_numbers(log: Log) -> Observed | None:
    number = _unknown_number(log)
    controls = (e for e in _status_reads(log.before_initiate, evidence.CONTROL) if number and e.run == number.run)
    control = next(controls, None)
    if number is None or control is None:
        return None
    return Observed("same" if _refusal(number) == _refusal(control) else "other", (number, control))


_WORDS = {
    "not_verified": frozenset({"NOT_VERIFIED", "EXPIRED"}),
    "review": frozenset({"MORE_INFORMATION_REQUESTED", "REJECTED", "REVOKED"}),
}


def _verification_words(log: Log) -> Observed | None:
    seen = {word: e for e in log.events for word in e.verifications if word != VERIFIED}
    lists = {next((name for name, words in _WORDS.items() if word in words), word.lower()) for word in seen}
    return Observed(" and ".join(sorted(lists)), tuple(list(seen.values())[-1:])) if seen else None


def _second(operation: op.Operation) -> Callable[[Log], Observed | None]:
    """Judge the answer to a second call of an operation after the first was accepted."""

    def judge(log: Log) -> Observed | None:
        first = log.initiate if operation is op.INITIATE else log.register
        for event in log.after(first):
            if event.operation == operation.action and event.outcome in (ANSWERED, REFUSED):
                return Observed("accepted" if event.outcome == ANSWERED else "refused", (event,))
        return None

    return judge


def _sync_rows(log: Log) -> Observed | None:
    right: Observed | None = None
    reads = list(_status_reads(log.under_way, evidence.NUMBER))
    for event in _rows(log.under_way):
        row = _row_under_way(event)
        if event.operation != op.SYNC.action or row is None or not row.verification:
            continue
        read = next((e for e in reads if e.outcome == ANSWERED and e.at > event.at), None)
        if read is None or not _follows(event, read) or log.writes_between(event, read):
            continue
        if read.verifications != (row.verification,):
            return Observed("wrong", (event, read))
        right = Observed("correct", (event, read))
    return right


def _register_delay(log: Log) -> Observed | None:
    if log.register is None:
        return None
    rows = list(_rows(log.after(log.register)))
    seen = next((event for event in rows if _is_connected(event)), None)
    if seen is None:
        return None
    return _delay(log.register, seen, seen is not rows[0], CONNECTED_AT_ONCE_SECONDS)


def _refused_write(log: Log) -> Event | None:
    refused = (e for e in log.events if e.operation in _WRITES and e.outcome == REFUSED)
    return next((event for event in refused if not is_about_the_caller(event.code)), None)


def _refusal_codes(log: Log) -> Observed | None:
    event = _refused_write(log)
    known = {"InvalidParameter": "invalid_parameter", "InvalidParameter.PhoneNumberError": "phone_number_error"}
    return _one(event, known.get(event.code, "named") if event else "")


def _business_errors(log: Log) -> Observed | None:
    event = _refused_write(log)
    return _one(event, f"http_{event.http_status}" if event else "")


_DENIALS = {
    "Ram.PermissionDeny": "permission_deny",
    "NoPermission": "no_permission",
    "Forbidden.RAM": "forbidden_ram",
}


def _denied_action(log: Log) -> Observed | None:
    event = next((e for e in log.events if e.outcome == REFUSED and e.code in _DENIALS), None)
    return _one(event, _DENIALS[event.code] if event else "")


def _throttle_code(log: Log) -> Observed | None:
    event = next((e for e in log.events if e.outcome == evidence.THROTTLED and e.code), None)
    return _one(event, event.code if event else "")


def _unknown_space(log: Log) -> Observed | None:
    event = next((e for e in log.events if e.about == evidence.OTHER_SPACE and e.outcome in (ANSWERED, REFUSED)), None)
    known = {"Unknown.ResourceOwnerId": "resource_owner", "InvalidParameter.CustSpaceId": "invalid_parameter"}
    return _one(event, known.get(event.code, event.code) if event else "")


def _status_filter(log: Log) -> Observed | None:
    """Judge by two queries with words of the same row. A query that shows no row does not filter by that field."""
    for first, second in itertools.pairwise(log.events):
        if (first.filter, second.filter) != (evidence.BY_STATUS, evidence.BY_VERIFICATION) or first.run != second.run:
            continue
        if first.outcome == second.outcome == ANSWERED:
            matched = (bool(first.rows), bool(second.rows))
            words = {(True, True): "either", (True, False): "status", (False, True): "verification"}
            return Observed(words.get(matched, "neither"), (first, second))
    return None


def _form_parameters(log: Log) -> Observed | None:
    """Judge by two reads of the control number, with the parameters in the query and in a form."""
    forms = [e for e in log.events if e.in_form and e.outcome in (ANSWERED, REFUSED)]
    for form in forms:
        for control in _status_reads(log.events, evidence.CONTROL):
            if control.run == form.run:
                alike = (control.outcome, _refusal(control)) == (form.outcome, _refusal(form))
                return Observed("accepted" if alike else "ignored", (control, form))
    return None


def _word_of_rows(field: str) -> Callable[[Log], Observed | None]:
    def judge(log: Log) -> Observed | None:
        shown = [event for event in log.events if getattr(event, field)]
        odd = next((event for event in shown if getattr(event, field) != getattr(shown[0], field)), None)
        if not shown:
            return None
        if odd is not None:
            return Observed("both", (shown[0], odd))
        return Observed(getattr(shown[-1], field), (shown[-1],))

    return judge


def _url_newline(log: Log) -> Observed | None:
    shown = [event for event in _rows(log.events) if event.addresses]
    newline = next((event for event in shown if event.addresses == "newline"), None)
    return _one(newline or (shown[-1] if shown else None), "yes" if newline else "no")


def _webhook_shown(log: Log) -> Observed | None:
    update = next((e for e in log.events if e.operation == op.UPDATE_WEBHOOK.action and e.outcome == ANSWERED), None)
    after = [event for event in _rows(log.after(update)) if event.number_rows]
    if not after:
        return None
    shown = next((e for e in after if any(row.webhook for row in e.number_rows)), None)
    return Observed("shown" if shown else "not_shown", (shown or after[-1],))


def _success(log: Log) -> Observed | None:
    odd = next((e for e in log.events if e.code == "OK" and e.http_status != 200), None)
    answered = [event for event in log.events if event.outcome == ANSWERED]
    if odd is not None:
        return Observed(f"ok_with_{odd.http_status}", (odd,))
    return _one(answered[-1] if answered else None, "ok_with_200")


def _known(field: str, known: frozenset[str]) -> Callable[[Log], Observed | None]:
    """Judge whether all words in a field of the events are known. Otherwise the value is the unknown words."""

    def judge(log: Log) -> Observed | None:
        seen: dict[str, Event] = {}
        for event in log.events:
            value = getattr(event, field)
            seen.update(dict.fromkeys([value] if isinstance(value, str) else value, event))
        seen.pop("", None)
        odd = sorted(seen.keys() - known)
        if not seen:
            return None
        return Observed(", ".join(odd), (seen[odd[0]],)) if odd else Observed("known", (list(seen.values())[-1],))

    return judge


def _clock(log: Log) -> Observed | None:
    timed = [event for event in log.events if event.clock is not None]
    if not timed:
        return None
    # The header has whole seconds, and an answer can be slow, so the smallest difference is the best.
    event = min(timed, key=lambda item: abs(item.clock or 0))
    difference = event.clock or 0
    if abs(difference) <= 5:
        return Observed("in_step", (event,))
    return Observed("ahead" if difference > 0 else "behind", (event,))


def _rate_headers(log: Log) -> Observed | None:
    limits = {name: event for event in log.events for name in event.limits}
    answered = [event for event in log.events if event.http_status]
    if not limits:
        return _one(answered[-1] if answered else None, "none")
    return Observed(", ".join(sorted(limits)), tuple(list(limits.values())[:1]))


JUDGES: dict[str, Callable[[Log], Observed | None]] = {
    "before_register": _before_register,
    "unknown_number_refusal": _unknown_number_refusal,
    "unknown_number_status": _unknown_number_status,
    "fictional_numbers": _fictional_numbers,
    "row_delay": _row_delay,
    "status_read": _status_read_observed,
    "old_row_place": _word_of_rows("old_row"),
    "answer_number": _word_of_rows("names"),
    "second_initiate": _second(op.INITIATE),
    "needs_sync": _needs_sync,
    "status_delay": _status_delay,
    "verification_words": _verification_words,
    "second_register": _second(op.REGISTER),
    "sync_rows": _sync_rows,
    "register_delay": _register_delay,
    "throttle_code": _throttle_code,
    "rate_headers": _rate_headers,
    "refusal_codes": _refusal_codes,
    "business_errors": _business_errors,
    "denied_action": _denied_action,
    "unknown_space": _unknown_space,
    "webhook_flags": _word_of_rows("flags"),
    "webhook_shown": _webhook_shown,
    "url_newline": _url_newline,
    "success": _success,
    "status_filter": _status_filter,
    "form_parameters": _form_parameters,
    "known_statuses": _known("statuses", evidence.KNOWN_STATUSES),
    "health_words": _known("health", frozenset({"AVAILABLE", "LIMITED", "BLOCKED"})),
    "clock": _clock,
}
