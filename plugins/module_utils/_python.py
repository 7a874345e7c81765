# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ends a module in one sentence on a Python that is too old to import the rest. Every module imports this first.

So this file has to be understood by each Python that Ansible can start a module with.
"""

from __future__ import annotations

import json
import sys

OLDEST = (3, 10)

if sys.version_info < OLDEST:
    oldest, found = (".".join(map(str, version)) for version in (OLDEST, sys.version_info[:3]))
    sentence = f"chatapp.cams needs Python {oldest} or later, and {sys.executable} is Python {found}."
    mend = "Set ansible_python_interpreter to a newer one."
    sys.stdout.write(json.dumps({"failed": True, "msg": f"{sentence} {mend}"}))
    raise SystemExit(1)
