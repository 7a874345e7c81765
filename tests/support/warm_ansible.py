# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Import what each run of ansible-playbook imports. A server of forks does so once for all runs."""

from __future__ import annotations

import gc
import importlib
import warnings

from ansible.plugins.loader import init_plugin_loader
from environment import ROOT
from forked_modules import fork_modules

OURS = "ansible_collections.chatapp.cams.plugins"
ALWAYS_USED = (
    "ansible.executor.playbook_executor",
    "phonenumbers",
    "psycopg",
    "requests",
    "yaml",
    *(f"ansible.plugins.action.{name}" for name in ("debug", "include_vars", "normal", "set_fact")),
    "ansible.plugins.cache.memory",
    "ansible.plugins.callback.default",
    "ansible.plugins.connection.local",
    *(f"ansible.plugins.filter.{name}" for name in ("core", "encryption", "mathstuff", "urls", "urlsplit")),
    *(f"ansible.plugins.inventory.{name}" for name in ("auto", "host_list", "ini", "script", "toml", "yaml")),
    "ansible.plugins.shell.sh",
    "ansible.plugins.strategy.linear",
    *(f"ansible.plugins.test.{name}" for name in ("core", "files", "mathstuff", "uri")),
    "ansible.plugins.vars.host_group_vars",
    *(f"{OURS}.{path.parent.name}.{path.stem}" for path in ROOT.glob("plugins/[afil]*/cams_*.py")),
)
# Each run calls this again, to the same effect.
init_plugin_loader()
warnings.filterwarnings("ignore", "AnsibleCollectionFinder has already been configured")

for name in ALWAYS_USED:
    importlib.import_module(name)
fork_modules()
# A search for garbage writes to all memory, which a fork has to copy first. No run is long enough to need one.
gc.disable()
