# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is made from the table of assumptions: a page of the guides, and two files of the simulator."""

from __future__ import annotations

import textwrap

from ansible_collections.chatapp.cams.plugins.module_utils._contact.assumptions import ASSUMPTIONS, Assumption, Reading
from environment import ROOT

PAGE = "docs/docsite/rst/assumptions.rst"
READINGS = "roles/simulator/files/cams_simulator/readings.py"
MANUAL = "roles/simulator/files/cams_simulator/README.md"
WIDTH = 120

_LICENCE = """\
# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""
_HEAD_OF_READINGS = '''\
"""Readings: settings for behaviour that the documents do not define. The first value of each is the default.

`make assumptions` makes this file from the collection's table of assumptions.
"""

from __future__ import annotations

from enum import Enum
'''
# What the tables begin with in their pages, and what follows them.
_TABLE_IN_PAGE = (".. list-table::\n", "Files on the machine\n---")
_TABLE_IN_MANUAL = ("| name | values | the open question, and the reason for the default |\n", "\n## Other assumptions")


def made_files() -> dict[str, str]:
    """Return the text of each file, by its path in the repository."""
    return {
        PAGE: _with_table(PAGE, _TABLE_IN_PAGE, table_of_page()),
        MANUAL: _with_table(MANUAL, _TABLE_IN_MANUAL, table_of_manual()),
        READINGS: readings_module(),
    }


def _with_table(path: str, ends: tuple[str, str], table: str) -> str:
    """Return the text of a file with another table in the place of its table."""
    text = (ROOT / path).read_text(encoding="utf-8")
    before, begin, rest = text.partition(ends[0])
    _old, end, after = rest.partition(ends[1])
    if not begin or not end:
        raise ValueError(f"{path} has no table between {ends[0]!r} and {ends[1]!r}.")
    return f"{before}{table}{end}{after}"


def table_of_page() -> str:
    rows = [("question", "how the collection behaves", "how first contact observes it")]
    rows += [(_question(item), item.behaviour, _observation(item)) for item in ASSUMPTIONS]
    lines = [".. list-table::", "   :header-rows: 1", "   :widths: 25 50 25", ""]
    for row in rows:
        for place, cell in enumerate(row):
            lines += _wrapped(cell, "   * - " if place == 0 else "     - ")
    return "\n".join([*lines, "", ""])


def _question(item: Assumption) -> str:
    return f"{item.question} (``{item.id}``)"


def _observation(item: Assumption) -> str:
    assumed = f" We assume ``{item.assumed}``." if item.assumed else ""
    return f"{item.observed_by or 'Not observed.'}{assumed}"


def _wrapped(text: str, prefix: str) -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=prefix,
        subsequent_indent=" " * len(prefix),
        break_long_words=False,
        break_on_hyphens=False,
    )


def table_of_manual() -> str:
    rows = [_TABLE_IN_MANUAL[0].rstrip(), "|---|---|---|"]
    for reading in readings():
        values = ", ".join(f"`{value}`" for value in reading.values)
        rows.append(f"| `{reading.setting}` | {values} | {reading.manual} |")
    return "\n".join([*rows, ""])


def readings_module() -> str:
    types = {reading.type_name: reading for reading in reversed(readings())}
    return "\n\n".join([_LICENCE + _HEAD_OF_READINGS, *(_enum(types[name]) for name in dict.fromkeys(_type_names()))])


def readings() -> list[Reading]:
    return [item.reading for item in ASSUMPTIONS if item.reading is not None]


def _type_names() -> list[str]:
    return [reading.type_name for reading in readings()]


def _enum(reading: Reading) -> str:
    names = reading.names or tuple(value.upper() for value in reading.values)
    members = [f'    {name} = "{value}"' for name, value in zip(names, reading.values, strict=True)]
    return "\n".join([f"class {reading.type_name}(str, Enum):", *_docstring(reading.meaning), "", *members, ""])


def _docstring(meaning: str) -> list[str]:
    """Return the lines of a docstring. What follows the first sentence is a second paragraph."""
    if len(meaning) <= WIDTH - 10:
        return [f'    """{meaning}"""']
    end = min(place for place in (meaning.find(". "), meaning.find("? ")) if place >= 0) + 1
    details = textwrap.wrap(
        meaning[end:].strip(), WIDTH, initial_indent="    ", subsequent_indent="    ", break_on_hyphens=False
    )
    return [f'    """{meaning[:end]}', "", *details, '    """']
