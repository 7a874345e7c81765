# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator as a process: ready line, signals, kill -9, doors, TLS and the command line."""

from __future__ import annotations

import http.client
import json
import os
import select
import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from cams_simulator.client import ControlClient, ControlError
from simulator_process import PACKAGE_ROOT, Simulator

NUMBER = "8613900001234"
INITIATE = {"CustSpaceId": "cams-demo", "CountryCode": "86", "MobileNumber": "13900001234"}
CODE = {"CustSpaceId": "cams-demo", "PhoneNumber": NUMBER, "Method": "sms", "Locale": "en_US"}
# Only a hang takes longer.
LONGEST_SECONDS = 60.0
# Longer than any test.
FOR_EVER = 3600.0


def send(connection: http.client.HTTPConnection, sign: Any, action: str, parameters: dict[str, str]) -> dict[str, Any]:
    request = sign(action, parameters)
    connection.request("POST", f"/?{request.query}", b"", request.headers)
    answer: dict[str, Any] = json.loads(connection.getresponse().read())
    return answer


def connect(simulator: Simulator) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(urlsplit(simulator.endpoint).netloc, timeout=LONGEST_SECONDS)


def wait_until(happened: Callable[[], bool]) -> None:
    """Look again and again. Only a hang fails."""
    until = time.monotonic() + LONGEST_SECONDS
    while not happened():
        if time.monotonic() >= until:
            raise AssertionError(f"It did not happen within {LONGEST_SECONDS:.0f} s.")
        time.sleep(0.02)


def test_acknowledged_writes_are_there_after_kill_9(tmp_path: Path, sign: Any) -> None:
    with Simulator(tmp_path / "state.sqlite3", "--setting", "rate_limit=0") as simulator:
        connection = connect(simulator)
        assert send(connection, sign, "CreateChatappMigrationInitiate", INITIATE)["Code"] == "OK"
        assert send(connection, sign, "GetMigrationVerifyCode", CODE)["Code"] == "OK"
        simulator.control.change_settings(latency=0.01)
        simulator.control.advance(100)
        code = simulator.control.code(NUMBER)
        simulator.kill()
        simulator.start()
        assert simulator.control.code(NUMBER) == code
        assert simulator.control.settings()["latency"] == 0.01
        assert simulator.control.clock()["offset"] == 100
        found = simulator.control.number("cams-demo", NUMBER)
        assert found is not None
        assert found["effects"] == {"initiates": 1, "codes_sent": 1, "hand_ins_right": 0, "hand_ins_wrong": 0,
                                    "registers": 0, "webhook_updates": 0}  # fmt: skip
        handed_in = {"CustSpaceId": "cams-demo", "PhoneNumber": NUMBER, "VerifyCode": str(code)}
        assert send(connect(simulator), sign, "ChatappMigrationVerified", handed_in)["Code"] == "OK"


def test_every_write_acknowledged_before_a_kill_at_any_moment_survives(tmp_path: Path, sign: Any) -> None:
    with Simulator(tmp_path / "state.sqlite3", "--setting", "rate_limit=0") as simulator:
        for turn in range(5):
            acknowledged = []
            connection = connect(simulator)
            killer: subprocess.Popen[bytes] | None = None
            try:
                for index in range(100_000):
                    national = f"138{turn}{index:07d}"
                    answer = send(
                        connection, sign, "CreateChatappMigrationInitiate", {**INITIATE, "MobileNumber": national}
                    )
                    assert answer["Code"] == "OK"
                    acknowledged.append("86" + national)
                    # At a random moment among the writes that follow the first.
                    killer = killer or subprocess.Popen(["sh", "-c", f"sleep 0.{turn + 1}; kill -9 {simulator.pid}"])
            except (OSError, http.client.HTTPException):
                pass
            assert killer is not None, "the first write was acknowledged"
            killer.wait()
            simulator.kill()
            simulator.start()
            there = {
                n["phone_number"] for n in simulator.control.effects("cams-demo")["numbers"] if n["initiates"] == 1
            }
            assert set(acknowledged) <= there


def test_ready_file_holds_the_ready_line(tmp_path: Path) -> None:
    ready = tmp_path / "ready.json"
    with Simulator(":memory:", "--ready-file", str(ready)) as simulator:
        said = json.loads(ready.read_text("utf-8"))
        assert said == {"endpoint": simulator.endpoint, "control": simulator.control.url, "pid": simulator.pid}
        assert simulator.control.health() == {"status": "ok", "pid": simulator.pid}


def test_stop_by_signal_and_by_control_plane_ends_with_status_zero() -> None:
    for stop in ("signal", "control"):
        simulator = Simulator()
        simulator.start()
        process = simulator._running_process()
        if stop == "signal":
            process.terminate()
        else:
            simulator.control.stop()
        assert process.wait(LONGEST_SECONDS) == 0
        simulator.stop()


def test_second_simulator_on_the_same_state_is_refused(tmp_path: Path) -> None:
    state = tmp_path / "state.sqlite3"
    with Simulator(state):
        second = run_cli("serve", "--state", str(state))
    assert second.returncode == 1
    assert "in use by another simulator" in second.stderr
    assert "Traceback" not in second.stderr


