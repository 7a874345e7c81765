# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the access key: in options, then in the sources of the official package, in its order.

One source gives the whole key: a secret from one source is never used with a token from another. A source that is
incomplete is an error and is never skipped. The official package reads all sources that are not a variable or a file.
"""

from __future__ import annotations

import configparser
import difflib
import importlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible_collections.chatapp.cams.plugins.module_utils._errors import ConfigurationError

PACKAGE = "alibabacloud_credentials"
PROFILE_VARIABLE = "ALIBABA_CLOUD_PROFILE"
CLI_DISABLED_VARIABLE = "ALIBABA_CLOUD_CLI_PROFILE_DISABLED"
INI_FILE_VARIABLE = "ALIBABA_CLOUD_CREDENTIALS_FILE"
# The package uses OIDC only when all of them are set.
OIDC_VARIABLES = (
    "ALIBABA_CLOUD_OIDC_TOKEN_FILE",
    "ALIBABA_CLOUD_ROLE_ARN",
    "ALIBABA_CLOUD_OIDC_PROVIDER_ARN",
)
_READ_DIRECTLY = ("AK", "StsToken")


@dataclass(frozen=True)
class Credentials:
    """An access key. Its printed form does not show the secrets."""

    access_key_id: str
    access_key_secret: str = field(repr=False)
    security_token: str = field(default="", repr=False)


# Credentials of a role expire during a long run, so each call asks for them.
CredentialSource = Callable[[], Credentials]


@dataclass(frozen=True)
class SourceNotFound:
    """A source that does not exist on this machine: its place, and the profiles that exist there."""

    place: str
    profiles: tuple[str, ...] = ()


# A function of the environment and of the profile that the user named.
Source = Callable[[Mapping[str, str], str], "CredentialSource | SourceNotFound"]


def find_credentials(options: Mapping[str, Any], environ: Mapping[str, str]) -> CredentialSource:
    """Return the first source that exists. A source that the user names must exist."""
    given = _credentials_from_options(options)
    if given:
        return lambda: given
    named_profile = options.get("profile") or ""
    searched = [SourceNotFound("the options access_key_id and access_key_secret (not given)")]
    variables: tuple[Source, ...] = () if named_profile else (_source_from_environment, _source_from_oidc)
    for source in (*variables, _source_from_cli_profile, _source_from_ini_profile):
        found = source(environ, named_profile)
        if not isinstance(found, SourceNotFound):
            return found
        searched.append(found)
    profile = named_profile or environ.get(PROFILE_VARIABLE, "")
    if profile:
        raise _missing_profile_error(profile, searched[-2:])
    return _source_from_package_chain([source.place for source in searched])


def cli_config_file(environ: Mapping[str, str]) -> Path:
    """The configuration file of the official command line tool."""
    return _home_directory(environ) / ".aliyun" / "config.json"


def sdk_credentials_file(environ: Mapping[str, str]) -> Path:
    """The credentials file of the official SDKs."""
    return Path(environ.get(INI_FILE_VARIABLE) or _home_directory(environ) / ".alibabacloud" / "credentials.ini")


def _home_directory(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("HOME") or "~").expanduser()


def _credentials_from_options(options: Mapping[str, Any]) -> Credentials | None:
    key, secret = options.get("access_key_id") or "", options.get("access_key_secret") or ""
    token = options.get("security_token") or ""
    if not (key or secret or token):
        return None
    if not (key and secret):
        missing = "access_key_secret" if key else "access_key_id"
        raise ConfigurationError(f"The option {missing} is missing. Give access_key_id and access_key_secret together.")
    return Credentials(key, secret, token)


def _source_from_environment(environ: Mapping[str, str], _named: str) -> CredentialSource | SourceNotFound:
    key, secret = environ.get("ALIBABA_CLOUD_ACCESS_KEY_ID", ""), environ.get("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "")
    if not (key or secret):
        return SourceNotFound("the variables ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET (not set)")
    if not (key and secret):
        missing = "ALIBABA_CLOUD_ACCESS_KEY_SECRET" if key else "ALIBABA_CLOUD_ACCESS_KEY_ID"
        raise ConfigurationError(f"The variable {missing} is not set. Set the access key's id and secret together.")
    credentials = Credentials(key, secret, environ.get("ALIBABA_CLOUD_SECURITY_TOKEN", ""))
    return lambda: credentials


def _source_from_oidc(environ: Mapping[str, str], _named: str) -> CredentialSource | SourceNotFound:
    names = ", ".join(OIDC_VARIABLES)
    if not all(environ.get(name) for name in OIDC_VARIABLES):
        return SourceNotFound(f"OIDC by the variables {names} (not all set)")
    provider = _official_provider_class("OIDCRoleArnCredentialsProvider", f"The variables {names} are set")
    return _source_from_provider(provider, {}, [f"OIDC by the variables {names}"])


# --- profiles ---


def _source_from_cli_profile(environ: Mapping[str, str], named: str) -> CredentialSource | SourceNotFound:
    file = cli_config_file(environ)
    place = f"the profiles in {file}"
    if environ.get(CLI_DISABLED_VARIABLE, "").lower() == "true":
        return SourceNotFound(f"{place} (turned off by {CLI_DISABLED_VARIABLE})")
    if not file.exists():
        return SourceNotFound(f"{place} (no such file)")
    read_current_credentials, profiles = _read_cli_config(file)
    name = named or environ.get(PROFILE_VARIABLE) or read_current_credentials
    if name not in profiles:
        return SourceNotFound(f"{place} (no profile {name!r}; it has: {_join_sorted_names(profiles)})", tuple(profiles))
    profile = profiles[name]
    mode = profile.get("mode") or "AK"
    if mode not in _READ_DIRECTLY:
        provider = _official_provider_class(
            "CLIProfileCredentialsProvider", f"The profile {name!r} in {file} has mode {mode}"
        )
        source = f"the profile {name!r} of mode {mode} in {file}"
        return _source_from_provider(provider, {"profile_name": name, "profile_file": str(file)}, [source])
    needed = ("access_key_id", "access_key_secret", *(["sts_token"] if mode == "StsToken" else []))
    if not any(profile.get(key) for key in needed):
        # The tool writes such a profile before a user configures it.
        return SourceNotFound(f"{place} (the profile {name!r} is empty)", tuple(profiles))
    fix = f"Run: aliyun configure --profile {name}"
    return _source_from_profile_keys(profile, needed, f"The profile {name!r} in {file}", fix)


def _read_cli_config(file: Path) -> tuple[str, dict[str, Mapping[str, Any]]]:
    """Return the name of the current profile, and the profiles."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        profiles = {str(profile["name"]): profile for profile in content["profiles"]}
        return str(content.get("current") or "default"), profiles
    except OSError as error:
        raise ConfigurationError(
            f"The profile file {file} cannot be read: {error.strerror}. Let this user read the file."
        ) from None
    except (ValueError, TypeError, KeyError, AttributeError):
        raise ConfigurationError(
            f"The profile file {file} is not the JSON that the aliyun command line tool writes. Correct it, give"
            f" access_key_id and access_key_secret, or set {CLI_DISABLED_VARIABLE}=true."
        ) from None


