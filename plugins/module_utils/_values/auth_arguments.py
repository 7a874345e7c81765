# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options that modules, inventory and action plugins share. Action plugins read them without loading requests."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.common.parameters import env_fallback

DEFAULT_ENDPOINT = "https://cams.ap-southeast-1.aliyuncs.com"

AUTH_ARGUMENTS: dict[str, dict[str, Any]] = {
    "access_key_id": {"type": "str", "aliases": ["alicloud_access_key"]},
    "access_key_secret": {"type": "str", "aliases": ["alicloud_secret_key"], "no_log": True},
    "security_token": {"type": "str", "aliases": ["alicloud_security_token"], "no_log": True},
    "profile": {"type": "str"},
    "endpoint": {"type": "str", "default": DEFAULT_ENDPOINT, "fallback": (env_fallback, ["CAMS_ENDPOINT"])},
    "validate_certs": {"type": "bool", "default": True},
    "ca_path": {"type": "path"},
    "timeout": {"type": "int", "default": 60},
    "rate_limit": {"type": "float", "default": 10.0},
    "retries": {"type": "int", "default": 5},
}
# With a profile and a key it would not be clear which of them the user means.
AUTH_MUTUALLY_EXCLUSIVE = [("profile", "access_key_id"), ("profile", "access_key_secret")]
