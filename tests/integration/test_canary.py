# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run writes no secret and no code anywhere. Text that only looks like a code is not changed."""

from __future__ import annotations

import base64
import gzip
import json
import os
import re
import secrets
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from ansible_collections.chatapp.cams.plugins.module_utils._api.client import Client
from ansible_collections.chatapp.cams.plugins.module_utils._api.operations import INITIATE, REQUEST_CODE
from environment import STARTUP
from playbook_runs import Run, run_playbook, write_playbook
from simulator_process import Simulator
from worlds import OWNER, SPACE

KEY_ID = "STS.NUcanary"
SECRET = f"secret/+={secrets.token_urlsafe(12)}"
WRONG_SECRET = f"wrong/+={secrets.token_urlsafe(12)}"
TOKEN = f"token/+={secrets.token_urlsafe(24)}"

# With -vvvv Ansible repeats its own command line, before any module runs.
COMMAND_LINE = re.compile(rb"^.*\bextra_vars: \(.*$", re.MULTILINE)

# Replaces the system's log, and keeps the messages of modules.
RECORDER = """
import os, syslog
from kept_archives import keep_compiled_archives
keep_compiled_archives()
def record(*given):
    with open(os.environ["CANARY_SYSLOG"], "a", encoding="utf-8") as log:
        log.write(f"{given[-1]}\\n")
syslog.syslog = record
"""


@dataclass(frozen=True)
class Case:
    """A task with a code, and a word of its result by which it is known to have come to the end that was meant."""

    national: str
    expected: str
    # The right code, one that was never sent, or this text.
    given: str = "right"
    code_sent: bool = True
    options: dict[str, Any] = field(default_factory=dict)
    keywords: dict[str, Any] = field(default_factory=dict)
    fault: dict[str, Any] = field(default_factory=dict)

    @property
    def wire(self) -> str:
        return f"86{self.national}"


VERIFY = "ChatappMigrationVerified"
WRONG_CODE = "(#136025) Verify code error"
CASES = {
    "planned": Case("13900000001", '"planned"', keywords={"check_mode": True}),
    "right": Case("13900000002", '"converged"'),
    "wrong": Case("13900000003", WRONG_CODE, given="wrong"),
    "with_dash": Case("13900000004", WRONG_CODE, given="73-1 946"),
    "too_long": Case("13900000005", "it has 8 digits", given="73194682"),
    "no_digits": Case("13900000006", "more than digits", given="cod3-canary"),
    # After it the refusal of an unknown number is known, so that a code that comes too early is not submitted.
    "teacher": Case(
        "13900000016", '"awaiting_code"', given="731948", code_sent=False, options={"verify_code": "{{ omit }}"}
    ),
    "too_early": Case("13900000007", '"awaiting_code"', given="731947", code_sent=False),
    "echoed": Case(
        "13900000008",
        "Quoted.Back",
        fault={"kind": "business_error", "operation": VERIFY, "code": "Quoted.Back", "message": "No: {everything}."},
    ),
    "signature_quoted": Case(
        "13900000009",
        "SignatureDoesNotMatch",
        fault={
            "kind": "business_error",
            "operation": VERIFY,
            "code": "SignatureDoesNotMatch",
            "http_status": 400,
            "message": "Specified signature does not match. server string to sign is:POST&%2F&{everything}",
        },
    ),
    "unknown": Case(
        "13900000010",
        "It is not known whether the code was accepted",
        fault={"kind": "drop_before", "operation": VERIFY},
    ),
    "web_page": Case("13900000011", '"unknown"', fault={"kind": "not_json", "operation": VERIFY}),
    "other_secret": Case(
        "13900000012",
        "SignatureDoesNotMatch",
        options={"access_key_id": KEY_ID, "access_key_secret": WRONG_SECRET, "security_token": TOKEN},
    ),
    "no_listener": Case("13900000013", "Could not connect", options={"endpoint": "http://127.0.0.1:9", "retries": 0}),
    "refused_endpoint": Case("13900000014", "Use https", options={"endpoint": "http://cams.example.com"}),
    "bad_option": Case("13900000015", "must be one of", options={"state": "sideways"}),
}
# Codes and keys that come another way are the same as soon as the module has them, so fewer cases show the way.
CASES_BY_VARIABLES = ("right", "wrong", "with_dash", "echoed", "signature_quoted", "bad_option")


