# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The attributes that modules share."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
attributes:
  check_mode:
    description: Can run in C(check_mode) and return what it would have changed without changing it.
  diff_mode:
    description: Returns what changed, or would change, when in diff mode.
  idempotent:
    description: When run twice in a row with the same options, the second run does not change anything.
  action_group:
    description: Use C(group/chatapp.cams.cams) in C(module_defaults) to set the shared options of all modules.
    support: full
    membership:
      - chatapp.cams.cams
"""

    INFO = r"""
attributes:
  check_mode:
    support: full
    details:
      - The module only reads.
  diff_mode:
    support: N/A
    details:
      - The module only reads.
  idempotent:
    support: full
"""
