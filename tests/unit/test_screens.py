# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The screens in docs/screens: how they are made comparable, and the guide that shows them."""

from __future__ import annotations

from screens.masking import comparable, with_placeholders
from screens.page import DESCRIPTIONS, FOLDER, PAGE, make_page, own_text, shorten_lists_of_hosts

TOTALS = """\
declared  as declared  calls  {title}
       3            3      1  {time}
"""


def test_what_differs_between_two_runs_becomes_an_example() -> None:
    text = "{folder}/x 90E63D28-E31D-1EB2-0001-00000000000A 127.0.0.1:{port} at {day}T{time}:07Z, at {time} UTC\n"
    runs = (
        text.format(folder="/tmp/a", port=20123, day="2026-11-21", time="07:10"),
        text.format(folder="/tmp/b", port=31999, day="2027-01-03", time="23:59").replace("90E6", "4F00"),
    )
    one, other = (with_placeholders(run, {f"/tmp/{name}": "/home/ops"}) for run, name in zip(runs, "ab", strict=True))

    assert one == other
    assert one.startswith("/home/ops/x 7A2D0C1E-")


def test_every_duration_in_the_totals_becomes_the_same() -> None:
    durations = {"0 s": "time", "59 s": "time", "1 min 02 s": "      time", "2 h 05 min": "      time"}
    shown = {with_placeholders(TOTALS.format(title=title, time=time), {}) for time, title in durations.items()}

    assert len(shown) == 1
    assert shown.pop().splitlines()[1].endswith(" 1  12 s")


def test_counts_and_words_stay_different() -> None:
    text = TOTALS.format(title="time", time=" 3 s")
    screens = (text, text.replace("1", "2"), f"{text}fatal: [shop-1]: FAILED!\n", text.replace("calls", "call"))

    assert len({comparable(with_placeholders(screen, {})) for screen in screens}) == len(screens)


def test_how_often_progress_was_shown_makes_no_difference_but_whether_does() -> None:
    progress = "cams: 10 of 5000 numbers done, 9.8 of 10 calls/s\n"
    one, three, none = (f"TASK\n{progress * count}ok\n" for count in (1, 3, 0))

    assert comparable(one) == comparable(three)
    assert comparable(one) != comparable(none)


def test_a_long_list_of_hosts_is_shortened_and_a_short_one_is_not() -> None:
    hosts = [f"ok: [shop-{index}]" for index in range(20)]
    recap = [f"shop-{index}      : ok=1    changed=0" for index in range(20)]

    short = ["TASK", *hosts[:10], "", *recap[:10]]
    assert list(shorten_lists_of_hosts(short)) == short
    shortened = list(shorten_lists_of_hosts(["TASK", *hosts, "", *recap]))
    assert shortened == ["TASK", *hosts[:3], "… 17 more lines like these", "", *recap[:3], "… 17 more lines like these"]


def test_the_table_is_the_text_of_the_collection() -> None:
    before = "TASK [chatapp.cams.reconcile : Show results] ****\n"
    assert own_text(f"PLAY\n{before}declared\n3\nok: [shop]\nfatal: [shop]\n") == "declared\n3\n"


def test_the_guide_shows_every_screen_as_it_is() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*")) == sorted(shown.name for shown in DESCRIPTIONS)
    assert PAGE.read_text(encoding="utf-8") == make_page(), "Run: make screens"
    secret = (FOLDER / "wrong_secret.txt").read_text(encoding="utf-8")
    assert 0 < len(own_text(secret).encode()) < 3072