@dataclass(frozen=True)
class Place:
    """Folders for one run: what it is given, and everywhere that it can leave something."""

    given: Path
    left: Path

    def environment(self, contained: dict[str, str]) -> dict[str, str]:
        (self.given / "recorder").mkdir(parents=True)
        (self.given / "recorder" / "sitecustomize.py").write_text(RECORDER, encoding="utf-8")
        for name in ("home", "tmp", "log"):
            (self.left / name).mkdir(parents=True)
        return {
            **contained,
            "HOME": str(self.left / "home"),
            "TMPDIR": str(self.left / "tmp"),
            "XDG_STATE_HOME": str(self.left / "state"),
            "ANSIBLE_HOME": str(self.left / "ansible"),
            "ANSIBLE_LOCAL_TEMP": str(self.left / "tmp/local"),
            "ANSIBLE_REMOTE_TMP": str(self.left / "tmp/remote"),
            "ANSIBLE_LOG_PATH": str(self.log),
            "PYTHONPATH": os.pathsep.join([str(self.given / "recorder"), str(STARTUP)]),
            "CANARY_SYSLOG": str(self.syslog),
        }

    @property
    def log(self) -> Path:
        return self.left / "log/ansible.log"

    @property
    def syslog(self) -> Path:
        return self.left / "log/syslog"

    @property
    def journal(self) -> Path:
        return self.left / "journal.jsonl"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "given", tmp_path / "left")


@pytest.fixture
def temporary_key(simulator: Simulator) -> dict[str, str]:
    key = {"id": KEY_ID, "secret": SECRET, "security_token": TOKEN}
    simulator.control.seed({"accounts": [{"owner_id": OWNER, "users": [{"name": "canary", "access_keys": [key]}]}]})
    return {"access_key_id": KEY_ID, "access_key_secret": SECRET, "security_token": TOKEN}


def send_code(client: Client, wire: str) -> None:
    client.call(INITIATE, {"CustSpaceId": SPACE, "CountryCode": "86", "MobileNumber": wire[2:]}).body_or_raise()
    number = {"CustSpaceId": SPACE, "PhoneNumber": wire, "Locale": "en_US", "Method": "sms"}
    client.call(REQUEST_CODE, number).body_or_raise()


def set_up(simulator: Simulator, client: Client, cases: Mapping[str, Case]) -> dict[str, str]:
    """Bring about each case; returns the code that it gives."""
    codes: dict[str, str] = {}
    for name, case in cases.items():
        if case.code_sent:
            send_code(client, case.wire)
        sent = simulator.control.code(case.wire) or ""
        codes[name] = {"right": sent, "wrong": f"{(int(sent or 0) + 1) % 1_000_000:06}"}.get(case.given, case.given)
        if case.fault:
            query = f"SecurityToken={quote(TOKEN, safe='')}&VerifyCode={codes[name]}&Version=2020-06-06"
            everything = f"{TOKEN} {query} {quote(query, safe='')}"
            message = case.fault.get("message", "").replace("{everything}", everything)
            fields = {"message": message} if message else {}
            simulator.control.add_fault(**{**case.fault, **fields, "phone_number": case.wire})
    return codes


def tasks(codes: dict[str, str], place: Place) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    for name in codes:
        case = CASES[name]
        options = {
            "cust_space_id": SPACE,
            "phone_number": f"+{case.wire}",
            "verify_code": codes[name],
            "journal": str(place.journal),
            "wait_timeout": 10,
            **case.options,
        }
        module = {"chatapp.cams.cams_number_migration": options, "register": f"result_{name}", "ignore_errors": True}
        made += [
            {"name": f"Case {name}", **module, **case.keywords},
            {"name": f"Show {name}", "ansible.builtin.debug": {"var": f"result_{name}"}},
        ]
    return made


def everything_left(place: Place, run: Run) -> Iterator[tuple[str, bytes]]:
    """The output and all files with their names, also those within archives."""
    yield "the output", COMMAND_LINE.sub(b"", run.output.encode())
    for where, text in contents(place.left):
        yield where, COMMAND_LINE.sub(b"", text) if where == str(place.log) else text


