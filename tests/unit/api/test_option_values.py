# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The values that options accept, and the errors for other values."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.chatapp.cams.plugins.module_utils._api.transport import Transport
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.values import CHECKS
from ansible_collections.chatapp.cams.plugins.module_utils._errors import ConfigurationError
from ansible_collections.chatapp.cams.plugins.module_utils._values.option_values import (
    RANGES,
    check_file,
    check_id,
    check_locale,
    check_no_hidden_characters,
    check_ranges,
)

HUGE = 10**10
# Python writes no integer of so many digits.
ENDLESS = 10**10_000
NOT_TEXT = ["s\ud800", "s\0", "s\x1b[31m", "s\u202e", "s\n", "s\u2028"]


def sentence(error: ConfigurationError) -> str:
    """Its message, which is one line of text."""
    assert not [sign for sign in error.message if unicodedata.category(sign) in ("Cc", "Cs", "Cf", "Zl")]
    assert len(error.message) < 300
    return error.message


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://[::1",
        "https://[::1]x",
        "https://[cams]",
        "https://cams.example.com:99999",
        "https://cams.example.com:0",
        "https://cams.example.com:port",
        "https://cams example.com",
        " https://cams.example.com",
        "https://cams.exa\nmple.com",
        "https://cams.example.com\t",
        "https://cams.example.com\0",
        "https://cams.example.com\x1b[31m",
        "https://c\u00e4ms.example.com",
        "https://cams..example.com",
        f"https://{'a' * 64}.example.com",
        f"https://{'a' * 5000}",
        "https://cams.example.com#part",
        "https://cams.example.com?part",
        "https://:hunter2@cams.example.com",
        "https://user:hunter2@cams.example.com:99999",
        "ftp://cams.example.com",
        "https://",
        "://",
        "",
        "https://\ud800",
    ],
)
def test_an_endpoint_that_is_not_an_address_is_refused(endpoint: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Transport(endpoint)

    assert "is not an address such as https://cams.example.com" in sentence(caught.value)
    assert "hunter2" not in caught.value.message


@pytest.mark.parametrize(
    ("endpoint", "host"),
    [
        ("cams.example.com", "cams.example.com"),
        ("https://CAMS.example.com/", "cams.example.com"),
        ("https://cams.example.com:8443", "cams.example.com:8443"),
        ("https://192.0.2.1", "192.0.2.1"),
        ("https://[2001:db8::1]:443", "[2001:db8::1]:443"),
        ("http://[::1]:8080", "[::1]:8080"),
        ("http://localhost:8080", "localhost:8080"),
    ],
)
def test_an_endpoint_may_be_a_name_or_an_address(endpoint: str, host: str) -> None:
    assert Transport(endpoint).host == host


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("timeout", [True, False, 0, -1, 3601, HUGE, ENDLESS]),
        ("retries", [True, False, -1, 101, HUGE]),
        ("rate_limit", [True, 0.0, -1.0, 1000.5, float("nan"), float("inf"), float("-inf")]),
        ("wait_timeout", [True, -1, 86_401, HUGE, ENDLESS]),
        ("lock_timeout", [True, -1, 86_401, HUGE, ENDLESS]),
        ("max_changes", [True, -1]),
        ("stop_after_equal_errors", [True, -1]),
        ("code_wait_seconds", [False, -1]),
    ],
)
def test_a_number_outside_its_range_is_refused(name: str, values: list[Any]) -> None:
    for value in values:
        with pytest.raises(ConfigurationError) as caught:
            check_ranges({name: value})

        assert f"{name} must be {RANGES[name].words}, not " in sentence(caught.value)


def test_the_limits_of_a_range_are_allowed() -> None:
    for name, allowed in RANGES.items():
        check_ranges({name: allowed.most if allowed.most < float("inf") else HUGE})
        check_ranges({name: allowed.least + 0.001 if allowed.above else allowed.least})


def test_options_that_a_module_does_not_have_are_not_checked() -> None:
    check_ranges({"timeout": None, "whatever": True})


@pytest.mark.parametrize("locale", ["en", "en_US", "zh_CN", "zh-CN", "fil", "zh_Hant"])
def test_a_language_is_accepted(locale: str) -> None:
    assert check_locale("code_locale", locale) == locale
    assert CHECKS["code_locale"](locale) == locale


@pytest.mark.parametrize("locale", ["", " ", "english", "EN", "en_", "en_USAAA", "en_US\n", "e\ud800", "en US", "1"])
def test_a_value_that_is_not_a_language_is_refused(locale: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        check_locale("code_locale", locale)

    assert "code_locale must be a language such as en_US" in sentence(caught.value)
    if locale.strip() not in ("", "en_US"):
        with pytest.raises(ValueError, match="Write a language such as en_US"):
            CHECKS["code_locale"](locale)


@pytest.mark.parametrize("value", NOT_TEXT)
def test_an_option_with_a_hidden_character_is_refused(value: str) -> None:
    for check in (check_no_hidden_characters, check_id, check_file):
        with pytest.raises(ConfigurationError) as caught:
            check("option", value)

        assert "option contains a hidden or control character: 's" in sentence(caught.value)


@pytest.mark.parametrize("value", NOT_TEXT[:4])
def test_a_space_in_an_inventory_is_text(value: str) -> None:
    with pytest.raises(ValueError, match="It contains a hidden or control character"):
        CHECKS["cust_space_id"](value)


def test_text_in_every_script_is_accepted() -> None:
    check_no_hidden_characters("option", "دفتر 中文 👩‍🚀")


@pytest.mark.parametrize("value", ["", "  "])
def test_an_empty_id_is_refused_and_an_empty_path_is_ignored(value: str) -> None:
    check_id("option", None)
    check_file("journal", None)
    check_file("journal", "")
    with pytest.raises(ConfigurationError, match="option is empty"):
        check_id("option", value)


def test_a_file_may_be_missing_but_not_be_a_directory(tmp_path: Path) -> None:
    check_file("journal", str(tmp_path / "none"))
    with pytest.raises(ConfigurationError, match="journal must be a file"):
        check_file("journal", str(tmp_path))
    with pytest.raises(ConfigurationError, match="journal is not the path of a file: File name too long"):
        check_file("journal", str(tmp_path / ("9" * 5000)))
