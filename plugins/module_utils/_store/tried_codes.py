# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Salted hashes of codes that were tried. A hash recognizes a code and does not reveal it."""

from __future__ import annotations

import functools
import hashlib
import hmac
import re
import secrets

# There are only a million codes, so the hash is slow. A code is worth nothing after ten minutes.
_HASH_ROUNDS = 20_000


HASHED = re.compile(r"[0-9a-f]{16}:[0-9a-f]{64}")


def hash_of(code: str) -> str:
    salt = secrets.token_hex(8)
    return f"{salt}:{_digest(code, salt)}"


def is_hash_of(code: str, hashed: str) -> bool:
    """Return whether this is the hash of the code. A damaged hash is the hash of no code."""
    salt, _colon, digest = hashed.partition(":")
    return bool(HASHED.fullmatch(hashed)) and hmac.compare_digest(_digest(code, salt), digest)


# A run compares the same code several times: when it plans, before it submits the code, and afterwards.
@functools.lru_cache(maxsize=4096)
def _digest(code: str, salt: str) -> str:
    return hashlib.pbkdf2_hmac("sha256", code.encode(), salt.encode(), _HASH_ROUNDS).hex()
