# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules as processes of their own: what they return, and what they say to bad input."""

from __future__ import annotations

import datetime
import ipaddress
import json
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from module_runs import Modules
from simulator_process import Simulator
from worlds import OWNER, SPACE

NUMBER = "+8613900001234"
Result = dict[str, Any]


@pytest.fixture
def modules(simulator: Simulator, tmp_path: Path) -> Modules:
    return Modules(simulator, tmp_path)


def add_numbers(simulator: Simulator, *numbers: dict[str, Any]) -> None:
    for number in numbers:
        simulator.control.seed({"numbers": [{"cust_space_id": SPACE, **number}]})


# --- what they return


def test_info_returns_rows_in_snake_case_with_plus_and_phase(modules: Modules) -> None:
    add_numbers(
        modules.simulator,
        {"phone_number": "8613900001234", "verified_name": "Shop", "up_callback_url": "https://hooks.example.com/up"},
        {"phone_number": "390212345678", "status": "BANNED"},
    )
    modules.simulator.control.change_settings(url_newline="yes")

    result = modules.info()

    assert result["changed"] is False
    milan, shop = result["numbers"]
    assert (milan["phone_number"], milan["status"], milan["phase"]) == ("+390212345678", "BANNED", "halted")
    assert (shop["phone_number"], shop["phase"], shop["verified_name"]) == (NUMBER, "connected", "Shop")
    assert shop["up_callback_url"] == "https://hooks.example.com/up"


def test_info_chooses_by_number_and_status(modules: Modules) -> None:
    add_numbers(
        modules.simulator,
        {"phone_number": "8613900001234"},
        {"phone_number": "8613900001235"},
        {"phone_number": "8613900001236", "status": "FLAGGED"},
    )

    def numbers(**options: Any) -> list[str]:
        return [row["phone_number"] for row in modules.info(**options)["numbers"]]

    assert numbers(phone_numbers=["+86 139-0000-1235", "+8613900009999"]) == ["+8613900001235"]
    assert numbers(status=["FLAGGED", "BANNED"]) == ["+8613900001236"]
    assert numbers(phone_numbers=[]) == []


def test_info_makes_one_call_and_one_more_for_each_verification(modules: Modules) -> None:
    add_numbers(modules.simulator, *({"phone_number": f"861390000123{i}"} for i in range(3)))
    modules.info()
    assert len(modules.simulator.control.calls()) == 1

    result = modules.info(verification=True)

    assert [row["verification_status"] for row in result["numbers"]] == ["VERIFIED"] * 3
    assert len(modules.simulator.control.calls()) == 1 + 1 + 3


@pytest.mark.parametrize("carrier", ["http_200", "http_400"])
def test_a_number_that_the_status_read_does_not_know_has_no_verification(modules: Modules, carrier: str) -> None:
    add_numbers(modules.simulator, {"phone_number": "8613900001234", "status": "PENDING"})
    modules.simulator.control.add_fault(
        "business_error", operation="GetPhoneNumberVerificationStatus", http_status=int(carrier[-3:])
    )

    (row,) = modules.info(verification=True)["numbers"]

    assert (row["verification_status"], row["phase"]) == (None, "initiated")


def test_a_status_read_that_is_not_permitted_fails(modules: Modules) -> None:
    add_numbers(modules.simulator, {"phone_number": "8613900001234"})
    modules.simulator.control.add_fault(
        "business_error", operation="GetPhoneNumberVerificationStatus", code="Ram.PermissionDeny", http_status=400
    )

    result = modules.info(verification=True)

    assert result["failed"]
    assert result["error"]["code"] == "Ram.PermissionDeny"


def test_sync_says_changed_and_shows_the_rows_that_moved(modules: Modules) -> None:
    modules.simulator.control.change_settings(needs_sync="yes")
    add_numbers(modules.simulator, {"phone_number": "8613900001234"}, {"phone_number": "8613900001235"})
    modules.sync()
    modules.simulator.control.change_number(cust_space_id=SPACE, phone_number="8613900001234", status="FLAGGED")

    first, second = modules.sync(), modules.sync()

    assert (first["changed"], second["changed"]) == (True, False)
    assert list(first["diff"]["after"]) == [NUMBER]
    assert first["diff"]["before"][NUMBER]["status"] == "CONNECTED"
    assert first["diff"]["after"][NUMBER]["status"] == "FLAGGED"
    assert [row["phase"] for row in first["numbers"]] == ["limited", "connected"]
    assert second["diff"] == {"before": {}, "after": {}}


