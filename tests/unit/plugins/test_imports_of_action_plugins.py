# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible forks a process for each host, and a process that has loaded less is forked faster."""

from __future__ import annotations

import subprocess
import sys

PLUGINS = ("cams_inventory_info", "cams_inventory_run", "cams_show_results", "cams_host_result")
PROGRAM = """
import importlib, sys
import ansible.plugins.action
from ansible.plugins.loader import init_plugin_loader
init_plugin_loader()
before = set(sys.modules)
for name in sys.argv[1:]:
    importlib.import_module(f"ansible_collections.chatapp.cams.plugins.action.{name}")
print(sorted({"requests", "urllib3", "ssl", "psycopg"} & (set(sys.modules) - before)))
"""


def test_the_action_plugins_of_roles_load_no_package_that_only_modules_need() -> None:
    run = subprocess.run([sys.executable, "-c", PROGRAM, *PLUGINS], capture_output=True, text=True, check=True)

    assert run.stdout.strip() == "[]"
