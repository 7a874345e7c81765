# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shape of each operation's answer: the fields that this collection reads, checked only here.

Ids become text, and names get the spelling of this table. A field may be absent or null unless the shape requires it.
An answer with any other difference counts as an unknown answer, so the rest of the code never gets another type.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from ansible_collections.chatapp.cams.plugins.module_utils._api import operations as op
from ansible_collections.chatapp.cams.plugins.module_utils._values.snake_case import snake_case


class ShapeError(ValueError):
    """A part of an answer does not have the documented type. The message names the part and shows no value."""


@dataclass(frozen=True)
class Text:
    """Text, or a whole number where the field is an id."""

    required: bool = False


@dataclass(frozen=True)
class Record:
    """A mapping. These fields are checked, and other fields are kept."""

    fields: Mapping[str, Shape] = field(default_factory=dict)
    required: bool = False


@dataclass(frozen=True)
class Records:
    """A list of mappings."""

    item: Record
    required: bool = False


Shape: TypeAlias = "Text | Record | Records"

_TEXT = Text()
_NUMBER = Record({"PhoneNumber": _TEXT, "Id": _TEXT})
_ROW_TEXTS = (
    "Status",
    "QualityRating",
    "CodeVerificationStatus",
    "NameStatus",
    "NewNameStatus",
    "MessagingLimitTier",
    "VerifiedName",
    "IsOfficial",
    "UpQueue",
    "StatusQueue",
    "UpCallbackUrl",
    "StatusCallbackUrl",
)
_ROWS = {
    "PhoneNumbers": Records(Record({"PhoneNumber": Text(required=True), **dict.fromkeys(_ROW_TEXTS, _TEXT)})),
}
_HEALTH_ERROR = Record(dict.fromkeys(("ErrorCode", "ErrorDescription", "PossibleSolution"), _TEXT))
_ENTITY = Record({"EntityType": _TEXT, "CanSendMessage": _TEXT, "Errors": Records(_HEALTH_ERROR)})

_SHAPES: dict[str, Record] = {
    op.INITIATE.action: Record({"Data": _NUMBER}),
    op.REQUEST_CODE.action: Record({"Data": _NUMBER}),
    op.VERIFY.action: Record({"Data": _NUMBER}),
    op.VERIFICATION_STATUS.action: Record(
        {
            "Data": Record(
                {"PhoneNumber": _TEXT, "Id": _TEXT, "CodeVerificationStatus": Text(required=True)}, required=True
            )
        }
    ),
    op.QUERY_NUMBERS.action: Record(_ROWS),
    op.SYNC.action: Record(_ROWS),
    op.QUERY_WABA.action: Record(
        {"Data": Record(dict.fromkeys(("Id", "Name", "AccountReviewStatus", "BusinessId"), _TEXT))}
    ),
    op.QUERY_BUSINESS.action: Record(
        {"Data": Record(dict.fromkeys(("BusinessId", "BusinessName", "VerificationStatus"), _TEXT))}
    ),
    op.HEALTH.action: Record({"Data": Record({"CanSendMessage": _TEXT, "Entities": Records(_ENTITY)})}),
}


def checked_answer(operation: op.Operation, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the answer with its ids as text. Raises ShapeError if a field has another type."""
    shape = _SHAPES.get(operation.action, Record())
    return _checked_record(shape, body, "the answer")


def _checked_record(shape: Record, value: Any, place: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ShapeError(f"{place} is not an object")
    spellings = {snake_case(name): name for name in value}
    if len(spellings) < len(value):
        _refuse_two_spellings(shape, value)
    checked = dict(value)
    for name, inner in shape.fields.items():
        # The documents start some names with a small letter and some with a capital letter.
        found = checked.pop(spellings.get(snake_case(name), name), None)
        if found is not None:
            checked[name] = _checked_value(inner, found, name)
        elif inner.required:
            raise ShapeError(f"{name} is missing")
    return checked


def _refuse_two_spellings(shape: Record, value: Mapping[str, Any]) -> None:
    """Refuse two spellings of one name, because only one of them would be read."""
    counts = Counter(snake_case(name) for name in value)
    for name in shape.fields:
        if counts[snake_case(name)] > 1:
            raise ShapeError(f"{name} is there in two spellings")


def _checked_value(shape: Shape, value: Any, place: str) -> Any:
    if isinstance(shape, Record):
        return _checked_record(shape, value, place)
    if isinstance(shape, Records):
        if not isinstance(value, list):
            raise ShapeError(f"{place} is not a list")
        return [_checked_record(shape.item, item, f"an item of {place}") for item in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise ShapeError(f"{place} is not text")
    if shape.required and not value.strip():
        raise ShapeError(f"{place} is empty")
    return value
