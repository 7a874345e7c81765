# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Collect the mistakes in an inventory, each with all its places."""

from __future__ import annotations

from collections.abc import Sequence

MISTAKES_SHOWN = 10


class DeclarationError(ValueError):
    """The declarations contain mistakes. The message has one line for each mistake."""


class Unreadable(Exception):
    """A value cannot be read, for example because it names an undefined variable. The message contains no code."""


class Mistakes:
    """The mistakes found so far. One mistake has many places if it is in the variables of a group."""

    def __init__(self) -> None:
        self._places: dict[str, list[str]] = {}

    def note(self, place: str, sentence: str) -> None:
        """Add a mistake. The place is for example a host and a variable."""
        places = self._places.setdefault(sentence, [])
        if place not in places[-1:]:
            places.append(place)

    def raise_if_any(self) -> None:
        """Raise DeclarationError with all mistakes, if there are any."""
        if not self._places:
            return
        lines = [f"{_places_in_words(places)}: {sentence}" for sentence, places in self._places.items()]
        if len(lines) == 1:
            raise DeclarationError(lines[0])
        left = len(lines) - MISTAKES_SHOWN
        shown = lines[:MISTAKES_SHOWN] + ([f"and {left} more"] if left > 0 else [])
        raise DeclarationError("\n".join([f"There are {len(lines)} mistakes in the declarations:", *shown]))


def _places_in_words(places: Sequence[str]) -> str:
    return places[0] if len(places) == 1 else f"{places[0]} and {len(places) - 1} more"
