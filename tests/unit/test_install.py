# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The set-up of the demo and of the tools: who installs what, what the screen says, and how it fails."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import install
import pytest
from environment import ROOT

NO_NETWORK = (
    "WARNING: Retrying after connection broken by 'NewConnectionError(…)'\nERROR: No matching distribution found"
)


class Checkout:
    """A folder in which install.py works, with a uv and a pip that only note how they are called."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bin = folder / "bin"
        for made in (self.bin, folder / "tests/requirements", folder / ".work/logs"):
            made.mkdir(parents=True)
        for name in install.LOCKED:
            (folder / f"tests/requirements/{name}.txt").write_text("one==1 \\\n    --hash=sha256:0\ntwo==2\n", "utf-8")

    def program(self, path: Path, *, status: int = 0, prints: str = "", settings: str = "") -> Path:
        """Write a program that notes its words and variables, and that can install a uv."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            "#!/usr/bin/env python3\n"
            "import json, os, sys\n"
            "from pathlib import Path\n"
            "words = sys.argv[1:]\n"
            f"if words == ['config', 'list']: sys.exit(print({settings!r}))\n"
            "if words == ['--version']: sys.exit(0)\n"
            f"with open({str(self.folder / 'calls')!r}, 'a') as calls:\n"
            "    print(json.dumps([Path(sys.argv[0]).name, words, dict(os.environ)]), file=calls)\n"
            "if '--target' in words and 'FAKE_UV' not in os.environ: sys.exit(1)\n"
            "if '--target' in words:\n"
            "    target = Path(words[words.index('--target') + 1], 'bin/uv')\n"
            "    target.parent.mkdir(parents=True)\n"
            "    target.symlink_to(os.environ['FAKE_UV'])\n"
            f"print({prints!r})\n"
            f"sys.exit({status})\n",
            "utf-8",
        )
        path.chmod(0o755)
        return path

    def calls(self) -> list[tuple[str, list[str], dict[str, str]]]:
        lines = (self.folder / "calls").read_text("utf-8").splitlines() if (self.folder / "calls").exists() else []
        return [(call[0], call[1], call[2]) for call in map(json.loads, lines)]

    def names(self) -> list[str]:
        return [f"{name} --target" if "--target" in words else name for name, words, _variables in self.calls()]


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    made = Checkout(tmp_path)
    monkeypatch.setattr(install, "ROOT", tmp_path)
    monkeypatch.setattr(install, "WORK", tmp_path / ".work")
    monkeypatch.setattr(install, "LOG", tmp_path / ".work/logs/install.log")
    monkeypatch.setattr(install, "REQUIREMENTS", tmp_path / "tests/requirements")
    # Only "env" and "python3" besides the programs of the test.
    for name in ("env", "python3"):
        (made.bin / name).symlink_to(shutil.which(name) or "")
    monkeypatch.setenv("PATH", str(made.bin))
    monkeypatch.setenv("FAKE_UV", str(made.program(tmp_path / "fake/uv")))
    for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return made


def give_pip(checkout: Checkout, monkeypatch: pytest.MonkeyPatch, **behaviour: object) -> None:
    pip = checkout.program(checkout.folder / "fake/pip", **behaviour)  # type: ignore[arg-type]
    monkeypatch.setattr(install, "own_pip", lambda environment: install.Pip((str(pip),), environment))


def lines_of(captured: pytest.CaptureFixture[str]) -> list[str]:
    shown = captured.readouterr()
    assert shown.out == ""
    return [re.sub(r"Python [\d.]+", "Python 3", line) for line in shown.err.splitlines()]


MAKING = "Making made with 2 packages for Python 3 …"
UV_INSTALLS = "  uv downloads and installs the packages …"
PIP_INSTALLS = "  pip downloads and installs the packages …"


