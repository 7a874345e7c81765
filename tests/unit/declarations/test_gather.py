# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The declarations that are collected from an inventory, and the message for each mistake."""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from ansible.errors import AnsibleError, AnsibleFilterError
from ansible_collections.chatapp.cams.plugins.filter.cams_declarations import FilterModule
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.gather import (
    Declarations,
    gather_declarations,
    numbers_of_host,
)
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.mistakes import (
    DeclarationError,
    message_without_codes,
)
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.values import CODE_METHODS
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.variables import (
    CONNECTION_VARIABLES,
    KEYS,
    KNOWN_VARIABLES,
)
from ansible_collections.chatapp.cams.plugins.module_utils._modules.options.number_options import NUMBER_ARGUMENTS
from ansible_collections.chatapp.cams.plugins.module_utils._values.auth_arguments import AUTH_ARGUMENTS

SPACE = {"cams_cust_space_id": "1"}
NUMBER = "+8613900001234"
OTHER = "+8613900001235"
CODE = "271828"
cams_declarations = FilterModule().filters()["cams_declarations"]


def declarations_in(inventory: Mapping[str, Mapping[str, Any]], **options: Any) -> Declarations:
    return gather_declarations(list(inventory), inventory.__getitem__, operator.getitem, **options)


def mistakes_in(inventory: Mapping[str, Mapping[str, Any]]) -> str:
    with pytest.raises(DeclarationError) as caught:
        declarations_in(inventory)
    return str(caught.value)


def one_number(**variables: Any) -> dict[str, dict[str, Any]]:
    """Return an inventory with one host that is a number."""
    return {"a": {**SPACE, "cams_phone_number": NUMBER, **variables}}


def one_customer(*items: Any, **variables: Any) -> dict[str, dict[str, Any]]:
    """Return an inventory with one customer and its list of numbers."""
    return {"acme": {**SPACE, "cams_numbers": list(items), **variables}}


# --- both shapes ---


def test_a_host_declares_a_number_with_the_keys_that_are_set() -> None:
    webhook = {"up_callback_url": "https://hooks.example.com/up", "http": "yes", "queue": None}
    found = declarations_in(one_number(cams_state="verified", cams_verify_code="271-828", cams_webhook=webhook))

    assert found.numbers == [
        {
            "phone_number": NUMBER,
            "cust_space_id": "1",
            "state": "verified",
            "verify_code": "271828",
            "webhook": {"up_callback_url": "https://hooks.example.com/up", "http": True},
        }
    ]
    assert found.hosts == {NUMBER: "a"}


def test_a_customer_has_a_list_whose_items_override_its_own_values() -> None:
    found = declarations_in(
        one_customer(
            "+86 139-0000-1234",
            {"phone_number": OTHER, "cust_space_id": "2", "cams_state": "initiated", "webhook": {}},
            {"cams_phone_number": "+390212345678", "verify_code": CODE},
            cams_state="verified",
            cams_code_method="voice",
        )
    )

    assert found.numbers == [
        {"phone_number": NUMBER, "cust_space_id": "1", "state": "verified", "code_method": "voice"},
        {"phone_number": OTHER, "cust_space_id": "2", "state": "initiated", "code_method": "voice"},
        {
            "phone_number": "+390212345678",
            "cust_space_id": "1",
            "state": "verified",
            "code_method": "voice",
            "verify_code": CODE,
        },
    ]
    assert found.hosts == dict.fromkeys([NUMBER, OTHER, "+390212345678"], "acme")


def test_numbers_keep_the_order_of_the_hosts() -> None:
    inventory = {"b": {**SPACE, "cams_phone_number": OTHER}, "none": {}, **one_number(), "empty": {"cams_numbers": []}}

    assert [number["phone_number"] for number in declarations_in(inventory).numbers] == [OTHER, NUMBER]


@pytest.mark.parametrize("code", ["", "  ", None])
def test_an_empty_code_is_left_out(code: str | None) -> None:
    [number] = declarations_in(one_number(cams_verify_code=code)).numbers

    assert "verify_code" not in number


def test_a_code_of_a_customer_belongs_to_its_only_number() -> None:
    [number] = declarations_in(one_customer(NUMBER, cams_verify_code=CODE)).numbers

    assert number["verify_code"] == CODE


def test_the_id_of_a_space_may_be_an_integer() -> None:
    [number] = declarations_in(one_number(cams_cust_space_id=293483938849493)).numbers

    assert number["cust_space_id"] == "293483938849493"


