# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the modules of a playbook as forks of the Ansible workers that start them.

A new interpreter needs half of its time to start and to import the standard library and requests. A fork has them in
memory. It imports Ansible and this collection from the archive that Ansible made, as a new interpreter does. It
has the session, folder, variables and limits of the worker, and its own input, outputs and exit status.
"""

from __future__ import annotations

import atexit
import gc
import os
import re
import select
import signal
import sys
import threading
from pathlib import Path
from types import ModuleType
from typing import NoReturn

from ansible.plugins.connection.local import Connection
from fork_server import exit_status_of

# What Ansible lets a shell run for each task without ``become``, ``environment`` and ``async``. With pipelining it
# names no file, and the module is the input.
_COMMAND = re.compile(rf"/bin/sh -c '{re.escape(sys.executable)}(?: (\S+/AnsiballZ_\w+\.py))? && sleep 0'")
_PACKED = ("ansible", "ansible_collections")
_start_program = Connection.exec_command
# What a fork has of its worker. If it were freed, it would close descriptors that have new owners by then.
_kept: list[object] = []


def fork_modules() -> None:
    """Let the local connections of this process, and of its forks, start modules as forks."""
    Connection.exec_command = _exec_command


def _exec_command(
    connection: Connection, cmd: str, in_data: bytes | None = None, sudoable: bool = True
) -> tuple[int, bytes, bytes]:
    module = _COMMAND.fullmatch(cmd)
    if module and bool(module[1]) != bool(in_data):
        return run_as_fork(module[1] or "", in_data or Path(module[1]).read_bytes())
    result: tuple[int, bytes, bytes] = _start_program(connection, cmd, in_data, sudoable)
    return result


def run_as_fork(file: str, source: bytes) -> tuple[int, bytes, bytes]:
    """Run a program as the main program of a fork. Return its exit status, output and errors.

    The file is empty if a new interpreter would read the program from its input.
    """
    (output, its_output), (errors, its_errors) = os.pipe(), os.pipe()
    pid = os.fork()
    if pid == 0:
        _run(file, source, its_output, its_errors)
    os.close(its_output)
    os.close(its_errors)
    received = {output: bytearray(), errors: bytearray()}
    open_pipes = [output, errors]
    while open_pipes:
        for pipe in select.select(open_pipes, [], [])[0]:
            chunk = os.read(pipe, 1 << 16)
            received[pipe].extend(chunk)
            if not chunk:
                open_pipes.remove(pipe)
                os.close(pipe)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return status, bytes(received[output]), bytes(received[errors])


def _run(file: str, source: bytes, output: int, errors: int) -> NoReturn:
    gc.freeze()
    _kept.extend([dict(sys.modules), sys.meta_path[:], sys.path_hooks[:], sys.stdin, sys.stdout, sys.stderr])
    for number, descriptor in enumerate((os.open(os.devnull, os.O_RDONLY), output, errors)):
        os.dup2(descriptor, number)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    _reset_python()
    sys.argv = [file]
    main = ModuleType("__main__")
    if file:
        main.__file__ = file
    sys.modules["__main__"] = main

    def run() -> None:
        try:
            exec(compile(source, file or "<stdin>", "exec"), vars(main))
        finally:
            threading._shutdown()  # type: ignore[attr-defined]
            atexit._run_exitfuncs()

    os._exit(exit_status_of(run))


def _reset_python() -> None:
    """Forget what a new interpreter would not know."""
    atexit._clear()
    signal.set_wakeup_fd(-1)
    for caught in signal.valid_signals():
        if callable(signal.getsignal(caught)):
            signal.signal(caught, signal.default_int_handler if caught == signal.SIGINT else signal.SIG_DFL)
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        # Lines of errors are not kept back.
        stream = os.fdopen(number, "w" if number else "r", 1 if name == "stderr" else -1, closefd=False)
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
    installed = (sys.prefix, sys.base_prefix)
    for name, module in list(sys.modules.items()):
        place = getattr(module, "__file__", None)
        if name.partition(".")[0] in _PACKED or (place and not place.startswith(installed)):
            del sys.modules[name]
    sys.meta_path[:] = [finder for finder in sys.meta_path if not _is_of_ansible(finder)]
    sys.path_hooks[:] = [hook for hook in sys.path_hooks if not _is_of_ansible(hook)]
    sys.path_importer_cache.clear()
    given = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    sys.path[:] = [*filter(None, given), *(path for path in sys.path if path.startswith(installed))]


def _is_of_ansible(finder: object) -> bool:
    return type(getattr(finder, "__self__", finder)).__module__.startswith("ansible")
