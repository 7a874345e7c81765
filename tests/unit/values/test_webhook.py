# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Webhooks: their form, when a row matches, and the parameters to send."""

from __future__ import annotations

import pytest
from ansible_collections.chatapp.cams.plugins.module_utils._values.webhook import Webhook, WebhookError, parse

UP, STATUS = "https://hooks.example.com/up", "https://hooks.example.com/status"


def test_a_row_matches_a_webhook_if_it_has_each_declared_address() -> None:
    webhook = parse({"up_callback_url": UP, "http": True})

    assert webhook.matches({"up_callback_url": UP, "status_callback_url": "https://other.example.com"}) is True
    assert webhook.matches({"status_callback_url": STATUS}) is False
    assert webhook.matches({}) is False


def test_addresses_do_not_show_flags_that_are_always_sent() -> None:
    webhook = parse({"up_callback_url": UP, "http": True}, always_send_flags=True)

    assert webhook.matches({"up_callback_url": UP}) is None
    assert webhook.matches({}) is False
    assert parse({"queue": False}, always_send_flags=True).matches({}) is None


def test_an_address_that_is_not_declared_is_sent_unchanged() -> None:
    webhook = parse({"up_callback_url": UP, "http": True, "queue": False})

    assert webhook.parameters_to_send(
        {"up_callback_url": "https://old.example.com", "status_callback_url": STATUS}
    ) == {
        "UpCallbackUrl": UP,
        "StatusCallbackUrl": STATUS,
        "HttpFlag": "Y",
        "QueueFlag": "N",
    }
    assert parse({"status_callback_url": STATUS}).parameters_to_send({}) == {"StatusCallbackUrl": STATUS}


@pytest.mark.parametrize("url", [UP, "https://hooks.example.com:8443/?a=b", "http://127.0.0.1:8080/", "http://[::1]/"])
def test_https_and_http_to_a_loopback_address_are_accepted(url: str) -> None:
    assert parse({"up_callback_url": f" {url} "}) == Webhook({"up_callback_url": url}, {})


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.com",
        "ftp://hooks.example.com",
        "https://",
        "https://a b",
        "https://h:x/",
        "//h",
        "",
        "a\nb",
    ],
)
def test_anything_else_is_refused(url: str) -> None:
    with pytest.raises(WebhookError, match="status_callback_url"):
        parse({"status_callback_url": url})


def test_flags_without_an_address_require_always() -> None:
    with pytest.raises(WebhookError, match="sent together with an address"):
        parse({"http": True})
    with pytest.raises(WebhookError, match="no flags"):
        parse({"up_callback_url": UP}, always_send_flags=True)
    assert parse({"http": True}, always_send_flags=True).flags == {"http": True}
