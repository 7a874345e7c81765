# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The clock of the simulator: real time plus an offset. The offset can only grow."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timezone


@dataclass(slots=True)
class Clock:
    offset: float = 0.0

    def now(self) -> float:
        # Round to microseconds, so that a time in ISO 8601 can be parsed without a difference.
        return round(time.time() + self.offset, 6)

    def advance(self, seconds: float) -> None:
        if seconds < 0:
            raise ValueError("The clock can only move forward.")
        self.offset += seconds


def iso_time(moment: float) -> str:
    return datetime.fromtimestamp(moment, timezone.utc).isoformat(timespec="microseconds").replace("+00:00", "Z")
