# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run ansible-test's sanity tests on a copy of the collection, on the Python versions that the collection supports.

A copy, because ansible-test resolves links and wants the collection's real path to end in ansible_collections/….
Two tests would need as long as all others together, so ``make test`` runs a part of them: pylint reads what a release
holds, because ruff and mypy check our tests, and the test "import" uses one version of Python. ``make test-matrix``
runs ``sanity.py --whole``, which leaves nothing out.
"""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from copying import copy_collection

COPY = Path(".work/sanity/ansible_collections/chatapp/cams")
THIS_PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
PARTS = (
    ("--skip-test", "pylint", "--skip-test", "import"),
    ("--test", "import", "--python", THIS_PYTHON),
    ("--test", "pylint", "--exclude", "tests/"),
)

# Stands in for the script that ansible-test would download from its own host. ansible-test makes about ten
# environments. They share one pip for each version of Python, instead of each unpacking and compiling its own.
GET_PIP = """
import compileall, os, sys, sysconfig, zipfile
here = os.path.dirname(os.path.abspath(__file__))
shared = os.path.join(here, "pip-{version}-python%d.%d" % sys.version_info[:2])
if not os.path.exists(shared):
    unpacked = shared + ".unpacked"
    zipfile.ZipFile(os.path.join(here, "{wheel}")).extractall(unpacked)
    compileall.compile_dir(unpacked, quiet=2)
    os.rename(unpacked, shared)
# ansible-test removes pip from each environment by "pip uninstall", which removes what RECORD lists: all of these.
packages = sysconfig.get_path("purelib")
about = "pip-{version}.dist-info/"
os.mkdir(os.path.join(packages, about))
for name, lines in (
    ("pip.pth", [shared]),
    (about + "METADATA", ["Metadata-Version: 2.1", "Name: pip", "Version: {version}"]),
    (about + "RECORD", ["pip.pth,,", about + "METADATA,,", about + "RECORD,,"]),
):
    with open(os.path.join(packages, name), "w") as file:
        file.writelines(line + "\\n" for line in lines)
# ansible-core 2.17 wants setuptools and wheel, too.
others = [word for word in sys.argv[1:] if not word.startswith(("-", "pip=="))]
if others:
    import runpy
    sys.path.append(shared)
    sys.argv = ["pip", "install", "--disable-pip-version-check", *others]
    runpy.run_module("pip", run_name="__main__", alter_sys=True)
"""


def provide_get_pip() -> None:
    """Put a stand-in with pip from the package registry in ansible-test's cache."""
    version = _wanted_pip()
    script = Path.home() / f".ansible/test/cache/get_pip_{version.replace('.', '_')}.py"
    if script.exists():
        return
    script.parent.mkdir(parents=True, exist_ok=True)
    download = [sys.executable, "-m", "pip", "download", "-qq", "--no-deps", "--only-binary", ":all:"]
    subprocess.run([*download, "-d", str(script.parent), f"pip=={version}"], check=True)
    [wheel] = script.parent.glob(f"pip-{version}-*.whl")
    script.write_text(GET_PIP.format(wheel=wheel.name, version=version), encoding="utf-8")


def _wanted_pip() -> str:
    """Read the version where ansible-test keeps it; each release of ansible-core wants its own."""
    package = importlib.util.find_spec("ansible_test")
    assert package is not None
    assert package.submodule_search_locations
    source = Path(package.submodule_search_locations[0], "_internal/python_requirements.py").read_text(encoding="utf-8")
    found = re.search(r"default_packages = dict\(\s*pip='([\d.]+)'", source)
    assert found, "ansible-test no longer says which pip it wants where it used to"
    return found[1]


def sanity(chosen: Iterable[str], findings: list[str]) -> int:
    command = ["ansible-test", "sanity", "--color", "no", *chosen]
    with subprocess.Popen(command, cwd=COPY, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as run:
        assert run.stdout is not None
        for line in run.stdout:
            print(line, end="", flush=True)
            if line.startswith(("ERROR:", "FATAL:")):
                findings.append(line)
    return 1 if run.returncode else 0


def main() -> int:
    copy_collection(COPY)
    # The copy lies in an ignored folder of another repository; ansible-test lists the files that git does not ignore.
    subprocess.run(["git", "init", "--quiet", str(COPY)], check=True)
    provide_get_pip()
    findings: list[str] = []
    statuses = [sanity(chosen, findings) for chosen in ([()] if sys.argv[1:] == ["--whole"] else PARTS)]
    # Said again at the end, because the findings lie among what pip says of its downloads.
    print("".join(findings))
    return max(statuses)


if __name__ == "__main__":
    sys.exit(main())
