# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the server programs that tests start: PostgreSQL, PgBouncer and libfaketime, all packages of Debian."""

from __future__ import annotations

import fcntl
import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from debian_packages import libraries_below, unpack
from environment import ROOT

PACKAGES = ("postgresql", "pgbouncer", "faketime")
HOME = ROOT / ".work/servers"
# Large, and only needed by parts of the packages that the tests do not use.
_LEFT_OUT = r"libllvm|libz3|perl|libperl|lib.*-perl$|ssl-cert$"
_MACHINE = Path("/")
_MESSAGE = (
    "PostgreSQL, PgBouncer or libfaketime is not installed, and Debian's packages could not be unpacked."
    f" Install them: apt-get install {' '.join(PACKAGES)}. ({{}})"
)


class MissingPrograms(RuntimeError):
    """The server programs are not on this machine."""


@dataclass(frozen=True)
class Programs:
    """Where the programs are, and the environment variables that they need to find their libraries."""

    # The folder of initdb, postgres and pg_basebackup.
    postgresql: Path
    pgbouncer: Path
    libfaketime: Path
    variables: dict[str, str] = field(default_factory=dict)


def find_programs() -> Programs:
    """Return the newest programs that are installed. Unpack Debian's packages into .work if one is missing."""
    found = _look(_MACHINE) or _look(_MACHINE, _unpacked() / "root")
    if found is None:
        raise MissingPrograms(_MESSAGE.format(f"{HOME} does not hold all programs"))
    return found


def _look(*roots: Path) -> Programs | None:
    """Return the programs that are below these folders, None if one is missing."""
    servers = _find(roots, "usr/lib/postgresql/*/bin/postgres")
    poolers = _find(roots, "usr/sbin/pgbouncer")
    clocks = _find(roots, "usr/lib/*/faketime/libfaketime.so.1")
    if not (servers and poolers and clocks):
        return None
    variables = {} if roots == (_MACHINE,) else {"LD_LIBRARY_PATH": os.pathsep.join(libraries_below(HOME))}
    return Programs(max(servers, key=_version).parent, poolers[0], clocks[0], variables)


def _find(roots: tuple[Path, ...], pattern: str) -> list[Path]:
    return [path for root in roots for path in root.glob(pattern)]


def _version(server: Path) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", server.parents[1].name)]


def _unpacked() -> Path:
    """Return the folder of the unpacked packages. One process unpacks, and others wait for it."""
    HOME.parent.mkdir(exist_ok=True)
    with HOME.with_name("servers.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not HOME.exists():
            try:
                unpack(PACKAGES, HOME, leave_out=_LEFT_OUT)
            except (OSError, RuntimeError) as error:
                raise MissingPrograms(_MESSAGE.format(error)) from error
    return HOME
