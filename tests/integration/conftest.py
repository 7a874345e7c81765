# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures: a simulator and a PostgreSQL that are empty for each test, and a client like that of the modules."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.chatapp.cams.plugins.module_utils._api.client import Client
from ansible_collections.chatapp.cams.plugins.module_utils._api.connect import make_client
from ansible_collections.chatapp.cams.plugins.module_utils._store.files.slot_files import pace_of_this_machine
from ansible_collections.chatapp.cams.plugins.module_utils._values.auth_arguments import AUTH_ARGUMENTS
from declared_fleets import Fleet
from fork_server import allow_forks
from playbook_runs import credentials_environment
from postgres_server import PostgresServer
from server_programs import MissingPrograms
from simulator_process import Simulator
from worlds import make_space

allow_forks()

WITHOUT_POSTGRES = "WARNING: the tests with PostgreSQL were skipped"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say once, and without -rs, that tests with PostgreSQL were skipped."""
    reasons = {str(report.longrepr[2]) for report in terminalreporter.stats.get("skipped", ())}
    for reason in sorted(reasons):
        if WITHOUT_POSTGRES in reason:
            terminalreporter.write_line(reason.removeprefix("Skipped: "), red=True, bold=True)


@pytest.fixture(scope="session")
def simulator_process() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


@pytest.fixture
def simulator(simulator_process: Simulator) -> Simulator:
    """The simulator as it starts, with one empty space."""
    simulator_process.control.reset()
    simulator_process.control.change_settings(rate_limit=0)
    simulator_process.control.seed({"spaces": [make_space()]})
    return simulator_process


@pytest.fixture
def fleet(simulator: Simulator, contained: dict[str, str], tmp_path: Path) -> Fleet:
    """Numbers that an inventory declares. A number is connected as soon as it is registered."""
    simulator.control.change_settings(register_seconds=0)
    environment = {**contained, **credentials_environment(simulator), "XDG_STATE_HOME": str(tmp_path / "state")}
    return Fleet(simulator, environment, tmp_path)


@pytest.fixture
def new_client(simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Client]:
    """Makes clients of the simulator; options may be overridden."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))

    def make(*, check_mode: bool = False, **options: Any) -> Client:
        defaults = {name: argument.get("default") for name, argument in AUTH_ARGUMENTS.items()}
        chosen = {
            "endpoint": simulator.endpoint,
            "access_key_id": simulator.access_key_id,
            "access_key_secret": simulator.access_key_secret,
            "rate_limit": 1000.0,
            **options,
        }
        return make_client(
            {**defaults, **chosen},
            ansible_version="2.19",
            check_mode=check_mode,
            make_pace=pace_of_this_machine,
        )

    return make


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server for all tests of this process. A test that stops it or changes it starts its own.

    Without the server programs its tests are skipped, but in a pipeline (CI is set, as .ci/run does) they fail.
    """
    try:
        server = PostgresServer()
    except MissingPrograms as missing:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"{WITHOUT_POSTGRES}: {missing}")
    with server:
        yield server


@pytest.fixture
def database_url(postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the address of a new, empty database. The variables of the environment hold the password."""
    for name, value in postgres.environment.items():
        monkeypatch.setenv(name, value)
    return postgres.new_database()
