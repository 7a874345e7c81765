# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Replaces what differs between two runs of the same command, such as times and RequestIds, by readable examples."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

_PATTERNS = (
    (r"\b[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}\b", "7A2D0C1E-53B8-5F0A-9E61-4C1B8D2F6A37"),
    (r"\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)", "2026-12-01T09:30:00Z"),
    (r"\bfrom 20\d\d-\d\d-\d\d \d\d:\d\d UTC", "from 2026-12-01 09:45 UTC"),
    (r"(?<!from )\b20\d\d-\d\d-\d\d \d\d:\d\d UTC", "2026-12-01 09:30 UTC"),
    (r"(?<!\d )\b\d\d:\d\d UTC", "09:30 UTC"),
    (r"127\.0\.0\.1:\d+", "127.0.0.1:8600"),
)
_SECONDS = "12 s"
_PROGRESS = re.compile(r"^cams: \d.*\n(cams: \d.*\n)*", re.MULTILINE)


def with_placeholders(text: str, paths: Mapping[str, str]) -> str:
    """Return the screen with the same example for each time, RequestId and port, and with other names of folders."""
    for path, shown in paths.items():
        text = text.replace(path, shown)
    for pattern, example in _PATTERNS:
        text = re.sub(pattern, example, text)
    return "".join(f"{line}\n" for line in _with_example_of_time(text.splitlines()))


def comparable(text: str) -> str:
    """Return the screen without what a second run may show differently: how many progress lines, and their figures."""
    return _PROGRESS.sub("cams: …\n", text)


def _with_example_of_time(lines: list[str]) -> Iterator[str]:
    """Yield the lines. The totals of a run end with the column "time"."""
    after_names = False
    for line in lines:
        if re.match(r" *declared  .*  +time$", line):
            after_names = True
            yield re.sub(r"  +time$", f"  {'time':>{len(_SECONDS)}}", line)
        elif after_names:
            after_names = False
            yield re.sub(r"  +(\d+ \w+ ?)+$", f"  {_SECONDS}", line)
        else:
            yield line
