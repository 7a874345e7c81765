# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run all benchmarks and write docs/benchmarks.md: ``make benchmark``. A benchmark is one more entry in SECTIONS."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / ".work/tree")]

from benchmark import machine  # noqa: E402
from benchmark.calls import CallCosts  # noqa: E402
from benchmark.section import Section  # noqa: E402

DOCUMENT = ROOT / "docs/benchmarks.md"
SECTIONS: tuple[Section, ...] = (CallCosts(),)

HEAD = """\
<!--
Copyright (c) 2026, chatapp.cams contributors
GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
SPDX-License-Identifier: GPL-3.0-or-later
-->

# Benchmarks

Written by `make benchmark`, which measures everything anew. Do not edit.

"""


def main() -> None:
    parts = [HEAD + machine.describe()]
    for section in SECTIONS:
        print(f"{section.title} …", flush=True)
        text = section.run()
        print(text)
        parts.append(f"## {section.title}\n\n{text}")
    DOCUMENT.write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    print(f"Written: {DOCUMENT.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
