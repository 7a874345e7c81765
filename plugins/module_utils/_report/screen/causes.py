# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Causes that several numbers share, such as a wrong secret. Each is shown once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.chatapp.cams.plugins.module_utils._api.error_codes import is_about_the_caller, who_was_denied
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Outcome
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.next_actions import without_repeated_advice

Result = Mapping[str, Any]

_BETWEEN_SENTENCES = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")
_ENDED_BADLY = (Outcome.FAILED.value, Outcome.UNKNOWN.value)
# Findings of preflight about a space or the access key.
_FINDINGS_OF_SPACES = frozenset(
    {
        "business_not_verified",
        "credentials_refused",
        "not_subscribed",
        "read_denied",
        "space_unknown",
        "waba_missing",
        "waba_not_approved",
    }
)


@dataclass(frozen=True)
class Cause:
    """Why a number has no good end, without anything that differs between two numbers."""

    outcome: str
    code: str
    next_step: str

    def in_words(self) -> str:
        """Return a short message that names no host and no number."""
        first = _BETWEEN_SENTENCES.split(self.next_step, 1)[0]
        if self.outcome == Outcome.NOT_ATTEMPTED.value:
            return f"Not attempted. {first}".rstrip()
        return f"{self.code}: {first}"


def cause_of(result: Result) -> Cause | None:
    """Return the cause that other numbers may share. None if the cause is about this number."""
    outcome, error = result["outcome"], result.get("error") or {}
    if outcome == Outcome.NOT_ATTEMPTED.value:
        return Cause(outcome, "", result.get("next_action") or "")
    code = str(error.get("code") or "")
    if outcome in _ENDED_BADLY and (code in _FINDINGS_OF_SPACES or is_about_the_caller(code)):
        return Cause(outcome, code, next_step(result))
    return None


def shared_causes(results: Iterable[Result]) -> dict[Cause, list[Result]]:
    """Return each cause that at least two numbers have, with the results of these numbers."""
    found: dict[Cause, list[Result]] = {}
    for result in results:
        cause = cause_of(result)
        if cause is not None:
            found.setdefault(cause, []).append(result)
    return {cause: alike for cause, alike in found.items() if len(alike) > 1}


def shared_messages(results: Sequence[Result]) -> dict[str, str]:
    """Return the short message of each number whose cause other numbers share."""
    return {
        result["phone_number"]: cause.in_words() for cause, alike in shared_causes(results).items() for result in alike
    }


def reason(result: Result) -> str:
    """Return why the number failed, with the error code. Empty if it did not fail."""
    error = result.get("error")
    if not error:
        return ""
    denied = f" {who_was_denied(error['access_denied'])}" if error.get("access_denied") else ""
    return f"{str(error['message']).rstrip('.')} ({error['code']}).{denied}"


def share_sentences(texts: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the sentences that all texts contain, and the other sentences of each text."""
    split = [_BETWEEN_SENTENCES.split(text) for text in texts]
    shared = [sentence for sentence in dict.fromkeys(split[0]) if sentence and all(sentence in text for text in split)]
    return shared, [" ".join(sentence for sentence in text if sentence not in shared) for text in split]


def next_step(result: Result) -> str:
    """Return what a person can do next: the hint about the error, and the next action."""
    hint = (result.get("error") or {}).get("hint") or ""
    return " ".join(filter(None, [hint, without_repeated_advice(result.get("next_action") or "", hint)]))
