# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sources of codes: the codes that they find, what they skip, and their errors, which never show content."""

from __future__ import annotations

import gzip
import json
import os
import re
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.errors import AnsibleError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.parsing.dataloader import DataLoader
from ansible_collections.chatapp.cams.plugins.lookup.cams_code import LookupModule
from ansible_collections.chatapp.cams.plugins.module_utils._codes import command as command_source
from ansible_collections.chatapp.cams.plugins.module_utils._codes import http_inbox as inbox_source
from ansible_collections.chatapp.cams.plugins.module_utils._codes import source as finding
from ansible_collections.chatapp.cams.plugins.module_utils._codes.arguments import SOURCE_ARGUMENTS
from ansible_collections.chatapp.cams.plugins.module_utils._codes.source import Deadline, SourceError
from ansible_collections.chatapp.cams.plugins.module_utils._codes.sources import (
    FoundCodes,
    make_sources,
    read_codes,
)
from bad_server import (
    MANY,
    PYTHON_ENDS_FLOODS_OF_CONTINUE,
    BadServer,
    byte_by_byte,
    compression_bomb,
    flood_of_data,
    valid_answer,
)
from certificates import write_certificate
from inbox import Answer, Inbox

NUMBER = "+8613900001234"
OTHER = "+390212345678"
CODE = "012345"
SECOND = "987650"
PYTHON = sys.executable
# Only a hang takes longer.
LONGEST_SECONDS = 60
# Longer than any test.
FOR_EVER = 3600


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with Inbox() as opened:
        yield opened


def seen(*numbers: str, **options: Any) -> FoundCodes:
    """One look into the sources that the options name."""
    checked = ArgumentSpecValidator(SOURCE_ARGUMENTS).validate(options)
    assert checked.error_messages == []
    return read_codes(make_sources(checked.validated_parameters), list(numbers or [NUMBER]), Deadline())


def problem_of_inbox(address: str) -> str:
    """Why one look found no code, whether or not a later look can find one."""
    try:
        (problem,) = seen(url={"address": address}).source_errors
    except SourceError as error:
        problem = str(error)
    return problem


def refused(*numbers: str, **options: Any) -> str:
    """Why the sources cannot be used; the sentence holds no code."""
    with pytest.raises(SourceError) as caught:
        seen(*numbers, **options)
    message = str(caught.value)
    # The digits of a port are no code.
    without_port = re.sub(r"127\.0\.0\.1:\d+", "", message)
    assert not any(code in without_port for code in (CODE, SECOND, "5349", Inbox.token))
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return message


def written(path: Path, text: str, *, mode: int = 0o600, ago: float = 10) -> Path:
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    os.utime(path, (time.time() - ago, time.time() - ago))
    return path


# --- a code in a text


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("Your WhatsApp code is 012-345. Don't share it.", [CODE]),
        ("012345 is your code", [CODE]),
        ("code: 012 345\n", [CODE]),
        ("WhatsApp code 012345, or open v.example/012345", [CODE]),
        ("012-345 or 012345", [CODE]),
        ("012345 and 987650", [CODE, SECOND]),
        ("call +1 555 123 4567 or 0139-000-1234", []),
        ("+8613900001234, 20260115, 1234567, 12345, 1-800-555-123", []),
        ("٠١٢٣٤٥", []),
        ("", []),
    ],
)
def test_a_code_is_six_digits_that_are_not_part_of_a_longer_number(text: str, codes: list[str]) -> None:
    assert finding.codes_in_text(text) == codes


@pytest.mark.parametrize(
    "spelling",
    [
        "2026-05-01T10:00:00Z",
        "2026-05-01 10:00",
        "2026-05-01T12:00:00.123456789+02:00",
        "2026-05-01T10:00:00+0000",
        "Fri, 01 May 2026 10:00:00 +0000",
        1777629600,
        1777629600.9,
        "1777629600",
        1777629600123,
    ],
)
def test_every_form_of_a_time_in_inboxes_is_read(spelling: object) -> None:
    assert int(finding.parse_time(spelling) or 0) == 1777629600