def test_uv_on_path_installs_with_hashes_and_pip_does_nothing(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    give_pip(checkout, monkeypatch)
    checkout.program(checkout.bin / "uv")

    assert install.main(["made", "demo"]) == 0

    assert lines_of(capsys) == [MAKING, UV_INSTALLS]
    [(name, words, _variables)] = checkout.calls()
    assert name == "uv"
    assert words[:2] == ["pip", "install"]
    assert words[words.index("--python") + 1] == str(checkout.folder / "made/bin/python")
    assert words[words.index("-r") - 1 :] == ["--require-hashes", "-r", str(install.REQUIREMENTS / "demo.txt")]
    assert (checkout.folder / "made/bin/python").exists()


def test_without_uv_pip_installs_the_few_packages_of_the_demo(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    give_pip(checkout, monkeypatch)

    assert install.main(["made", "demo"]) == 0

    assert lines_of(capsys) == [MAKING, PIP_INSTALLS]
    [(name, words, variables)] = checkout.calls()
    assert (name, words[:3]) == ("pip", ["--python", str(checkout.folder / "made/bin/python"), "install"])
    assert "--require-hashes" in words
    assert variables["PIP_NO_CACHE_DIR"] == "1"


def test_without_uv_pip_installs_it_for_the_tools_of_the_tests(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    give_pip(checkout, monkeypatch)

    assert install.main(["made", "dev"]) == 0

    assert lines_of(capsys) == [MAKING, "  pip installs uv …", UV_INSTALLS]
    assert checkout.names() == ["pip --target", "uv"]
    assert "--require-hashes" in checkout.calls()[0][1]


def test_a_name_on_path_that_does_not_run_is_not_taken_for_uv(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_pip(checkout, monkeypatch)
    shim = checkout.bin / "uv"
    shim.write_text("#!/bin/sh\nexit 127\n", "utf-8")
    shim.chmod(0o755)

    assert install.main(["made", "demo"]) == 0

    assert checkout.names() == ["pip"]


def test_pip_does_what_uv_cannot(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    give_pip(checkout, monkeypatch)
    checkout.program(checkout.bin / "uv", status=2)

    assert install.main(["made", "dev"]) == 0

    assert checkout.names() == ["uv", "pip"]
    expected = "  uv failed (.work/logs/install.log says why), so pip is used."
    assert lines_of(capsys) == [MAKING, UV_INSTALLS, expected, PIP_INSTALLS]


def test_pip_does_what_a_uv_that_cannot_be_had_would_do(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    give_pip(checkout, monkeypatch)
    monkeypatch.delenv("FAKE_UV")

    assert install.main(["made", "dev"]) == 0

    assert checkout.names() == ["pip --target", "pip"]


def test_without_a_network_one_sentence_says_what_to_do_and_shows_no_password(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = "global.index-url='https://me:secret@mirror.example/simple'"
    give_pip(checkout, monkeypatch, status=1, prints=NO_NETWORK, settings=settings)

    assert install.main(["made", "demo"]) == 1

    assert lines_of(capsys)[2:] == [
        "The packages could not be installed from https://mirror.example/simple: it cannot be reached. Check the "
        "network, or name a mirror in PIP_INDEX_URL. The whole log is .work/logs/install.log."
    ]
    assert "NewConnectionError" in install.LOG.read_text("utf-8")


@pytest.mark.parametrize(
    ("printed", "cause"),
    [
        (
            "SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]",
            "Name the file with your certificates",
        ),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "Do not use it"),
        ("ERROR: HTTP error 401 while getting x\nERROR: 401 Client Error: Unauthorized for url", "Check your login"),
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "the disk is full"),
        ("ERROR: first\nERROR: Something else.\nnot a reason", ": Something else. The whole log"),
        ("", "it printed nothing"),
    ],
)
def test_a_failure_is_one_sentence_about_its_cause(printed: str, cause: str) -> None:
    sentence = install.why_pip_failed(printed, None)

    assert cause in sentence
    assert sentence.startswith("The packages could not be installed from the package index of pip: ")
    assert "\n" not in sentence


def test_uv_uses_the_index_and_the_certificates_of_pip(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = (
        "global.cert='/etc/ca.pem'\n:env:.index-url='https://two.example'\nglobal.index-url='https://one.example'"
    )
    give_pip(checkout, monkeypatch, settings=settings)
    checkout.program(checkout.bin / "uv")

    assert install.main(["made", "demo"]) == 0

    [(_name, words, variables)] = checkout.calls()
    assert variables["UV_DEFAULT_INDEX"] == "https://two.example"
    assert variables["SSL_CERT_FILE"] == "/etc/ca.pem"
    # Everybody on the machine can read the words of a command.
    assert not [word for word in words if "example" in word]


def test_what_the_user_has_set_for_uv_is_kept(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    give_pip(checkout, monkeypatch, settings="global.index-url='https://one.example'")
    checkout.program(checkout.bin / "uv")
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://own.example")

    assert install.main(["made", "demo"]) == 0

    assert checkout.calls()[0][2]["UV_DEFAULT_INDEX"] == "https://own.example"


def test_a_line_says_again_and_again_that_a_command_still_runs(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[str] = []
    end = checkout.folder / "end"

    def say(line: str) -> None:
        lines.append(line)
        if len(lines) == 3:
            end.touch()

    monkeypatch.setattr(install, "say", say)

    # The command ends only after the third line.
    assert install.run(["/bin/sh", "-c", f"until [ -e {end} ]; do /bin/sleep 0.01; done"], os.environ, 0.05) is None

    assert len(lines) >= 3
    assert all(re.fullmatch(r"  … \d+ s", line) for line in lines)


def test_the_demo_gets_its_two_packages_in_the_versions_of_the_tests() -> None:
    asked = [line for line in (ROOT / "tests/requirements/demo.in").read_text("utf-8").splitlines() if line]
    assert [line for line in asked if not line.startswith("#")] == ["-c dev.txt", "ansible-core", "requests"]

    pins = {
        name: set(
            re.findall(r"^[\w.-]+==\S+", (ROOT / f"tests/requirements/{name}.txt").read_text("utf-8"), re.MULTILINE)
        )
        for name in ("demo", "dev")
    }
    assert {"ansible-core", "requests"} <= {pin.split("==")[0] for pin in pins["demo"]}
    assert pins["demo"] < pins["dev"]


@pytest.fixture
def setup(tmp_path: Path) -> Path:
    """A checkout whose install.py makes a Python that does nothing."""
    for name in ("setup.sh", "requirements/dev.txt", "requirements/demo.txt"):
        (tmp_path / "tests" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / "tests" / name, tmp_path / "tests" / name)
    (tmp_path / "tests/install.py").write_text(
        "import sys\n"
        "from pathlib import Path\n"
        "python = Path(sys.argv[1], 'bin/python')\n"
        "python.parent.mkdir(parents=True, exist_ok=True)\n"
        "python.touch(mode=0o755)\n"
        "print('made', *sys.argv[1:], file=sys.stderr)\n",
        "utf-8",
    )
    return tmp_path


def set_up(checkout: Path, *arguments: str) -> tuple[str, str]:
    """Return the folder that setup.sh names, and what it made."""
    done = subprocess.run(
        ["sh", str(checkout / "tests/setup.sh"), *arguments], capture_output=True, text=True, check=True
    )
    return str(Path(done.stdout.strip()).relative_to(checkout)), done.stderr.strip()


def test_the_demo_makes_a_small_environment_once(setup: Path) -> None:
    assert set_up(setup, "--demo") == (".work/demo-venv", "made .work/demo-venv demo")
    assert set_up(setup, "--demo") == (".work/demo-venv", "")


def test_the_demo_uses_the_environment_of_the_tests_where_it_is_there(setup: Path) -> None:
    assert set_up(setup) == (".venv", "made .venv dev")
    assert set_up(setup, "--demo") == (".venv", "")


def test_a_changed_list_or_a_moved_checkout_makes_the_environment_anew(setup: Path, tmp_path: Path) -> None:
    set_up(setup)
    with (setup / "tests/requirements/dev.txt").open("a", encoding="utf-8") as locked:
        locked.write("three==3\n")

    assert set_up(setup, "--demo")[1] == "made .work/demo-venv demo"
    assert set_up(setup)[1] == "made .venv dev"
    moved = setup.rename(tmp_path.parent / f"{tmp_path.name}-moved")
    assert set_up(moved)[1] == "made .venv dev"
