# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run ansible-test's sanity tests on a copy of the collection, on the Python versions that the collection supports.

A copy, because ansible-test resolves links and wants the collection's real path to end in ansible_collections/….
"""

from __future__ import annotations

import contextlib
import importlib.util
import re
import subprocess
import sys
import urllib.request
from pathlib import Path

from copying import copy_collection

COPY = Path(".work/sanity/ansible_collections/chatapp/cams")

# Installs the pip wheel that lies beside it, in the place of the script that ansible-test would download.
GET_PIP = """
import os, runpy, sys
wheel = os.path.join(os.path.dirname(os.path.abspath(__file__)), "{wheel}")
unwanted = ("--no-setuptools", "--no-wheel", "pip=={version}")
options = [word for word in sys.argv[1:] if word not in unwanted]
sys.path.insert(0, wheel)
sys.argv = ["pip", "install", *options, wheel]
runpy.run_module("pip", run_name="__main__", alter_sys=True)
"""


def provide_get_pip() -> None:
    """Put a stand-in from the package registry in ansible-test's cache where its own host cannot be reached."""
    version = _wanted_pip()
    script = Path.home() / f".ansible/test/cache/get_pip_{version.replace('.', '_')}.py"
    if script.exists():
        return
    address = f"https://ci-files.testing.ansible.com/ansible-test/get-pip-{version}.py"
    script.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=5) as answer:
        script.write_bytes(answer.read())
        return
    print(f"{address} cannot be reached: pip {version} comes from the package registry instead.", flush=True)
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


def main() -> int:
    copy_collection(COPY)
    # The copy lies in an ignored folder of another repository; ansible-test lists the files that git does not ignore.
    subprocess.run(["git", "init", "--quiet", str(COPY)], check=True)
    provide_get_pip()
    command = ["ansible-test", "sanity", "--color", "no", *sys.argv[1:]]
    findings: list[str] = []
    with subprocess.Popen(command, cwd=COPY, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as run:
        assert run.stdout is not None
        for line in run.stdout:
            print(line, end="", flush=True)
            if line.startswith(("ERROR:", "FATAL:")):
                findings.append(line)
    # Said again at the end, because the findings lie among what pip says of its downloads.
    print("".join(findings))
    return run.returncode


if __name__ == "__main__":
    sys.exit(main())
