# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The runs whose screens the documentation shows. Each story has its own inventory and its own simulated cloud."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from doc_blocks import blocks_of_page
from screens.place import Place, space

SHOPS, ACME, GLOBEX = "293483938849493", "293483938849494", "293483938849495"
OF_ANOTHER_ACCOUNT = "42"
INVENTORY = "inventory/numbers.yml"
GUIDE = "docs/docsite/rst/guide_first_migration.rst"
RECONCILE = "ansible-playbook chatapp.cams.reconcile -i inventory"
# From the start of a run until its last code was requested, on a busy machine.
SECONDS_UNTIL_CODES = 30

# The name and the text of each screen, in the order of the runs.
Screens = Iterator[tuple[str, str]]
Story = Callable[[Place], Screens]


def first_migration(place: Place) -> Screens:
    """Follow the guide with its inventory."""
    [inventory] = [block.text for block in blocks_of_page(GUIDE) if block.caption == INVENTORY]
    place.prepare(space(SHOPS))
    place.write(INVENTORY, inventory)
    yield "preflight", place.screen(f"cat {INVENTORY}", "ansible-playbook chatapp.cams.preflight -i inventory")
    yield "plan", place.screen("ansible-playbook chatapp.cams.plan -i inventory")
    yield "first_run", place.screen(RECONCILE, seconds=SECONDS_UNTIL_CODES)
    place.write_codes()
    yield "second_run", place.screen(f"{RECONCILE} -e @codes.yml")
    yield "as_declared", place.screen(RECONCILE)
    yield "report", place.screen("ansible-playbook chatapp.cams.report -i inventory")


def each_outcome(place: Place) -> Screens:
    """Run over numbers that end in each way."""
    connected, flagged, verified, halted = "+8613900001001", "+8613900001002", "+33612345104", "+4915112345678"
    without_code, code_lost = "+390212002002", "+442071838750"
    two_step, left = ("+34912345601", "+34912345602"), "+351211234567"
    numbers = [
        {"phone_number": connected[1:]},
        {"phone_number": flagged[1:], "status": "FLAGGED", "quality_rating": "RED"},
        {"phone_number": verified[1:], "status": "PENDING", "code_verification_status": "VERIFIED"},
        {"phone_number": halted[1:], "status": "MIGRATED"},
    ]
    place.prepare({**space(SHOPS), "numbers": numbers}, register_seconds=3600)
    lines = [{"phone_number": number[1:], "two_step_verification": True} for number in two_step]
    place.simulator.control.seed({"lines": lines})
    place.simulator.control.add_fault("drop_after", operation="GetMigrationVerifyCode", phone_number=code_lost[1:])
    names = ("shanghai", "beijing", "paris", "berlin", "milano", "london", "madrid", "sevilla", "lisboa")
    ordered = (connected, flagged, verified, halted, without_code, code_lost, *two_step, left)
    place.write(
        INVENTORY,
        _hosts_of_one(
            {f"shop-{name}": number for name, number in zip(names, ordered, strict=True)},
            # One after the other, so that a run of errors stops the same numbers each time.
            cams_concurrency=1,
            cams_stop_after_equal_errors=2,
            cams_wait_timeout=1,
        ),
    )
    yield "each_outcome", place.screen(RECONCILE, seconds=SECONDS_UNTIL_CODES)


def wrong_secret(place: Place) -> Screens:
    place.prepare(space(SHOPS))
    place.write(INVENTORY, _hosts_of_one({f"shop-{index:03}": f"+8613900002{index:03}" for index in range(1, 201)}))
    yield "wrong_secret", place.screen(f"ALIBABA_CLOUD_ACCESS_KEY_SECRET=mistyped {RECONCILE}")


def denied_space(place: Place) -> Screens:
    """Run over three spaces, one of which belongs to another account."""
    place.prepare(space(SHOPS), space(GLOBEX))
    place.simulator.control.seed(
        {"accounts": [{"owner_id": OF_ANOTHER_ACCOUNT}], "spaces": [space(ACME, owner_id=OF_ANOTHER_ACCOUNT)]}
    )
    place.write(
        INVENTORY,
        _customers(
            {
                "shops": (SHOPS, ["+8613900001001", "+4915112345678"]),
                "acme": (ACME, ["+12025550101", "+12025550102", "+12025550103"]),
                "globex": (GLOBEX, ["+390212002002", "+393480002001"]),
            }
        ),
    )
    yield "denied_space", place.screen(RECONCILE, seconds=SECONDS_UNTIL_CODES)


def too_many_changes(place: Place) -> Screens:
    place.prepare(space(SHOPS))
    numbers = [f"+86139000030{index:02}" for index in range(60)]
    place.write(INVENTORY, _customers({"shops": (SHOPS, numbers)}))
    yield "too_many_changes", place.screen(RECONCILE)


def inventory_mistakes(place: Place) -> Screens:
    place.prepare(space(SHOPS))
    place.write(INVENTORY, TEN_MISTAKES)
    yield "inventory_mistakes", place.screen(f"cat {INVENTORY}", RECONCILE)


def five_thousand(place: Place) -> Screens:
    """Run over ten customers with 500 numbers each. Most are connected, some are new."""
    spaces, customers = [], {}
    for customer in range(10):
        cust_space_id = f"2934839388495{customer:02}"
        numbers = [f"+86138{customer}{index:07}" for index in range(500)]
        spaces.append(space(cust_space_id, *((number, "CONNECTED") for number in numbers[5:])))
        customers[f"customer-{customer}"] = (cust_space_id, numbers)
    place.prepare(*spaces)
    place.write(INVENTORY, _customers(customers))
    yield "five_thousand", place.screen(f"CAMS_PROGRESS_INTERVAL=1 {RECONCILE}", seconds=2 * SECONDS_UNTIL_CODES)


QUICK: tuple[Story, ...] = (
    first_migration,
    each_outcome,
    wrong_secret,
    denied_space,
    too_many_changes,
    inventory_mistakes,
)
SLOW: tuple[Story, ...] = (five_thousand,)

TEN_MISTAKES = """\
all:
  vars:
    cams_cust_space_id: "293483938849493"
    cams_max_changes: many
  hosts:
    shop-shanghai:
      cams_phone_number: +8613900001001
    shop-beijing:
      cams_phone_numbr: "+8613900001002"
    shop-berlin:
      cams_phone_number: "0151 1234 5678"
    shop-milano:
      cams_phone_number: "+390212002002"
      cams_code_method: email
    shop-roma:
      cams_phone_number: "+390212002002"
    shop-paris:
      cams_phone_number: "+33612345104"
      cams_verify_code: 12345
    shop-london:
      cams_phone_number: "+442071838750"
      cams_cust_space_id: ""
    shop-madrid:
      cams_phone_number: "{{ madrid_number }}"
    shop-lisboa:
      cams_phone_number: "+351211234567"
      cams_webhook: {up_callback_url: example.com/up}
"""


def _hosts_of_one(numbers: dict[str, str], **variables: Any) -> str:
    hosts = {host: {"cams_phone_number": number} for host, number in numbers.items()}
    return json.dumps({"all": {"vars": {"cams_cust_space_id": SHOPS, **variables}, "hosts": hosts}}, indent=2)


def _customers(customers: dict[str, tuple[str, list[str]]]) -> str:
    hosts = {
        host: {"cams_cust_space_id": cust_space_id, "cams_numbers": numbers}
        for host, (cust_space_id, numbers) in customers.items()
    }
    return json.dumps({"all": {"hosts": hosts}}, indent=2)
