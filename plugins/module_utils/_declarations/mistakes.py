# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The mistakes in an inventory, each with all its places."""

from __future__ import annotations

from collections.abc import Sequence

MISTAKES_SHOWN = 10


class DeclarationError(ValueError):
    """What is declared cannot be used; the message holds a line for each mistake."""


class Unreadable(Exception):
    """A value cannot be read, for example because it names an undefined variable; the message holds no code."""


class Mistakes:
    """The mistakes that were found, each with all its places: one in a group's variables is found at many hosts."""

    def __init__(self) -> None:
        self._places: dict[str, list[str]] = {}

    def note(self, place: str, sentence: str) -> None:
        places = self._places.setdefault(sentence, [])
        if place not in places[-1:]:
            places.append(place)

    def raise_if_any(self) -> None:
        """Raise what was noted, if anything was."""
        if not self._places:
            return
        lines = [f"{_shown_places(places)}: {sentence}" for sentence, places in self._places.items()]
        if len(lines) == 1:
            raise DeclarationError(lines[0])
        left = len(lines) - MISTAKES_SHOWN
        shown = lines[:MISTAKES_SHOWN] + ([f"and {left} more"] if left > 0 else [])
        raise DeclarationError("\n".join([f"There are {len(lines)} mistakes in what is declared:", *shown]))


def _shown_places(places: Sequence[str]) -> str:
    return places[0] if len(places) == 1 else f"{places[0]} and {len(places) - 1} more"
