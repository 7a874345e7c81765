# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Declarations out of a real inventory, and the result of each host, as only a run of Ansible shows them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from playbook_runs import Run, output_of_ansible, run_playbook, write_playbook

GATHER = "{{ ansible_play_hosts_all | chatapp.cams.cams_declarations(hostvars) }}"
NUMBER = "+8613900001234"
OTHER = "+8613900001235"
CODE = "271828"


def task(name: str, **action: Any) -> dict[str, Any]:
    return {"name": name, **{f"ansible.builtin.{key}": value for key, value in action.items()}, "run_once": True}


def run(folder: Path, environment: dict[str, str], inventory: str, tasks: list[dict[str, Any]], *arguments: str) -> Run:
    """The tasks over all hosts of an inventory, whose text is YAML."""
    (folder / "hosts.yml").write_text(inventory, encoding="utf-8")
    return run_playbook(
        write_playbook(folder, tasks, hosts="all"), environment, folder, "-i", str(folder / "hosts.yml"), *arguments
    )


# --- the filter ---

INVENTORY = """
all:
  vars:
    cams_cust_space_id: "{{ spaces.test }}"
    cams_own: "{{ lookup('ansible.builtin.pipe', 'touch was-read') }}"
    cams_code_method: "{{ method | default(omit) }}"
    spaces: {test: "1", other: "2"}
  hosts:
    shop:
      cams_phone_number: "+86 139-0000-1234"
      cams_verify_code: "{{ lookup('ansible.builtin.env', 'NOT_THERE') }}"
    acme:
      codes: {"+8613900001236": "271-828"}
      cams_numbers:
        - "{{ '+86' ~ '13900001235' }}"
        - phone_number: "+8613900001236"
          cust_space_id: "{{ spaces.other }}"
          verify_code: "{{ codes['+8613900001236'] }}"
          state: "{{ wanted | default(omit) }}"
          webhook: {up_callback_url: https://hooks.example.com}
    nothing: {}
"""


def test_templates_of_hosts_and_items_are_evaluated_and_nothing_else(contained: dict[str, str], tmp_path: Path) -> None:
    write = task("Write", copy={"content": GATHER, "dest": str(tmp_path / "declared.json")})
    write |= {"delegate_to": "localhost", "vars": {"ansible_connection": "local"}}

    done = run(tmp_path, contained, INVENTORY, [write])

    assert done.status == 0, done.output
    declared = json.loads((tmp_path / "declared.json").read_text(encoding="utf-8"))
    assert declared["numbers"] == [
        {"phone_number": NUMBER, "cust_space_id": "1"},
        {"phone_number": OTHER, "cust_space_id": "1"},
        {
            "phone_number": "+8613900001236",
            "cust_space_id": "2",
            "verify_code": CODE,
            "webhook": {"up_callback_url": "https://hooks.example.com"},
        },
    ]
    assert declared["hosts"] == {NUMBER: "shop", OTHER: "acme", "+8613900001236": "acme"}
    assert not (tmp_path / "was-read").exists()


