# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Command line: start the simulator, or send requests to the control port of a running one."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from .background import BackgroundError, start, stop
from .client import ControlClient, ControlError
from .contact import read_contact
from .server import Options, serve
from .store import StateError

DESCRIPTION = """\
A simulator of Alibaba Cloud's Chat App Message Service (CAMS) for migrating WhatsApp business numbers.

  python3 -m cams_simulator serve --port 8600 --control-port 8601
  python3 -m cams_simulator inbox --control http://127.0.0.1:8601

Built-in account: access key LTAI5tSimulator, secret simulator-secret, space cams-demo.
The README in this folder lists every operation, fault, setting and assumption."""


def main() -> int:
    arguments, serve_options = _parse_arguments()
    try:
        if arguments.command == "serve":
            asyncio.run(serve(_server_options(arguments)))
        elif arguments.command == "start":
            seed = sys.stdin.read() if arguments.seed_from_stdin else None
            print(json.dumps(start(arguments.directory, serve_options, seed)))
        elif arguments.command == "stop" and arguments.directory:
            print(json.dumps(stop(arguments.directory)))
        else:
            answer = _run_control_command(ControlClient(arguments.control), arguments)
            print(json.dumps(answer, indent=2, ensure_ascii=False))
    except (BackgroundError, ControlError, StateError, ValueError, OSError) as error:
        print(f"cams_simulator: {error}", file=sys.stderr)
        return 1
    return 0


def _parse_arguments() -> tuple[argparse.Namespace, list[str]]:
    """Return the parsed arguments, and for `start` the arguments that it passes to `serve`."""
    parser = _make_parser()
    arguments, others = parser.parse_known_args()
    if arguments.command == "start":
        parser.parse_args(["serve", *others])
    elif others:
        parser.error(f"unrecognized arguments: {' '.join(others)}")
    return arguments, others


def _server_options(arguments: argparse.Namespace) -> Options:
    return Options(
        state=arguments.state,
        host=arguments.host,
        port=arguments.port,
        control_port=arguments.control_port,
        certificate=arguments.certificate,
        key=arguments.key,
        ready_file=arguments.ready_file,
        seeds=arguments.seed,
        settings={**read_contact(arguments.contact), **_parse_name_value_pairs(arguments.setting)},
        random_seed=arguments.random_seed,
    )


def _run_control_command(client: ControlClient, arguments: argparse.Namespace) -> Any:
    match arguments.command:
        case "inbox":
            return client.inbox(arguments.phone_number, arguments.since)
        case "seed":
            return client.seed(json.loads(Path(arguments.file).read_text("utf-8")))
        case "clock":
            return client.advance(arguments.advance) if arguments.advance else client.clock()
        case "fault":
            if arguments.clear:
                client.remove_faults()
            elif arguments.kind:
                client.add_fault(arguments.kind, **_parse_name_value_pairs(arguments.facts))
            return client.faults()
        case "calls":
            return client.calls_summary() if arguments.summary else client.calls(arguments.after, arguments.action)
        case "settings":
            return (
                client.change_settings(**_parse_name_value_pairs(arguments.changes))
                if arguments.changes
                else client.settings()
            )
        case "reset":
            return client.reset()
        case _:
            return client.stop()


def _parse_name_value_pairs(texts: list[str]) -> dict[str, Any]:
    """Parse name=value pairs. A value that is valid JSON is parsed as JSON; any other value is a text."""
    pairs: dict[str, Any] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise ValueError(f"{text!r} does not have the form name=value.")
        # These values can be all digits, but they are texts.
        if name in ("phone_number", "other_number", "cust_space_id"):
            pairs[name] = value
            continue
        try:
            pairs[name] = json.loads(value)
        except ValueError:
            pairs[name] = value
    return pairs


def _make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "cams_simulator", description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_serve_arguments(
        commands.add_parser("serve", help="start the simulator; it prints one JSON line when it is ready")
    )
    background = commands.add_parser("start", help="start it in the background, unless it runs; same options as serve")
    background.add_argument("--directory", type=Path, required=True, help="folder for its state and its log")
    background.add_argument(
        "--seed-from-stdin",
        action="store_true",
        help="read a seed from standard input, for a new state file",
    )
    controls = {
        name: commands.add_parser(name, help=text)
        for name, text in {
            "inbox": "list the codes that arrived on the phones",
            "seed": "add accounts, spaces and numbers from a JSON file",
            "clock": "show the simulator's clock, or move it forward",
            "fault": "list, add or remove faults",
            "calls": "show the log of API calls, or its summary",
            "settings": "show or change settings",
            "reset": "reset everything to the first start",
            "stop": "stop the simulator",
        }.items()
    }
    # The directory also identifies a simulator that runs in the background.
    places = controls["stop"].add_mutually_exclusive_group(required=True)
    places.add_argument("--directory", type=Path, help="the same directory as for start")
    places.add_argument("--control", metavar="URL", help="address of the control port, from the ready line")
    for name in controls.keys() - {"stop"}:
        controls[name].add_argument(
            "--control", required=True, metavar="URL", help="address of the control port, from the ready line"
        )
    controls["inbox"].add_argument("--phone-number")
    controls["inbox"].add_argument("--since", help="epoch seconds or an ISO 8601 time of the simulator's clock")
    controls["seed"].add_argument("file")
    controls["clock"].add_argument("--advance", type=float, metavar="SECONDS")
    controls["fault"].add_argument("kind", nargs="?")
    controls["fault"].add_argument("facts", nargs="*", metavar="NAME=VALUE", help="such as operation=... count=2")
    controls["fault"].add_argument("--clear", action="store_true")
    controls["calls"].add_argument("--summary", action="store_true")
    controls["calls"].add_argument("--after", type=int, default=0, metavar="ID")
    controls["calls"].add_argument("--action")
    controls["settings"].add_argument("changes", nargs="*", metavar="NAME=VALUE")
    return parser


def _add_serve_arguments(command: argparse.ArgumentParser) -> None:
    defaults = Options()
    command.add_argument(
        "--state", default=defaults.state, metavar="FILE", help="SQLite file (default: %(default)s), or :memory:"
    )
    command.add_argument("--host", default=defaults.host, help="address of the API port (default: %(default)s)")
    command.add_argument("--port", type=int, default=0, help="API port (default: a free one)")
    command.add_argument(
        "--control-port", type=int, default=0, help="control port, always on loopback (default: a free one)"
    )
    command.add_argument("--certificate", type=Path, metavar="FILE", help="PEM certificate; the API port then uses TLS")
    command.add_argument("--key", type=Path, metavar="FILE", help="PEM key of the certificate")
    command.add_argument("--ready-file", type=Path, metavar="FILE", help="also write the ready line to this file")
    command.add_argument(
        "--seed", type=Path, action="append", default=[], metavar="FILE", help="add this seed to a new state file"
    )
    command.add_argument(
        "--setting", action="append", default=[], metavar="NAME=VALUE", help="a setting for a new state file"
    )
    command.add_argument(
        "--contact",
        type=Path,
        metavar="FILE",
        help="settings for a new state file, as the contact.json of a first contact shows the real service",
    )
    command.add_argument("--random-seed", type=int, metavar="N", help="make codes and random faults repeatable")


if __name__ == "__main__":
    sys.exit(main())
