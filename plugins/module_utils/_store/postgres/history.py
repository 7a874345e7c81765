# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The history of each number, read from a store for a report."""

from __future__ import annotations

from collections.abc import Collection

from ansible_collections.chatapp.cams.plugins.module_utils._store.history import History


def read_history_from_store(url: str, account: str, numbers: Collection[str]) -> History:
    """Return the history of these numbers of an account."""
    raise NotImplementedError