@pytest.mark.parametrize("spelling", ["", "yesterday", None, "2026-13-01T10:00:00Z", "10:00", 12, {}, [1]])
def test_a_value_that_is_not_a_time_gives_none(spelling: object) -> None:
    assert finding.parse_time(spelling) is None


# --- vars


@pytest.mark.parametrize("key", [NUMBER, "8613900001234", 8613900001234, "+86 139-0000-1234", "0086 13900001234"])
def test_a_mapping_gives_the_code_for_every_spelling_of_a_number(key: Any) -> None:
    assert seen(NUMBER, OTHER, vars={key: "012-345", "note": "x"}).codes == {NUMBER: CODE}


@pytest.mark.parametrize("value", ["", "  ", None])
def test_an_empty_code_has_not_arrived_yet(value: Any) -> None:
    assert seen(vars={NUMBER: value}) == FoundCodes()


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (5349, "YAML read it as a number"),
        (12345.0, "YAML read it as a number"),
        (True, "YAML read it as a number"),
        ("5349", "it has 4 digits"),
        ("None", "prompt without a terminal"),
        (["012345"], "is not text"),
    ],
)
def test_a_code_of_the_wrong_type_is_refused_with_the_way_to_quote_it(value: Any, says: str) -> None:
    message = refused_quietly(vars={NUMBER: value})

    assert says in message
    assert message.startswith(f"The code of {NUMBER} in vars ")
    assert f'in quotes: "{NUMBER}": "012345"' in message


def refused_quietly(**options: Any) -> str:
    """As refused(), where the example in the sentence is the only code."""
    with pytest.raises(SourceError) as caught:
        seen(**options)
    return str(caught.value)


def test_a_wrong_code_of_another_number_is_ignored() -> None:
    assert seen(NUMBER, vars={NUMBER: CODE, OTHER: 5349}).codes == {NUMBER: CODE}


# --- file


def test_a_folder_has_a_file_for_each_number(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    written(tmp_path / NUMBER, f"{CODE}\n")
    written(tmp_path / f"{OTHER[1:]}.txt", "987-650")
    written(tmp_path / f"{NUMBER}.tmp", SECOND)
    written(tmp_path / ".hidden", SECOND, mode=0o644)

    assert seen(NUMBER, OTHER, "+4915112345678", file=str(tmp_path)) == FoundCodes({NUMBER: CODE, OTHER: SECOND})


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("codes.yml", f'"{NUMBER}": "{CODE}"\n"{OTHER}": ""\n'),
        ("codes.yaml", f'---\ncodes:\n  {NUMBER}: "012-345"\n'),
        ("codes.json", f'{{"codes": {{"{NUMBER}": "{CODE}"}}}}'),
        ("codes.json", f'{{"{NUMBER}": "{CODE}", "{OTHER}": null}}'),
        ("codes.csv", f"number,code\n{NUMBER},{CODE}\n"),
        ("codes.csv", f'\ufeff"+86 139 0000 1234";012-345\n{OTHER};\n'),
    ],
)
def test_one_file_has_many_codes(tmp_path: Path, name: str, text: str) -> None:
    assert seen(NUMBER, OTHER, file=str(written(tmp_path / name, text))) == FoundCodes({NUMBER: CODE})


