# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run the benchmarks: ``make benchmark``. A benchmark is one more entry in SECTIONS.

Each section that was measured replaces its part of docs/benchmarks.md. The exit status is not 0 if a bound was missed
or a result was wrong.
"""

from __future__ import annotations

import re
import sys
import time
import traceback
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / folder) for folder in ("tests", "tests/support", ".work/tree", "roles/simulator/files")]

from benchmark import machine  # noqa: E402
from benchmark.calls import CallCosts  # noqa: E402
from benchmark.demo import Demo  # noqa: E402
from benchmark.growth import Growth  # noqa: E402
from benchmark.inventories import Inventories  # noqa: E402
from benchmark.journal import LargeJournal  # noqa: E402
from benchmark.many_hosts import ManyHosts  # noqa: E402
from benchmark.page import Page  # noqa: E402
from benchmark.passes import TwoPasses  # noqa: E402
from benchmark.section import Line, Section  # noqa: E402
from benchmark.slices import Slices  # noqa: E402
from benchmark.store import SharedStore  # noqa: E402
from benchmark.together import Together  # noqa: E402
from benchmark.unchanged import Unchanged  # noqa: E402
from benchmark.unlimited import Unlimited  # noqa: E402
from benchmark.waiting import Waiting  # noqa: E402
from benchmark.watching import Watching  # noqa: E402
from benchmark.ways import SideBySide  # noqa: E402

DOCUMENT = ROOT / "docs/benchmarks.md"
SECTIONS: tuple[Section, ...] = (
    TwoPasses(),
    Waiting(),
    Unchanged(),
    ManyHosts(),
    Unlimited(),
    Growth(),
    SideBySide(),
    Together(),
    SharedStore(),
    Slices(),
    Inventories(),
    Watching(),
    LargeJournal(),
    CallCosts(),
    Page(),
    Demo(),
)

HEAD = """\
<!--
Copyright (c) 2026, chatapp.cams contributors
GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
SPDX-License-Identifier: GPL-3.0-or-later
-->

# Benchmarks

`make benchmark` measures everything again and writes this page. Do not edit it. The verdict says whether a bound was
met. Each section names the command that measures it alone, and when and with which versions that was done.

"""
SECTION_BEGINS = "<!-- section {} -->\n"


def read_parts() -> dict[str, str]:
    """Return the sections of the page as they were last measured."""
    found = re.split(r"^<!-- section ([a-z]+) -->\n", DOCUMENT.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    return {name: text.strip() for name, text in zip(found[::2], found[1::2], strict=True)}


def write_parts(parts: Mapping[str, str]) -> None:
    """Write the sections that still exist, in their order."""
    texts = [SECTION_BEGINS.format(item.name) + parts[item.name] for item in SECTIONS if item.name in parts]
    DOCUMENT.write_text(HEAD + "\n\n".join(texts) + "\n", encoding="utf-8")


def main(names: list[str]) -> int:
    known = [section.name for section in SECTIONS]
    if unknown := sorted(set(names) - set(known)):
        print(f"The section {unknown[0]!r} does not exist. Known: {', '.join(known)}.", file=sys.stderr)
        return 2
    parts = read_parts()
    missed: list[Line] = []
    broken: list[str] = []
    for section in SECTIONS:
        if names and section.name not in names:
            continue
        print(f"{section.title} …", flush=True)
        since = time.monotonic()
        try:
            report = section.run()
        except Exception:
            # Continue with the other sections.
            traceback.print_exc()
            broken.append(section.name)
            continue
        print(f"{report.markdown()}\n\n({time.monotonic() - since:.0f} s)\n", flush=True)
        command = f"`make benchmark SECTIONS={section.name}` measured this on {machine.describe()}"
        parts[section.name] = f"## {section.title}\n\n{report.markdown()}\n\n{command}"
        write_parts(parts)
        missed += report.missed
    for line in missed:
        print(f"Missed: {line.what}: {line.figure}, {line.bound}")
    if broken:
        print(f"Not measured: {', '.join(broken)}.")
    print(f"Written: {DOCUMENT.relative_to(ROOT)}")
    return 1 if missed or broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