def test_variables_with_other_names_are_not_read() -> None:
    class Watched(dict[str, Any]):
        read: set[str]

        def __getitem__(self, name: str) -> Any:
            self.read.add(name)
            return super().__getitem__(name)

    own = {
        "cams_webhook_url": "x",
        "cams_color": "x",
        "cams_journal_dir": "x",
        "other": "x",
        "cams_access_key_secret": "x",
    }
    host = Watched(one_number()["a"], **own)
    host.read = set()

    declarations_in({"a": host})

    assert host.read == {"cams_phone_number", "cams_cust_space_id"}


# --- mistakes ---


@pytest.mark.parametrize(
    ("inventory", "message"),
    [
        (
            one_number(cams_phone_number=8613900001234),
            (
                "host a: cams_phone_number is 8613900001234. YAML read the number as an integer and dropped its "
                'plus. Write it in quotes: "+8613900001234"'
            ),
        ),
        (
            one_customer(NUMBER, 8613900001235),
            (
                "host acme: cams_numbers[1] is 8613900001235. YAML read the number as an integer and dropped its"
                ' plus. Write it in quotes: "+8613900001235"'
            ),
        ),
        (
            one_number(cams_phone_number="8613900001234"),
            (
                'host a: cams_phone_number is "8613900001234". Its plus is missing, perhaps because YAML read it'
                ' as an integer. Quote it: "+8613900001234"'
            ),
        ),
        (
            one_number(cams_phone_number="+4420718387001"),
            (
                'host a: cams_phone_number is "+4420718387001". Its length does not fit its country. Compare the number'
                " with the one that the old provider shows."
            ),
        ),
        (
            one_customer({"phone_number": "+21012345678"}),
            (
                'host acme: cams_numbers[0].phone_number is "+21012345678". The number does not start with a '
                "country calling code. Check its first digits."
            ),
        ),
        (
            one_customer(NUMBER, OTHER, "+86 139-0000-1234"),
            (
                'host acme: cams_numbers[2] is "+8613900001234". It is already declared by host acme, '
                "cams_numbers[0]. Remove one of the two declarations."
            ),
        ),
        (
            {**one_number(), "b": {"cams_cust_space_id": "2", "cams_phone_number": "+86 139 0000 1234"}},
            (
                'host b: cams_phone_number is "+8613900001234". It is declared for space 2, but host a declares '
                "it for space 1. A number belongs to one space. Remove one of the two declarations."
            ),
        ),
        (
            {"a": {"cams_phone_number": NUMBER}},
            "host a: cams_cust_space_id: It is missing. Set it for the host or for its group.",
        ),
        (
            one_number(cams_cust_space_id=" "),
            'host a: cams_cust_space_id is " ". It is empty. Set a value, or remove the variable.',
        ),
        (
            one_number(cams_cust_space_id=True),
            ("host a: cams_cust_space_id is true. It must be text. Write it in quotes, or remove the variable."),
        ),
        (
            one_customer({"phone_numbr": NUMBER, "phone_number": OTHER}),
            (
                'host acme: cams_numbers[0].phone_numbr is "+8613900001234". It is not a key of a number. Did '
                "you mean phone_number?"
            ),
        ),
        (
            one_customer({"cams_number": NUMBER, "phone_number": OTHER}),
            (
                "host acme: cams_numbers[0].cams_number: It is not a key of a number. The keys are phone_number,"
                " cust_space_id, state, verify_code, code_method, code_locale, webhook, ready and code_not_before."
            ),
        ),
        (
            one_customer({"phone_number": NUMBER, "state": "verified", "cams_state": "verified"}),
            (
                "host acme: cams_numbers[0].cams_state: state is set twice, as state and as cams_state. Remove "
                "one of the two."
            ),
        ),
        (
            one_customer({"state": "verified"}),
            "host acme: cams_numbers[0].phone_number: It is missing. Add it to the item.",
        ),
        (
            one_customer([NUMBER]),
            "host acme: cams_numbers[0] is a list. Write a number in quotes, or a mapping with phone_number.",
        ),
        (
            {"acme": {**SPACE, "cams_numbers": NUMBER}},
            (
                'host acme: cams_numbers is "+8613900001234". It must be a list. Write each number as an item: -'
                ' "+8613900001234"'
            ),
        ),
        (
            {"acme": {**SPACE, "cams_numbers": {NUMBER: "registered"}}},
            (
                "host acme: cams_numbers is a mapping. It must be a list. Write each number as an item: - "
                '"+8613900001234"'
            ),
        ),
        (
            {"acme": {**SPACE, "cams_numbers": None}},
            ('host acme: cams_numbers is null. It must be a list. Write each number as an item: - "+8613900001234"'),
        ),
        (
            one_number(cams_numbers=[OTHER]),
            (
                "host a: cams_phone_number: cams_numbers is set too. Move the number into the list cams_numbers,"
                " and remove cams_phone_number."
            ),
        ),
        (
            one_number(cams_phone_numbr=OTHER),
            (
                'host a: cams_phone_numbr is "+8613900001235". It is not a variable of this collection. Did you '
                "mean cams_phone_number?"
            ),
        ),
        (
            one_number(cams_fail_onn=[]),
            "host a: cams_fail_onn: It is not a variable of this collection. Did you mean cams_fail_on?",
        ),
        (
            one_number(cams_state="regsitered"),
            ('host a: cams_state is "regsitered". Write initiated, verified or registered. Did you mean registered?'),
        ),
        (one_number(cams_state=""), 'host a: cams_state is "". Write initiated, verified or registered.'),
        (
            one_number(cams_state=None),
            "host a: cams_state is null. Write initiated, verified or registered.",
        ),
        (
            one_customer({"phone_number": NUMBER, "code_method": "mail"}),
            'host acme: cams_numbers[0].code_method is "mail". Write sms or voice.',
        ),
        (
            one_number(cams_code_locale=False),
            "host a: cams_code_locale is false. It must be text. Write it in quotes, or remove the variable.",
        ),
        (
            one_number(cams_verify_code=271828),
            (
                "host a: cams_verify_code: YAML read the code as an integer, which loses a leading zero. Write "
                'six digits as text in quotes, such as "012345", or remove the code if there is none yet.'
            ),
        ),
        (
            one_number(cams_verify_code="2718289"),
            (
                "host a: cams_verify_code: It is not a code of six digits: it has 7 digits; read as an integer, "
                'a code loses its leading zero. Write six digits as text in quotes, such as "012345", or remove '
                "the code if there is none yet."
            ),
        ),
        (
            one_customer(NUMBER, OTHER, cams_verify_code=CODE),
            (
                "host acme: cams_verify_code: The code would be submitted for each of the 2 numbers, but a code "
                "belongs to one number. Write it as verify_code in the item of that number."
            ),
        ),
        (
            {"a": {}, "b": {}},
            (
                "No selected host declares a number. Set cams_phone_number or the list cams_numbers for a host "
                "in the inventory, and check --limit."
            ),
        ),
    ],
)
def test_a_mistake_is_reported_with_its_place_and_its_fix(inventory: dict[str, dict[str, Any]], message: str) -> None:
    assert mistakes_in(inventory) == message


