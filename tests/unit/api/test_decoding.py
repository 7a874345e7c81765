# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parsing the bytes of an answer."""

from __future__ import annotations

import pytest
from ansible_collections.chatapp.cams.plugins.module_utils._api.decoding import MAX_DEPTH, parse_json_object


@pytest.mark.parametrize("body", [b"\xef\xbb\xbf", b" \r\n"])
def test_bytes_before_an_object_are_ignored(body: bytes) -> None:
    assert parse_json_object(body + b'{"a":1}') == {"a": 1}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b'"OK"',
        b"[{}]",
        b'{"a":1',
        b'{"a":1}{"a":1}',
        b'{"a":"\xff"}',
        b'{"a":NaN}',
        b'{"a":-Infinity}',
        b'{"a":1e999}',
        b'{"a":' + b"9" * 6_000 + b"}",
        b'{"a":' + b"[" * 100_000,
        b'{"a":' + b"[" * 900 + b"]" * 900 + b"}",
    ],
)
def test_bytes_that_are_not_a_json_object_give_an_empty_object(body: bytes) -> None:
    assert parse_json_object(body) == {}


def test_an_answer_deeper_than_the_limit_is_refused() -> None:
    assert parse_json_object(b'{"a":' * MAX_DEPTH + b"1" + b"}" * MAX_DEPTH)
    assert not parse_json_object(b'{"a":' * (MAX_DEPTH + 1) + b"1" + b"}" * (MAX_DEPTH + 1))


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        (rb"https://x.example/\n", "https://x.example/"),
        (rb"one\r\ntwo", "one two"),
        (rb"\u001b[31m", "[U+001B][31m"),
        (rb"\ud800", "\ufffd"),
        (rb"\u202e", "[U+202E]"),
        ("zoë 😀".encode(), "zoë 😀"),
    ],
)
def test_texts_and_names_are_safe_to_show(sent: bytes, shown: str) -> None:
    assert parse_json_object(b'{"%s":["%s"]}' % (sent, sent)) == {shown: [shown]}
