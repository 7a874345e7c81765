# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The identity of a run: its id, user and machine, as the journal and the locks show them."""

from __future__ import annotations

import getpass
import os
import socket
import uuid
from dataclasses import dataclass, field


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return f"uid {os.getuid()}"


@dataclass(frozen=True)
class RunIdentity:
    """One run of a module."""

    id: str = field(default_factory=lambda: uuid.uuid4().hex[:12])
    user: str = field(default_factory=_user)
    host: str = field(default_factory=socket.gethostname)