def test_closed_door_refuses_connections(sign: Any) -> None:
    with Simulator() as simulator:
        connection = connect(simulator)
        assert send(connection, sign, "QueryChatappPhoneNumbers", {})["Code"] == "OK"
        simulator.control.add_fault("refuse_connection", seconds=FOR_EVER)
        with pytest.raises((ConnectionError, http.client.HTTPException)):
            send(connection, sign, "QueryChatappPhoneNumbers", {})
        assert not simulator.is_open


def test_closed_door_opens_again(sign: Any) -> None:
    with Simulator() as simulator:
        simulator.control.add_fault("refuse_connection", seconds=0.6)
        wait_until(lambda: simulator.is_open)
        assert send(connect(simulator), sign, "QueryChatappPhoneNumbers", {})["Code"] == "OK"


def test_door_closed_by_a_call_refuses_the_next_one(sign: Any) -> None:
    with Simulator() as simulator:
        simulator.control.add_fault("refuse_connection", operation="ChatappSyncPhoneNumber", seconds=FOR_EVER)
        connection = connect(simulator)
        assert send(connection, sign, "ChatappSyncPhoneNumber", {"CustSpaceId": "cams-demo"})["Code"] == "OK"
        with pytest.raises(ConnectionRefusedError):
            send(connection, sign, "QueryChatappPhoneNumbers", {})


@pytest.mark.parametrize(
    ("kind", "error"),
    [("drop_before", ConnectionError), ("drop_after", ConnectionError), ("truncated", http.client.IncompleteRead)],
)
def test_broken_answers_look_broken_to_a_real_client(sign: Any, kind: str, error: type[Exception]) -> None:
    with Simulator() as simulator:
        simulator.control.add_fault(kind)
        with pytest.raises(error):
            send(connect(simulator), sign, "QueryChatappPhoneNumbers", {})


def test_latency_delays_answers_side_by_side(sign: Any) -> None:
    with Simulator(":memory:", "--setting", f"latency={FOR_EVER}") as simulator:
        slow = [asked(simulator, sign) for _turn in range(5)]
        # All were taken, and none is answered.
        wait_until(lambda: simulator.control.calls_summary()["count"] == len(slow))
        assert select.select(slow, [], [], 0)[0] == []

        simulator.control.change_settings(latency=0.1)
        assert send(connect(simulator), sign, "QueryChatappPhoneNumbers", {})["Code"] == "OK"
        assert select.select(slow, [], [], 0)[0] == []
        for connection in slow:
            connection.close()


def asked(simulator: Simulator, sign: Any) -> socket.socket:
    """A connection that carried a request and waits for its answer."""
    connection, request = connect(simulator), sign("QueryChatappPhoneNumbers", {})
    connection.request("POST", f"/?{request.query}", b"", request.headers)
    found: socket.socket = connection.sock
    return found


def test_one_connection_serves_a_thousand_signed_calls(sign: Any) -> None:
    with Simulator(":memory:", "--setting", "rate_limit=0") as simulator:
        connection = connect(simulator)
        connection.connect()
        opened = connection.sock
        for _turn in range(1000):
            assert send(connection, sign, "QueryChatappPhoneNumbers", {"CustSpaceId": "cams-demo"})["Code"] == "OK"
        assert connection.sock is opened
        assert simulator.control.calls_summary()["count"] == 1000


def test_control_port_is_bound_to_loopback_whatever_the_api_port_is() -> None:
    with Simulator(":memory:", "--host", "0.0.0.0") as simulator:
        assert simulator.control.url.startswith("http://127.0.0.1:")
        port = int(simulator.control.url.rpartition(":")[2])
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.2", port), timeout=LONGEST_SECONDS)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl command to make a certificate")
def test_api_port_speaks_tls_with_the_given_certificate(tmp_path: Path, sign: Any) -> None:
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost"]
    names = ["-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([*make, *names, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    with Simulator(":memory:", "--certificate", str(certificate), "--key", str(key)) as simulator:
        assert simulator.endpoint.startswith("https://")
        netloc = urlsplit(simulator.endpoint).netloc
        trusting = ssl.create_default_context(cafile=str(certificate))
        connection = http.client.HTTPSConnection(netloc, timeout=LONGEST_SECONDS, context=trusting)
        assert send(connection, sign, "QueryChatappPhoneNumbers", {})["Code"] == "OK"
        with pytest.raises(ssl.SSLCertVerificationError):
            send(http.client.HTTPSConnection(netloc, timeout=LONGEST_SECONDS), sign, "QueryChatappPhoneNumbers", {})


def run_cli(*arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE_ROOT)}
    command = [sys.executable, "-m", "cams_simulator", *arguments]
    return subprocess.run(
        command, input=text, capture_output=True, text=True, timeout=LONGEST_SECONDS, env=environment, check=False
    )


def test_help_names_the_commands_and_the_ready_made_account() -> None:
    shown = run_cli("--help").stdout
    for word in ("serve", "inbox", "seed", "clock", "fault", "calls", "settings", "reset", "stop"):
        assert word in shown
    assert Simulator.access_key_id in shown


