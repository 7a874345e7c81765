# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sources of credentials, each with a real file or variable."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from ansible_collections.chatapp.cams.plugins.module_utils._api import credentials as module
from ansible_collections.chatapp.cams.plugins.module_utils._api.credentials import Credentials, find_credentials
from ansible_collections.chatapp.cams.plugins.module_utils._errors import ConfigurationError

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


def test_options_override_the_environment_and_the_profiles(home: Path) -> None:
    options = {"access_key_id": "opt-id", "access_key_secret": "opt-secret"}

    assert found(options, home, **EXPORTED) == Credentials("opt-id", "opt-secret")


def test_a_token_of_the_environment_is_not_used_with_a_key_of_the_options(home: Path) -> None:
    options = {"access_key_id": "opt-id", "access_key_secret": "opt-secret"}

    assert found(options, home, ALIBABA_CLOUD_SECURITY_TOKEN="other").security_token == ""


def test_the_environment_overrides_the_profiles(home: Path) -> None:
    assert found({}, home, ALIBABA_CLOUD_SECURITY_TOKEN="t", **EXPORTED) == Credentials("env-id", "env-secret", "t")


def test_the_option_profile_overrides_the_environment(home: Path) -> None:
    assert found({"profile": "short"}, home, **EXPORTED) == Credentials("STS.id", "sts-secret", "sts-token")


def test_a_profile_is_named_by_a_variable_or_by_the_file_itself(home: Path) -> None:
    assert found({}, home, ALIBABA_CLOUD_PROFILE="short").access_key_id == "STS.id"
    assert found({}, home).access_key_id == "work-id"


def test_an_incomplete_key_is_refused_with_the_missing_part(home: Path) -> None:
    assert "access_key_secret is missing" in complaint({"access_key_id": "x"}, home)
    assert "ALIBABA_CLOUD_ACCESS_KEY_SECRET is not set" in complaint({}, home, ALIBABA_CLOUD_ACCESS_KEY_ID="x")
    assert "does not have access_key_secret" in complaint({"profile": "half"}, home)


def test_an_unknown_profile_is_refused_with_the_existing_ones_and_a_suggestion(home: Path) -> None:
    message = complaint({"profile": "shrot"}, home)

    assert "half, role, short, work" in message
    assert "no profile 'shrot'" in message
    assert "Did you mean 'short'?" in message


@pytest.mark.parametrize("text", ["{not json", "[]", '{"profiles": {}}', '{"profiles": [1]}', ""])
def test_a_profile_file_that_is_not_the_tools_is_named(home: Path, text: str) -> None:
    (home / ".aliyun" / "config.json").write_text(text, encoding="utf-8")

    message = complaint({"profile": "work"}, home)

    assert "config.json" in message


def test_a_mode_that_needs_the_missing_package_says_so(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "alibabacloud_credentials.provider", None)

    message = complaint({"profile": "role"}, home)

    assert "EcsRamRole" in message
    assert "pip install alibabacloud_credentials" in message


def test_the_installed_package_reads_a_role(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_without_credentials_the_error_lists_all_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "alibabacloud_credentials.provider", None)

    message = complaint({}, tmp_path)

    for place in (
        "access_key_id",
        "ALIBABA_CLOUD_ACCESS_KEY_ID",
        str(tmp_path / ".aliyun" / "config.json"),
        "alibabacloud_credentials",
    ):
        assert place in message


# --- the order of the official package


OIDC = {
    "ALIBABA_CLOUD_OIDC_TOKEN_FILE": "/run/token",
    "ALIBABA_CLOUD_ROLE_ARN": "acs:ram::1:role/r",
    "ALIBABA_CLOUD_OIDC_PROVIDER_ARN": "acs:ram::1:oidc-provider/p",
}
URI = {"ALIBABA_CLOUD_CREDENTIALS_URI": "http://127.0.0.1:1/"}
DISABLED = {"ALIBABA_CLOUD_CLI_PROFILE_DISABLED": "True"}
AK = {"mode": "AK", "access_key_id": "cli-id", "access_key_secret": "cli-secret"}
CLI = {"current": "work", "profiles": [{"name": "work", **AK}, {"name": "both", **AK}]}
CLI_EMPTY = {"current": "default", "profiles": [{"name": "default", "mode": "AK", "access_key_id": ""}]}
CLI_ROLE = {"current": "work", "profiles": [{"name": "work", "mode": "RamRoleArn"}]}
INI = """
[default]
type = access_key
access_key_id = ini-id  # the team's
access_key_secret = ini%secret
[other]
type = access_key
access_key_id = other-id
access_key_secret = other-secret
[both]
type = access_key
access_key_id = both-id
access_key_secret = both-secret
[role]
type = ram_role_arn
access_key_id = x
access_key_secret = x
role_arn = acs:ram::1:role/r
"""
ECS_OR_URI = "DefaultCredentialsProvider"


