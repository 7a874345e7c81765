# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds the deprecation warnings in the output of Ansible."""

from __future__ import annotations

DEPRECATION = "[DEPRECATION WARNING]"


def deprecations(output: str) -> list[str]:
    """Each distinct warning as one line that starts with its name."""
    return sorted({line[line.index(DEPRECATION) :] for line in output.splitlines() if DEPRECATION in line})
