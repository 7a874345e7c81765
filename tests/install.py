# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Install pinned packages with checked hashes into a new virtual environment, and say what it does meanwhile.

tests/setup.sh starts it with the interpreter that it found. ``install.py FOLDER LIST`` makes FOLDER with the packages
of tests/requirements/LIST.txt. ``install.py --lock`` makes these lists anew.
uv is quick and pip is always there: pip installs uv for the tools of the tests, and does the work where uv fails.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / ".work"
LOG = WORK / "logs/install.log"
REQUIREMENTS = ROOT / "tests/requirements"
# A list, and whether to install uv first where it is not there. That takes as long as pip takes for a few packages,
# and twice the disk.
LISTS = {"dev": True, "demo": False, "nox": True, "audit": True}
LOCKED = ("dev", "demo", "eda", "ee", "nox", "audit", "uv")
QUIET_SECONDS = 5.0

# What the log of pip shows, and what it means.
CAUSES = (
    (r"CERTIFICATE_VERIFY_FAILED", "its certificate is not trusted. Name the file with your certificates in PIP_CERT"),
    (r"DO NOT MATCH THE HASHES", "a file differs from the hash in the list. Do not use it"),
    (
        r"40[137] (Client Error|\w+ error)|401 Unauthorized|User for .*:",
        "it refused the access. Check your login for it",
    ),
    (r"No space left on device", "the disk is full"),
    (
        r"NewConnectionError|NameResolutionError|ConnectTimeout|ReadTimeout|ProxyError|ConnectionResetError|RemoteDisconnected",
        "it cannot be reached. Check the network, or name a mirror in PIP_INDEX_URL",
    ),
)


class FailedError(Exception):
    """Its text is one sentence for the user."""


def say(line: str) -> None:
    # Standard output is for the caller of tests/setup.sh.
    print(line, file=sys.stderr, flush=True)


def run(command: Iterable[str | Path], environment: Mapping[str, str], seconds: float = QUIET_SECONDS) -> str | None:
    """Return None if the command succeeds, otherwise what it printed. Every few seconds a line says that it runs."""
    words = [str(word) for word in command]
    with LOG.open("a+", encoding="utf-8", errors="replace") as log:
        started = log.tell()
        log.write(f"{' '.join(words)}\n")
        log.flush()
        process = subprocess.Popen(
            words, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
        )
        waited = 0.0
        while process.poll() is None:
            try:
                process.wait(seconds)
            except subprocess.TimeoutExpired:
                waited += seconds
                say(f"  … {waited:.0f} s")
        if process.returncode == 0:
            return None
        log.seek(started)
        return log.read()


@dataclass(frozen=True)
class Pip:
    """A pip that installs into other environments."""

    command: tuple[str, ...]
    environment: Mapping[str, str]

    def settings(self) -> dict[str, str]:
        """Return what the user has configured, such as index-url. Variables win over files."""
        asked = subprocess.run(
            [*self.command, "config", "list"], env=self.environment, capture_output=True, text=True, check=False
        )
        found = re.findall(r"^(global|install|:env:)\.([\w-]+)='(.*)'$", asked.stdout, re.MULTILINE)
        rank = ("global", "install", ":env:")
        return {name: value for section, name, value in sorted(found, key=lambda item: rank.index(item[0]))}

    def install(self, python: Path, locked: Path) -> str | None:
        # Nothing reads the bytecode. Old releases of pip need --use-pep517 where the environment has no setuptools.
        install = ("install", "-q", "--no-input", "--no-compile", "--no-deps", "--use-pep517")
        locked_only = ("--require-hashes", "-r", locked)
        return run((*self.command, "--python", python, *install, *locked_only), self.environment)

    def install_uv(self) -> Path | None:
        """Return the path of a new uv. None where it cannot be had."""
        shutil.rmtree(WORK / "uv", ignore_errors=True)
        install = ("install", "-q", "--no-input", "--no-compile", "--no-deps", "--only-binary", ":all:")
        locked = ("--require-hashes", "-r", REQUIREMENTS / "uv.txt")
        failed = run((*self.command, *install, "--target", WORK / "uv", *locked), self.environment)
        return None if failed else find_uv((WORK / "uv/bin/uv",))


