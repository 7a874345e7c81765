# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state directory when it is full, read-only, damaged, or locked by another process."""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.chatapp.cams.plugins.module_utils._api.pace import Pace
from ansible_collections.chatapp.cams.plugins.module_utils._errors import ConfigurationError
from ansible_collections.chatapp.cams.plugins.module_utils._store.files import slot_files
from ansible_collections.chatapp.cams.plugins.module_utils._store.files.locks import FileLocks
from ansible_collections.chatapp.cams.plugins.module_utils._store.files.markers import Markers
from ansible_collections.chatapp.cams.plugins.module_utils._store.files.refusal_file import FileRefusals
from ansible_collections.chatapp.cams.plugins.module_utils._store.files.slot_files import file_pace, pace_directory
from ansible_collections.chatapp.cams.plugins.module_utils._store.run_identity import RunIdentity

ACTION = "QueryChatappPhoneNumbers"
RUN = RunIdentity("run-1", "alice", "controller")


def make_pace(state: Path) -> Pace:
    return file_pace(pace_directory(state), "account", 1000)


def test_a_locked_pace_file_is_an_error_that_names_the_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slot_files, "LOCK_SECONDS", 0.2)
    pace = make_pace(tmp_path / "state")
    pace.wait(ACTION)
    (file,) = (tmp_path / "state" / "pace").iterdir()
    with file.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        for _call in range(20):
            with pytest.raises(ConfigurationError, match=r"Process \d+ \(.*\) keeps the file .* locked\. End that"):
                pace.wait(ACTION)
    pace.wait(ACTION)


@pytest.mark.parametrize("slowed_at", [1e12, 1e300])
def test_a_throttle_in_the_future_does_not_delay_calls(tmp_path: Path, slowed_at: float) -> None:
    pace = make_pace(tmp_path / "state")
    pace.wait(ACTION)
    (file,) = (tmp_path / "state" / "pace").iterdir()
    file.write_text(f"0 0.5 {slowed_at}", encoding="ascii")
    pace.wait(ACTION)

    assert str(slowed_at) not in file.read_text(encoding="ascii")


def test_endless_throttles_do_not_block_a_call_forever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Pace, "_was_slowed_since", lambda *_arguments: True)
    make_pace(tmp_path / "state").wait(ACTION)


# --- a disk that is full or read-only


@pytest.fixture
def refuse(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, int], None]:
    """Lets a function of ``os`` fail for whatever would be written."""

    def set_up(name: str, number: int) -> None:
        real = getattr(os, name)

        def failing(*arguments: Any, **options: Any) -> Any:
            if name == "open" and not arguments[1] & (os.O_WRONLY | os.O_RDWR):
                return real(*arguments, **options)
            raise OSError(number, os.strerror(number))

        monkeypatch.setattr(os, name, failing)
        if name == "mkdir":
            # Before Python 3.11, a path keeps the function that os had when it was imported.
            monkeypatch.setattr(Path, name, failing)

    return set_up


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, "No space left on device. Free some space there and run again."),
        (errno.EROFS, "Read-only file system. Let this user write there, or name another place, and run again."),
        (errno.EACCES, "Permission denied. Let this user write there, or name another place, and run again."),
    ],
)
@pytest.mark.parametrize("use", [make_pace, lambda state: FileLocks(RUN, state)], ids=["pace", "locks"])
@pytest.mark.parametrize("is_there", [True, False], ids=["in use", "new"])
def test_a_state_directory_that_cannot_be_written_is_one_sentence_before_the_first_call(
    tmp_path: Path,
    refuse: Callable[[str, int], None],
    number: int,
    said: str,
    use: Callable[[Path], object],
    is_there: bool,
) -> None:
    state = tmp_path / "state"
    if is_there:
        use(state)
    refuse("open" if is_there else "mkdir", number)

    with pytest.raises(ConfigurationError) as caught:
        use(state)
    assert caught.value.message.endswith(said)


def test_a_disk_that_fills_up_stops_the_next_call_with_a_sentence(
    tmp_path: Path, refuse: Callable[[str, int], None]
) -> None:
    pace = make_pace(tmp_path / "state")
    refuse("pwrite", errno.ENOSPC)

    with pytest.raises(ConfigurationError, match=r"Could not share the pace with other processes.*No space left"):
        pace.wait(ACTION)