@pytest.mark.parametrize("name", ["codes.yml", "codes.json", "codes.csv"])
def test_an_empty_file_has_no_code(tmp_path: Path, name: str) -> None:
    assert seen(file=str(written(tmp_path / name, ""))) == FoundCodes()


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("codes.yml", f"{NUMBER}: 012345", "YAML read it as a number"),
        ("codes.json", f'{{"{NUMBER}": 987650}}', "YAML read it as a number"),
        ("codes.csv", f"{NUMBER},5349", "it has 4 digits"),
        ("codes.yml", f"{NUMBER}: [{CODE}", "is not valid YAML"),
        ("codes.json", f'{{"{NUMBER}": "{CODE}"', "is not valid JSON"),
        ("codes.yml", f'- "{CODE}"', "must be a mapping"),
        ("codes.json", f'["{CODE}"]', "must be a mapping"),
        ("codes.yml", f"{CODE}", "must be a mapping"),
        ("codes.yml", "$ANSIBLE_VAULT;1.1;AES256\n6162", "is encrypted"),
        ("codes.ini", f"{NUMBER}={CODE}", "must have a name that ends in one of .yml"),
    ],
)
def test_a_bad_file_is_refused_with_the_reason_and_without_its_content(
    tmp_path: Path, name: str, text: str, says: str
) -> None:
    path = written(tmp_path / name, text)
    message = refused_quietly(file=str(path))

    assert says in message
    assert str(path) in message
    assert not any(digits in message.replace('"012345"', "") for digits in (CODE, SECOND, "5349"))


def test_a_missing_file_has_no_code_and_causes_a_warning(tmp_path: Path) -> None:
    assert seen(file=str(tmp_path / "codes.yml")).remarks == [f"{tmp_path / 'codes.yml'} does not exist (yet)."]
    assert "No such file" in refused(file=str(tmp_path / "misspelt" / "codes.yml"))


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o602])
@pytest.mark.parametrize("name", ["codes.yml", f"folder/{NUMBER}"])
def test_a_file_that_others_can_open_is_refused_with_the_way_to_close_it(tmp_path: Path, name: str, mode: int) -> None:
    (tmp_path / "folder").mkdir(mode=0o700)
    path = written(tmp_path / name, f'"{NUMBER}": "{CODE}"', mode=mode)
    file = path.parent if path.parent.name == "folder" else path

    assert refused(file=str(file)).endswith(f"chmod 600 {path}")


def test_a_folder_that_others_can_write_to_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o770)

    assert refused(file=str(tmp_path)).endswith(f"chmod 700 {tmp_path}")


def test_a_file_of_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path / "codes.yml", "")
    monkeypatch.setattr(os, "geteuid", lambda: 4242)

    assert "belongs to another user" in refused(file=str(path))


def test_a_pipe_in_the_place_of_a_file_is_refused_without_waiting_for_its_other_end(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "codes.yml", 0o600)

    assert "not a regular file" in refused(file=str(tmp_path / "codes.yml"))


@pytest.mark.parametrize(
    ("options", "used"),
    [
        ({}, False),
        ({"max_age": 3600}, True),
        ({"max_age": 0}, True),
        ({"max_age": 10**999}, True),
        ({"max_age": 0, "since": "2001-01-01T00:00:00Z"}, True),
        ({"max_age": 3600, "since": "a minute ago"}, False),
    ],
)
def test_a_file_that_is_too_old_is_ignored_with_a_warning(tmp_path: Path, options: dict[str, Any], used: bool) -> None:
    if options.get("since") == "a minute ago":
        options = {**options, "since": time.time() - 60}
    path = written(tmp_path / "codes.yml", f'"{NUMBER}": "{CODE}"', ago=700)
    found = seen(file=str(path), **options)

    assert found.codes == ({NUMBER: CODE} if used else {})
    assert len(found.remarks) == (0 if used else 1)
    assert all("too old and not used" in remark and CODE not in remark for remark in found.remarks)


def test_an_old_file_of_another_number_causes_no_warning(tmp_path: Path) -> None:
    assert seen(OTHER, file=str(written(tmp_path / "codes.yml", f'"{NUMBER}": "{CODE}"', ago=700))) == FoundCodes()