def clean_environment() -> dict[str, str]:
    """Return the variables for pip and uv, without those that would send packages elsewhere."""
    foreign = ("PYTHON", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_PYTHON")
    variables = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    variables.update(
        TMPDIR=str(WORK / "tmp"),
        PIP_CACHE_DIR=str(WORK / "cache/pip"),
        UV_CACHE_DIR=str(WORK / "cache/uv"),
        UV_PYTHON_DOWNLOADS="never",
        PIP_DISABLE_PIP_VERSION_CHECK="1",
        PIP_USER="0",
        PIP_REQUIRE_VIRTUALENV="0",
        NO_COLOR="1",
    )
    return variables


def own_pip(environment: Mapping[str, str]) -> Pip | None:
    """Return this Python's pip if it has one that can install into other environments, as pip can since 22.3."""
    own = (sys.executable, "-m", "pip")
    asked = subprocess.run([*own, "--version"], env=environment, capture_output=True, text=True, check=False)
    version = re.match(r"pip (\d+)\.(\d+)", asked.stdout)
    return Pip(own, environment) if version and (int(version[1]), int(version[2])) >= (22, 3) else None


def new_pip(environment: Mapping[str, str]) -> Pip:
    """Return a pip that Python installs from its own files. That takes some seconds."""
    say("  Python installs its pip …")
    if failed := run((sys.executable, "-m", "venv", "--clear", WORK / "pip"), environment):
        raise FailedError(f"Python could not install its own pip: {last_line(failed)}")
    return Pip((str(WORK / "pip/bin/python"), "-m", "pip"), environment)


def find_uv(candidates: Iterable[Path | str | None]) -> Path | None:
    """Return the first that runs: a name on PATH may be a version manager's shim that does not."""
    for candidate in candidates:
        if candidate is None:
            continue
        try:
            subprocess.run([candidate, "--version"], capture_output=True, check=True)
        except (OSError, subprocess.CalledProcessError):
            continue
        return Path(candidate)
    return None


def uv_environment(environment: Mapping[str, str], settings: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that let uv use the index and the certificates of pip, whose settings it does not read."""
    variables = dict(environment)
    if "index-url" in settings and "UV_INDEX_URL" not in variables:
        variables.setdefault("UV_DEFAULT_INDEX", settings["index-url"])
    if "cert" in settings:
        variables.setdefault("SSL_CERT_FILE", settings["cert"])
    return variables


def install(folder: Path, name: str) -> None:
    """Make the environment with the packages of a list, with uv where possible."""
    locked = REQUIREMENTS / f"{name}.txt"
    count = len(re.findall(r"^[\w.-]+==", locked.read_text(encoding="utf-8"), re.MULTILINE))
    say(f"Making {folder} with {count} packages for Python {sys.version.split()[0]} …")
    venv.EnvBuilder(clear=True, symlinks=True).create(folder)
    python = ROOT / folder / "bin/python"
    environment = clean_environment()
    if not LISTS[name]:
        environment.update(PIP_NO_CACHE_DIR="1", UV_NO_CACHE="1")
    pip = own_pip(environment)
    uv = find_uv((shutil.which("uv"), WORK / "uv/bin/uv"))
    if uv is None and LISTS[name]:
        pip = pip or new_pip(environment)
        say("  pip installs uv …")
        uv = pip.install_uv()
    if uv is not None:
        say("  uv downloads and installs the packages …")
        command = (uv, "pip", "install", "--python", python, "--require-hashes", "-r", locked)
        if run(command, uv_environment(environment, pip.settings() if pip else {})) is None:
            return
        say(f"  uv failed ({LOG.relative_to(ROOT)} says why), so pip is used.")
    pip = pip or new_pip(environment)
    say("  pip downloads and installs the packages …")
    if failed := pip.install(python, locked):
        raise FailedError(why_pip_failed(failed, pip.settings().get("index-url")))


def why_pip_failed(printed: str, index: str | None) -> str:
    """Return one sentence with the cause and what to do."""
    # An address may hold a password.
    place = re.sub(r"//[^/@]*@", "//", index) if index else "the package index of pip"
    cause = next((cause for pattern, cause in CAUSES if re.search(pattern, printed, re.MULTILINE)), last_line(printed))
    return f"The packages could not be installed from {place}: {cause}. The whole log is {LOG.relative_to(ROOT)}."


def last_line(printed: str) -> str:
    lines = printed.strip().splitlines()
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    return (errors or lines or ["it printed nothing"])[-1].rstrip(". ")


def lock() -> None:
    """Resolve each *.in into *.txt. All files of a version are listed, those for other platforms and Pythons too.

    Versions stay as they are where the *.in allows; UPGRADE=yes takes the newest.
    """
    environment = clean_environment()
    pip = own_pip(environment) or new_pip(environment)
    for_uv = uv_environment(environment, pip.settings())
    uv = find_uv((WORK / "uv/bin/uv",)) or pip.install_uv() or find_uv((shutil.which("uv"),))
    if uv is None:
        raise FailedError(f"uv could not be installed. The whole log is {LOG.relative_to(ROOT)}.")
    command = (uv, "pip", "compile", "--quiet", "--universal", "--python-version", "3.11", "--generate-hashes")
    upgrade = ("--upgrade",) if os.environ.get("UPGRADE") else ()
    for name in LOCKED:
        say(f"Resolving {name}.in …")
        source, locked = REQUIREMENTS / f"{name}.in", REQUIREMENTS / f"{name}.txt"
        new = WORK / "tmp" / locked.name
        shutil.copy(locked, new)
        output = ("--no-header", "--no-annotate", *upgrade, "--output-file", new)
        if failed := run((*command, *output, source), for_uv):
            raise FailedError(f"uv could not resolve {name}.in: {last_line(failed)}")
        licence = source.read_text(encoding="utf-8").split("\n\n", 1)[0]
        head = f"{licence}\n\n# Made by `make lock` from {name}.in. Do not edit.\n"
        locked.write_text(head + new.read_text(encoding="utf-8"), encoding="utf-8")
        new.unlink()


def main(arguments: list[str]) -> int:
    (WORK / "tmp").mkdir(parents=True, exist_ok=True)
    LOG.parent.mkdir(parents=True, exist_ok=True)
    LOG.unlink(missing_ok=True)
    os.chdir(ROOT)
    try:
        if arguments == ["--lock"]:
            lock()
        else:
            folder, name = arguments
            install(Path(folder), name)
    except FailedError as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
