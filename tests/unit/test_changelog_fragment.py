# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A pull request that changes plugins or roles needs a changelog fragment."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from environment import ROOT

MODULE, ROLE, GUIDE = "plugins/modules/m.py", "roles/r/tasks/main.yml", "docs/guide.rst"
FRAGMENT, RELEASES = "changelogs/fragments/one.yml", "changelogs/changelog.yaml"


def git(folder: Path, *words: str) -> None:
    identity = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.com", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A repository with the script, whose branch main is the base."""
    git(tmp_path, "init", "--initial-branch", "main")
    (tmp_path / "tests/checks").mkdir(parents=True)
    shutil.copy(ROOT / "tests/checks/fragment.sh", tmp_path / "tests/checks")
    change(tmp_path, MODULE, "changelogs/fragments/older.yml")
    git(tmp_path, "switch", "--create", "topic")
    return tmp_path


def change(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        with (folder / name).open("a", encoding="utf-8") as file:
            file.write("changed\n")
    git(folder, "add", "--all")
    git(folder, "commit", "--message", "Change")


def check(folder: Path) -> subprocess.CompletedProcess[str]:
    command = ["sh", "tests/checks/fragment.sh"]
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "BASE": "main"}
    return subprocess.run(command, cwd=folder, env=environment, text=True, capture_output=True, check=False)


@pytest.mark.parametrize("changed", [(MODULE,), (ROLE,), (MODULE, GUIDE)])
def test_a_change_of_plugins_or_roles_without_a_fragment_fails(checkout: Path, changed: tuple[str, ...]) -> None:
    change(checkout, *changed)

    done = check(checkout)

    assert done.returncode == 1
    assert changed[0] in done.stderr
    assert "changelogs/fragments/" in done.stderr


@pytest.mark.parametrize("changed", [(GUIDE,), (MODULE, FRAGMENT), (ROLE, FRAGMENT), (MODULE, RELEASES)])
def test_a_change_with_a_fragment_and_a_change_of_other_files_pass(checkout: Path, changed: tuple[str, ...]) -> None:
    change(checkout, *changed)

    assert check(checkout).returncode == 0


def test_a_fragment_that_is_only_removed_does_not_count(checkout: Path) -> None:
    git(checkout, "rm", "changelogs/fragments/older.yml")
    change(checkout, MODULE)

    assert check(checkout).returncode == 1


def test_a_change_that_the_base_made_meanwhile_does_not_count(checkout: Path) -> None:
    change(checkout, GUIDE)
    git(checkout, "switch", "main")
    change(checkout, MODULE)
    git(checkout, "switch", "topic")

    assert check(checkout).returncode == 0
