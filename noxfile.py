# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# /// script
# requires-python = ">=3.11"
# dependencies = ["nox>=2025.2.9"]
# ///

"""The checks under the names that other collections use. Run it by ``nox``, or ``uv run noxfile.py``.

Each session runs stages of ``make test``, in the same environment and with the same pinned tools.
"""

from __future__ import annotations

import nox

nox.options.sessions = ["lint", "docs-check", "license-check", "extra-checks", "units"]
nox.options.default_venv_backend = "none"

# What antsibull-nox calls it, and what it is here.
SESSIONS = {
    "formatters": ("format",),
    "codeqa": ("ruff",),
    "typing": ("mypy",),
    "yamllint": ("yamllint",),
    "ansible-lint": ("ansible-lint",),
    "lint": ("format", "ruff", "mypy", "yamllint", "ansible-lint"),
    "docs-check": ("docs", "site"),
    "license-check": ("licences",),
    "extra-checks": ("changelog",),
    "build-import-check": ("build", "importer"),
    "units": ("unit",),
    "contract": ("contract",),
    "integration": ("integration",),
    "playbooks": ("playbooks",),
    "browser": ("browser",),
    "molecule": ("molecule",),
    "quick-sanity": ("sanity",),
    "ansible-test-sanity": ("whole-sanity",),
}


def register(name: str, stages: tuple[str, ...]) -> None:
    @nox.session(name=name)
    def run(session: nox.Session) -> None:
        session.run("make", "test", f"STAGES={' '.join(stages)}", external=True)

    run.__doc__ = f"make test STAGES='{' '.join(stages)}'"


for name, stages in SESSIONS.items():
    register(name, stages)


if __name__ == "__main__":
    nox.main()
