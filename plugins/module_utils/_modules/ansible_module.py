# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all modules share: they read options, make the client, and return errors in one sentence."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible_collections.chatapp.cams.plugins.module_utils._ansible_floor import make_module
from ansible_collections.chatapp.cams.plugins.module_utils._api.client import Client
from ansible_collections.chatapp.cams.plugins.module_utils._api.connect import UNCHECKED, make_client
from ansible_collections.chatapp.cams.plugins.module_utils._api.transport import REQUESTS_IMPORT_ERROR
from ansible_collections.chatapp.cams.plugins.module_utils._errors import CamsError, describe_unexpected
from ansible_collections.chatapp.cams.plugins.module_utils._store.files.slot_files import pace_of_this_machine
from ansible_collections.chatapp.cams.plugins.module_utils._store.store import MakePace
from ansible_collections.chatapp.cams.plugins.module_utils._system.cancellation import ignore_signals_until_exit
from ansible_collections.chatapp.cams.plugins.module_utils._values.auth_arguments import (
    AUTH_ARGUMENTS,
    AUTH_MUTUALLY_EXCLUSIVE,
)
from ansible_collections.chatapp.cams.plugins.module_utils._values.wording import (
    Reader,
    for_reader,
    result_for_reader,
)


class Connect(Protocol):
    """Makes the client from the options. The pace is that of this machine, or that of a store."""

    def __call__(self, make_pace: MakePace = pace_of_this_machine) -> Client:
        """Return the client."""


Body = Callable[[AnsibleModule, Connect], Mapping[str, Any]]


def warn(module: AnsibleModule, sentence: str, number: str = "") -> None:
    """Warn in the words of the reader."""
    module.warn(for_reader(sentence, Reader.from_environment(os.environ), number))


def run_module(arguments: Mapping[str, Any], body: Body) -> None:
    """Run ``body`` and exit with its result, as a failure if the result contains ``failed``.

    ``body`` checks its options first and makes the client then.
    """
    module = make_module(
        argument_spec={**AUTH_ARGUMENTS, **arguments},
        mutually_exclusive=AUTH_MUTUALLY_EXCLUSIVE,
        supports_check_mode=True,
    )
    if REQUESTS_IMPORT_ERROR:
        module.fail_json(msg=missing_required_lib("requests"), exception=REQUESTS_IMPORT_ERROR)

    def connect(make_pace: MakePace = pace_of_this_machine) -> Client:
        if not module.params["validate_certs"]:
            module.warn(UNCHECKED)
        return make_client(
            module.params, ansible_version=module.ansible_version, check_mode=module.check_mode, make_pace=make_pace
        )

    reader = Reader.from_environment(os.environ)
    try:
        result = result_for_reader(body(module, connect), reader)
    except CamsError as error:
        ignore_signals_until_exit()
        details = {"error": error.error.as_dict()} if error.error else {}
        module.fail_json(**result_for_reader({"msg": error.message, **details}, reader))
    except Exception as error:
        ignore_signals_until_exit()
        module.fail_json(msg=f"The module ended early: {describe_unexpected(error)}")
    ignore_signals_until_exit()
    if result.get("failed"):
        module.fail_json(**result)
    module.exit_json(**result)
