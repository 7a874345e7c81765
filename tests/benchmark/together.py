# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run three playbooks at the same time on one account: on one machine, and on three simulated machines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from benchmark.passes import THROTTLED_PER_CALL
from benchmark.section import Line, Report, at_least, at_most
from benchmark.stage import (
    CODE_SENT,
    LATENCY,
    LIMIT,
    Document,
    Number,
    Stage,
    WrongResultError,
    make_numbers,
    require_outcomes,
)

PLAYBOOKS = 3
LEAST_SHARE = 0.95
SETTLING_SECONDS = 20.0
THROTTLED_WHEN_SETTLED = 0.02


@dataclass(frozen=True)
class Arrival:
    """One call from the log of the simulator."""

    time: float
    action: str
    throttled: bool
    playbook: int | None


@dataclass(frozen=True)
class Together:
    shared: int = 100
    apart: int = 100

    name = "together"
    title = f"{PLAYBOOKS} playbooks at once on one account"

    def run(self) -> Report:
        method = _METHOD.format(limit=LIMIT, latency=LATENCY * 1e3, shared=self.shared, apart=self.apart)
        return Report(
            method, [*_shared(_arrivals(self.shared, apart=False)), *_apart(_arrivals(self.apart, apart=True))]
        )


def _arrivals(each: int, *, apart: bool) -> list[Arrival]:
    """Run all playbooks, check every number, and return the calls that arrived."""
    shares = [make_numbers(each, first=turn * each) for turn in range(PLAYBOOKS)]
    with Stage() as stage:
        stage.seed([number for share in shares for number in share])
        started = [
            stage.start(
                stage.write_fleet(share, journal=f"{stage.journal}.{turn}" if apart else stage.journal),
                machine=f"machine-{turn if apart else 0}",
            )
            for turn, share in enumerate(shares)
        ]
        for run in started:
            require_outcomes(run.finish().shown(), declared=each, changed=each, awaiting_code=each)
        stage.require({number: CODE_SENT for share in shares for number in share})
        return _read(stage.control.calls(), shares)


def _read(calls: Sequence[Document], shares: Sequence[Sequence[Number]]) -> list[Arrival]:
    owners = {number.wire: turn for turn, share in enumerate(shares) for number in share}
    return [
        Arrival(call["time"], call["action"], _is_throttle(call["code"]), owners.get(_wire(call["parameters"])))
        for call in calls
    ]


def _is_throttle(code: str | None) -> bool:
    return (code or "").startswith("Throttling")


def _wire(parameters: Document) -> str:
    initiated = parameters.get("CountryCode", "") + parameters.get("MobileNumber", "")
    return str(parameters.get("PhoneNumber", initiated))


def _shared(arrivals: Sequence[Arrival]) -> list[Line]:
    throttled = sum(arrival.throttled for arrival in arrivals)
    allowed = len(arrivals) * THROTTLED_PER_CALL
    since, until = _common_period(arrivals)
    action, rate = _most_frequent(arrivals, since, until)
    what = f"one machine: calls of `{action}` a second, in the {until - since:.0f} s in which all three ran"
    return [
        Line("one machine: from the first call to the last", f"{_duration(arrivals):.0f} s"),
        Line(f"one machine: throttles in {len(arrivals)} calls", str(throttled), "≤ 1 in 1,000", throttled <= allowed),
        at_least(what, rate, LEAST_SHARE * LIMIT, "{:.2f}", why=f"{LEAST_SHARE:.0%} of the limit"),
    ]


def _apart(arrivals: Sequence[Arrival]) -> list[Line]:
    begin = min(arrival.time for arrival in arrivals)
    settled = [arrival for arrival in arrivals if arrival.time >= begin + SETTLING_SECONDS]
    until = _common_period(arrivals)[1]
    action, rate = _most_frequent(arrivals, begin + SETTLING_SECONDS, until)
    shares = Counter(
        arrival.playbook
        for arrival in settled
        if arrival.action == action and arrival.time <= until and not arrival.throttled
    )
    early = [arrival for arrival in arrivals if arrival.time < begin + SETTLING_SECONDS]
    first, then = (sum(arrival.throttled for arrival in part) for part in (early, settled))
    what = f"three machines: throttles in the {len(settled)} calls after {SETTLING_SECONDS:g} s"
    return [
        Line("three machines: from the first call to the last", f"{_duration(arrivals):.0f} s"),
        Line(f"three machines: throttles in the {len(early)} calls of the first {SETTLING_SECONDS:g} s", str(first)),
        at_most(what, then / max(1, len(settled)), THROTTLED_WHEN_SETTLED, "{:.1%}"),
        Line(f"three machines: calls of `{action}` a second, from then on, while all three ran", f"{rate:.2f}"),
        Line("- calls of each machine", " : ".join(str(shares[turn]) for turn in range(PLAYBOOKS))),
    ]


def _duration(arrivals: Sequence[Arrival]) -> float:
    times = [arrival.time for arrival in arrivals]
    return max(times) - min(times)


def _common_period(arrivals: Sequence[Arrival]) -> tuple[float, float]:
    """Return the period in which all playbooks made calls."""
    times = [[arrival.time for arrival in arrivals if arrival.playbook == turn] for turn in range(PLAYBOOKS)]
    since, until = max(min(own) for own in times), min(max(own) for own in times)
    if since >= until:
        raise WrongResultError("The playbooks did not run at the same time.")
    return since, until


def _most_frequent(arrivals: Sequence[Arrival], since: float, until: float) -> tuple[str, float]:
    """Return the most frequent operation and its calls a second. The pace limits this operation."""
    accepted = [arrival for arrival in arrivals if since <= arrival.time <= until and not arrival.throttled]
    action, count = Counter(arrival.action for arrival in accepted).most_common(1)[0]
    return action, count / (until - since)


_METHOD = """\
Three processes of `ansible-playbook playbook.yml` run at the same time, each with one task of the module and its own
numbers. The limit is {limit} calls a second, the latency {latency:.0f} ms. The simulator's log gives rates and
throttles. Each operation has its own limit, so the rate is that of the most frequent operation. At the end each number
has the expected state, one initiate and one code.

- One machine: the three processes share one state directory. Each migrates {shared} new numbers.
- Three machines: each process has its own state directory, so only throttles show it the others. Each migrates
  {apart} new numbers.

"""
