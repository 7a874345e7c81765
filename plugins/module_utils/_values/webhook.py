# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The webhook of a number: the addresses to which its messages and status reports are posted. No I/O."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from ansible_collections.chatapp.cams.plugins.module_utils._values.loopback import is_loopback

_URLS = {"up_callback_url": "UpCallbackUrl", "status_callback_url": "StatusCallbackUrl"}
_FLAG_PARAMETERS = {"http": "HttpFlag", "queue": "QueueFlag"}
FLAGS = tuple(_FLAG_PARAMETERS)
KEYS = (*_URLS, *FLAGS)

WEBHOOK_ARGUMENTS: dict[str, dict[str, Any]] = {
    **{name: {"type": "str"} for name in _URLS},
    **{name: {"type": "bool"} for name in FLAGS},
}


class WebhookError(ValueError):
    """The value is not a webhook. The message says why and never shows an address, which may contain a token."""


@dataclass(frozen=True)
class Webhook:
    """A declared webhook. The API shows its addresses and does not show its flags."""

    urls: Mapping[str, str]
    flags: Mapping[str, bool]
    # Send the flags even if the addresses are as declared.
    always_send_flags: bool = False

    def matches(self, row: Mapping[str, Any]) -> bool | None:
        """Return whether a row has the declared addresses. None if it has, but the flags are always sent."""
        if any(row.get(name, "") != url for name, url in self.urls.items()):
            return False
        return None if self.always_send_flags else True

    def parameters_to_send(self, row: Mapping[str, Any]) -> dict[str, str]:
        """Return the parameters to send. An address that is not declared is sent unchanged, to keep it."""
        urls = {parameter: self.urls.get(name) or row.get(name, "") for name, parameter in _URLS.items()}
        flags = {_FLAG_PARAMETERS[name]: "Y" if flag else "N" for name, flag in self.flags.items()}
        return {**{name: url for name, url in urls.items() if url}, **flags}


def parse(options: Mapping[str, Any], *, always_send_flags: bool = False) -> Webhook:
    """Return the webhook that options or an inventory declare."""
    urls = {name: _check_url(name, options[name]) for name in _URLS if options.get(name) is not None}
    flags = {name: bool(options[name]) for name in FLAGS if options.get(name) is not None}
    if always_send_flags and not flags:
        raise WebhookError("flags is always, but there are no flags to send. Give http, queue or both.")
    if not urls and not always_send_flags:
        raise WebhookError(
            "A webhook needs an address, because flags are sent together with an address. Give up_callback_url,"
            " status_callback_url or both."
        )
    return Webhook(urls, flags, always_send_flags)


def _check_url(name: str, value: Any) -> str:
    text = str(value).strip()
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port = "", None
    if not host or port == 0 or parts.scheme not in ("https", "http") or not re.fullmatch(r"[!-~]+", text):
        raise WebhookError(f"{name} is not an address such as https://hooks.example.com/messages.")
    if parts.username is not None:
        raise WebhookError(
            f"{name} contains a user or a password, which everybody who reads the number would see. Remove it."
        )
    if parts.scheme == "http" and not is_loopback(host):
        raise WebhookError(f"{name} is plain http, which is only allowed for loopback addresses. Use https.")
    return text
