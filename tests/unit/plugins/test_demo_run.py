# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action plugin of the demo: which lines of a command a reader sees, and when."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

from environment import ROOT

RUN = [
    "",
    "PLAY [Reconcile numbers] ***",
    "TASK [chatapp.cams.reconcile : Show results] ***",
    "the table",
    "ok: [localhost]",
    "",
    "TASK [chatapp.cams.reconcile : Set each host's result] ***",
    "changed: [shop]",
]


def plugin() -> ModuleType:
    # It lies beside its playbook, where Python does not look for modules.
    specification = importlib.util.spec_from_file_location("demo_run", ROOT / "playbooks/action_plugins/demo_run.py")
    assert specification
    assert specification.loader
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_the_screen_ends_with_the_last_task_and_the_rest_is_kept() -> None:
    screen = plugin().Screen("Show results")

    shown = [line for printed in RUN for line in screen.lines_for(printed)]

    assert shown == RUN[:6]
    assert screen.hidden == RUN[6:]


def test_all_is_shown_of_a_run_that_never_reaches_the_last_task() -> None:
    screen = plugin().Screen("Another task")

    assert [line for printed in RUN for line in screen.lines_for(printed)] == RUN
    assert screen.hidden == []


def test_a_quiet_run_is_said_to_run_still_before_and_after_the_last_task() -> None:
    demo_run = plugin()
    screen = demo_run.Screen("Show results")

    assert screen.lines_for(None) == [demo_run.STILL_RUNNING]
    for line in RUN:
        screen.lines_for(line)
    assert screen.lines_for(None) == [demo_run.STILL_RUNNING]
    assert screen.hidden == RUN[6:]


def test_each_line_comes_when_it_is_printed_and_none_while_nothing_is(tmp_path: Path) -> None:
    demo_run = plugin()
    # Prints the second line only after it was seen that nothing comes.
    program = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "print('first')\n"
        "while not Path('seen').exists(): time.sleep(0.01)\n"
        "print('second', file=sys.stderr)\n"
    )
    seen: list[str | None] = []
    with demo_run.start([sys.executable, "-c", program], str(tmp_path), {}) as process:
        for line in demo_run.lines_of(process, 0.05):
            if line is None and "first" in seen:
                (tmp_path / "seen").touch()
            seen.append(line)

    assert [line for line in seen if line] == ["first", "second"]
    assert None in seen[seen.index("first") : seen.index("second")]
    assert process.returncode == 0
