# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the module cams_number_migration."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.chatapp.cams.plugins.module_utils._errors import ConfigurationError
from ansible_collections.chatapp.cams.plugins.module_utils._modules.ansible_module import Connect
from ansible_collections.chatapp.cams.plugins.module_utils._modules.engine_run import reconcile
from ansible_collections.chatapp.cams.plugins.module_utils._modules.options.number_options import (
    extract_verify_code,
    make_declaration,
)
from ansible_collections.chatapp.cams.plugins.module_utils._modules.options.store_options import store_of


def number_migration(module: AnsibleModule, connect: Connect) -> dict[str, Any]:
    """Migrate one number to its declared state."""
    options = module.params
    code = extract_verify_code(module, options)
    declaration = replace(make_declaration(options, code), resend=options["resend"], reclaim=options["reclaim"])
    if declaration.resend and declaration.why_not_ready:
        raise ConfigurationError(f"resend asks for a code, but the number is not ready. {declaration.why_not_ready}")
    store = store_of(options)
    run = reconcile(module, connect(store.make_pace), store, [declaration])
    (result,) = run.results
    failure = {"failed": True, "msg": result.sentence} if result.has_failed or run.why_stopped else {}
    return {**result.as_dict(), "diff": result.diff(), **failure}