def test_check_mode_syncs_nothing(modules: Modules) -> None:
    add_numbers(modules.simulator, {"phone_number": "8613900001234"})

    result = modules.sync(_ansible_check_mode=True)

    assert (result["changed"], len(result["numbers"])) == (False, 1)
    assert [call["action"] for call in modules.simulator.control.calls()] == ["QueryChatappPhoneNumbers"]


# --- where credentials come from


def test_credentials_come_from_the_environment_or_a_profile(modules: Modules) -> None:
    key, secret = modules.simulator.access_key_id, modules.simulator.access_key_secret
    exported = {"ALIBABA_CLOUD_ACCESS_KEY_ID": key, "ALIBABA_CLOUD_ACCESS_KEY_SECRET": secret}
    (modules.home / ".aliyun").mkdir()
    profile = {"name": "work", "mode": "AK", "access_key_id": key, "access_key_secret": secret}
    (modules.home / ".aliyun" / "config.json").write_text(json.dumps({"profiles": [profile]}), encoding="utf-8")
    none: dict[str, Any] = {"access_key_id": None, "access_key_secret": None}

    assert "failed" not in modules.info(variables=exported, **none)
    assert "failed" not in modules.info(profile="work", **none)
    assert "failed" not in modules.info(variables={"ALIBABA_CLOUD_PROFILE": "work"}, **none)


def test_a_temporary_key_is_used_with_its_token(modules: Modules) -> None:
    modules.simulator.control.seed(
        {
            "accounts": [
                {
                    "owner_id": OWNER,
                    "users": [
                        {
                            "name": "temporary",
                            "access_keys": [{"id": "STS.key", "secret": "s", "security_token": "t/+=token"}],
                        }
                    ],
                }
            ]
        }
    )
    key = {"access_key_id": "STS.key", "access_key_secret": "s"}

    assert "failed" not in modules.info(**key, security_token="t/+=token")
    assert modules.info(**key, security_token="other")["failed"]


def test_the_endpoint_may_come_from_a_variable(modules: Modules) -> None:
    result = modules.info(endpoint=None, variables={"CAMS_ENDPOINT": modules.simulator.endpoint})

    assert "failed" not in result


# --- bad input


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def one_sentence_with(result: Result, *parts: str) -> None:
    assert result["failed"]
    message = result["msg"]
    assert "Traceback" not in json.dumps(result)
    assert "\n" not in message
    assert "simulator-secret" not in json.dumps(result)
    for part in parts:
        assert part in message


@pytest.mark.parametrize(
    ("options", "parts"),
    [
        ({"phone_numbers": [8613900001234]}, ['Quote it: "+8613900001234"']),
        ({"phone_numbers": ["+86139x"]}, ["phone_numbers", "more than a plus and digits"]),
        ({"phone_numbers": ["+8613900001234567890"]}, ["It has 19 digits"]),
        ({"cust_space_id": " "}, ["cust_space_id is empty", "Channel Management"]),
        ({"cust_space_id": None, "verification": True}, ["verification needs cust_space_id"]),
        ({"endpoint": "http://cams.example.com"}, ["plain http", "loopback", "Use https"]),
        ({"endpoint": "https://cams.example.com/path"}, ["is not an address"]),
        ({"endpoint": "https://user:pw@cams.example.com"}, ["is not an address"]),
        ({"endpoint": ""}, ["is not an address"]),
        ({"ca_path": "/nowhere/ca.pem"}, ["/nowhere/ca.pem does not exist"]),
        ({"profile": "work"}, ["profile", "access_key_id"]),
        ({"access_key_secret": None}, ["access_key_secret is missing"]),
        ({"rate_limit": 0}, ["rate_limit"]),
        ({"timeout": 0}, ["timeout"]),
        ({"retries": -1}, ["retries"]),
    ],
)
def test_a_wrong_option_is_refused_before_any_call(modules: Modules, options: dict[str, Any], parts: list[str]) -> None:
    one_sentence_with(modules.info(**options), *parts)

    assert modules.simulator.control.calls() == []


def test_the_endpoint_that_is_refused_shows_no_password(modules: Modules) -> None:
    assert "hunter2" not in modules.info(endpoint="https://user:hunter2@cams.example.com")["msg"]