def test_a_code_is_never_shown() -> None:
    wrong = [int(CODE), float(CODE), f"{CODE}9", f"x{CODE}", [CODE], {"code": CODE}]
    inventory = {
        f"host-{index}": {**SPACE, "cams_phone_number": f"+86139000012{index}0", "cams_verify_code": code}
        for index, code in enumerate(wrong)
    }

    message = mistakes_in({**inventory, **one_customer(NUMBER, OTHER, cams_verify_code=CODE)})

    assert message.count("verify_code") >= len(set(map(type, wrong)))
    assert CODE not in message


def test_all_mistakes_are_reported_together() -> None:
    lines = mistakes_in(
        {
            **one_number(cams_state="verifed", cams_verify_code=1),
            **one_customer({"phone_number": 86, "stat": "x"}, OTHER, {"phone_number": OTHER}),
        }
    ).splitlines()

    assert lines[0] == "There are 5 mistakes in the inventory:"
    assert [" ".join(line.split(" ")[:3]) for line in lines[1:]] == [
        "host a: cams_state",
        "host a: cams_verify_code:",
        "host acme: cams_numbers[0].stat",
        "host acme: cams_numbers[0].phone_number",
        "host acme: cams_numbers[2].phone_number",
    ]


def test_fifty_mistakes_are_shown_and_the_others_are_counted() -> None:
    lines = mistakes_in(one_customer(*range(52))).splitlines()

    assert lines[0].startswith("There are 52 mistakes")
    assert len(lines) == 52
    assert lines[-1] == "and 2 more"