def _source_from_ini_profile(environ: Mapping[str, str], named: str) -> CredentialSource | SourceNotFound:
    file = sdk_credentials_file(environ)
    place = f"the profiles in {file}"
    if not file.exists():
        if environ.get(INI_FILE_VARIABLE):
            raise ConfigurationError(
                f"{INI_FILE_VARIABLE} is {file}, but this file does not exist. Correct the variable."
            )
        return SourceNotFound(f"{place} (no such file)")
    sections = _read_ini_sections(file)
    name = named or environ.get(PROFILE_VARIABLE) or "default"
    if name not in sections:
        return SourceNotFound(f"{place} (no profile {name!r}; it has: {_join_sorted_names(sections)})", tuple(sections))
    kind = sections[name].get("type", "")
    if kind != "access_key":
        provider = _official_provider_class(
            "ProfileCredentialsProvider", f"The profile {name!r} in {file} has type {kind or 'none'}"
        )
        source = f"the profile {name!r} of type {kind or 'none'} in {file}"
        return _source_from_provider(provider, {"profile_name": name, "profile_file": str(file)}, [source])
    needed = ("access_key_id", "access_key_secret")
    return _source_from_profile_keys(sections[name], needed, f"The profile {name!r} in {file}", "Add what is missing.")


def _read_ini_sections(file: Path) -> dict[str, dict[str, str]]:
    """Return the sections. A comment may follow a value, as in the official package."""
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(
            f"The profile file {file} cannot be read: {error.strerror}. Let this user read the file."
        ) from None
    except (configparser.Error, ValueError):
        # The parser's own message shows the line, which may contain a secret.
        raise ConfigurationError(f"The profile file {file} is not an INI file. Correct the file.") from None
    return {
        section: {key: value.partition("#")[0].strip() for key, value in parser.items(section)}
        for section in parser.sections()
    }


