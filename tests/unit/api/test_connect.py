# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options and the user agent of the client."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.chatapp.cams.plugins.module_utils._api.connect import (
    hash_of_own_account,
    make_client,
    user_agent,
)
from ansible_collections.chatapp.cams.plugins.module_utils._errors import ConfigurationError


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


OPTIONS = {"endpoint": "https://CAMS.example.com:8443", "access_key_id": "key", "access_key_secret": "secret"}


def client_account(options: dict[str, Any]) -> str:
    """Return the account of a client that a module makes."""
    others = {"validate_certs": True, "rate_limit": 10.0, "timeout": 60, "retries": 5}
    # The client makes no call here, so it needs no pace.
    make_pace: Any = lambda _account, _rate_limit: None  # noqa: E731
    return make_client({**others, **options}, ansible_version="2.19.0", check_mode=True, make_pace=make_pace).account


def test_the_account_is_that_of_the_client() -> None:
    assert hash_of_own_account(OPTIONS) == client_account(OPTIONS)
    assert hash_of_own_account({**OPTIONS, "access_key_id": "other"}) != client_account(OPTIONS)
    assert hash_of_own_account({**OPTIONS, "endpoint": "cams.example.com"}) != client_account(OPTIONS)


def test_the_account_needs_no_secret() -> None:
    assert hash_of_own_account({**OPTIONS, "access_key_secret": None}) == client_account(OPTIONS)


def test_without_a_key_in_the_options_the_account_is_that_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "secret")

    assert hash_of_own_account({"endpoint": OPTIONS["endpoint"]}) == client_account(OPTIONS)


@pytest.mark.parametrize("wrong", [{"endpoint": "http://cams.example.com"}, {"access_key_id": "a b"}])
def test_an_account_of_wrong_options_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError):
        hash_of_own_account({**OPTIONS, **wrong})
