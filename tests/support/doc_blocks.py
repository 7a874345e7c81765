# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the code blocks in READMEs, guides and other pages, for tests that parse or run them."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from antsibull_docutils.rst_code_finder import find_code_blocks, mark_antsibull_code_block
from docutils import nodes
from docutils.parsers.rst import Directive, directives
from environment import ROOT
from markdown_it import MarkdownIt


@dataclass(frozen=True)
class Block:
    page: str
    # The line above the code: of the fence in Markdown, or the last line of the directive.
    line: int
    language: str
    text: str
    # In guides: the name of the file that contains the block.
    caption: str = ""

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


class _CodeBlock(Directive):
    """Keeps the caption of a code block, which antsibull-docutils does not."""

    has_content = True
    required_arguments = 1
    option_spec = {"caption": directives.unchanged}  # noqa: RUF012

    def run(self) -> list[nodes.Node]:
        text = "\n".join(self.content)
        block = nodes.literal_block(text, text)
        caption = {"caption": self.options.get("caption", "")}
        mark_antsibull_code_block(block, language=self.arguments[0], content_offset=self.content_offset, other=caption)
        return [block]


def all_pages() -> list[str]:
    """Return every page that git tracks or would add."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.md", "*.rst"]
    listing = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [name for name in listing.split("\0") if name and (ROOT / name).is_file()]


@cache
def blocks_of_page(page: str) -> list[Block]:
    return blocks_in_content(page, (ROOT / page).read_text(encoding="utf-8"))


def blocks_in_content(page: str, content: str) -> list[Block]:
    """Fails when a page holds a block without a language, because no test would check that block."""
    find = _markdown_blocks if Path(page).suffix == ".md" else _rst_blocks
    blocks = list(find(page, content))
    if unnamed := [str(block) for block in blocks if not block.language]:
        raise ValueError(f"These blocks name no language: {', '.join(unnamed)}")
    return blocks


def _markdown_blocks(page: str, content: str) -> Iterator[Block]:
    for token in MarkdownIt().parse(content):
        if token.type in ("fence", "code_block"):
            yield Block(page, (token.map or [0])[0] + 1, token.info.strip(), token.content)


def _rst_blocks(page: str, content: str) -> Iterator[Block]:
    others: list[Block] = []

    def add_other(line: int | str, _column: int, text: str, _unknown_directive: bool) -> None:
        others.append(Block(page, int(line), "", text))

    for found in find_code_blocks(
        content,
        path=page,
        extra_directives={"code-block": _CodeBlock},
        warn_unknown_block_w_unknown_info=add_other,
    ):
        caption = found.attributes["antsibull-other-caption"]
        yield Block(page, found.row_offset, found.language or "", found.content, caption)
    yield from others


def all_blocks(*languages: str) -> list[Block]:
    return [
        block for page in all_pages() for block in blocks_of_page(page) if not languages or block.language in languages
    ]
