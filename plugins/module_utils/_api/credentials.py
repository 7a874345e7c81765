# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the access key comes from: options, then the environment, then a profile, then the official package.

One source gives the whole key: a secret from one place is never joined to a token from another.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible_collections.chatapp.cams.plugins.module_utils._api.errors import ConfigurationError

PACKAGE = "alibabacloud_credentials"
_READ_DIRECTLY = ("AK", "StsToken")


@dataclass(frozen=True)
class Credentials:
    """An access key; the secrets stay out of its printed form."""

    access_key_id: str
    access_key_secret: str = field(repr=False)
    security_token: str = field(default="", repr=False)


# Credentials of a role run out during a long run, so they are asked for at each call.
CredentialSource = Callable[[], Credentials]


def find_credentials(options: Mapping[str, Any], environ: Mapping[str, str]) -> CredentialSource:
    """The first source that is there. A source that is there but incomplete is an error, never passed over."""
    given = _from_options(options)
    if given:
        return lambda: given
    named_profile = options.get("profile")
    if not named_profile:
        exported = _from_environment(environ)
        if exported:
            return lambda: exported
    file = config_file(environ)
    profile = named_profile or environ.get("ALIBABA_CLOUD_PROFILE", "")
    if profile or file.exists():
        return _from_profile(file, profile)
    return _from_package_chain(
        [
            "the options access_key_id and access_key_secret (not given)",
            "the variables ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET (not set)",
            f"a profile in {file} (no such file)",
        ]
    )


def config_file(environ: Mapping[str, str]) -> Path:
    """The configuration file of the official command line tool."""
    return Path(environ.get("HOME") or "~").expanduser() / ".aliyun" / "config.json"


def _from_options(options: Mapping[str, Any]) -> Credentials | None:
    key, secret = options.get("access_key_id") or "", options.get("access_key_secret") or ""
    token = options.get("security_token") or ""
    if not (key or secret or token):
        return None
    if not (key and secret):
        missing = "access_key_secret" if key else "access_key_id"
        raise ConfigurationError(f"The option {missing} is missing: give access_key_id and access_key_secret together.")
    return Credentials(key, secret, token)


def _from_environment(environ: Mapping[str, str]) -> Credentials | None:
    key, secret = environ.get("ALIBABA_CLOUD_ACCESS_KEY_ID", ""), environ.get("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "")
    if not (key or secret):
        return None
    if not (key and secret):
        missing = "ALIBABA_CLOUD_ACCESS_KEY_SECRET" if key else "ALIBABA_CLOUD_ACCESS_KEY_ID"
        raise ConfigurationError(f"The variable {missing} is not set: set the access key's id and secret together.")
    return Credentials(key, secret, environ.get("ALIBABA_CLOUD_SECURITY_TOKEN", ""))


def _from_profile(file: Path, wanted: str) -> CredentialSource:
    name, profile = _read_profile(file, wanted)
    mode = profile.get("mode") or "AK"
    if mode not in _READ_DIRECTLY:
        return _from_package_profile(file, name, mode)
    key, secret = profile.get("access_key_id") or "", profile.get("access_key_secret") or ""
    token = (profile.get("sts_token") or "") if mode == "StsToken" else ""
    needed = {"access_key_id": key, "access_key_secret": secret, **({"sts_token": token} if mode == "StsToken" else {})}
    missing = [field_name for field_name, value in needed.items() if not value]
    if missing:
        raise ConfigurationError(
            f"The profile {name!r} in {file} lacks {' and '.join(missing)}. Run: aliyun configure --profile {name}"
        )
    credentials = Credentials(key, secret, token)
    return lambda: credentials


def _read_profile(file: Path, wanted: str) -> tuple[str, Mapping[str, Any]]:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        profiles = {str(profile["name"]): profile for profile in content["profiles"]}
        name = wanted or str(content.get("current") or "default")
    except OSError as error:
        raise ConfigurationError(f"The profile file {file} cannot be read: {error.strerror}.") from None
    except (ValueError, TypeError, KeyError, AttributeError):
        raise ConfigurationError(
            f"The profile file {file} is not the JSON that the aliyun command line tool writes. Mend it, or give"
            " access_key_id and access_key_secret."
        ) from None
    if name not in profiles:
        close = difflib.get_close_matches(name, profiles, n=1)
        meant = f" Did you mean {close[0]!r}?" if close else ""
        raise ConfigurationError(
            f"There is no profile {name!r} in {file}. It has: {', '.join(sorted(profiles)) or 'none'}.{meant}"
        )
    return name, profiles[name]


def _from_package_profile(file: Path, name: str, mode: str) -> CredentialSource:
    try:
        from alibabacloud_credentials.provider import CLIProfileCredentialsProvider
    except ImportError:
        raise ConfigurationError(
            f"The profile {name!r} in {file} has mode {mode}, which needs the Python package {PACKAGE}, and that is not"
            f" installed. Install it where the module runs: pip install {PACKAGE}"
        ) from None
    provider = CLIProfileCredentialsProvider(profile_name=name, profile_file=str(file))
    return _from_provider(provider, [f"the profile {name!r} of mode {mode} in {file}"])


def _from_package_chain(looked_at: list[str]) -> CredentialSource:
    try:
        from alibabacloud_credentials.provider import DefaultCredentialsProvider
    except ImportError:
        raise _nothing_found(
            [*looked_at, f"the Python package {PACKAGE} for RAM roles, OIDC and ECS (not installed)"]
        ) from None
    return _from_provider(DefaultCredentialsProvider(), looked_at)


def _from_provider(provider: Any, looked_at: list[str]) -> CredentialSource:
    def current() -> Credentials:
        try:
            found = provider.get_credentials()
        except Exception as error:  # the package raises types of its own and plain exceptions alike
            raise _nothing_found(
                [*looked_at, f"the Python package {PACKAGE} ({type(error).__name__}: {error})"]
            ) from None
        return Credentials(found.get_access_key_id(), found.get_access_key_secret(), found.get_security_token() or "")

    return current


def _nothing_found(looked_at: list[str]) -> ConfigurationError:
    return ConfigurationError(f"No credentials were found. Looked at: {'; '.join(looked_at)}. Give one of them.")
