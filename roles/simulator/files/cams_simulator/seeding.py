# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Add accounts, spaces and numbers to the world, and change them as an operator or provider would."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from . import model
from .world import World, new_id

BUILT_IN_SEED = Path(__file__).with_name("seed.json")
_LINE_FACTS = ("two_step_verification", "source")
_SECTIONS = ("accounts", "lines", "spaces", "numbers")


def read_seed(path: Path) -> dict[str, Any]:
    document = json.loads(path.read_text("utf-8"))
    if not isinstance(document, dict):
        raise ValueError(f"{path} does not contain a JSON object.")
    return document


def add_seed(world: World, document: Mapping[str, Any]) -> dict[str, int]:
    """Add a complete seed to the world, or nothing of it. Return the counts of added objects."""
    unknown = sorted(set(document) - set(_SECTIONS))
    if unknown:
        raise ValueError(f"A seed has no section {unknown[0]!r}. Known: {', '.join(_SECTIONS)}.")
    accounts = [model.from_document(model.Account, item) for item in document.get("accounts", [])]
    lines = [model.from_document(model.Line, item) for item in document.get("lines", [])]
    spaces, numbers = _parse_spaces(document.get("spaces", []))
    numbers += document.get("numbers", [])
    for item in numbers:
        if not isinstance(item, Mapping):
            raise ValueError(f"A number must be an object, not {item!r}.")
    _check_keys(world, accounts)
    known = {*world.spaces, *(space.cust_space_id for space in spaces)}
    built = [_parse_number(world, item, known) for item in numbers]
    for account in accounts:
        world.save_account(account)
    for line in lines:
        world.save_line(line)
    for space in spaces:
        world.save_space(space)
    for number, facts in zip(built, numbers, strict=True):
        _save_with_line(world, number, facts)
    return {"accounts": len(accounts), "lines": len(lines), "spaces": len(spaces), "numbers": len(numbers)}


def change_number(world: World, facts: Mapping[str, Any]) -> None:
    """Change fields of a number in a space, of the telephone line behind it, or of both."""
    if "cust_space_id" not in facts:
        _change_line(world, facts)
        return
    cust_space_id, phone_number = str(facts["cust_space_id"]), str(facts.get("phone_number"))
    if world.find_number(cust_space_id, phone_number) is None:
        raise ValueError(
            f"There is no number {phone_number!r} in space {cust_space_id!r}. Add new numbers with a seed."
        )
    _save_with_line(world, _parse_number(world, facts, set(world.spaces)), facts)


def _parse_spaces(items: list[Any]) -> tuple[list[model.Space], list[Any]]:
    spaces, numbers = [], []
    for item in items:
        if not isinstance(item, Mapping):
            raise ValueError(f"A space must be an object, not {item!r}.")
        facts = dict(item)
        inner = facts.pop("numbers", [])
        name = str(facts.get("cust_space_id", ""))
        facts.setdefault("waba", {})
        facts.setdefault("business", {})
        for part in ("waba", "business"):
            if facts[part] is not None:
                facts[part] = {"id": new_id(name, part), **facts[part]}
        spaces.append(model.from_document(model.Space, facts))
        numbers += [{"cust_space_id": name, **number} if isinstance(number, Mapping) else number for number in inner]
    return spaces, numbers


def _check_keys(world: World, accounts: list[model.Account]) -> None:
    merged = {**world.accounts, **{account.owner_id: account for account in accounts}}
    seen: set[str] = set()
    for account in merged.values():
        for key in (key for user in account.users for key in user.access_keys):
            if key.id in seen:
                raise ValueError(f"Access key {key.id!r} belongs to two users.")
            seen.add(key.id)


def _parse_number(world: World, facts: Mapping[str, Any], known_spaces: set[str]) -> model.Number:
    own = {name: value for name, value in facts.items() if name not in (*_LINE_FACTS, "verified")}
    cust_space_id, phone_number = str(own.get("cust_space_id")), str(own.get("phone_number"))
    if cust_space_id not in known_spaces:
        raise ValueError(f"There is no space {cust_space_id!r} for number {phone_number!r}.")
    before = world.find_number(cust_space_id, phone_number)
    start: dict[str, Any] = {"id": new_id(cust_space_id, phone_number)} if before is None else model.to_document(before)
    number = model.from_document(model.Number, {**start, **own})
    if not number.phone_number.isdecimal():
        raise ValueError(f"A number must be digits without a plus, not {number.phone_number!r}.")
    if "status" in own:
        number.connects_at = own.get("connects_at")
    verified = facts.get("verified", None if before else number.status not in model.UNDER_WAY)
    if verified is not None and "verified_until" not in own:
        number.verified_until = world.clock.now() + world.settings.verification_seconds if verified else None
    return number


def _save_with_line(world: World, number: model.Number, facts: Mapping[str, Any]) -> None:
    known_before = world.find_number(number.cust_space_id, number.phone_number) is not None
    world.save_number(number)
    if not known_before:
        world.take_snapshot(number)
    if any(name in facts for name in _LINE_FACTS):
        _change_line(world, {name: facts[name] for name in ("phone_number", *_LINE_FACTS) if name in facts})


def _change_line(world: World, facts: Mapping[str, Any]) -> None:
    before = model.to_document(world.line(str(facts.get("phone_number"))))
    world.save_line(model.from_document(model.Line, {**before, **facts}))