# --- what is in the place of a file


@pytest.mark.parametrize("damage", [b"\xff\xfe", b"run\x1b[2J", b""])
def test_the_damaged_note_of_a_holder_names_its_process_only(tmp_path: Path, damage: bytes) -> None:
    with FileLocks(RUN, tmp_path / "state") as locks:
        locks.acquire(["+8613900001234"], 0)
        (tmp_path / "state" / "locks" / f"run-{os.getpid()}").write_bytes(damage)
        with FileLocks(RUN, tmp_path / "state") as others:
            (tmp_path / "state" / "locks" / f"run-{os.getpid()}").write_bytes(damage)
            owners = others.acquire(["+8613900001234"], 0)
    assert list(owners) == ["+8613900001234"]
    assert owners["+8613900001234"].startswith(f"process {os.getpid()}, ")
    assert "\x1b" not in owners["+8613900001234"]


@pytest.mark.parametrize("name", ["run-x", "run-" + "9" * 40, "run-999999999"])
def test_a_directory_in_the_place_of_a_note_does_not_block_a_run(tmp_path: Path, name: str) -> None:
    (tmp_path / "state" / "locks" / name).mkdir(parents=True)
    for folder in (tmp_path / "state", tmp_path / "state" / "locks"):
        folder.chmod(0o700)
    with FileLocks(RUN, tmp_path / "state") as locks:
        assert locks.acquire(["+8613900001234"], 0) == {}


@pytest.mark.parametrize("level", ["codes-requested", "codes-requested/account"])
@pytest.mark.parametrize("in_its_place", ["file", "link", "dangling link"])
def test_a_wrong_file_in_the_place_of_the_markers_is_refused_before_the_first_call(
    tmp_path: Path, level: str, in_its_place: str
) -> None:
    state = tmp_path / "state"
    Markers(state, "account").code_requested.add("+8613900001234")
    (state / level).rename(tmp_path / "elsewhere")
    if in_its_place == "file":
        (state / level).touch()
    else:
        (state / level).symlink_to(tmp_path / ("elsewhere" if in_its_place == "link" else "nowhere"))

    with pytest.raises(ConfigurationError, match="Could not read which numbers are being migrated"):
        Markers(state, "account").load()


@pytest.mark.parametrize("in_its_place", ["directory", "link"])
def test_any_file_with_the_name_of_a_number_marks_the_number(tmp_path: Path, in_its_place: str) -> None:
    Markers(tmp_path, "account").code_requested.add("+390212345678")
    place = tmp_path / "codes-requested" / "account" / "8613900001234"
    place.mkdir() if in_its_place == "directory" else place.symlink_to(tmp_path)
    markers = Markers(tmp_path, "account")
    markers.load()

    assert markers.code_requested.has("+8613900001234")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"[" * 100_000,
        b'{"v":1,"refusals":[{"http_status":1e999}]}',
        b'{"v":1,"refusals":[7]}',
        b'{"v":1,"refusals":7}',
        b"\xff",
        b"9" * 9000,
    ],
)
def test_damaged_refusals_are_reported_once_and_learnt_again(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "refusals" / "account.json"
    path.parent.mkdir(mode=0o700)
    path.write_bytes(content)
    path.chmod(0o600)

    assert FileRefusals(tmp_path, "account").problems == [
        f"Could not read how the service refuses an unknown number: The file {path} is damaged."
        " The run learns this again."
    ]


@pytest.mark.parametrize("in_its_place", ["directory", "link", "pipe"])
def test_a_wrong_file_in_the_place_of_the_refusals_is_reported(tmp_path: Path, in_its_place: str) -> None:
    path = tmp_path / "refusals" / "account.json"
    path.parent.mkdir(mode=0o700)
    if in_its_place == "directory":
        path.mkdir()
    elif in_its_place == "link":
        path.symlink_to(tmp_path / "elsewhere")
    else:
        os.mkfifo(path, 0o600)

    (problem,) = FileRefusals(tmp_path, "account").problems
    assert problem.startswith("Could not read how the service refuses an unknown number: ")
    assert problem.endswith(" The run learns this again.")
