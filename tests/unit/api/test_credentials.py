# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where credentials come from, each source with a real file or variable."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.chatapp.cams.plugins.module_utils._api import credentials as module
from ansible_collections.chatapp.cams.plugins.module_utils._api.credentials import Credentials, find_credentials
from ansible_collections.chatapp.cams.plugins.module_utils._api.errors import ConfigurationError

PROFILES = {
    "current": "work",
    "profiles": [
        {"name": "work", "mode": "AK", "access_key_id": "work-id", "access_key_secret": "work-secret"},
        {
            "name": "short",
            "mode": "StsToken",
            "access_key_id": "STS.id",
            "access_key_secret": "sts-secret",
            "sts_token": "sts-token",
        },
        {"name": "role", "mode": "EcsRamRole", "ram_role_name": "r"},
        {"name": "half", "mode": "AK", "access_key_id": "half-id", "access_key_secret": ""},
    ],
}
EXPORTED = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "env-id", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "env-secret"}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / ".aliyun").mkdir()
    (tmp_path / ".aliyun" / "config.json").write_text(json.dumps(PROFILES), encoding="utf-8")
    return tmp_path


def found(options: dict[str, Any], home: Path, **variables: str) -> Credentials:
    return find_credentials(options, {"HOME": str(home), **variables})()


def complaint(options: dict[str, Any], home: Path, **variables: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        found(options, home, **variables)
    return caught.value.message


def test_options_go_before_the_environment_and_the_profiles(home: Path) -> None:
    options = {"access_key_id": "opt-id", "access_key_secret": "opt-secret"}

    assert found(options, home, **EXPORTED) == Credentials("opt-id", "opt-secret")


def test_a_token_from_the_environment_is_not_joined_to_a_key_from_the_options(home: Path) -> None:
    options = {"access_key_id": "opt-id", "access_key_secret": "opt-secret"}

    assert found(options, home, ALIBABA_CLOUD_SECURITY_TOKEN="other").security_token == ""


def test_the_environment_goes_before_the_profiles(home: Path) -> None:
    assert found({}, home, ALIBABA_CLOUD_SECURITY_TOKEN="t", **EXPORTED) == Credentials("env-id", "env-secret", "t")


def test_the_option_profile_goes_before_the_environment(home: Path) -> None:
    assert found({"profile": "short"}, home, **EXPORTED) == Credentials("STS.id", "sts-secret", "sts-token")


def test_a_profile_is_named_by_a_variable_or_by_the_file_itself(home: Path) -> None:
    assert found({}, home, ALIBABA_CLOUD_PROFILE="short").access_key_id == "STS.id"
    assert found({}, home).access_key_id == "work-id"


def test_half_a_key_is_refused_and_the_missing_half_named(home: Path) -> None:
    assert "access_key_secret is missing" in complaint({"access_key_id": "x"}, home)
    assert "ALIBABA_CLOUD_ACCESS_KEY_SECRET is not set" in complaint({}, home, ALIBABA_CLOUD_ACCESS_KEY_ID="x")
    assert "lacks access_key_secret" in complaint({"profile": "half"}, home)


def test_an_unknown_profile_is_refused_with_the_ones_there_are_and_a_suggestion(home: Path) -> None:
    message = complaint({"profile": "shrot"}, home)

    assert "half, role, short, work" in message
    assert "Did you mean 'short'?" in message


@pytest.mark.parametrize("text", ["{not json", "[]", '{"profiles": {}}', '{"profiles": [1]}', ""])
def test_a_profile_file_that_is_not_the_tools_is_named(home: Path, text: str) -> None:
    (home / ".aliyun" / "config.json").write_text(text, encoding="utf-8")

    message = complaint({"profile": "work"}, home)

    assert "config.json" in message


def test_a_mode_that_needs_the_package_says_so_where_it_is_missing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "alibabacloud_credentials.provider", None)

    message = complaint({"profile": "role"}, home)

    assert "EcsRamRole" in message
    assert "pip install alibabacloud_credentials" in message


def test_a_role_is_asked_of_the_package_where_it_is_installed(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    provider = pytest.importorskip("alibabacloud_credentials.provider")

    class Found:
        def get_access_key_id(self) -> str:
            return "STS.role"

        def get_access_key_secret(self) -> str:
            return "role-secret"

        def get_security_token(self) -> str:
            return "role-token"

    monkeypatch.setattr(provider.CLIProfileCredentialsProvider, "get_credentials", lambda self: Found())

    assert found({"profile": "role"}, home) == Credentials("STS.role", "role-secret", "role-token")


def test_the_package_reads_a_profile_of_the_real_file_that_runs_a_command(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("alibabacloud_credentials.provider")
    file = home / ".aliyun" / "config.json"
    key = {"mode": "AK", "access_key_id": "ext-id", "access_key_secret": "ext-secret"}
    (home / "key.json").write_text(json.dumps(key), encoding="utf-8")
    # The package splits the command at blanks, so a folder's name must not be part of it.
    monkeypatch.chdir(home)
    external = {"name": "ext", "mode": "External", "process_command": "cat key.json"}
    file.write_text(json.dumps({"current": "ext", "profiles": [external]}), encoding="utf-8")

    assert found({}, home) == Credentials("ext-id", "ext-secret")


def test_when_nothing_is_there_everything_looked_at_is_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "alibabacloud_credentials.provider", None)

    message = complaint({}, tmp_path)

    for place in (
        "access_key_id",
        "ALIBABA_CLOUD_ACCESS_KEY_ID",
        str(tmp_path / ".aliyun" / "config.json"),
        "alibabacloud_credentials",
    ):
        assert place in message


def test_secrets_are_not_part_of_the_printed_form() -> None:
    assert "hidden" not in repr(module.Credentials("id", "hidden", "hidden"))
