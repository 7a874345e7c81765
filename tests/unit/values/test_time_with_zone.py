# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Times with a zone: which spellings are read, and what a mistake says."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
import yaml
from ansible_collections.chatapp.cams.plugins.module_utils._values.time_with_zone import TimeError, describe, parse

NINE_IN_SHANGHAI = datetime(2026, 12, 1, 9, 0, tzinfo=timezone(timedelta(hours=8)))


@pytest.mark.parametrize(
    "written",
    [
        "2026-12-01T09:00+08:00",
        "2026-12-01T09:00:00+08:00",
        "2026-12-01T09:00:00.000+0800",
        "2026-12-01 09:00 +08",
        " 2026-12-01t01:00Z ",
        "2026-12-01T01:00:00z",
        "2026-11-30T20:00-05:00",
        yaml.safe_load("2026-12-01T09:00:00+08:00"),
    ],
)
def test_a_time_with_a_zone_is_the_same_moment_in_every_spelling(written: Any) -> None:
    assert parse(written) == NINE_IN_SHANGHAI


@pytest.mark.parametrize("written", ["2026-12-01T09:00", "2026-12-01 09:00:00", yaml.safe_load("2026-12-01 09:00:00")])
def test_a_time_without_a_zone_is_a_mistake_that_says_what_to_write(written: Any) -> None:
    with pytest.raises(TimeError, match="has no time zone") as caught:
        parse(written)
    assert '"2026-12-01T09:00+08:00"' in str(caught.value)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "tomorrow",
        "2026-12-01",
        yaml.safe_load("2026-12-01"),
        "2026-13-01T09:00Z",
        "2026-12-01T25:00Z",
        "2026-12-01T09:00 Europe/Berlin",
        "2026-12-01T09:00+99:00",
        "٢٠٢٦-12-01T09:00Z",
        20261201,
        True,
    ],
)
def test_anything_else_is_not_a_time(written: Any) -> None:
    with pytest.raises(TimeError, match=r"is not a time\. Write a time with its offset"):
        parse(written)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("2026-12-01T09:00+08:00", "2026-12-01 09:00 +08:00"),
        ("2026-12-01T09:00:30-0530", "2026-12-01 09:00 -05:30"),
        ("2026-12-01T09:00Z", "2026-12-01 09:00 UTC"),
    ],
)
def test_a_time_is_shown_in_the_zone_in_which_it_was_written(written: str, shown: str) -> None:
    assert describe(parse(written)) == shown
