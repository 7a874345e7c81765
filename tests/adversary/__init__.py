# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The adversary: unexpected answers and inputs, generated from the tables of operations and options.

`answers`   changes one place in a real answer of the simulator, for every place and every operation
`service`   runs the simulator in this process, with a transport that changes its answers
`promises`  checks every result
`fleets`    migrates twenty numbers in two passes, changes one answer, and checks all numbers
`bodies`    runs the body of each module with one changed answer
`wire`      sends invalid HTTP to the real transport
`inputs`    gives unexpected values to every option of every module
`campaign`  runs all of these in parallel processes and prints a table

tests/integration/test_adversary.py runs a small random part, tests/reliability/test_adversary.py runs everything.

Tests of damaged, full or locked files are in tests/unit/store/, tests/unit/system/ and tests/unit/api/test_pace.py.
Tests of signals are in tests/unit/system/test_cancellation.py, tests/integration/test_migration_processes.py and
test_fleet_module.py, tests/reliability/test_kills.py and test_signals.py.
"""
