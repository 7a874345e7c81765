# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.chatapp.cams.plugins.module_utils._engine.plan_document import read_digests
from ansible_collections.chatapp.cams.plugins.module_utils._errors import ConfigurationError


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        ({}, "not a document that chatapp.cams made"),
        ({"version": 1, "digest": "", "numbers": [{}]}, "not a document that chatapp.cams made"),
        ({"version": 2, "digest": "", "numbers": []}, "has version 2"),
        ({"version": 1, "digest": "0000", "numbers": []}, "was edited"),
    ],
    ids=["something else", "a number without its digest", "another version", "edited"],
)
def test_a_document_that_is_not_a_plan_of_this_collection_is_refused(plan: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        read_digests(plan)
