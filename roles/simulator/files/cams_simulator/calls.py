# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Log of all API calls, and the one-second windows for the rate limit and for the summary."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import asdict, dataclass, field
from typing import Any

MAX_LOGGED_CALLS = 200_000
HIDDEN_PARAMETERS = frozenset({"VerifyCode", "Signature", "SecurityToken"})


@dataclass(slots=True)
class LoggedCall:
    id: int
    time: float
    user: str
    action: str
    parameters: dict[str, str]
    http_status: int | None
    code: str | None
    request_id: str
    fault: str | None
    effect: str | None


@dataclass(slots=True)
class _Window:
    """Calls of one user to one operation within the last second."""

    arrivals: deque[float] = field(default_factory=deque)
    counted: deque[float] = field(default_factory=deque)
    most: int = 0


def _drop_old_calls(window: deque[float], now: float) -> None:
    while window and now - window[0] >= 1.0:
        window.popleft()


@dataclass(slots=True)
class CallLog:
    calls: deque[LoggedCall] = field(default_factory=lambda: deque(maxlen=MAX_LOGGED_CALLS))
    _paces: dict[tuple[str, str], _Window] = field(default_factory=dict)
    _codes: dict[str, Counter[str]] = field(default_factory=dict)
    _throttled: Counter[str] = field(default_factory=Counter)
    _last_id: int = 0

    def record_arrival(self, user: str, action: str, arrived: float) -> None:
        pace = self._paces.setdefault((user, action), _Window())
        _drop_old_calls(pace.arrivals, arrived)
        pace.arrivals.append(arrived)
        pace.most = max(pace.most, len(pace.arrivals))

    def admit(self, user: str, action: str, arrived: float, limit: int, count_throttled: bool) -> bool:
        """Count the call and return whether it is within the rate limit; a limit of 0 means no limit."""
        pace = self._paces.setdefault((user, action), _Window())
        _drop_old_calls(pace.counted, arrived)
        admitted = limit == 0 or len(pace.counted) < limit
        if admitted or count_throttled:
            pace.counted.append(arrived)
        return admitted

    def add(self, call: LoggedCall) -> None:
        self._last_id += 1
        call.id = self._last_id
        self.calls.append(call)
        code = call.code or "no answer"
        self._codes.setdefault(call.action, Counter())[code] += 1
        if code.startswith("Throttling") or code == "System.LimitControl":
            self._throttled[call.action] += 1

    def calls_since(self, after: int, action: str | None, limit: int) -> list[dict[str, Any]]:
        first = self.calls[0].id if self.calls else 0
        found: list[dict[str, Any]] = []
        for index in range(max(0, after + 1 - first), len(self.calls)):
            if len(found) >= limit:
                break
            if action in (None, self.calls[index].action):
                found.append(asdict(self.calls[index]))
        return found

    def summary(self) -> dict[str, Any]:
        actions = {
            action: {"count": sum(codes.values()), "codes": dict(codes), "throttled": self._throttled[action]}
            for action, codes in self._codes.items()
        }
        paces = [
            {"user": user, "action": action, "most_in_a_second": pace.most}
            for (user, action), pace in self._paces.items()
        ]
        return {
            "count": self._last_id,
            "throttled": sum(self._throttled.values()),
            "most_in_a_second": max((pace.most for pace in self._paces.values()), default=0),
            "actions": actions,
            "paces": paces,
        }