def test_a_mistake_in_the_variables_of_a_group_is_reported_once() -> None:
    inventory = {
        f"host-{index}": {**SPACE, "cams_phone_number": f"+861390000{index:04}", "cams_state": "veryfied"}
        for index in range(1000)
    }

    assert mistakes_in(inventory) == (
        'host host-0 and 999 more hosts: cams_state is "veryfied". Write initiated, verified or registered.'
        " Did you mean verified?"
    )


def test_a_mistake_of_a_customer_is_reported_for_the_customer_only() -> None:
    assert mistakes_in(one_customer(NUMBER, OTHER, cams_state="veryfied")) == (
        'host acme: cams_state is "veryfied". Write initiated, verified or registered. Did you mean verified?'
    )


# --- later batches ---


def test_only_the_named_numbers_are_returned_and_only_their_hosts_are_read() -> None:
    hosts_read: list[str] = []
    inventory: dict[str, dict[str, Any]] = {
        **one_number(),
        **one_customer(OTHER, {"phone_number": "+390212345678"}),
        "c": {},
    }

    def variables_of(host: str) -> dict[str, Any]:
        hosts_read.append(host)
        return inventory[host]

    hosts_of = declarations_in(inventory).hosts
    found = gather_declarations(list(inventory), variables_of, operator.getitem, ["+39 0212345678"], hosts_of)

    assert found.numbers == [{"phone_number": "+390212345678", "cust_space_id": "1"}]
    assert found.hosts == {"+390212345678": "acme"}
    assert hosts_read == ["acme"]


def test_only_works_without_knowing_the_hosts() -> None:
    assert declarations_in({**one_number(), **one_customer(OTHER)}, only=[OTHER]).hosts == {OTHER: "acme"}


def test_nothing_is_returned_when_no_number_is_named() -> None:
    assert declarations_in(one_number(), only=[]).numbers == []


@pytest.mark.parametrize(
    ("only", "message"), [([OTHER], f"only: None of these hosts declares {OTHER}"), ([86], "only: 86 is not text")]
)
def test_a_named_number_that_is_not_declared_is_a_mistake(only: list[Any], message: str) -> None:
    with pytest.raises(DeclarationError, match=message.replace("+", r"\+")):
        declarations_in(one_number(), only=only)


# --- the numbers of one host, for its own result ---


def test_the_numbers_of_a_host_are_found_without_reading_anything_else() -> None:
    def read(container: Any, key: Any) -> Any:
        assert key in ("cams_phone_number", "cams_numbers", "phone_number") or isinstance(key, int)
        return container[key]

    items = [NUMBER, {"phone_number": "+86 139-0000-1235", "verify_code": CODE}]

    assert numbers_of_host("a", one_number()["a"], read) == [NUMBER]
    assert numbers_of_host("acme", {"cams_numbers": items, "cams_state": "x"}, read) == [NUMBER, OTHER]
    assert numbers_of_host("none", {"cams_state": "x"}, read) == []


# --- the lists of names ---


def test_an_empty_webhook_of_an_item_removes_the_webhook_of_its_host() -> None:
    webhook = {"status_callback_url": "https://hooks.example.com/status"}
    found = declarations_in(one_customer(NUMBER, {"phone_number": OTHER, "webhook": {}}, cams_webhook=webhook))

    assert [number.get("webhook") for number in found.numbers] == [webhook, None]


@pytest.mark.parametrize(
    ("webhook", "sentence"),
    [
        ("https://hooks.example.com", "It must be a mapping, but it is text"),
        ({"up_calback_url": "https://hooks.example.com"}, "Did you mean up_callback_url?"),
        ({"url": "https://hooks.example.com"}, "The keys are up_callback_url, status_callback_url, http and queue."),
        ({"up_callback_url": "http://hooks.example.com/?token=hunter2"}, "up_callback_url is plain http"),
        ({"up_callback_url": "https://user:hunter2@hooks.example.com"}, "contains a user or a password"),
        ({"up_callback_url": "hooks.example.com"}, "up_callback_url is not an address"),
        ({"up_callback_url": ""}, "up_callback_url is not an address"),
        ({"up_callback_url": "https://hooks.example.com", "http": "perhaps"}, "http and queue must be true or false"),
        ({"http": True}, "Give up_callback_url, status_callback_url or both"),
    ],
)
def test_the_message_about_a_webhook_does_not_show_its_address(webhook: Any, sentence: str) -> None:
    message = mistakes_in(one_number(cams_webhook=webhook))

    assert sentence in message
    assert "hunter2" not in message


def test_the_keys_are_those_of_the_module() -> None:
    assert set(KEYS) == set(NUMBER_ARGUMENTS)
    assert tuple(NUMBER_ARGUMENTS["code_method"]["choices"]) == CODE_METHODS


