# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The client of modules and plugins, made from the options that they share."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.chatapp.cams.plugins.module_utils._api.client import Client, hash_of_account
from ansible_collections.chatapp.cams.plugins.module_utils._api.credentials import Credentials, find_credentials
from ansible_collections.chatapp.cams.plugins.module_utils._api.pace import Pace
from ansible_collections.chatapp.cams.plugins.module_utils._api.transport import Transport, parse_endpoint
from ansible_collections.chatapp.cams.plugins.module_utils._errors import ConfigurationError
from ansible_collections.chatapp.cams.plugins.module_utils._values.option_values import (
    check_file,
    check_id,
    check_ranges,
)
from ansible_collections.chatapp.cams.plugins.module_utils._version import VERSION

UNCHECKED = (
    "validate_certs is false, so the network can read and change what is sent. Set ca_path to the authority of the"
    " certificate instead."
)


def make_client(
    options: Mapping[str, Any], *, ansible_version: str, check_mode: bool, make_pace: Callable[[str, float], Pace]
) -> Client:
    """Make a client from the shared options. ``make_pace`` makes the pace of an account with a rate limit."""
    check_connection_options(options)
    transport = Transport(
        options["endpoint"], validate_certs=options["validate_certs"], ca_path=options.get("ca_path") or ""
    )
    credentials = find_credentials(options, os.environ)
    account = _account(transport.host, credentials())
    return Client(
        transport,
        credentials,
        make_pace(account, options["rate_limit"]),
        account=account,
        user_agent=user_agent(ansible_version, os.environ),
        timeout=options["timeout"],
        retries=options["retries"],
        check_mode=check_mode,
    )


def hash_of_own_account(options: Mapping[str, Any]) -> str:
    """Return the same as ``Client.account`` of a client with these options, without a client and without a call.

    The id of an access key needs no secret here.
    """
    _url, host = parse_endpoint(options["endpoint"])
    access_key_id = options.get("access_key_id") or ""
    credentials = Credentials(access_key_id, "") if access_key_id else find_credentials(options, os.environ)()
    return hash_of_account(_account(host, credentials))


def _account(host: str, credentials: Credentials) -> str:
    return f"{host} {_check_credentials(credentials).access_key_id}"


def user_agent(ansible_version: str, environ: Mapping[str, str]) -> str:
    """Return the user agent of calls: our name, then ALIBABA_CLOUD_USER_AGENT as one line of printable ASCII."""
    ours = f"chatapp.cams/{VERSION} ansible-core/{ansible_version} Python/{platform.python_version()}"
    theirs = " ".join(re.findall(r"[!-~]+", environ.get("ALIBABA_CLOUD_USER_AGENT", "")))
    return f"{ours} {theirs}".rstrip()


def check_connection_options(options: Mapping[str, Any]) -> None:
    """Refuse values that no module and no plugin can use. Options that are missing are not checked."""
    check_ranges(options)
    check_id("isv_code", options.get("isv_code"))
    if options.get("cust_space_id"):
        check_id("cust_space_id", options["cust_space_id"])
    check_file("journal", options.get("journal"))


def _check_credentials(credentials: Credentials) -> Credentials:
    """Return the credentials. Refuse characters that cannot be sent, and do not show them."""
    for name, value in vars(credentials).items():
        if value and not re.fullmatch(r"[!-~]+", value):
            raise ConfigurationError(
                f"{name} contains a space or a character that no access key contains. Copy it again."
            )
    return credentials
