# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The adversary: answers and inputs that nobody planned for, made from the project's own tables.

`answers`   changes one place of a real answer of the simulator, for every place of every operation
`service`   the simulator within this process, and a transport that gives the changed answers to the engine
`promises`  what must hold of every result
`fleets`    twenty numbers in two passes with one changed answer, and what must hold for all of them
`bodies`    the bodies of the modules with one changed answer
`wire`      bytes that are not HTTP as it should be, through the real transport
`inputs`    values for every option of every module, through the real argument specification
`campaign`  all of these in processes side by side, and the table of what was seen

A short seeded run is tests/integration/test_adversary.py, the long one tests/reliability/test_adversary.py.

Files that are damaged, full or locked: tests/unit/store/, tests/unit/system/ and tests/unit/api/test_pace.py.
Signals: tests/unit/system/test_cancellation.py, tests/integration/test_migration_processes.py and
test_fleet_module.py, tests/reliability/test_kills.py and test_signals.py.
"""
