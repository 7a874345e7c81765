# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide "What you will see", made of the screens in docs/screens."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs/screens"
PAGE = ROOT / "docs/docsite/rst/guide_screens.rst"

# Ansible's lines about hosts are shortened if there are more of them.
_MOST_HOSTS = 10
_FIRST_HOSTS = 3
_LINE_OF_HOST = re.compile(r"(ok|changed|fatal): \[|[\w-]+ +: ok=")
_OWN_TEXT = re.compile(r"^TASK \[\S+ : Show results\] \*+\n(.*?)^ok: ", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Description:
    """What the guide says about a screen. ``name`` is the name of its file."""

    name: str
    title: str
    text: str


DESCRIPTIONS = (
    Description(
        "preflight",
        "Before the first code: preflight",
        "The inventory of the guide to the first migration, and a check that only reads.",
    ),
    Description("plan", "A plan", "The steps that the next run would make. Nothing is written to the cloud."),
    Description("first_run", "The first run", "The run starts each migration and requests one code for each number."),
    Description("second_run", "The second run", "The codes are in ``codes.yml``. The numbers are registered."),
    Description("as_declared", "A run that changes nothing", "All numbers are as declared, so one API call is enough."),
    Description("report", "A report", "The report reads the numbers and writes a web page."),
    Description(
        "each_outcome",
        "Each outcome",
        "Nine numbers that end in every way but ``planned``, which only a plan and check mode show. The inventory stops"
        " the run after two equal errors in a row, so one number is not attempted.",
    ),
    Description(
        "wrong_secret",
        "A wrong secret, for 200 numbers",
        "One cause that many numbers share is explained once. The screen has {bytes} bytes in all. The table, which is"
        " the collection's own text, has {own_bytes}. The rest comes from Ansible, which prints two lines for each host"
        " that fails.",
    ),
    Description(
        "denied_space",
        "One of three spaces is denied",
        "One space belongs to another account. Its numbers fail, and the run continues with the other spaces.",
    ),
    Description(
        "too_many_changes",
        "More changes than allowed",
        "The run would change 60 numbers, and ``cams_max_changes`` is 50 by default. So the run stops before it"
        " writes.",
    ),
    Description("inventory_mistakes", "Ten mistakes in an inventory", "The run finds them before its first API call."),
    Description(
        "five_thousand",
        "5,000 numbers",
        "A long run shows its progress about every ten seconds. Here a variable makes it show a line every second.",
    ),
)

_HEAD = """\
..
  Copyright (c) 2026, chatapp.cams contributors
  GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
  SPDX-License-Identifier: GPL-3.0-or-later

..
  ``make screens`` writes this page. Do not edit it.

.. _ansible_collections.chatapp.cams.docsite.guide_screens:

What you will see
=================

At the end of this guide, you know what the playbooks print, in good runs and in bad ones. Each screen comes from a run
against :ref:`the simulator <ansible_collections.chatapp.cams.docsite.guide_simulator>`. Times and
RequestIds are examples.

A *space* is one customer of the ISV, the company that owns the CAMS account. The CAMS console shows the id of a
space under Channel Management.

.. contents::
   :local:
   :depth: 1
"""


def make_page() -> str:
    """Return the guide."""
    return _HEAD + "".join(_section(description) for description in DESCRIPTIONS)


def _section(description: Description) -> str:
    screen = (FOLDER / f"{description.name}.txt").read_text(encoding="utf-8")
    text = description.text.format(bytes=f"{len(screen.encode()):,}", own_bytes=f"{len(own_text(screen).encode()):,}")
    lines = "".join(f"   {line}".rstrip() + "\n" for line in shorten_lists_of_hosts(screen.splitlines()))
    title = description.title
    return f"\n{title}\n{'-' * len(title)}\n\n{text}\n\n.. code-block:: text\n\n{lines}"


def own_text(screen: str) -> str:
    """Return what the collection itself prints: the table at the end of each run."""
    return "".join(_OWN_TEXT.findall(screen))


def shorten_lists_of_hosts(lines: Sequence[str]) -> Iterator[str]:
    """Yield the lines. Of a long list of hosts only the first and a count."""
    for is_of_host, found in groupby(lines, key=lambda line: bool(_LINE_OF_HOST.match(line))):
        group = list(found)
        if not is_of_host or len(group) <= _MOST_HOSTS:
            yield from group
        else:
            yield from group[:_FIRST_HOSTS]
            yield f"… {len(group) - _FIRST_HOSTS} more lines like these"
