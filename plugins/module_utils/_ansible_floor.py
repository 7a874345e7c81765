# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The oldest Ansible and Python that are supported. What is older is told so in one sentence.

Every module imports this before the rest, which an old Python may not understand. So this file, and the modules
themselves, have to be understood by each Python that Ansible can start a module with.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from ansible.module_utils.basic import AnsibleModule

OLDEST_PYTHON = (3, 10)
# As in requires_ansible of meta/runtime.yml, of which Ansible itself only warns.
OLDEST_ANSIBLE = (2, 17)
# A module that is run by hand, without Ansible around it, is not told a version.
UNKNOWN = (0, 0)

if sys.version_info < OLDEST_PYTHON:
    oldest, found = (".".join(map(str, version)) for version in (OLDEST_PYTHON, sys.version_info[:3]))
    sentence = f"chatapp.cams needs Python {oldest} or later, and {sys.executable} is Python {found}."
    mend = "Set ansible_python_interpreter to a newer one."
    sys.stdout.write(json.dumps({"failed": True, "msg": f"{sentence} {mend}"}))
    raise SystemExit(1)


def make_module(**options: Any) -> AnsibleModule:
    """The module that Ansible has started, unless that Ansible is too old or cannot read an option."""
    try:
        module = AnsibleModule(**options)
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        # Ansible does not expect some values, such as inf for an integer, and there is no module yet to say so.
        sys.stdout.write(json.dumps({"failed": True, "msg": _why_not_read(error)}))
        raise SystemExit(1) from None
    # The first two parts are digits in all versions, also in 2.20.0rc1.
    version = tuple(int(part) for part in module.ansible_version.split(".")[:2])
    if UNKNOWN < version < OLDEST_ANSIBLE:
        oldest = ".".join(map(str, OLDEST_ANSIBLE))
        module.fail_json(
            msg=f"chatapp.cams needs ansible-core {oldest} or later, and this is {module.ansible_version}: upgrade it."
        )
    return module


def _why_not_read(error: Exception) -> str:
    """A sentence without the value, which may be a secret, unless half of a character is all that is wrong with it."""
    if isinstance(error, UnicodeEncodeError):
        # Ansible notes the options in the system's log, which half of a character pair has no place in.
        return f"An option holds a sign that is not text: {error.object[error.start : error.end]!a}. Type it again."
    return (
        f"Ansible could not read an option: {type(error).__name__}."
        " Check the options that take a whole number or a mapping."
    )