def _source_from_profile_keys(
    profile: Mapping[str, Any], needed: Iterable[str], described: str, fix: str
) -> CredentialSource:
    missing = [name for name in needed if not profile.get(name)]
    if missing:
        raise ConfigurationError(f"{described} does not have {' and '.join(missing)}. {fix}")
    credentials = Credentials(*(str(profile[name]) for name in needed))
    return lambda: credentials


def _join_sorted_names(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"


def _missing_profile_error(name: str, searched: list[SourceNotFound]) -> ConfigurationError:
    known = {profile for source in searched for profile in source.profiles}
    close = difflib.get_close_matches(name, known, n=1)
    meant = f" Did you mean {close[0]!r}?" if close else ""
    places = "; ".join(source.place for source in searched)
    return ConfigurationError(f"The profile {name!r} does not exist. Searched: {places}.{meant}")


# --- the official package ---


def _import_official_package() -> Any:
    """Return the module of the official package with its sources, or None if the package is not installed."""
    try:
        return importlib.import_module(f"{PACKAGE}.provider")
    except ImportError:
        return None


def _official_provider_class(name: str, why: str) -> Any:
    """Return a class of the official package."""
    package = _import_official_package()
    if package is None:
        raise ConfigurationError(
            f"{why}. This needs the Python package {PACKAGE}, which is not installed. Install it where the module"
            f" runs: pip install {PACKAGE}"
        )
    return getattr(package, name)


def _source_from_package_chain(searched: list[str]) -> CredentialSource:
    """Use the other sources: the role of an ECS instance, and the address in ALIBABA_CLOUD_CREDENTIALS_URI."""
    package = _import_official_package()
    if package is None:
        rest = f"an ECS RAM role or ALIBABA_CLOUD_CREDENTIALS_URI by the Python package {PACKAGE} (not installed)"
        raise _no_credentials_error([*searched, rest])
    return _source_from_provider(package.DefaultCredentialsProvider, {}, searched)


def _source_from_provider(provider: Any, arguments: Mapping[str, str], searched: list[str]) -> CredentialSource:
    def call_provider(function: Callable[[], Any]) -> Any:
        try:
            return function()
        except Exception as error:  # the package raises types of its own and plain exceptions alike
            raise _no_credentials_error(
                [*searched, f"the Python package {PACKAGE} ({type(error).__name__}: {error})"]
            ) from None

    source = call_provider(lambda: provider(**arguments))

    def read_current_credentials() -> Credentials:
        found = call_provider(source.get_credentials)
        return Credentials(found.get_access_key_id(), found.get_access_key_secret(), found.get_security_token() or "")

    return read_current_credentials


def _no_credentials_error(searched: list[str]) -> ConfigurationError:
    return ConfigurationError(f"No credentials were found. Searched: {'; '.join(searched)}. Set one of these.")
