# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The option ``code_source`` of modules."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.chatapp.cams.plugins.module_utils._codes.arguments import SOURCE_ARGUMENTS as LOOKUP_ARGUMENTS
from ansible_collections.chatapp.cams.plugins.module_utils._codes.source import SourceError
from ansible_collections.chatapp.cams.plugins.module_utils._codes.sources import make_sources
from ansible_collections.chatapp.cams.plugins.module_utils._errors import ConfigurationError
from ansible_collections.chatapp.cams.plugins.module_utils._modules.options.number_options import MASK
from ansible_collections.chatapp.cams.plugins.module_utils._values.option_values import RANGES, check_range

# A run knows when it requested a code.
SOURCE_ARGUMENTS = {name: argument for name, argument in LOOKUP_ARGUMENTS.items() if name != "since"}


def extract_code_source(module: AnsibleModule) -> dict[str, Any] | None:
    """Return the checked option, or None if it is not set.

    Its secrets are removed from what Ansible shows as the invocation, and from what Ansible masks by replacing: their
    digits may occur in a phone number or a RequestId.
    """
    given, seconds = module.params["code_source"], module.params["code_wait_seconds"]
    check_range("code_wait_seconds", seconds, RANGES["code_wait_seconds"])
    if given is None:
        if seconds:
            raise ConfigurationError("code_wait_seconds needs code_source, which says where codes arrive.")
        return None
    source = dict(given)
    url = source["url"] or {}
    for secret in (source["vars"], url.get("headers"), url.get("address")):
        for text in _all_texts(secret):
            module.no_log_values.discard(text)
    shown = {**source, "vars": MASK if source["vars"] is not None else None}
    if source["url"] is not None:
        shown["url"] = {**url, "address": MASK, "headers": MASK}
    module.params["code_source"] = shown
    try:
        make_sources(source)
    except SourceError as error:
        raise ConfigurationError(f"code_source: {error}") from None
    return source


def _all_texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for item in value.values() for text in _all_texts(item)]
    if isinstance(value, list):
        return [text for item in value for text in _all_texts(item)]
    return [str(value)]