def test_a_code_out_of_a_vault_is_a_code(contained: dict[str, str], tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text("secret", encoding="utf-8")
    words = ["encrypt_string", "--vault-password-file", str(password), CODE]
    vaulted = output_of_ansible("vault", words, contained, tmp_path)
    inventory = f"""
all:
  hosts:
    shop:
      cams_cust_space_id: "1"
      cams_phone_number: "{NUMBER}"
      cams_verify_code: {vaulted.replace(chr(10), chr(10) + "  ")}
"""
    given = f"(ansible_play_batch | chatapp.cams.cams_declarations(hostvars)).numbers[0].verify_code == '{CODE}'"

    done = run(
        tmp_path,
        contained,
        inventory,
        [task("Compare", **{"assert": {"that": given}})],
        "--vault-password-file",
        str(password),
    )

    assert done.status == 0, done.output


MISTAKES = f"""
all:
  vars:
    cams_cust_space_id: "1"
  hosts:
    unquoted: {{cams_phone_number: +8613900001234}}
    undefined: {{cams_phone_number: "+8613900001240", cams_verify_code: "{{{{ codes['x'] }}}}"}}
    broken: {{cams_phone_number: "+8613900001241", cams_verify_code: "{{{{ '{CODE}' | nosuch }}}}"}}
    typed: {{cams_phone_number: "+8613900001242", cams_verify_code: {CODE}}}
    acme:
      cams_numbers:
        - "+8613900001235"
        - phone_number: "{{{{ nowhere }}}}"
"""


def test_each_mistake_is_shown_with_its_host_and_without_codes(contained: dict[str, str], tmp_path: Path) -> None:
    done = run(tmp_path, contained, MISTAKES, [task("Gather", debug={"msg": GATHER})], "-vvv")

    assert done.status == 2
    for message in (
        "There are 5 mistakes",
        "host unquoted: cams_phone_number is 8613900001234. YAML read the number as an integer",
        "host undefined: cams_verify_code: ",
        "host broken: cams_verify_code: ",
        "host typed: cams_verify_code: YAML read the code as an integer",
        "host acme: cams_numbers[1].phone_number: ",
    ):
        assert message in done.output
    assert CODE not in done.output


# --- the result of each host ---

HOSTS = f"""
all:
  hosts:
    shop: {{cams_phone_number: "+86 139-0000-1234", ansible_host: unreachable.invalid}}
    acme: {{cams_numbers: ["{{{{ '{OTHER}' }}}}", {{phone_number: "+8613900001236", verify_code: "{{{{ nosuch }}}}"}}]}}
    left: {{cams_phone_number: "+8613900001237"}}
    nothing: {{ansible_connection: ssh}}
"""


def ended(number: str, outcome: str, *, changed: bool = False, next_action: str = "") -> dict[str, Any]:
    return {
        "phone_number": number,
        "cust_space_id": "1",
        "state": "registered",
        "previous_phase": "absent" if changed else "connected",
        "phase": "initiated" if changed else "connected",
        "outcome": outcome,
        "changed": changed,
        "actions": [{"action": "initiate", "outcome": "done", "request_id": "R-1"}] if changed else [],
        "next_action": next_action,
        "number": {"verified_name": "{{ 7 * 191 }}"},
    }


RESULTS = [
    ended("+8613900001236", "failed", next_action="Find out why."),
    ended(OTHER, "awaiting_code", changed=True, next_action="Give the code."),
    ended(NUMBER, "awaiting_code", changed=True, next_action="Give the code."),
]


def report(**options: Any) -> list[dict[str, Any]]:
    return [
        task("Keep", set_fact={"kept": "{{ lookup('file', 'results.json') | from_json }}"}),
        task("Break", set_fact={"broken": {"failed": True, "msg": "The plan could not be written."}}),
        {"name": "Report", "chatapp.cams.cams_host_result": {"results_from": "kept", **options}, "register": "own"},
        {"name": "Show", "ansible.builtin.debug": {"msg": "{{ own.msg }} {{ own.results | map(attribute='number') }}"}},
    ]


@pytest.fixture
def results(tmp_path: Path) -> Path:
    path = tmp_path / "results.json"
    path.write_text(json.dumps(RESULTS), encoding="utf-8")
    return path


@pytest.mark.usefixtures("results")
@pytest.mark.parametrize("arguments", [(), ("--check",)])
def test_each_host_reports_its_own_numbers_and_nothing_is_connected_to(
    contained: dict[str, str], tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    done = run(tmp_path, contained, HOSTS, report(), "--diff", *arguments)

    assert done.status == 2
    recap = {line.split()[0]: line for line in done.output.split("PLAY RECAP")[1].splitlines()[1:] if line}
    assert "changed=1    unreachable=0    failed=0" in recap["shop"]
    assert "unreachable=0    failed=1" in recap["acme"]
    assert "unreachable=0    failed=1" in recap["left"]
    assert "changed=0    unreachable=0    failed=0" in recap["nothing"]
    assert f"{NUMBER} is awaiting_code (absent → initiated). Give the code." in done.output
    assert "+8613900001236 is failed (connected). Find out why." in done.output
    assert "+8613900001237 is not_attempted. Run again." in done.output
    assert "nothing declares no number." in done.output
    assert f"--- before: {NUMBER}" in done.output
    assert '+    "phase": "initiated"' in done.output
    # What looks like a template in a result stays text.
    assert "{{ 7 * 191 }}" in done.output
    assert "1337" not in done.output


@pytest.mark.usefixtures("results")
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"results_from": "nowhere"}, "the variable nowhere holds no list"),
        ({"fail_on": ["planed"]}, "planed"),
        ({"failures_from": ["nowhere", "broken"]}, "The plan could not be written."),
    ],
)
def test_bad_options_and_a_problem_of_the_whole_run_fail_every_host(
    contained: dict[str, str], tmp_path: Path, options: dict[str, Any], message: str
) -> None:
    done = run(tmp_path, contained, HOSTS, report(**options))

    assert done.status == 2
    assert done.output.count("failed=1") == 4
    assert message in done.output
