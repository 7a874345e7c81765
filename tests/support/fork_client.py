# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stand in for a program that a shell starts: a server of forks runs it, with this process's input and outputs.

The arguments are the folder of the server, the Python module of the program, and the arguments of the program.
A signal that reaches this process does not reach the program.
This file imports little, because each start of the program imports it.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sys
from collections.abc import Iterator

# The socket in the folder of a server.
SHELLS = "shells"


@contextlib.contextmanager
def short_name_of(folder: str) -> Iterator[str]:
    """Give the folder a name that is short enough for the address of a socket in it."""
    descriptor = os.open(folder, os.O_PATH)
    yield f"/proc/self/fd/{descriptor}"
    os.close(descriptor)


def main() -> int:
    server, program, *arguments = sys.argv[1:]
    request = {
        "program": program,
        "arguments": arguments,
        "environment": dict(os.environ),
        "folder": os.getcwd(),  # noqa: PTH109
        "new_session": False,
    }
    asked = os.memfd_create("request")
    os.write(asked, json.dumps(request).encode())
    os.lseek(asked, 0, os.SEEK_SET)
    status, its_status = os.pipe()
    with socket.socket(socket.AF_UNIX) as channel, short_name_of(server) as folder:
        channel.connect(f"{folder}/{SHELLS}")
        socket.send_fds(channel, [b"f"], [asked, 0, 1, 2, its_status])
    os.close(its_status)
    with os.fdopen(status) as ends:
        _pid, ended = ends.readlines()
    return int(ended) % 256


if __name__ == "__main__":
    sys.exit(main())
