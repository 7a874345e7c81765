# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the rows of the table that a run shows at its end."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    host: str
    phase: str
    outcome: str
    # The steps, or the next step.
    last: str


def rows_of(output: str) -> dict[str, Row]:
    """Return the row of each number that the output lists."""
    found = re.finditer(r"^  (\S+) +(\+[0-9]+) +([a-z-]+) +([a-z_]+)(?: +(.*))?$", output, re.MULTILINE)
    return {match[2]: Row(match[1], match[3], match[4], match[5] or "") for match in found}


def totals_of(output: str) -> dict[str, str]:
    """Return the totals of the last table in the output, without calls and time."""
    names, counts = re.findall(r"^ *(declared  .*)\n +([0-9].*)$", output, re.MULTILINE)[-1]
    pairs = dict(zip(re.split(r"  +", names.strip()), re.split(r"  +", counts.strip()), strict=True))
    return {name: count for name, count in pairs.items() if name not in ("calls", "time")}
