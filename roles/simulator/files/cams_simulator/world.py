# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The world behind the gateway: spaces, numbers and codes, and the rules of the migration."""

from __future__ import annotations

import hashlib
import random
import re
import string
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from . import model, refusals
from .clock import Clock
from .errors import RefusalError, gateway_error
from .readings import (
    FictionalNumbers,
    NeedsSync,
    ReclaimRow,
    RefusalCodes,
    RefusalStatus,
    SecondInitiate,
    SecondRegister,
    StatusRead,
    UnknownNumberRefusal,
    UnknownSpace,
)
from .refusals import Refusal
from .rows import Row, Shape, rows_of_number, state_in_row, verification_word
from .settings import Settings
from .store import Kind, Store

PHONE_NUMBER_ERROR = "InvalidParameter.PhoneNumberError"
# Numbers reserved for fiction in North America and in the United Kingdom.
_FICTIONAL = re.compile(r"1[2-9][0-9]{2}55501[0-9]{2}|447700900[0-9]{3}")
_POSSIBLE = re.compile(r"[1-9][0-9]{6,14}")


class UnknownNumberError(RefusalError):
    """A refusal of an unknown number. It is a separate class, because a setting decides its HTTP status."""


@dataclass(slots=True)
class _CachedRows:
    until: float
    rows: tuple[Row, ...]