def test_an_incomplete_file_is_ignored(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    path = written(tmp_path / NUMBER, "012", ago=0)

    assert seen(file=str(tmp_path)) == FoundCodes()
    written(path, "012", ago=10)
    assert "it has 3 digits" in refused_quietly(file=str(tmp_path))


# --- url


def test_an_inbox_is_read_once_for_the_new_messages_of_all_numbers(inbox: Inbox) -> None:
    inbox.receive("86 139-0000-1234", "Your code: 012-345")
    inbox.receive("whatsapp:+390212345678", "Your code: 987650")
    inbox.receive(NUMBER, "Your code: 111111", ago=700)
    inbox.receive(NUMBER, "Lunch at 12:30?")
    inbox.receive("13900001234", "Your code: 222222")
    inbox.messages.append({"to": None})

    assert seen(NUMBER, OTHER, "+4915112345678", url=inbox.options) == FoundCodes({NUMBER: CODE, OTHER: SECOND})
    assert len(inbox.requests) == 1


def test_a_message_before_since_is_ignored(inbox: Inbox) -> None:
    inbox.receive(NUMBER, CODE, ago=100)

    assert seen(url=inbox.options).codes == {NUMBER: CODE}
    assert seen(url=inbox.options, since=str(time.time() - 50)) == FoundCodes()


def test_a_message_in_the_second_of_since_is_used(inbox: Inbox) -> None:
    inbox.messages.append({"to": NUMBER, "received_at": "2026-05-01T10:00:00Z", "message": {"text": CODE}})

    assert seen(url=inbox.options, max_age=0, since="1777629600.8").codes == {NUMBER: CODE}


def test_the_option_pattern_finds_the_code(inbox: Inbox) -> None:
    inbox.receive(NUMBER, "ref 111111 code <012345>")

    assert seen(url=inbox.options).conflicting == {NUMBER}
    assert seen(url={**inbox.options, "pattern": "code <([0-9]+)>"}).codes == {NUMBER: CODE}
    assert "not a valid Python regular expression" in refused(url={**inbox.options, "pattern": "("})


def test_a_message_without_a_readable_time_is_not_used_and_causes_a_remark(inbox: Inbox) -> None:
    inbox.messages.append({"to": NUMBER, "received_at": "just now", "message": {"text": CODE}})
    found = seen(url=inbox.options)

    assert found.codes == {}
    assert "do not have a readable time in the field 'received_at'" in found.remarks[0]


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (Answer(401), "check the token in url.headers"),
        (Answer(403), "check the token in url.headers"),
        (Answer(404), "HTTP 404. Check url.address"),
        (Answer(200, b"<!DOCTYPE html><p>987650", {"Content-Type": "text/html"}), "a web page, not JSON"),
        (Answer(200, b" <html>987650</html>"), "a web page, not JSON"),
        (Answer(200, b"987650 is no"), "is not valid JSON"),
        (Answer(200, b""), "is not valid JSON"),
        (Answer(200, b"[" * 100_000), "is not valid JSON"),
        (Answer(200, b'{"data": {"items": []}}'), "no list at 'data.messages'"),
        (Answer(200, b'{"987650": 1, "token": 2}'), "Its fields are: token."),
        (Answer(200, b'{"data": {"messages": [{"target": "987650"}]}}'), "no message in the inbox"),
        (Answer(200, b" " * 1_000_001), "more than a megabyte"),
        (Answer(302, headers={"Location": "https://else.example/987650"}), "redirects to else.example"),
    ],
)
def test_a_wrong_inbox_is_an_error_that_says_what_to_do(inbox: Inbox, answer: Answer, says: str) -> None:
    inbox.instead = answer
    message = refused(url=inbox.options)

    assert says.lower() in message.lower()
    assert inbox.origin.removeprefix("http://") in message
    assert "page=newest" not in message
    assert len(inbox.requests) == 1


@pytest.mark.parametrize("answer", [Answer(500), Answer(429), Answer(502, b"<html>987650")])
def test_an_inbox_that_fails_for_a_while_leaves_an_error_for_a_later_try(inbox: Inbox, answer: Answer) -> None:
    inbox.instead = answer
    found = seen(url=inbox.options)

    assert found.codes == {}
    assert f"HTTP {answer.status}" in found.source_errors[0]
    assert SECOND not in found.source_errors[0]


def test_an_inbox_that_does_not_answer_ends_at_its_timeout(inbox: Inbox) -> None:
    inbox.instead = Answer(after_seconds=FOR_EVER)
    found = seen(url={**inbox.options, "timeout": 1})

    assert "within 1 s" in found.source_errors[0] or "does not answer" in found.source_errors[0]