def test_command_line_drives_a_running_simulator(tmp_path: Path, sign: Any) -> None:
    with Simulator() as simulator:
        at = ("--control", simulator.control.url)
        extra = tmp_path / "extra.json"
        extra.write_text('{"numbers": [{"cust_space_id": "cams-demo", "phone_number": "8613900005555"}]}', "utf-8")
        assert json.loads(run_cli("seed", *at, str(extra)).stdout)["numbers"] == 1
        assert json.loads(run_cli("settings", *at, "before_register=hidden", "latency=0.1").stdout)["latency"] == 0.1
        assert json.loads(run_cli("clock", *at, "--advance", "60").stdout)["offset"] == 60
        ordered = json.loads(run_cli("fault", *at, "error_500", "phone_number=8613900005555", "count=2").stdout)
        assert (ordered[0]["phone_number"], ordered[0]["count"]) == ("8613900005555", 2)
        assert json.loads(run_cli("fault", *at, "--clear").stdout) == []
        assert json.loads(run_cli("inbox", *at).stdout) == []
        send(connect(simulator), sign, "QueryChatappPhoneNumbers", {})
        assert [call["code"] for call in json.loads(run_cli("calls", *at).stdout)] == ["OK"]
        assert json.loads(run_cli("calls", *at, "--summary").stdout)["count"] == 1
        assert run_cli("reset", *at).returncode == 0
        assert simulator.control.settings()["latency"] == 0
        assert run_cli("stop", *at).returncode == 0


def test_background_simulator_is_started_once_and_stopped_by_its_directory(tmp_path: Path) -> None:
    where = ("--directory", str(tmp_path / "simulator"))
    first = json.loads(run_cli("start", *where, "--setting", "latency=0.01").stdout)
    try:
        second = json.loads(run_cli("start", *where).stdout)
        assert (first["started"], second["started"]) == (True, False)
        assert first["pid"] == second["pid"]
        assert ControlClient(first["control"]).settings()["latency"] == 0.01
    finally:
        stopped = json.loads(run_cli("stop", *where).stdout)
    assert stopped == {"stopped": True}
    assert json.loads(run_cli("stop", *where).stdout) == {"stopped": False}


def test_background_simulator_takes_a_seed_from_its_input_and_knows_it_after_a_reset(tmp_path: Path) -> None:
    where = ("--directory", str(tmp_path / "simulator"))
    seed = {"numbers": [{"cust_space_id": "cams-demo", "phone_number": NUMBER}]}
    control = ControlClient(
        json.loads(run_cli("start", *where, "--seed-from-stdin", text=json.dumps(seed)).stdout)["control"]
    )
    try:
        assert control.number("cams-demo", NUMBER) is not None
        control.reset()
        assert control.number("cams-demo", NUMBER) is not None
    finally:
        run_cli("stop", *where)
    assert (tmp_path / "simulator" / "seed.json").stat().st_mode & 0o077 == 0


def test_background_simulator_says_what_is_wrong_with_its_seed_and_starts_when_it_is_mended(tmp_path: Path) -> None:
    where = ("--directory", str(tmp_path / "simulator"))
    refused = run_cli("start", *where, "--seed-from-stdin", text='{"numbres": []}')
    assert refused.returncode == 1
    assert "A seed has no section 'numbres'" in refused.stderr
    started = json.loads(run_cli("start", *where, "--seed-from-stdin", text='{"numbers": []}').stdout)
    run_cli("stop", *where)
    assert started["started"] is True


def test_stale_note_of_a_dead_simulator_stops_no_other_one(tmp_path: Path) -> None:
    with Simulator() as other:
        stale = {"endpoint": other.endpoint, "control": other.control.url, "pid": 1}
        (tmp_path / "ready.json").write_text(json.dumps(stale), "utf-8")
        assert json.loads(run_cli("stop", "--directory", str(tmp_path)).stdout) == {"stopped": False}
        assert other.control.health()["status"] == "ok"


@pytest.mark.parametrize(
    "arguments",
    [
        ("serve", "--setting", "latency"),
        ("serve", "--setting", "latency=soon"),
        ("serve", "--state", "/nonexistent/state.sqlite3"),
        ("serve", "--state", ":memory:", "--seed", "/nonexistent/seed.json"),
        ("inbox", "--control", "http://127.0.0.1:1"),
    ],
)
def test_mistake_on_the_command_line_ends_in_one_sentence(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    options = arguments if "--state" in arguments or "serve" not in arguments else (*arguments, "--state", ":memory:")
    ended = run_cli(*options)
    assert ended.returncode == 1
    assert ended.stderr.startswith("cams_simulator: ")
    assert "Traceback" not in ended.stderr


def test_control_client_says_when_nobody_answers() -> None:
    with Simulator() as simulator:
        control = simulator.control
        control.stop()
        simulator._running_process().wait(LONGEST_SECONDS)
        with pytest.raises(ControlError, match="does not answer"):
            control.health()