class World:
    def __init__(self, store: Store, clock: Clock, settings: Settings, random_generator: random.Random) -> None:
        self.store = store
        self.clock = clock
        self.settings = settings
        self._random = random_generator
        self.accounts: dict[str, model.Account] = {}
        self.spaces: dict[str, model.Space] = {}
        self.lines: dict[str, model.Line] = {}
        self.messages: list[model.Message] = []
        self._numbers: dict[str, dict[str, model.Number]] = {}
        self._spaces_of_number: dict[str, set[str]] = {}
        self._rows: dict[tuple[str, Shape], _CachedRows] = {}
        self._load_stored_state()

    def _load_stored_state(self) -> None:
        for document in self.store.documents(Kind.CLOCK):
            self.clock.offset = document["offset"]
        for document in self.store.documents(Kind.SETTINGS):
            self.settings = self.settings.with_changes(document)
        self.accounts = {account.owner_id: account for account in self._read_stored(model.Account, Kind.ACCOUNT)}
        self.spaces = {space.cust_space_id: space for space in self._read_stored(model.Space, Kind.SPACE)}
        self.lines = {line.phone_number: line for line in self._read_stored(model.Line, Kind.LINE)}
        self.messages = sorted(self._read_stored(model.Message, Kind.MESSAGE), key=lambda message: message.id)
        for number in self._read_stored(model.Number, Kind.NUMBER):
            self._index_number(number)

    def _read_stored(self, kind: type[model.T], stored_as: Kind) -> Iterable[model.T]:
        return (model.from_document(kind, document) for document in self.store.documents(stored_as))

    def _index_number(self, number: model.Number) -> None:
        self._numbers.setdefault(number.cust_space_id, {})[number.phone_number] = number
        self._spaces_of_number.setdefault(number.phone_number, set()).add(number.cust_space_id)

    # --- save changes -------------------------------------------------------------------------------------

    def save_account(self, account: model.Account) -> None:
        self.accounts[account.owner_id] = account
        self.store.put(Kind.ACCOUNT, account.owner_id, model.to_document(account))

    def save_space(self, space: model.Space) -> None:
        self.spaces[space.cust_space_id] = space
        self.store.put(Kind.SPACE, space.cust_space_id, model.to_document(space))

    def save_line(self, line: model.Line) -> None:
        self.lines[line.phone_number] = line
        self.store.put(Kind.LINE, line.phone_number, model.to_document(line))

    def save_number(self, number: model.Number) -> None:
        self._index_number(number)
        for shape in Shape:
            self._rows.pop((number.key, shape), None)
        self.store.put(Kind.NUMBER, number.key, model.to_document(number))

    def remove_number(self, number: model.Number) -> None:
        """Remove a number from its space, like a cancelled migration in the console."""
        del self._numbers[number.cust_space_id][number.phone_number]
        self._spaces_of_number[number.phone_number].discard(number.cust_space_id)
        for shape in Shape:
            self._rows.pop((number.key, shape), None)
        self.store.remove(Kind.NUMBER, number.key)

    def change_settings(self, changes: dict[str, Any]) -> None:
        was_delayed = self.settings.needs_sync is NeedsSync.YES
        self.settings = self.settings.with_changes(changes)
        self._rows.clear()
        if self.settings.needs_sync is NeedsSync.YES and not was_delayed:
            for number in self.numbers():
                self.take_snapshot(number)
        self.store.put(Kind.SETTINGS, "settings", self.settings.as_dict())

    def advance(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.store.put(Kind.CLOCK, "clock", {"offset": self.clock.offset})

    # --- read ------------------------------------------------------------------------------------------------

    def space(self, owner_id: str, cust_space_id: str) -> model.Space:
        found = self.spaces.get(cust_space_id)
        if found is None and self.settings.unknown_space is UnknownSpace.INVALID_PARAMETER:
            raise RefusalError("InvalidParameter.CustSpaceId", "The specified CustSpaceId does not exist.")
        if found is None or found.owner_id != owner_id:
            raise gateway_error("Unknown.ResourceOwnerId")
        return found

    def spaces_of_account(self, owner_id: str, isv_code: str | None) -> list[model.Space]:
        mine = (space for space in self.spaces.values() if space.owner_id == owner_id)
        return [space for space in mine if isv_code is None or space.isv_code == isv_code]

    def numbers(self, cust_space_id: str | None = None) -> list[model.Number]:
        spaces = self._numbers if cust_space_id is None else [cust_space_id]
        return [
            self._connected_if_time_passed(number)
            for space in spaces
            for number in self._numbers.get(space, {}).values()
        ]

    def find_number(self, cust_space_id: str, phone_number: str) -> model.Number | None:
        number = self._numbers.get(cust_space_id, {}).get(phone_number)
        return None if number is None else self._connected_if_time_passed(number)

    def number(self, space: model.Space, phone_number: str) -> model.Number:
        found = self.find_number(space.cust_space_id, phone_number)
        if found is None:
            raise self._unknown_number_error(phone_number)
        return found

    def read_status(self, space: model.Space, phone_number: str) -> tuple[model.Number, str]:
        """Return the number and its verification status. Settings can make this read fail."""
        number = self.find_number(space.cust_space_id, phone_number)
        word = None if number is None else self._status_word(number)
        if number is None or word is None:
            if self.settings.fictional_numbers is FictionalNumbers.OTHER and _FICTIONAL.fullmatch(phone_number):
                raise UnknownNumberError("InvalidParameter", "The phone number format is invalid.")
            raise self._unknown_number_error(phone_number)
        return number, word

    def _status_word(self, number: model.Number) -> str | None:
        """Return the verification status, or None if a setting hides it."""
        if number.is_between_initiate_and_register:
            initiated_at, reading = number.initiated_at, self.settings.status_read
            if initiated_at is not None and self.clock.now() < initiated_at + self.settings.status_delay_seconds:
                before = number.row_before_initiate
                return None if before is None else before.verification
            if reading is StatusRead.BLIND or (reading is StatusRead.FUSSY and not number.has_code_request):
                return None
        return self.verification_word(number)

    def _unknown_number_error(self, phone_number: str) -> UnknownNumberError:
        if self.settings.unknown_number_refusal is UnknownNumberRefusal.LISTED:
            return UnknownNumberError(PHONE_NUMBER_ERROR, "The phone number is abnormal: it is not in this space.")
        trace = "".join(self._random.choices(string.ascii_letters + string.digits, k=22))
        text = f"(#100) Object with ID '{phone_number}' does not exist, fbtrace_id A{trace}"
        return UnknownNumberError("InvalidParameter", text)

    def line(self, phone_number: str) -> model.Line:
        return self.lines.get(phone_number) or model.Line(phone_number)

    def rows(self, space: model.Space, shape: Shape) -> list[Row]:
        now = self.clock.now()
        return [row for number in self.numbers(space.cust_space_id) for row in self._rows_of(number, now, shape)]

    def _rows_of(self, number: model.Number, now: float, shape: Shape) -> tuple[Row, ...]:
        cached = self._rows.get((number.key, shape))
        if cached is None or now >= cached.until:
            visible_at = None if number.initiated_at is None else number.initiated_at + self.settings.row_delay_seconds
            changes_at = (number.connects_at, number.verified_until, visible_at)
            until = min((time for time in changes_at if time is not None and time > now), default=float("inf"))
            cached = _CachedRows(until, rows_of_number(number, now, self.settings, shape))
            self._rows[number.key, shape] = cached
        return cached.rows

    def _connected_if_time_passed(self, number: model.Number) -> model.Number:
        """Mark a registered number as connected when its time has passed. No save is needed: the time is stored."""
        if number.connects_at is not None and self.clock.now() >= number.connects_at:
            number.status, number.connects_at = model.CONNECTED, None
            for shape in Shape:
                self._rows.pop((number.key, shape), None)
        return number

    def is_verified(self, number: model.Number) -> bool:
        return verification_word(number, self.clock.now(), self.settings) == "VERIFIED"

    def verification_word(self, number: model.Number) -> str:
        return verification_word(number, self.clock.now(), self.settings)

    def inbox(self, phone_number: str | None = None, since: float = 0.0) -> list[model.Message]:
        now = self.clock.now()
        return [
            message
            for message in self.messages
            if since <= message.received_at <= now and phone_number in (None, message.phone_number)
        ]

    # --- operations on a number -------------------------------------------------------------------------------------

    def initiate(self, space: model.Space, phone_number: str) -> model.Number:
        number = self.find_number(space.cust_space_id, phone_number)
        self._check_initiate(space, phone_number, number)
        if number is None:
            number = model.Number(
                space.cust_space_id, phone_number, new_id(space.cust_space_id, phone_number), model.MIGRATING
            )
            number.verified_name = space.waba.name if space.waba else ""
        if number.status in model.RECLAIMABLE:
            self._restart_migration(number)
        if number.initiated_at is None or number.registered_at is not None:
            number.initiated_at, number.registered_at = self.clock.now(), None
        number.effects.initiates += 1
        self.save_number(number)
        return number

    def _restart_migration(self, number: model.Number) -> None:
        if self.settings.reclaim_row is ReclaimRow.ADDS:
            number.old_row_status = number.status
        number.row_before_initiate = model.Snapshot(number.status, self.verification_word(number))
        number.status, number.verified_until, number.code_verification_status = model.MIGRATING, None, None
        number.initiated_at = None

    def _check_initiate(self, space: model.Space, phone_number: str, number: model.Number | None) -> None:
        if not _POSSIBLE.fullmatch(phone_number):
            raise RefusalError(PHONE_NUMBER_ERROR, "The phone number is abnormal.")
        if space.waba is None or space.waba.account_review_status != "APPROVED":
            raise self._refusal_error(refusals.WABA_NOT_APPROVED)
        if space.business is None or space.business.verification_status != "verified":
            raise self._refusal_error(refusals.BUSINESS_NOT_VERIFIED)
        if number is not None and number.status in model.SERVING:
            raise self._refusal_error(refusals.ALREADY_CONNECTED)
        if number is not None and number.status in model.UNDER_WAY:
            if self.settings.second_initiate is SecondInitiate.REFUSED:
                raise self._refusal_error(refusals.ALREADY_MIGRATING)
        elif number is not None and number.status not in model.RECLAIMABLE:
            raise self._refusal_error(refusals.STATUS_NOT_MIGRATABLE)
        line = self.line(phone_number)
        if line.two_step_verification:
            raise self._refusal_error(refusals.TWO_STEP_VERIFICATION)
        if line.source != "elsewhere":
            raise self._refusal_error(refusals.NO_OTHER_PROVIDER)

    def request_code(self, space: model.Space, phone_number: str, method: str, locale: str) -> model.Number:
        number, now, settings = self.number(space, phone_number), self.clock.now(), self.settings
        if number.status not in model.UNDER_WAY or number.connects_at is not None:
            raise self._refusal_error(refusals.NO_CODE_WITHOUT_MIGRATION)
        number.code_requests = [t for t in number.code_requests if t > now - settings.code_budget_seconds]
        if len(number.code_requests) >= settings.code_budget:
            raise self._refusal_error(refusals.TOO_MANY_CODES)
        code = f"{self._random.randrange(1_000_000):06d}"
        number.code = model.Code(code, now + settings.code_seconds)
        number.code_requests.append(now)
        number.effects.codes_sent += 1
        self.save_number(number)
        self._deliver(number, method, locale, code, now)
        return number

    def _deliver(self, number: model.Number, method: str, locale: str, code: str, now: float) -> None:
        message = model.Message(
            id=len(self.messages) + 1,
            phone_number=number.phone_number,
            cust_space_id=number.cust_space_id,
            code=code,
            method=method,
            locale=locale,
            received_at=now + self.settings.code_delivery_seconds,
            expires_at=now + self.settings.code_seconds,
        )
        self.messages.append(message)
        self.store.put(Kind.MESSAGE, f"{message.id:012d}", model.to_document(message))

    def submit_code(self, space: model.Space, phone_number: str, given: str) -> model.Number:
        """Verify the number with a code. A wrong code is counted and saved before the RefusalError."""
        number, now = self.number(space, phone_number), self.clock.now()
        if number.status not in model.UNDER_WAY or number.connects_at is not None:
            raise self._refusal_error(refusals.NO_VERIFY_WITHOUT_MIGRATION)
        if number.locked_until > now:
            raise self._refusal_error(refusals.TOO_MANY_WRONG_CODES)
        if number.code is None:
            raise self._refusal_error(refusals.CODE_NOT_REQUESTED)
        if number.code.used or number.code.value != given or number.code.expires_at <= now:
            raise self._count_wrong_code(number, given, now)
        number.code.used = True
        number.code_verification_status = None
        number.verified_until = now + self.settings.verification_seconds
        number.wrong_tries = 0
        number.effects.hand_ins_right += 1
        self.save_number(number)
        return number

    def _count_wrong_code(self, number: model.Number, given: str, now: float) -> RefusalError:
        number.effects.hand_ins_wrong += 1
        number.wrong_tries += 1
        if number.wrong_tries >= self.settings.wrong_tries:
            number.wrong_tries, number.locked_until = 0, now + self.settings.lock_seconds
        self.save_number(number)
        assert number.code is not None
        if number.code.value == given and not number.code.used:
            return self._refusal_error(refusals.EXPIRED_CODE)
        return self._refusal_error(refusals.WRONG_CODE)

    def register(self, space: model.Space, phone_number: str) -> model.Number:
        number, now, settings = self.number(space, phone_number), self.clock.now(), self.settings
        registered = number.connects_at is not None or number.status in model.SERVING
        self._check_register(number, registered)
        number.register_requests = [t for t in number.register_requests if t > now - settings.register_budget_seconds]
        if len(number.register_requests) >= settings.register_budget:
            raise self._refusal_error(refusals.TOO_MANY_REGISTERS)
        number.register_requests.append(now)
        number.effects.registers += 1
        if not registered:
            number.registered_at, number.connects_at = now, now + settings.register_seconds
            self._mark_migrated_in_other_spaces(number)
        self.save_number(number)
        return number

    def _check_register(self, number: model.Number, registered: bool) -> None:
        if registered:
            if self.settings.second_register is SecondRegister.REFUSED:
                raise self._refusal_error(refusals.ALREADY_REGISTERED)
        elif number.status not in model.UNDER_WAY:
            raise self._refusal_error(refusals.NO_REGISTER_WITHOUT_MIGRATION)
        elif not self.is_verified(number):
            raise self._refusal_error(refusals.NOT_VERIFIED)

    def _mark_migrated_in_other_spaces(self, number: model.Number) -> None:
        for cust_space_id in self._spaces_of_number[number.phone_number] - {number.cust_space_id}:
            left = self._numbers[cust_space_id][number.phone_number]
            if left.status in model.SERVING:
                left.status = model.MIGRATED
                self.save_number(left)

    def sync(self, space: model.Space) -> None:
        space.syncs += 1
        self.save_space(space)
        if self.settings.needs_sync is NeedsSync.YES:
            for number in self.numbers(space.cust_space_id):
                self.take_snapshot(number)

    def take_snapshot(self, number: model.Number) -> None:
        snapshot = state_in_row(number, self.clock.now(), self.settings)
        if snapshot != number.snapshot:
            number.snapshot = snapshot
            self.save_number(number)

    def update_webhook(self, space: model.Space, phone_number: str, changes: dict[str, str]) -> model.Number:
        number = self.number(space, phone_number)
        for name, value in changes.items():
            setattr(number, name, value)
        number.effects.webhook_updates += 1
        self.save_number(number)
        return number

    def _refusal_error(self, refusal: Refusal) -> RefusalError:
        match self.settings.refusal_codes:
            case RefusalCodes.INVALID_PARAMETER:
                return RefusalError("InvalidParameter", refusal.upstream)
            case RefusalCodes.NAMED:
                return RefusalError(refusal.code, refusal.message)
            case _:
                return RefusalError(PHONE_NUMBER_ERROR, "The phone number is abnormal.")

    def refusal_status(self, refusal: RefusalError) -> RefusalStatus:
        if isinstance(refusal, UnknownNumberError):
            return self.settings.unknown_number_status
        return self.settings.business_errors


def new_id(cust_space_id: str, phone_number: str) -> str:
    digest = hashlib.sha256(f"{cust_space_id}/{phone_number}".encode()).digest()
    return str(10**14 + int.from_bytes(digest[:6], "big") % (9 * 10**14))
