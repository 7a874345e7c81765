# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The contained environment: everything that a tool generates stays in .venv and .work, whatever the user has set up.

As a program it runs one command in it, with the tools that are installed beside its Python:
``.venv/bin/python tests/environment.py ansible-playbook chatapp.cams.demo``.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# What Python imports when it starts in tests that run Ansible.
STARTUP = ROOT / "tests/support/startup"

# What a user has set for other work must not reach the tests, credentials of a real account or database least of all.
_FOREIGN_PREFIXES = ("ALIBABA_CLOUD_", "ALICLOUD_", "ANSIBLE_", "CAMS_", "MOLECULE_", "PG", "PYTEST_", "PYTHON", "XDG_")
_FOREIGN_NAMES = ("MYPYPATH", "VIRTUAL_ENV", "MAKEFLAGS", "MAKELEVEL", "MFLAGS")

# How to reach the package registries is the user's to say. The links keep it working after HOME has moved,
# also for ansible-test, which hands HOME to pip and drops the variables that pip reads.
_REGISTRY_SETTINGS = (".config/pip/pip.conf", ".pip/pip.conf", ".npmrc")


def contained_environment(root: Path = ROOT, tools: Path | None = None) -> dict[str, str]:
    """Make the folders and return the whole environment for a subprocess. The tools are those of .venv."""
    tools = tools or root / ".venv"
    work = root / ".work"
    home = work / "home"
    temporary = work / "tmp"
    for folder in (home, temporary, work / "logs"):
        folder.mkdir(parents=True, exist_ok=True)
    keep_registry_settings(home)
    link_collection(root)
    configuration = work / "ansible.cfg"
    configuration.touch()

    environment = {name: value for name, value in os.environ.items() if not _is_foreign(name)}
    environment.update(
        HOME=str(home),
        TMPDIR=str(temporary),
        PATH=os.pathsep.join([str(tools / "bin"), *_path_without_shims()]),
        LC_ALL="C.UTF-8",
        PYTHONPYCACHEPREFIX=str(work / "cache/bytecode"),
        PIP_CACHE_DIR=str(work / "cache/pip"),
        PIP_DISABLE_PIP_VERSION_CHECK="1",
        npm_config_cache=str(work / "cache/npm"),
        npm_config_update_notifier="false",
        HYPOTHESIS_STORAGE_DIRECTORY=str(work / "cache/hypothesis"),
        ANSIBLE_CONFIG=str(configuration),
        ANSIBLE_HOME=str(work / "ansible"),
        ANSIBLE_LOCAL_TEMP=str(temporary / "ansible-local"),
        # Ansible hands this one to a shell without quoting it, so the shell gets a name for the path.
        ANSIBLE_REMOTE_TMP="$HOME/.ansible/tmp",
        ANSIBLE_COLLECTIONS_PATH=str(work / "tree"),
        ANSIBLE_PYTHON_INTERPRETER=str(tools / "bin/python"),
        ANSIBLE_LOCALHOST_WARNING="false",
        ANSIBLE_INVENTORY_UNPARSED_WARNING="false",
        ANSIBLE_NOCOWS="true",
    )
    # A proxy of the user's cannot reach a simulator on this machine's loopback.
    for name in ("NO_PROXY", "no_proxy"):
        environment[name] = ",".join(filter(None, [environment.get(name), "127.0.0.1", "localhost", "::1"]))
    # The checkout may belong to somebody else, for example in a pipeline that runs as root.
    environment.update(GIT_CONFIG_COUNT="1", GIT_CONFIG_KEY_0="safe.directory", GIT_CONFIG_VALUE_0="*")
    return environment


def environment_of_tests() -> dict[str, str]:
    """Return the contained environment, in which Python does not compile the modules of each Ansible run anew."""
    return {**contained_environment(), "PYTHONPATH": str(STARTUP)}


def link_collection(root: Path = ROOT) -> None:
    """Give the checkout the path that Ansible and Python import the collection from."""
    link = root / ".work/tree/ansible_collections/chatapp/cams"
    link.parent.mkdir(parents=True, exist_ok=True)
    if not link.is_symlink():
        link.symlink_to(Path("../../../.."), target_is_directory=True)


def _is_foreign(name: str) -> bool:
    return name.startswith(_FOREIGN_PREFIXES) or name in _FOREIGN_NAMES


def _path_without_shims() -> Iterator[str]:
    """Put pyenv's interpreters in the place of its shims, which answer to every name and run only some."""
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        if Path(folder).parts[-2:] != (".pyenv", "shims"):
            yield folder
        elif os.access(folder, os.R_OK):
            yield from sorted(str(path) for path in Path(folder).parent.glob("versions/*/bin"))


def keep_registry_settings(home: Path) -> None:
    """Link what the user has configured for package registries into another home folder."""
    for name in _REGISTRY_SETTINGS:
        source = Path.home() / name
        link = home / name
        if os.access(source, os.R_OK) and not link.exists():
            link.parent.mkdir(parents=True, exist_ok=True)
            link.unlink(missing_ok=True)
            link.symlink_to(source)


if __name__ == "__main__":
    own_tools = Path(sys.prefix) if sys.prefix != sys.base_prefix else None
    environment = contained_environment(tools=own_tools)
    sys.exit(subprocess.run(sys.argv[1:], env=environment, check=False).returncode)