@pytest.mark.parametrize(
    "pieces",
    [
        byte_by_byte(b"HTTP/1.1 200 OK\r\nServer: " + b"a" * 9999),
        [b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", *byte_by_byte(b" " * 9999)],
        byte_by_byte(b"HTTP/1.1 100 Continue\r\n\r\n" * 500),
    ],
    ids=["header", "body", "100 Continue"],
)
def test_an_inbox_that_answers_byte_by_byte_ends_at_its_timeout(pieces: Iterable[bytes]) -> None:
    before = threading.active_count()
    with BadServer(pieces) as server:
        found = seen(url={"address": server.origin, "timeout": 1})
        assert found.source_errors == [
            f"The inbox {server.origin[7:]} did not send a complete answer within 1 s."
            " Try again later, or increase url.timeout."
        ]
        # Two threads are the server's.
        for _turn in range(100):
            if threading.active_count() <= before + 2:
                return
            time.sleep(0.1)
        raise AssertionError("a thread still reads the answer")


@pytest.mark.parametrize(
    ("pieces", "says"),
    [
        (
            flood_of_data(b"HTTP/1.1 100 Continue\r\n\r\n"),
            "check url.address" if PYTHON_ENDS_FLOODS_OF_CONTINUE else "more than a megabyte",
        ),
        ([b"HTTP/1.1 200 OK\r\n\r\n", *flood_of_data(b" ")], "more than a megabyte"),
        ([valid_answer(compression_bomb(), "Content-Encoding: gzip")], "more than a megabyte"),
    ],
    ids=["100 Continue", "body", "bomb"],
)
def test_an_inbox_that_answers_without_end_is_stopped_at_the_limit(pieces: Iterable[bytes], says: str) -> None:
    tracemalloc.start()
    try:
        with BadServer(pieces) as server:
            assert says in problem_of_inbox(server.origin)
            _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 5 * inbox_source.MOST_BYTES
    assert server.bytes_sent < MANY // 2


def test_a_compressed_answer_of_an_inbox_is_read() -> None:
    message = {"number": NUMBER, "time": time.time(), "text": CODE}
    body = gzip.compress(json.dumps([message]).encode())
    with BadServer([valid_answer(body, "Content-Encoding: gzip")]) as server:
        assert seen(url={"address": server.origin}).codes == {NUMBER: CODE}


def test_a_closed_port_is_a_temporary_error() -> None:
    found = seen(url={"address": "http://127.0.0.1:9/inbox?token=inbox-token-canary"})

    assert found.source_errors == ["The inbox 127.0.0.1:9 cannot be reached: check url.address and the network."]


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A self-signed certificate for 127.0.0.1 beside its key."""
    return write_certificate(tmp_path)


def test_the_certificate_of_an_inbox_must_be_trusted_and_can_be(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Inbox(certificate) as inbox:
        inbox.receive(NUMBER, CODE)
        assert "Set url.ca_path to its authority" in refused(url=inbox.options)
        assert inbox.requests == []
        assert seen(url={**inbox.options, "ca_path": str(certificate)}).codes == {NUMBER: CODE}
        assert seen(url={**inbox.options, "validate_certs": False}).codes == {NUMBER: CODE}
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
        assert seen(url=inbox.options).codes == {NUMBER: CODE}


def test_headers_are_not_sent_to_the_target_of_a_redirect(inbox: Inbox) -> None:
    with Inbox() as other:
        inbox.instead = Answer(307, headers={"Location": f"{other.origin}/messages"})
        assert "because url.headers are only for" in refused(url=inbox.options)
        assert other.requests == []


def test_a_login_in_netrc_does_not_replace_the_headers(
    inbox: Inbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path / "netrc", "machine 127.0.0.1 login someone password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    inbox.receive(NUMBER, CODE)

    assert seen(url=inbox.options).codes == {NUMBER: CODE}


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("http://inbox.example.com/x", "plain http"),
        ("https://me:inbox-token-canary@inbox.example.com/", "name or a password"),
        ("inbox.example.com", "not an address"),
        ("ftp://inbox.example.com", "not an address"),
        ("https://[", "not an address"),
    ],
)
def test_an_address_that_would_reveal_secrets_is_refused(address: str, says: str) -> None:
    assert says in refused(url={"address": address})


# --- exec


def command(text: str) -> list[str]:
    return [PYTHON, "-c", text, "{number}"]


def test_a_command_gets_the_number_and_the_oldest_time(tmp_path: Path) -> None:
    text = (
        "import os, sys\n"
        "assert os.environ['CAMS_PHONE_NUMBER'] == sys.argv[1]\n"
        "assert os.environ['CAMS_CODE_SINCE'] == '2001-01-01T00:00:00Z'\n"
        f"print('code 012-345' if sys.argv[1] == '{NUMBER}' else '')\n"
    )

    found = seen(NUMBER, OTHER, exec=command(text), max_age=0, since="2001-01-01T00:00:00Z")

    assert found == FoundCodes({NUMBER: CODE})


def test_a_huge_max_age_means_any_age() -> None:
    assert seen(exec=command(f"print('{CODE}')"), max_age=10**15).codes == {NUMBER: CODE}


def test_a_command_that_prints_two_codes_gives_none_and_a_warning_says_so() -> None:
    found = seen(exec=command(f"print('{CODE} {SECOND}')"))

    assert (found.codes, found.conflicting) == ({}, {NUMBER})
    assert "2 different codes were found in the command python" in found.remarks[0]
    assert CODE not in found.remarks[0]


def test_a_command_that_prints_something_else_causes_a_remark() -> None:
    found = seen(exec=command("print(5349)"))

    assert found.codes == {}
    assert "without a code of six digits" in found.remarks[0]
    assert "5349" not in found.remarks[0]


def test_a_command_that_fails_for_one_number_still_runs_for_others() -> None:
    text = f"import sys; print('{CODE}'); sys.exit(sys.argv[1] == '{NUMBER}')"
    found = seen(NUMBER, OTHER, exec=command(text))

    assert found.codes == {OTHER: CODE}
    assert "ended with exit status 1" in found.source_errors[0]


def test_a_command_that_hangs_is_killed_with_its_children(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (
        "import subprocess, sys, time\n"
        f"child = subprocess.Popen(['sleep', '{FOR_EVER}'])\n"
        f"print('{CODE}', flush=True)\n"
        f"open({str(tmp_path / 'new')!r}, 'w').write(str(child.pid))\n"
        f"import os; os.rename({str(tmp_path / 'new')!r}, {str(tmp_path / 'pid')!r})\n"
        f"time.sleep({FOR_EVER})\n"
    )
    # Its second is over as soon as it hangs.
    clock = SimpleNamespace(monotonic=lambda: float(FOR_EVER * (tmp_path / "pid").exists()))
    monkeypatch.setattr(command_source, "time", clock)
    found = seen(NUMBER, OTHER, exec=command(text), exec_timeout=1)

    assert "did not end within 1 s" in found.source_errors[0]
    assert found.codes == {}
    assert gone(int((tmp_path / "pid").read_text(encoding="utf-8")))


def gone(pid: int) -> bool:
    """Whether the process ends. Only a hang makes it false."""
    deadline = time.monotonic() + LONGEST_SECONDS
    while time.monotonic() < deadline:
        try:
            if "Z" in Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2][:3]:
                return True
        except FileNotFoundError:
            return True
        time.sleep(0.05)
    return False


def test_a_command_that_prints_without_end_is_stopped() -> None:
    assert "prints more than a code" in refused(exec=command("while True: print('x' * 1000)"))


@pytest.mark.parametrize("arguments", [["/no/such/command"], ["/"], ["a\0b"]])
def test_a_command_that_cannot_be_started_is_an_error(arguments: list[str]) -> None:
    assert "cannot be started" in refused(exec=arguments)


# --- several sources


def test_sources_that_agree_give_the_code_and_sources_that_disagree_none(tmp_path: Path, inbox: Inbox) -> None:
    path = str(written(tmp_path / "codes.yml", f'"{NUMBER}": "{CODE}"'))
    inbox.receive(NUMBER, CODE)
    assert seen(file=path, url=inbox.options, vars={NUMBER: CODE}).codes == {NUMBER: CODE}

    found = seen(file=path, url=inbox.options, vars={NUMBER: SECOND})

    assert (found.codes, found.conflicting) == ({}, {NUMBER})
    assert f"different codes were found in vars and {path} and the inbox 127.0.0.1" in found.remarks[0]
    assert not any(code in found.remarks[0] for code in (CODE, SECOND))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("codes.yml", f'"{NUMBER}": "{CODE}"\n"{NUMBER}": "{SECOND}"'),
        ("codes.json", f'{{"{NUMBER}": "{CODE}", "{NUMBER}": "{SECOND}"}}'),
        ("codes.csv", f"{NUMBER},{CODE}\n{NUMBER[1:]},{SECOND}"),
    ],
)
def test_a_number_with_two_different_codes_in_a_file_gives_none(tmp_path: Path, name: str, text: str) -> None:
    found = seen(file=str(written(tmp_path / name, text)))

    assert (found.codes, found.conflicting) == ({}, {NUMBER})


def test_two_new_messages_with_different_codes_give_none(inbox: Inbox) -> None:
    inbox.receive(NUMBER, CODE)
    inbox.receive(NUMBER, SECOND)

    assert seen(url=inbox.options).conflicting == {NUMBER}


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({}, "No source of codes is given"),
        ({"exec": []}, "exec is empty"),
        ({"vars": {}, "since": "tomorrow"}, "since is not a time"),
        ({"vars": {}, "max_age": -1}, "max_age must be 0 or more seconds"),
        ({"vars": {}, "max_age": True}, "max_age must be 0 or more seconds"),
        ({"exec": ["true"], "exec_timeout": 0}, "exec_timeout must be from 1 to 3600 seconds"),
        ({"exec": ["true"], "exec_timeout": 10**10}, "exec_timeout must be"),
        ({"url": {"address": "https://inbox.example.com", "timeout": 10**10}}, "url.timeout must be"),
        ({"url": {"address": "https://inbox.example.com", "timeout": 0}}, "url.timeout must be"),
        ({"url": {"address": "https://inbox.example.com", "ca_path": "/no/ca.pem"}}, "does not exist"),
        ({"url": {"address": "https://inbox.example.com", "ca_path": "a" * 10_000}}, "does not exist"),
    ],
)
def test_impossible_options_are_refused(options: dict[str, Any], says: str) -> None:
    assert says in refused(**options)


# --- the lookup


@pytest.fixture
def looked_up() -> Callable[..., list[str]]:
    def run(*terms: Any, **options: Any) -> list[str]:
        return LookupModule(loader=DataLoader()).run(list(terms), {}, **options)

    return run


def test_the_lookup_returns_a_text_for_each_number_in_order(looked_up: Callable[..., list[str]]) -> None:
    codes = looked_up([OTHER, NUMBER], "+86 139 0000 1234", vars={NUMBER: CODE})

    assert codes == ["", CODE, CODE]
    assert all(isinstance(code, str) for code in codes)


def test_the_lookup_refuses_unknown_options_and_values_that_are_not_numbers(
    looked_up: Callable[..., list[str]],
) -> None:
    with pytest.raises(AnsibleError, match="options are not valid: files"):
        looked_up(NUMBER, files="codes.yml")
    with pytest.raises(AnsibleError, match="Quote it"):
        looked_up(8613900001234, vars={})


def test_the_lookup_fails_for_a_source_without_answer_unless_another_has_the_code(
    looked_up: Callable[..., list[str]],
) -> None:
    silent = {"address": "http://127.0.0.1:9/"}

    assert looked_up(NUMBER, vars={NUMBER: CODE}, url=silent) == [CODE]
    with pytest.raises(AnsibleError, match="cannot be reached"):
        looked_up(NUMBER, vars={}, url=silent)
