# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the server programs that tests start: PostgreSQL, PgBouncer and libfaketime, all packages of Debian."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path

HOW_TO_INSTALL = "Install Debian's packages: apt-get install postgresql pgbouncer faketime"


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
    """Return the programs of the newest PostgreSQL. Raise MissingPrograms if one of the packages is missing."""
    found = programs_below(Path("/"))
    if found is None:
        raise MissingPrograms(f"The server programs for tests are not installed. {HOW_TO_INSTALL}")
    return found


def programs_below(root: Path) -> Programs | None:
    """Return the programs whose packages are installed or unpacked in this folder, None if one is missing."""
    servers = sorted(root.glob("usr/lib/postgresql/*/bin/postgres"), key=_version)
    pgbouncer = shutil.which("pgbouncer", path=f"{root}/usr/sbin:{root}/usr/bin")
    libraries = sorted(root.glob("usr/lib/*/faketime/libfaketime.so.1"))
    if not servers or pgbouncer is None or not libraries:
        return None
    return Programs(servers[-1].parent, Path(pgbouncer), libraries[0])


def _version(path: Path) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", path.parents[1].name))
