# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A folder with an inventory, a simulator in the place of CAMS, and commands whose screens are kept."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deprecations import deprecations
from environment import ROOT
from playbook_runs import credentials_environment, run_commands
from screens.masking import with_placeholders
from simulator_process import Simulator
from worlds import make_space

# What a reader sees instead of the folders of this machine.
FOLDER_SHOWN = "/home/ops/whatsapp"
COLLECTION_SHOWN = "/home/ops/.ansible/collections/ansible_collections/chatapp/cams"
# So that the hosts of a task have the order of the inventory.
SETTINGS = {"ANSIBLE_FORKS": "1"}
COLLECTION = ".work/tree/ansible_collections/chatapp/cams"


@dataclass(frozen=True)
class Place:
    folder: Path
    simulator: Simulator
    environment: Mapping[str, str]

    def prepare(self, *spaces: dict[str, Any], **settings: Any) -> None:
        """Empty the simulator, and give it these spaces. Numbers are connected as soon as they are registered.

        The simulator refuses no call for its rate. On a busy machine it would refuse some, which are then made again.
        """
        self.simulator.control.reset()
        self.simulator.control.change_settings(**{"register_seconds": 0, "rate_limit": 0, **settings})
        self.simulator.control.seed({"spaces": list(spaces)})

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def write_codes(self) -> None:
        """Write the codes that reached the phones to codes.yml."""
        sent = {message["to"]: message["code"] for message in self.simulator.control.inbox()}
        self.write("codes.yml", json.dumps({"cams_codes": sent}))

    def screen(self, *commands: str, seconds: float = 0) -> str:
        """Run the commands as a reader types them. Return them with what they print, and their exit statuses.

        A run that requests codes shows its numbers in another way if it does so in two different minutes. ``seconds``
        is how long it may take within one minute.
        """
        _wait_for_minute_with(seconds)
        return "\n".join(self._shown(command) for command in commands)

    def _shown(self, command: str) -> str:
        environment = {**self.environment, **credentials_environment(self.simulator), **self._own_variables()}
        done = run_commands(command, environment, self.folder, usual=SETTINGS)
        output = done.output.strip("\n")
        assert deprecations(output) == [], output
        status = f"\n$ echo $?\n{done.status}\n" if "ansible-playbook" in command else ""
        return with_placeholders(f"$ {command}\n{output}\n{status}", self._paths())

    def _own_variables(self) -> dict[str, str]:
        return {
            "PWD": str(self.folder),
            "XDG_STATE_HOME": str(self.folder.with_name(f"{self.folder.name}-state")),
            **SETTINGS,
            # On a busy machine each run would be long enough to show its progress. A story that wants it asks for it.
            "CAMS_PROGRESS_INTERVAL": "3600",
        }

    def _paths(self) -> dict[str, str]:
        """Return the paths to replace, longer ones first."""
        return {
            str(self.folder): FOLDER_SHOWN,
            str(ROOT / COLLECTION): COLLECTION_SHOWN,
            str(ROOT): COLLECTION_SHOWN,
        }


def _wait_for_minute_with(seconds: float) -> None:
    """Return when the minute of the clock has so many seconds left."""
    left = 60 - time.time() % 60
    if left < seconds:
        time.sleep(left)


def space(cust_space_id: str, *numbers: tuple[str, str], **facts: Any) -> dict[str, Any]:
    """Return a space with numbers, each with its status in the cloud."""
    rows = [{"phone_number": number.removeprefix("+"), "status": status} for number, status in numbers]
    return make_space(cust_space_id, numbers=rows, **facts)