def test_the_connection_has_a_variable_for_each_shared_option() -> None:
    assert {name.removeprefix("cams_") for name in CONNECTION_VARIABLES} == set(AUTH_ARGUMENTS)
    assert len(set(KNOWN_VARIABLES)) == len(KNOWN_VARIABLES)


# --- the filter itself ---


def test_the_filter_returns_plain_data() -> None:
    assert cams_declarations(["a"], one_number()) == {
        "numbers": [{"phone_number": NUMBER, "cust_space_id": "1"}],
        "hosts": {NUMBER: "a"},
        "undeclared_numbers": [],
    }


@pytest.mark.parametrize(
    ("hosts", "options", "message"),
    [
        ("a", {}, "must be a list of names of hosts"),
        (["a"], {"only": NUMBER}, "only must be a list"),
        (["ghost"], {}, "host ghost is not in the inventory"),
        (["b"], {}, "No selected host declares a number"),
    ],
)
def test_the_filter_raises_the_error_of_filters(hosts: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(AnsibleFilterError, match=message):
        cams_declarations(hosts, {**one_number(), "b": {}}, **options)


class Failing(Mapping[str, Any]):
    """Variables that cannot be evaluated."""

    def __init__(self, message: str, **variables: Any) -> None:
        self._message = message
        self._variables = variables

    def __getitem__(self, name: str) -> Any:
        value = self._variables[name]
        if value is None:
            raise AnsibleError(self._message)
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self._variables)

    def __len__(self) -> int:
        return len(self._variables)


def test_a_template_error_is_reported_with_its_host_and_without_codes() -> None:
    host = Failing(
        f"cannot template {{{{ '{CODE}' | nosuch }}}}", cams_phone_number=NUMBER, cams_verify_code=None, **SPACE
    )

    with pytest.raises(AnsibleFilterError) as caught:
        cams_declarations(["a"], {"a": host})

    assert str(caught.value) == (
        "host a: cams_verify_code: cannot template {{ '…' | nosuch }}. Define the variable that the template uses, or"
        " correct the template."
    )


@pytest.mark.parametrize("text", [CODE, "271-828", "27 18 28", f"x{CODE}y"])
def test_no_spelling_of_a_code_is_left_in_a_message_of_ansible(text: str) -> None:
    assert message_without_codes(f"String: {text} is wrong").replace("x…y", "…") == "String: … is wrong"


def test_each_value_of_ten_thousand_numbers_is_read_at_most_once() -> None:
    inventory = {
        f"host-{host}": {**SPACE, "cams_numbers": [f"+86139{host:04}{item:04}" for item in range(100)]}
        for host in range(100)
    }

    reads: Counter[tuple[int, Any]] = Counter()
    # Kept so that each container has its own id().
    containers: list[Any] = []

    def read(container: Any, key: Any) -> Any:
        containers.append(container)
        reads[id(container), key] += 1
        return container[key]

    found = gather_declarations(list(inventory), inventory.__getitem__, read)

    assert len(found.numbers) == 10_000
    assert max(reads.values()) == 1
    # Two reads for each number: the item and its number. Two for each host: the list and the space.
    assert reads.total() == 2 * 10_000 + 2 * 100


# --- the codes of a run ---


def test_a_code_of_the_run_replaces_a_declared_code_and_undeclared_numbers_are_returned() -> None:
    given = {"+86 139-0000 1234": "314159", 8613900001235: "", "+8613900009999": "271828"}

    found = declarations_in(one_customer({"phone_number": NUMBER, "verify_code": CODE}, OTHER), codes=given)

    assert [declared.get("verify_code") for declared in found.numbers] == ["314159", None]
    assert found.undeclared_numbers == ["+8613900009999"]


@pytest.mark.parametrize(
    ("codes", "message"),
    [
        ({NUMBER: 5349}, "YAML read it as a number"),
        ({NUMBER: "31415"}, "not a code of six digits"),
        ({"314159": NUMBER}, "A key is not a number"),
        ({NUMBER: "314159", NUMBER[1:]: "314158"}, "is named twice"),
    ],
)
def test_a_wrong_code_of_the_run_is_a_mistake_and_is_not_shown(codes: dict[Any, Any], message: str) -> None:
    with pytest.raises(DeclarationError) as caught:
        declarations_in(one_number(), codes=codes)

    assert message in str(caught.value)
    assert not [code for code in ("5349", "31415") if code in str(caught.value)]
