# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sentences in the words of the reader, who ran a module or a playbook.

A sentence names options between marks, such as ``<<resend>>``. When a module ends, ``for_reader`` replaces each mark by
what this reader can type.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum
from typing import Any

# The action plugin of the roles sets this variable for the module that it runs.
VARIABLE = "CAMS_READER"


class Reader(Enum):
    """Who reads a sentence: a user of a module, or a user of a playbook or a role."""

    MODULE = "module"
    PLAYBOOK = "playbook"

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Reader:
        return cls.PLAYBOOK if environ.get(VARIABLE) == cls.PLAYBOOK.value else cls.MODULE


# The name of an option or of a phrase, perhaps with the phone number or the count that it is about.
_MARK = re.compile(r"<<([a-z_ ]+?)(?: (\+?[0-9]+))?>>")
# What the reader does. Any other mark is the name of an option.
PHRASES: dict[str, dict[Reader, str]] = {
    "resend": {
        Reader.MODULE: "run again with the option resend",
        Reader.PLAYBOOK: "run again with -e cams_resend={number}",
    },
    "reclaim": {
        Reader.MODULE: "run again with the option reclaim",
        Reader.PLAYBOOK: "run again with -e cams_reclaim={number}",
    },
    "reclaim and resend": {
        Reader.MODULE: "run again with the options reclaim and resend",
        Reader.PLAYBOOK: "run again with -e cams_reclaim={number} -e cams_resend={number}",
    },
    "resend option": {Reader.MODULE: "resend", Reader.PLAYBOOK: "cams_resend"},
    "ready": {
        Reader.MODULE: "run again with the option ready set to true",
        Reader.PLAYBOOK: "run again with -e cams_ready={number}",
    },
    "submit the code": {
        Reader.MODULE: "run again with the code in the option verify_code",
        Reader.PLAYBOOK: "add the code to cams_codes and run again, for example with"
        ' -e \'{{"cams_codes": {{"{number}": "CODE"}}}}\'',
    },
    "confirm": {
        Reader.MODULE: "run again with the option confirm set to {number}",
        Reader.PLAYBOOK: "run again with -e cams_confirm={number}",
    },
    "confirm option": {Reader.MODULE: "confirm", Reader.PLAYBOOK: "cams_confirm"},
    "move the number": {
        Reader.MODULE: "run again with the option register set to true",
        Reader.PLAYBOOK: "run again with -e cams_register=true",
    },
    "allow": {
        Reader.MODULE: "set max_changes to {number}",
        Reader.PLAYBOOK: "run again with -e cams_max_changes={number}",
    },
    "make the changes": {
        Reader.MODULE: "run again without check mode",
        Reader.PLAYBOOK: "run the playbook chatapp.cams.reconcile",
    },
    "see the changes": {
        Reader.MODULE: "run in check mode",
        Reader.PLAYBOOK: "run the playbook chatapp.cams.plan",
    },
}
# A number that is not known in a sentence about several numbers.
ANY_NUMBER = "+…"
# The values of a module's result that are sentences.
_SENTENCES = ("next_action", "hint", "message", "msg", "stopped", "code_source_error")


def for_reader(sentence: str, reader: Reader, number: str = "") -> str:
    """Return the sentence with names that the reader can type."""

    def replace_mark(mark: re.Match[str]) -> str:
        phrase = PHRASES.get(mark[1])
        if phrase is None:
            return f"cams_{mark[1]}" if reader is Reader.PLAYBOOK else mark[1]
        words = phrase[reader].format(number=mark[2] or number or ANY_NUMBER)
        begins = mark.start() == 0 or sentence[: mark.start()].endswith((". ", "? "))
        return words[0].upper() + words[1:] if begins else words

    return _MARK.sub(replace_mark, sentence)


def result_for_reader(result: Any, reader: Reader, number: str = "") -> Any:
    """Return the result of a module with every sentence in the words of the reader."""
    if isinstance(result, list):
        return [result_for_reader(item, reader, number) for item in result]
    if not isinstance(result, Mapping):
        return result
    number = str(result.get("phone_number") or number)
    return {
        key: for_reader(value, reader, number)
        if key in _SENTENCES and isinstance(value, str)
        else result_for_reader(value, reader, number)
        for key, value in result.items()
    }
