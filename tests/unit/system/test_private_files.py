# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private files: refuse everything that another user could have made."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from ansible_collections.chatapp.cams.plugins.module_utils._system.private_files import (
    UnsafePathError,
    open_private,
    private_directory,
    state_directory,
)


def test_a_new_file_and_directory_are_closed_to_others(tmp_path: Path) -> None:
    directory = private_directory(tmp_path / "state")
    os.close(open_private(directory / "file", os.O_RDWR))

    assert directory.stat().st_mode & 0o777 == 0o700
    assert (directory / "file").stat().st_mode & 0o777 == 0o600


def test_a_link_to_a_file_is_refused_and_its_target_is_unchanged(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("precious", encoding="utf-8")
    (tmp_path / "link").symlink_to(target)

    with pytest.raises(UnsafePathError, match="link is not followed"):
        open_private(tmp_path / "link", os.O_RDWR | os.O_TRUNC)

    assert target.read_text(encoding="utf-8") == "precious"


def test_a_link_to_a_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir(mode=0o700)
    (tmp_path / "link").symlink_to(tmp_path / "real")

    with pytest.raises(UnsafePathError, match="not a directory"):
        private_directory(tmp_path / "link")


def test_a_pipe_is_refused_without_waiting_for_its_other_end(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)

    with pytest.raises(UnsafePathError, match="not a regular file"):
        open_private(tmp_path / "pipe", os.O_RDWR)


def test_a_hard_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "target").touch(mode=0o600)
    os.link(tmp_path / "target", tmp_path / "second")

    with pytest.raises(UnsafePathError, match="not a regular file"):
        open_private(tmp_path / "second", os.O_RDWR)


@pytest.mark.parametrize("mode", [0o644, 0o660, 0o602])
def test_a_file_that_others_can_open_is_refused_with_the_way_to_close_it(tmp_path: Path, mode: int) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "file").chmod(mode)

    with pytest.raises(UnsafePathError, match="chmod 600"):
        open_private(tmp_path / "file", os.O_RDWR)


def test_a_file_of_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch(mode=0o600)
    monkeypatch.setattr(os, "geteuid", lambda: 4242)

    with pytest.raises(UnsafePathError, match="belongs to another user"):
        open_private(tmp_path / "file", os.O_RDWR)


def test_the_state_is_kept_under_the_home_unless_a_variable_names_another_place(tmp_path: Path) -> None:
    assert state_directory({"HOME": str(tmp_path)}) == tmp_path / ".local" / "state" / "chatapp.cams"
    assert state_directory({"HOME": "/", "XDG_STATE_HOME": str(tmp_path)}) == tmp_path / "chatapp.cams"


def test_a_home_that_is_not_writable_is_replaced_by_the_temporary_directory(tmp_path: Path) -> None:
    (tmp_path / "home").touch()

    found = state_directory({"HOME": str(tmp_path / "home")})

    assert found == Path(tempfile.gettempdir()) / f"chatapp.cams-{os.geteuid()}"