class FakeFound:
    def __init__(self, name: str) -> None:
        self._name = name

    def get_access_key_id(self) -> str:
        return self._name

    def get_access_key_secret(self) -> str:
        return "role-secret"

    def get_security_token(self) -> None:
        return None


@pytest.fixture
def package(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, str]]]:
    """A stand-in for the official package: each of its sources gives a key named as the source; all are remembered."""
    asked: list[tuple[str, dict[str, str]]] = []

    def source(name: str) -> Any:
        class Source:
            def __init__(self, **arguments: str) -> None:
                asked.append((name, arguments))

            def get_credentials(self) -> FakeFound:
                return FakeFound(name)

        return Source

    fake = ModuleType("alibabacloud_credentials.provider")
    for kind in ("OIDCRoleArn", "CLIProfile", "Profile", "Default"):
        setattr(fake, f"{kind}CredentialsProvider", source(f"{kind}CredentialsProvider"))
    monkeypatch.setitem(sys.modules, "alibabacloud_credentials", ModuleType("alibabacloud_credentials"))
    monkeypatch.setitem(sys.modules, "alibabacloud_credentials.provider", fake)
    return asked


def write_files(home: Path, cli: object, ini: str) -> None:
    for folder, name, text in ((".aliyun", "config.json", cli and json.dumps(cli)), (".alibabacloud", INI_NAME, ini)):
        if text:
            (home / folder).mkdir(exist_ok=True)
            (home / folder / name).write_text(str(text), encoding="utf-8")


INI_NAME = "credentials.ini"


@pytest.mark.parametrize(
    ("cli", "ini", "variables", "expected"),
    [
        # Each source goes before all that follow it.
        (CLI, INI, {**EXPORTED, **OIDC, **URI}, "env-id"),
        (CLI, INI, {**OIDC, **URI}, "OIDCRoleArnCredentialsProvider"),
        (CLI, INI, URI, "cli-id"),
        (CLI_ROLE, INI, URI, "CLIProfileCredentialsProvider"),
        (None, INI, URI, "ini-id"),
        (None, "", URI, ECS_OR_URI),
        (None, "", {}, ECS_OR_URI),
        # OIDC needs all of its variables: other tools use one of them too.
        (CLI, INI, {"ALIBABA_CLOUD_ROLE_ARN": "acs:ram::1:role/r"}, "cli-id"),
        # A config.json that gives nothing does not hide what follows.
        (CLI_EMPTY, INI, {}, "ini-id"),
        (CLI_EMPTY, "", {}, ECS_OR_URI),
        ({"profiles": []}, INI, {}, "ini-id"),
        ({"profiles": []}, "", URI, ECS_OR_URI),
        (CLI, INI, DISABLED, "ini-id"),
        (CLI, "", DISABLED, ECS_OR_URI),
        (None, "[unused]\ntype = access_key\n", URI, ECS_OR_URI),
        # ALIBABA_CLOUD_PROFILE names a profile of either file.
        (CLI, INI, {"ALIBABA_CLOUD_PROFILE": "both"}, "cli-id"),
        (CLI, INI, {"ALIBABA_CLOUD_PROFILE": "other"}, "other-id"),
        (CLI, INI, {"ALIBABA_CLOUD_PROFILE": "both", **DISABLED}, "both-id"),
        (CLI, INI, {"ALIBABA_CLOUD_PROFILE": "role"}, "ProfileCredentialsProvider"),
        (CLI, INI, {"ALIBABA_CLOUD_PROFILE": "other", **EXPORTED}, "env-id"),
    ],
)
def test_sources_are_read_in_the_order_of_the_official_package(
    tmp_path: Path,
    package: list[tuple[str, dict[str, str]]],
    cli: object,
    ini: str,
    variables: dict[str, str],
    expected: str,
) -> None:
    write_files(tmp_path, cli, ini)

    assert found({}, tmp_path, **variables).access_key_id == expected
    assert [name for name, _arguments in package] == ([expected] if expected.endswith("Provider") else [])