def contents(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in folder.rglob("*"):
        yield f"the name {path}", str(path).encode()
        if not path.is_file():
            continue
        yield str(path), path.read_bytes()
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                yield from ((f"{path}!{name}", archive.read(name)) for name in archive.namelist())
        elif path.read_bytes()[:2] == b"\x1f\x8b":
            yield f"{path}!", gzip.decompress(path.read_bytes())


def spellings(secret: str) -> list[re.Pattern[bytes]]:
    """A secret as it is, quoted for a URL or for JSON, and in base64."""
    texts = {
        secret,
        quote(secret, safe=""),
        quote(quote(secret, safe=""), safe=""),
        json.dumps(secret)[1:-1],
        base64.b64encode(secret.encode()).decode(),
    }
    return [re.compile(re.escape(text.encode())) for text in texts]


def code_spellings(code: str) -> list[re.Pattern[bytes]]:
    """Return a pattern of a code in every spelling, unless it is part of a longer number or hash."""
    texts = {code, re.sub(r"[\s-]", "", code)}
    return [re.compile(rb"(?<![0-9a-f])" + re.escape(text.encode()) + rb"(?![0-9a-f])") for text in texts]


def leaks(patterns: list[re.Pattern[bytes]], left: list[tuple[str, bytes]]) -> list[str]:
    return [
        f"{where}: …{text[max(0, hit.start() - 80) : hit.end() + 20]!r}…"
        for where, text in left
        for pattern in patterns
        for hit in pattern.finditer(text)
    ]


@pytest.mark.parametrize("way", ["options", "variables"])
def test_no_secret_and_no_code_is_left_anywhere(
    simulator: Simulator,
    new_client: Callable[..., Client],
    contained: dict[str, str],
    place: Place,
    temporary_key: dict[str, str],
    way: str,
) -> None:
    cases = CASES if way == "options" else {name: CASES[name] for name in CASES_BY_VARIABLES}
    codes = set_up(simulator, new_client(**temporary_key), cases)
    environment = {**place.environment(contained), "CAMS_ENDPOINT": simulator.endpoint}
    if way == "options":
        keywords: dict[str, Any] = {"module_defaults": {"group/chatapp.cams.cams": temporary_key}}
        arguments: list[str] = []
        given = codes
    else:
        environment |= {f"ALIBABA_CLOUD_{name.upper()}": value for name, value in temporary_key.items()}
        names = {name: f"code_{name}" for name in codes}
        given = {name: f"{{{{ {variable} }}}}" for name, variable in names.items()}
        in_file, extra = ({names[name]: codes[name] for name in list(codes)[half::2]} for half in (0, 1))
        (place.given / "codes.yml").write_text(json.dumps(in_file), encoding="utf-8")
        keywords, arguments = {"vars_files": ["codes.yml"]}, ["-e", json.dumps(extra)]
    playbook = write_playbook(place.given, tasks(given, place), **keywords)

    run = run_playbook(playbook, environment, place.left, "-vvvv", "--diff", *arguments)

    assert run.status == 0, run.output
    for name, case in cases.items():
        shown = run.output.partition(f"[Show {name}]")[2].partition("TASK [")[0]
        assert case.expected in shown, f"{name}: {shown}"
    assert len(re.findall("Invoked with", place.syslog.read_text(encoding="utf-8"))) >= len(cases) - 1
    assert "verify" in place.journal.read_text(encoding="utf-8")
    left = list(everything_left(place, run))
    assert any(where == str(place.log) and b"Case right" in text for where, text in left)
    found = {secret: leaks(spellings(secret), left) for secret in (SECRET, WRONG_SECRET, TOKEN)}
    found |= {name: leaks(code_spellings(code), left) for name, code in codes.items()}
    assert {name: hits for name, hits in found.items() if hits} == {}
    assert [where for where, _text in left if "AnsiballZ" in where] == []


def test_a_secret_that_is_left_would_be_found(place: Place) -> None:
    place.left.mkdir(parents=True)
    (place.left / "plain").write_text(f"a=[{SECRET}]", encoding="utf-8")
    (place.left / "code").write_text('"731946"', encoding="utf-8")
    (place.left / "packed.gz").write_bytes(gzip.compress(quote(TOKEN, safe="").encode()))
    with zipfile.ZipFile(place.left / "packed.zip", "w") as archive:
        archive.writestr("member", base64.b64encode(WRONG_SECRET.encode()))
    left = list(contents(place.left))

    assert all(leaks(spellings(secret), left) for secret in (SECRET, TOKEN, WRONG_SECRET))
    assert leaks(code_spellings("73-1 946"), left)


def test_a_code_whose_digits_occur_elsewhere_masks_nothing_but_itself(
    simulator: Simulator, new_client: Callable[..., Client], contained: dict[str, str], place: Place
) -> None:
    number, code = "+8613900001234", "900001"
    send_code(new_client(), number[1:])
    assert simulator.control.code(number[1:]) != code
    url = f"https://hooks.example.com/{code}/up"
    simulator.control.change_number(cust_space_id=SPACE, phone_number=number[1:], up_callback_url=url)
    options = {
        "cust_space_id": SPACE,
        "phone_number": number,
        "verify_code": code,
        "endpoint": simulator.endpoint,
        "access_key_id": simulator.access_key_id,
        "access_key_secret": simulator.access_key_secret,
    }
    playbook = write_playbook(
        place.left.parent,
        [
            {
                "name": "Submit the code",
                "chatapp.cams.cams_number_migration": options,
                "register": "result",
                "ignore_errors": True,
            },
            {"name": "Show", "ansible.builtin.debug": {"msg": "{{ result | to_json }}"}},
        ],
    )

    run = run_playbook(playbook, place.environment(contained), place.left.parent, "-vvvv")

    shown = json.loads(json.loads(re.findall(r'^ +"msg": (".*")$', run.output, re.MULTILINE)[-1]))
    (call,) = simulator.control.calls(action=VERIFY)
    arguments = json.loads(re.findall(r'"module_args": (\{.*?\})', run.output, re.DOTALL)[-1])
    assert shown["error"]["code"] == "InvalidParameter"
    assert WRONG_CODE in shown["error"]["message"]
    assert shown["phone_number"] == arguments["phone_number"] == shown["number"]["phone_number"] == number
    assert shown["number"]["up_callback_url"] == url
    assert shown["error"]["request_id"] == shown["actions"][0]["request_id"] == call["request_id"]
    assert number in shown["msg"]
    assert arguments["endpoint"] == simulator.endpoint
    assert arguments["verify_code"] == "********"
    assert f'"verify_code": "{code}"' not in run.output
