# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares the writes that the simulator received with the effects that it counted."""

from __future__ import annotations

from simulator_process import Simulator

# The effects by which the simulator counts each write.
EFFECTS_OF_WRITES = {
    "CreateChatappMigrationInitiate": ("initiates",),
    "GetMigrationVerifyCode": ("codes_sent",),
    "ChatappMigrationVerified": ("hand_ins_right", "hand_ins_wrong"),
    "ChatappMigrationRegister": ("registers",),
    "UpdatePhoneWebhook": ("webhook_updates",),
}


def assert_each_write_had_an_effect(simulator: Simulator) -> None:
    """Fails when a run called a write more often than the write took effect."""
    calls = simulator.control.calls_summary()["actions"]
    numbers = simulator.control.effects()["numbers"]
    called = {write: calls.get(write, {}).get("count", 0) for write in EFFECTS_OF_WRITES}
    took_effect = {
        write: sum(number[effect] for number in numbers for effect in effects)
        for write, effects in EFFECTS_OF_WRITES.items()
    }
    assert called == took_effect