def test_an_unknown_profile_and_a_broken_file_are_named(modules: Modules) -> None:
    none: dict[str, Any] = {"access_key_id": None, "access_key_secret": None}
    file = modules.home / ".aliyun" / "config.json"
    file.parent.mkdir()
    file.write_text('{"profiles": [{"name": "work"}]}', encoding="utf-8")
    one_sentence_with(modules.info(profile="wrok", **none), "no profile 'wrok'", "Did you mean 'work'?")

    file.write_text("profiles:\n  - work\n", encoding="utf-8")
    one_sentence_with(modules.info(profile="work", **none), str(file), "is not the JSON")


@pytest.mark.parametrize(
    ("options", "code", "hint"),
    [
        ({"access_key_secret": "wrong"}, "SignatureDoesNotMatch", "access key secret"),
        ({"access_key_id": "LTAIunknown"}, "InvalidAccessKeyId.NotFound", "access key id"),
        ({"cust_space_id": "not-ours"}, "Unknown.ResourceOwnerId", "space id"),
    ],
)
def test_a_refusal_of_the_api_is_returned_with_its_error(
    modules: Modules, options: dict[str, Any], code: str, hint: str
) -> None:
    result = modules.info(**options)

    one_sentence_with(result, "Failed to query the numbers of space", f"({code})", hint)
    assert result["error"]["code"] == code
    assert result["error"]["request_id"]
    assert result["error"]["http_status"] in (400, 404)


def test_a_wrong_clock_is_named_in_the_error(modules: Modules) -> None:
    modules.simulator.control.change_settings(gateway_clock_offset=3600)

    one_sentence_with(modules.info(), "InvalidTimeStamp.Expired", "clock")


def test_a_refused_connection_is_named_in_the_error(modules: Modules) -> None:
    result = modules.info(endpoint=f"http://127.0.0.1:{closed_port()}")

    one_sentence_with(result, "Could not connect to 127.0.0.1", "Check endpoint")
    assert "error" not in result


def test_a_proxy_that_refuses_is_named_without_its_password(modules: Modules) -> None:
    port = closed_port()
    result = modules.info(
        endpoint="https://cams.example.com", variables={"HTTPS_PROXY": f"http://user:hunter2@127.0.0.1:{port}"}
    )

    one_sentence_with(result, "proxy", f"127.0.0.1:{port}")
    assert "hunter2" not in json.dumps(result)


def test_a_proxy_is_not_asked_for_loopback(modules: Modules) -> None:
    assert "failed" not in modules.info(variables={"HTTP_PROXY": f"http://127.0.0.1:{closed_port()}"})


def test_a_missing_requests_is_reported_as_such(modules: Modules, tmp_path: Path) -> None:
    (tmp_path / "hidden").mkdir()
    (tmp_path / "hidden" / "requests.py").write_text("raise ImportError('No module named requests')", encoding="utf-8")
    path = os.pathsep.join([str(tmp_path / "hidden"), *sys.path])

    one_sentence_with(modules.info(variables={"PYTHONPATH": path}), "requests", "Python library")


@pytest.fixture
def certified(tmp_path: Path) -> Callable[[], tuple[Path, Path]]:
    """Makes a self-signed certificate for 127.0.0.1 and its key."""

    def make() -> tuple[Path, Path]:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
        now = datetime.datetime.now(datetime.timezone.utc)
        address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(1)
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(address, critical=False)
            .sign(key, hashes.SHA256())
        )
        pem, private = tmp_path / "certificate.pem", tmp_path / "key.pem"
        pem.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        private.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return pem, private

    return make


def test_a_certificate_must_be_trusted_and_can_be(tmp_path: Path, certified: Callable[[], tuple[Path, Path]]) -> None:
    certificate, key = certified()
    with Simulator(":memory:", "--certificate", str(certificate), "--key", str(key)) as simulator:
        modules = Modules(simulator, tmp_path)
        space = {"cust_space_id": "cams-demo"}

        one_sentence_with(modules.info(**space), "certificate of 127.0.0.1", "is not trusted", "ca_path")
        assert len(modules.info(**space, ca_path=str(certificate))["numbers"]) == 3
        assert len(modules.info(**space, variables={"REQUESTS_CA_BUNDLE": str(certificate)})["numbers"]) == 3
        assert len(modules.info(**space, validate_certs=False)["numbers"]) == 3
