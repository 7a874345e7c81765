# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import hashlib
from unittest import mock

from ansible_collections.chatapp.cams.plugins.module_utils._store.tried_codes import hash_of, is_hash_of


def test_a_hash_recognizes_its_code_and_no_other_code() -> None:
    hashed = hash_of("190331")

    assert "190331" not in hashed
    assert is_hash_of("190331", hashed)
    assert not is_hash_of("190332", hashed)


def test_two_hashes_of_a_code_differ() -> None:
    assert hash_of("190331") != hash_of("190331")


def test_a_damaged_hash_is_the_hash_of_no_code() -> None:
    assert not is_hash_of("190331", hash_of("190331")[:-1])


def test_a_code_that_is_compared_with_one_hash_repeatedly_is_hashed_once() -> None:
    with mock.patch.object(hashlib, "pbkdf2_hmac", wraps=hashlib.pbkdf2_hmac) as slow_hash:
        hashed = hash_of("190333")
        assert all(is_hash_of("190333", hashed) for _time in range(5))

    assert slow_hash.call_count == 1
