# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""RAM policies as the cloud writes them."""

from __future__ import annotations

from typing import Any

import pytest
from cams_simulator.policy import Decision, decide_on_action

ALLOW, IMPLICIT, EXPLICIT = Decision.ALLOW, Decision.IMPLICIT_DENY, Decision.EXPLICIT_DENY


def policy(effect: str, action: Any, **more: Any) -> dict[str, Any]:
    return {"Version": "1", "Statement": [{"Effect": effect, "Action": action, "Resource": "*", **more}]}


@pytest.mark.parametrize(
    ("policies", "decision"),
    [
        ([], IMPLICIT),
        ([policy("Allow", "cams:*")], ALLOW),
        ([policy("Allow", "*")], ALLOW),
        ([policy("Allow", ["cams:Get*", "cams:Query*"])], ALLOW),
        ([policy("Allow", "cams:querychatappphonenumbers")], ALLOW),
        ([policy("Allow", "cams:QueryChatappPhoneNumber?")], ALLOW),
        ([policy("Allow", ["cams:Get*", "cams:List*"])], IMPLICIT),
        ([policy("Allow", "ecs:*")], IMPLICIT),
        ([policy("Allow", "cams:[Q]ueryChatappPhoneNumbers")], IMPLICIT),
        ([policy("Allow", "cams:*", Resource="acs:cams:*:*:space/1")], IMPLICIT),
        ([policy("Allow", "cams:*"), policy("Deny", "cams:Query*")], EXPLICIT),
        ([policy("Deny", "cams:*"), policy("Allow", "cams:*")], EXPLICIT),
        ([policy("Allow", "cams:*"), policy("Deny", "cams:ChatappSync*")], ALLOW),
        ([{"Statement": [{"Effect": "Allow", "NotAction": "cams:Get*", "Resource": "*"}]}], ALLOW),
        ([{"Statement": [{"Effect": "Allow", "NotAction": "cams:Query*", "Resource": "*"}]}], IMPLICIT),
        ([{"Statement": {"Effect": "Allow", "Action": "cams:*", "Resource": ["*"]}}], ALLOW),
    ],
)
def test_policy_decides_on_the_query(policies: list[dict[str, Any]], decision: Decision) -> None:
    assert decide_on_action(policies, "cams:QueryChatappPhoneNumbers") is decision
