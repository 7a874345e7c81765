# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Collect the declarations of the hosts of a play, for action plugins."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from ansible_collections.chatapp.cams.plugins.module_utils._declarations.gather import Declarations, gather_declarations
from ansible_collections.chatapp.cams.plugins.plugin_utils._reading import read


def declarations_of_hosts(
    hosts: Iterable[str],
    variables: Mapping[str, Any],
    *,
    only: Collection[str] | None = None,
    codes: Mapping[Any, Any] | None = None,
    may_be_empty: bool = False,
) -> Declarations:
    """Return the declarations of these hosts. Raises DeclarationError with all mistakes."""
    hostvars = variables["hostvars"]
    return gather_declarations(
        hosts,
        hostvars.__getitem__,
        read,
        only=None if only is None else list(only),
        codes=codes,
        may_be_empty=may_be_empty,
    )
