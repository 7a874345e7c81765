# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check that a tag may be released: the tag, galaxy.yml and the changelog name one version, and no fragment is left."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]


def problems(root: Path, tag: str) -> Iterator[str]:
    version = yaml.safe_load((root / "galaxy.yml").read_text(encoding="utf-8"))["version"]
    if tag != version:
        yield f"The tag is {tag!r}, but galaxy.yml names version {version}. Tag the commit as {version}."
    changelog = root / "changelogs/changelog.yaml"
    releases = yaml.safe_load(changelog.read_text(encoding="utf-8"))["releases"] if changelog.exists() else {}
    if version not in releases:
        yield f"The changelog has no release {version}. Run: antsibull-changelog release"
    fragments = sorted(path.name for path in (root / "changelogs/fragments").glob("*.y*ml"))
    if fragments:
        yield f"These fragments are not in the changelog: {', '.join(fragments)}. Run: antsibull-changelog release"


def main() -> int:
    found = list(problems(ROOT, os.environ.get("TAG", "")))
    print("\n".join(found) or "The tag, galaxy.yml and the changelog name one version.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
