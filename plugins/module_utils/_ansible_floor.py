# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The oldest supported Ansible and Python. An older one is refused with one sentence.

Every module imports this file first, because an old Python may not understand the others. So this file and the modules
must work on each Python with which Ansible can start a module.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from ansible.module_utils.basic import AnsibleModule

OLDEST_PYTHON = (3, 10)
# The same as requires_ansible in meta/runtime.yml. Ansible only warns about that.
OLDEST_ANSIBLE = (2, 17)
# A module that is started without Ansible does not know a version of Ansible.
UNKNOWN = (0, 0)

if sys.version_info < OLDEST_PYTHON:
    oldest, found = (".".join(map(str, version)) for version in (OLDEST_PYTHON, sys.version_info[:3]))
    sentence = f"chatapp.cams needs Python {oldest} or later, but {sys.executable} is Python {found}."
    fix = "Set ansible_python_interpreter to a newer one."
    sys.stdout.write(json.dumps({"failed": True, "msg": f"{sentence} {fix}"}))
    raise SystemExit(1)


def make_module(**options: Any) -> AnsibleModule:
    """Return the module that Ansible started. Fail if that Ansible is too old or cannot read an option."""
    try:
        module = AnsibleModule(**options)
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        # Ansible raises for some values, such as inf for an integer. There is no module yet that could fail.
        sys.stdout.write(json.dumps({"failed": True, "msg": _why_option_unreadable(error)}))
        raise SystemExit(1) from None
    # The first two parts are digits in all versions, also in 2.20.0rc1.
    version = tuple(int(part) for part in module.ansible_version.split(".")[:2])
    if UNKNOWN < version < OLDEST_ANSIBLE:
        oldest = ".".join(map(str, OLDEST_ANSIBLE))
        module.fail_json(
            msg=f"chatapp.cams needs ansible-core {oldest} or later, but this is {module.ansible_version}. Upgrade it."
        )
    return module


def _why_option_unreadable(error: Exception) -> str:
    """Return a message without the value, which may be a secret. Only half of a surrogate pair is shown."""
    if isinstance(error, UnicodeEncodeError):
        # Ansible writes the options to the log of the system, which refuses half of a surrogate pair.
        shown = f"{error.object[error.start : error.end]!a}"
        return f"An option contains a hidden or control character: {shown}. Type the value again; do not paste it."
    return (
        f"Ansible could not read an option: {type(error).__name__}."
        " Check the options that take a whole number or a mapping."
    )
