# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Argument specifications that merge, shared by modules, inventory and lookup, and the client they describe."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Mapping
from typing import Any

from ansible.module_utils.basic import env_fallback
from ansible_collections.chatapp.cams.plugins.module_utils._api.client import Client
from ansible_collections.chatapp.cams.plugins.module_utils._api.credentials import find_credentials
from ansible_collections.chatapp.cams.plugins.module_utils._api.errors import ConfigurationError
from ansible_collections.chatapp.cams.plugins.module_utils._api.pace import Pace, pace_directory
from ansible_collections.chatapp.cams.plugins.module_utils._api.transport import Transport
from ansible_collections.chatapp.cams.plugins.module_utils._private import state_directory
from ansible_collections.chatapp.cams.plugins.module_utils._version import VERSION

DEFAULT_ENDPOINT = "https://cams.ap-southeast-1.aliyuncs.com"

AUTH_ARGUMENTS: dict[str, dict[str, Any]] = {
    "access_key_id": {"type": "str", "aliases": ["alicloud_access_key"]},
    "access_key_secret": {"type": "str", "aliases": ["alicloud_secret_key"], "no_log": True},
    "security_token": {"type": "str", "aliases": ["alicloud_security_token"], "no_log": True},
    "profile": {"type": "str"},
    "endpoint": {"type": "str", "default": DEFAULT_ENDPOINT, "fallback": (env_fallback, ["CAMS_ENDPOINT"])},
    "validate_certs": {"type": "bool", "default": True},
    "ca_path": {"type": "path"},
    "timeout": {"type": "int", "default": 60},
    "rate_limit": {"type": "float", "default": 10.0},
    "retries": {"type": "int", "default": 5},
}
# A profile beside a key would leave open which of the two was meant.
AUTH_MUTUALLY_EXCLUSIVE = [("profile", "access_key_id"), ("profile", "access_key_secret")]


def make_client(options: Mapping[str, Any], *, ansible_version: str, check_mode: bool) -> Client:
    """The client that the shared options describe."""
    if options["timeout"] < 1:
        raise ConfigurationError("timeout must be at least 1 second.")
    if options["rate_limit"] <= 0:
        raise ConfigurationError("rate_limit must be more than 0 calls a second.")
    if options["retries"] < 0:
        raise ConfigurationError("retries must not be negative.")
    transport = Transport(
        options["endpoint"], validate_certs=options["validate_certs"], ca_path=options.get("ca_path") or ""
    )
    credentials = find_credentials(options, os.environ)
    account = f"{transport.host} {credentials().access_key_id}"
    return Client(
        transport,
        credentials,
        Pace(pace_directory(state_directory(os.environ)), account, options["rate_limit"]),
        account=account,
        user_agent=user_agent(ansible_version, os.environ),
        timeout=options["timeout"],
        retries=options["retries"],
        check_mode=check_mode,
    )


def user_agent(ansible_version: str, environ: Mapping[str, str]) -> str:
    """The name that calls carry: ours, then ALIBABA_CLOUD_USER_AGENT as one line of printable ASCII."""
    ours = f"chatapp.cams/{VERSION} ansible-core/{ansible_version} Python/{platform.python_version()}"
    theirs = " ".join(re.findall(r"[!-~]+", environ.get("ALIBABA_CLOUD_USER_AGENT", "")))
    return f"{ours} {theirs}".rstrip()