def test_an_ini_file_elsewhere_is_named_by_its_variable_and_values_end_before_a_comment(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text(INI, encoding="utf-8")

    assert found({}, tmp_path, ALIBABA_CLOUD_CREDENTIALS_FILE=str(tmp_path / "keys")) == Credentials(
        "ini-id", "ini%secret"
    )


def test_the_option_profile_may_name_a_profile_of_the_ini_file(tmp_path: Path) -> None:
    write_files(tmp_path, CLI, INI)

    assert found({"profile": "other"}, tmp_path, **EXPORTED, **OIDC).access_key_id == "other-id"


def test_the_package_gets_the_file_and_the_profile(tmp_path: Path, package: list[tuple[str, dict[str, str]]]) -> None:
    write_files(tmp_path, CLI_ROLE, INI)
    found({"profile": "work"}, tmp_path)
    found({"profile": "role"}, tmp_path)

    assert package == [
        (
            "CLIProfileCredentialsProvider",
            {"profile_name": "work", "profile_file": str(tmp_path / ".aliyun" / "config.json")},
        ),
        (
            "ProfileCredentialsProvider",
            {"profile_name": "role", "profile_file": str(tmp_path / ".alibabacloud" / INI_NAME)},
        ),
    ]


@pytest.mark.parametrize(
    ("cli", "ini", "variables", "parts"),
    [
        (None, "", OIDC, ["ALIBABA_CLOUD_OIDC_TOKEN_FILE"]),
        (CLI_ROLE, "", {}, ["'work'", "config.json", "RamRoleArn"]),
        (None, INI, {"ALIBABA_CLOUD_PROFILE": "role"}, ["'role'", "credentials.ini", "ram_role_arn"]),
    ],
)
def test_a_source_that_needs_the_missing_package_names_it(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    cli: object,
    ini: str,
    variables: dict[str, str],
    parts: list[str],
) -> None:
    monkeypatch.setitem(sys.modules, "alibabacloud_credentials.provider", None)
    write_files(tmp_path, cli, ini)

    message = complaint({}, tmp_path, **variables)

    assert [part for part in (*parts, "pip install alibabacloud_credentials") if part not in message] == []


@pytest.mark.parametrize(
    ("ini", "variables", "parts"),
    [
        # What is named must be there, whatever follows in the chain.
        (INI, {"ALIBABA_CLOUD_PROFILE": "othr"}, ["no profile 'othr'", "config.json", "Did you mean 'other'?"]),
        ("", {"ALIBABA_CLOUD_PROFILE": "wrok"}, ["no profile 'wrok'", "credentials.ini", "Did you mean 'work'?"]),
        ("", {"ALIBABA_CLOUD_PROFILE": "work", **DISABLED}, ["turned off by ALIBABA_CLOUD_CLI_PROFILE_DISABLED"]),
        ("", {**DISABLED, "ALIBABA_CLOUD_CREDENTIALS_FILE": "/nowhere/keys"}, ["/nowhere/keys", "does not exist"]),
        # What is there must be whole.
        ("[default]\ntype = access_key\naccess_key_id = half\n", DISABLED, ["does not have access_key_secret"]),
        ("[default]\naccess_key_secret hunter2\n", DISABLED, ["is not an INI file"]),
    ],
)
def test_a_named_or_incomplete_source_is_never_skipped(
    tmp_path: Path, package: list[tuple[str, dict[str, str]]], ini: str, variables: dict[str, str], parts: list[str]
) -> None:
    write_files(tmp_path, CLI, ini)

    message = complaint({}, tmp_path, **variables)

    assert [part for part in parts if part not in message] == []
    assert "hunter2" not in message
    assert package == []


def test_an_error_in_a_source_of_the_package_becomes_a_configuration_error(
    home: Path, package: list[tuple[str, dict[str, str]]]
) -> None:
    def broken(**arguments: str) -> None:
        raise ValueError("no role")

    sys.modules["alibabacloud_credentials.provider"].CLIProfileCredentialsProvider = broken  # type: ignore[attr-defined]

    assert "ValueError: no role" in complaint({"profile": "role"}, home)


def test_the_real_package_agrees_on_the_order(tmp_path: Path, contained: dict[str, str]) -> None:
    """Where both read a source without a network, they find the same key."""
    pytest.importorskip("alibabacloud_credentials.provider")
    write_files(tmp_path, CLI, INI)
    script = (
        "from alibabacloud_credentials.provider import DefaultCredentialsProvider as Chain;"
        "print(Chain().get_credentials().get_access_key_id())"
    )
    for variables in (
        {},
        EXPORTED,
        DISABLED,
        {"ALIBABA_CLOUD_PROFILE": "both"},
        {"ALIBABA_CLOUD_PROFILE": "other"},
        {"ALIBABA_CLOUD_PROFILE": "both", **DISABLED},
    ):
        # Its parser reads a percent sign as a reference, so the secret has none here.
        (tmp_path / ".alibabacloud" / INI_NAME).write_text(INI.replace("%", ""), encoding="utf-8")
        theirs = subprocess.run(
            [sys.executable, "-c", script],
            env={**contained, "HOME": str(tmp_path), **variables},
            capture_output=True,
            text=True,
            check=True,
        )
        assert theirs.stdout.strip() == found({}, tmp_path, **variables).access_key_id, variables


def test_secrets_are_not_part_of_the_printed_form() -> None:
    assert "hidden" not in repr(module.Credentials("id", "hidden", "hidden"))
