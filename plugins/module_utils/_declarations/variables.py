# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The names of the variables of an inventory and of a run."""

from __future__ import annotations

PREFIX = "cams_"
NUMBER = "cams_phone_number"
NUMBERS = "cams_numbers"

# Keys of one number, as in the options of the modules. A host writes them with the prefix, an item with or without.
KEYS = (
    "phone_number",
    "cust_space_id",
    "state",
    "verify_code",
    "code_method",
    "code_locale",
    "webhook",
    "ready",
    "code_not_before",
)
RUN_VARIABLES = (
    "cams_code_source",
    "cams_code_tasks",
    "cams_code_wait_seconds",
    "cams_codes",
    "cams_concurrency",
    "cams_confirm",
    "cams_contact",
    "cams_continue_when",
    "cams_fail_on",
    "cams_fail_on_drift",
    "cams_health",
    "cams_journal",
    "cams_lock_timeout",
    "cams_max_changes",
    "cams_notify_tasks",
    "cams_plan_file",
    "cams_preflight_override",
    "cams_reclaim",
    "cams_register",
    "cams_report_directory",
    "cams_report_mode",
    "cams_report_plan",
    "cams_report_show_numbers",
    "cams_report_source",
    "cams_resend",
    "cams_stop_after_equal_errors",
    "cams_store",
    "cams_store_required",
    "cams_wait_timeout",
)
CONNECTION_VARIABLES = (
    "cams_access_key_id",
    "cams_access_key_secret",
    "cams_ca_path",
    "cams_endpoint",
    "cams_profile",
    "cams_rate_limit",
    "cams_retries",
    "cams_security_token",
    "cams_timeout",
    "cams_validate_certs",
)
KNOWN_VARIABLES = (*(PREFIX + key for key in KEYS), NUMBERS, *RUN_VARIABLES, *CONNECTION_VARIABLES)
CODES = "cams_codes"
