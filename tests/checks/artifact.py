# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Build the artifact of a release and check its contents: each required file, no other file.

Two more builds, one of the checkout and one of a copy with files that must be left out, hold the same files.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

from copying import copy_collection

FOLDER = Path(".work/artifact")
FRAGMENTS = Path("changelogs/fragments")

# An allow-list: a new kind of file is packed because somebody decided so.
ALLOWED = re.compile(
    r"""
    (MANIFEST|FILES)\.json
    | (README|ARCHITECTURE|CONTRIBUTING|CHANGELOG|CODE_OF_CONDUCT|SECURITY)\.(md|rst)
    | REUSE\.toml | COPYING
    | LICENSES/[\w.-]+\.txt
    | changelogs/(config|changelog)\.yaml | changelogs/fragments/[\w.-]+\.ya?ml
    | docs/[\w/-]+\.(md|rst|yml|svg|png)
    | extensions/[\w/-]+\.(ya?ml|py)
    | meta/(runtime|execution-environment)\.yml | meta/ee-(requirements|bindep)\.txt
    | playbooks/[\w/-]+\.(ya?ml|j2|json) | playbooks/action_plugins/\w+\.py
    | plugins/[\w/]+\.py | plugins/README\.md | plugins/module_utils/_report/page/page\.(html\.j2|css|js)
    | roles/[\w/-]+\.(ya?ml|j2|py|json|md) | roles/[\w/-]+/py\.typed
    | tests/config\.yml
    """,
    re.VERBOSE,
)

REQUIRED = (
    "COPYING",
    "README.md",
    "SECURITY.md",
    "LICENSES/GPL-3.0-or-later.txt",
    "docs/docsite/extra-docs.yml",
    "docs/docsite/rst/guide_first_migration.rst",
    "meta/ee-requirements.txt",
    "meta/execution-environment.yml",
    "meta/runtime.yml",
    "playbooks/action_plugins/demo_run.py",
    "playbooks/action_plugins/end_incomplete_plan.py",
    "playbooks/demo.yml",
    "plugins/module_utils/_report/page/page.css",
    "plugins/module_utils/_report/page/page.html.j2",
    "plugins/module_utils/_report/page/page.js",
    "plugins/modules/cams_number_info.py",
    "plugins/modules/cams_number_sync.py",
    "roles/simulator/files/cams_simulator/__main__.py",
    "tests/config.yml",
)

# antsibull-changelog writes these when a release is made.
CHANGELOG = {"CHANGELOG.md", "changelogs/changelog.yaml"}

TRAPS = (
    ".ansible/collections/trap.yml",
    ".env",
    ".git/config",
    ".github/workflows/ci.yml",
    ".mypy_cache/trap.json",
    ".venv/bin/python",
    ".work/logs/unit.log",
    "cams-demo/simulator.log",
    "chatapp-cams-0.0.1.tar.gz",
    "collections/ansible_collections/chatapp/cams/galaxy.yml",
    "docs/build/index.html",
    "plugins/module_utils/__pycache__/trap.cpython-311.pyc",
    "roles/simulator/files/trap.sqlite3",
    "roles/simulator/files/trap.sqlite3-wal",
    "tests/integration/integration_config.yml",
    "tests/output/junit/trap.xml",
    "trap-journal.jsonl",
    "trap-key.pem",
)


def build(source: Path, target: Path) -> Path:
    command = ["ansible-galaxy", "collection", "build", str(source), "--output-path", str(target)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    [artifact] = target.glob("*.tar.gz")
    return artifact


def build_release(folder: Path) -> Path:
    """Build from a copy with the changelog that a release made now would have."""
    copy_collection(folder)
    if any(FRAGMENTS.glob("*.y*ml")):
        # Without git around it, antsibull-changelog reads each file of the copy.
        environment = {**os.environ, "GIT_CEILING_DIRECTORIES": str(folder.parent.absolute())}
        subprocess.run(["antsibull-changelog", "release"], cwd=folder, env=environment, check=True)
        # A release removes its fragments, and git keeps no empty folder.
        (folder / FRAGMENTS).rmdir()
    return build(folder, FOLDER)


def build_among_traps(folder: Path) -> Path:
    """Build from a copy that holds what a working checkout may hold and an artifact must not."""
    copy_collection(folder)
    for trap in TRAPS:
        (folder / trap).parent.mkdir(parents=True, exist_ok=True)
        (folder / trap).touch()
    return build(folder, FOLDER / "among-traps")


def fingerprint(artifact: Path) -> dict[str, tuple[object, ...]]:
    """All of an artifact but what its builder stamps: the time, and the order in which the file system lists files."""
    found: dict[str, tuple[object, ...]] = {}
    with tarfile.open(artifact) as archive:
        for member in archive:
            source = archive.extractfile(member) if member.isfile() else None
            content = source.read() if source else b""
            if member.name in ("MANIFEST.json", "FILES.json"):
                content = unstamped(content)
            owner = (member.uid, member.gid, member.uname, member.gname)
            digest = hashlib.sha256(content).hexdigest()
            found[member.name] = (member.type, oct(member.mode), owner, member.linkname, digest)
    return found


def unstamped(listing: bytes) -> bytes:
    """FILES.json in one order, and MANIFEST.json without the sum of it, which depends on the order."""
    document = json.loads(listing)
    if "files" in document:
        document["files"].sort(key=lambda entry: str(entry["name"]))
    document.pop("file_manifest_file", None)
    return json.dumps(document, sort_keys=True).encode()


def differences(first: Path, second: Path) -> Iterator[str]:
    one, other = fingerprint(first), fingerprint(second)
    for name in sorted(one.keys() | other.keys()):
        if one.get(name) != other.get(name):
            yield f"not the same in two builds: {name}: {one.get(name)} {other.get(name)}"


def problems(members: list[tarfile.TarInfo]) -> Iterator[str]:
    files = {member.name for member in members if not member.isdir()}
    for member in members:
        if not member.isdir() and not (member.isfile() and ALLOWED.fullmatch(member.name)):
            yield f"must not be in the artifact: {member.name}"
        if member.isdir() and not any(name.startswith(f"{member.name}/") for name in files):
            yield f"empty folder in the artifact: {member.name}"
    for name in REQUIRED:
        if name not in files:
            yield f"missing from the artifact: {name}"


def contents(artifact: Path) -> list[tarfile.TarInfo]:
    with tarfile.open(artifact) as archive:
        return archive.getmembers()


def main() -> int:
    shutil.rmtree(FOLDER, ignore_errors=True)
    artifact = build_release(FOLDER / "release")
    packed = contents(artifact)
    found = list(problems(packed))
    found += [f"missing from the release: {name}" for name in CHANGELOG - {member.name for member in packed}]
    checkout = build(Path(), FOLDER / "checkout")
    trapped = build_among_traps(FOLDER / "copy")
    for name, built in (("of the checkout", checkout), ("with traps around it", trapped)):
        found += [f"{name}: {problem}" for problem in problems(contents(built)) if problem not in found]
    # The copy lies elsewhere, and its files are of another time.
    found += differences(checkout, trapped)
    print(f"{artifact.name}: {len(packed)} files and folders, {artifact.stat().st_size // 1024} KiB")
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
