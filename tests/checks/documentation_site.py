# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Build the documentation site in .work/site, and follow every link in it that stays inside. Needs no network.

A reader needs no network either: a page loads nothing from elsewhere, and the search has its index.

antsibull-docs writes the front page as an index of plugins. docs/docsite/home.rst comes before that index.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

SITE = Path(".work/site")
PAGES = SITE / "html"
HOME = Path("docs/docsite/home.rst")
# The pictures that the front page shows, in docs/.
PICTURES = ("report-light.png",)
# The first line below the title of the front page.
BELOW_TITLE = "Collection version "


class Page(HTMLParser):
    """The places of a page that can be linked to, and where it links to or loads from."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: set[str] = set()
        # What a browser fetches to show the page.
        self.loaded: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value for name, value in attrs if value}
        self.anchors.update(given[name] for name in ("id", "name") if name in given)
        self.links.update(given[name] for name in ("href", "src") if name in given)
        if tag != "a" and given.get("rel") in (None, "stylesheet", "icon", "shortcut icon"):
            self.loaded.update(given[name] for name in ("href", "src") if name in given)


def build() -> None:
    """A warning of either tool ends it."""
    shutil.rmtree(SITE, ignore_errors=True)
    sources = SITE / "rst"
    # antsibull-docs refuses a folder that others could write.
    sources.mkdir(parents=True, mode=0o700)
    write = ["antsibull-docs", "collection", "--use-current", "--squash-hierarchy", "--fail-on-error"]
    subprocess.run([*write, "--dest-dir", str(sources), "chatapp.cams"], check=True)
    index = sources / "index.rst"
    index.write_text(with_home(index.read_text(encoding="utf-8"), HOME.read_text(encoding="utf-8")), encoding="utf-8")
    for picture in PICTURES:
        shutil.copy(Path("docs") / picture, sources)
    render = ["sphinx-build", "--nitpicky", "--fail-on-warning", "--keep-going", "--quiet", "-c", "tests/site"]
    subprocess.run([*render, "-b", "html", str(sources), str(PAGES)], check=True)


def with_home(index: str, home: str) -> str:
    """Return the front page with this text below its title."""
    title, found, rest = index.partition(f"\n{BELOW_TITLE}")
    if not found:
        raise ValueError(f"The front page has no line that begins with {BELOW_TITLE!r}.")
    return f"{title}\n{home}{found}{rest}"


def dead_links(folder: Path) -> Iterator[str]:
    pages = {path.resolve(): Page(path) for path in folder.rglob("*.html")}
    for path, page in pages.items():
        for link in sorted(page.links):
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            anchor = unquote(parts.fragment)
            if not target.is_file():
                yield f"{path.name}: {link} leads to no file"
            elif anchor and target in pages and anchor not in pages[target].anchors:
                yield f"{path.name}: {link} leads to no place in {target.name}"


def needs_network(folder: Path) -> Iterator[str]:
    for path in folder.rglob("*.html"):
        for source in sorted(Page(path).loaded):
            if urlsplit(source).netloc:
                yield f"{path.name}: loads {source} from the network"
    # The page loads the index as a script, which a browser also does from a folder without a server.
    search = (folder / "search.html").read_text(encoding="utf-8")
    if 'Search.loadIndex("searchindex.js")' not in search or not (folder / "searchindex.js").is_file():
        yield "search.html: does not load searchindex.js"


def main() -> int:
    try:
        build()
    except subprocess.CalledProcessError as error:
        print(f"{error.cmd[0]} failed or warned.")
        return 1
    found = [*dead_links(PAGES), *needs_network(PAGES)]
    print("\n".join(found))
    print(f"{len(list(PAGES.rglob('*.html')))} pages, {len(found)} problems: {PAGES}/index.html")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
