# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options and the user agent of the client."""

from __future__ import annotations

import pytest
from ansible_collections.chatapp.cams.plugins.module_utils._api.connect import user_agent


@pytest.mark.parametrize(
    ("given", "appended"),
    [
        ("team-x/2", " team-x/2"),
        ("  team-x/2 (ci)  ", " team-x/2 (ci)"),
        ("team-x\r\nx-acs-action: Other", " team-x x-acs-action: Other"),
        ("t\u00e9am\x00\x7f", " t am"),
        ("\u7fa4", ""),
        ("", ""),
    ],
)
def test_the_variable_is_appended_to_the_user_agent_as_one_line_of_printable_ascii(given: str, appended: str) -> None:
    ours = user_agent("2.19.0", {})

    assert ours.startswith("chatapp.cams/")
    assert user_agent("2.19.0", {"ALIBABA_CLOUD_USER_AGENT": given}) == ours + appended
