# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the hosts that run a role, and the declarations of the other hosts of the play."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ansible.module_utils.parsing.convert_bool import boolean
from ansible_collections.chatapp.cams.plugins.module_utils._codes.source import digits_of_number
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.gather import numbers_of_host
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.mistakes import DeclarationError
from ansible_collections.chatapp.cams.plugins.plugin_utils._reading import read


def hosts_of_role(task: Any, mark: str, template: Callable[[Any], Any], variables: Mapping[str, Any]) -> list[str]:
    """Return the hosts that run the role whose task file includes this task, in the order of the play.

    ``mark`` is the name by which the include is registered. Raises RoleHostsError with the reason when the role cannot
    know its hosts.
    """
    refusal = why_strategy_is_refused(str(task.get_play().strategy))
    if refusal:
        raise RoleHostsError(refusal)
    include = including_task(task, mark)
    if include is None and task.when:
        raise RoleHostsError("A condition on this task cannot be seen by the role. Remove tasks_from: run.")
    if include is not None and boolean(template(include.run_once), strict=False):
        return [variables["inventory_hostname"]]
    return hosts_of_batch(variables, mark if include is not None else None)


class RoleHostsError(Exception):
    """The role cannot know its hosts; the message says why."""


def why_strategy_is_refused(strategy: str) -> str:
    """Return why the role cannot run with this strategy. Empty if it can."""
    name = strategy.rpartition(".")[2]
    if not name.endswith(("free", "host_pinned")):
        return ""
    return (
        f"The strategy {name} runs every task once for each host, but this role must act once for all its hosts."
        " Set strategy: linear in the play."
    )


def including_task(task: Any, mark: str) -> Any:
    """Return the task of the role that includes this task and registers ``mark``, or None."""
    parent = task._parent
    while parent is not None and not _registers_variable(parent, mark):
        parent = parent._parent
    return parent


def _registers_variable(task: Any, name: str) -> bool:
    register = getattr(task, "register", None)
    # A mapping of names since ansible-core 2.21, a name before.
    return name in register if isinstance(register, Mapping) else register == name


def hosts_of_batch(variables: Mapping[str, Any], mark: str | None) -> list[str]:
    """Return the hosts of this batch with a fresh mark, in the order of the play. Without a mark, all hosts."""
    batch, alive = set(variables["ansible_play_batch"]), set(variables["ansible_play_hosts"])
    if mark is None:
        return [host for host in variables["ansible_play_hosts_all"] if host in batch]
    # Failed hosts that run the role in a rescue or an always are missing in the lists of Ansible.
    present = [host for host in variables["ansible_play_hosts_all"] if host in batch or host not in alive]
    return [host for host in present if is_fresh_mark(variables["hostvars"].raw_get(host).get(mark))]


def is_fresh_mark(mark: Any) -> bool:
    """Return whether a host has just included the file of the role, and did not skip it."""
    return isinstance(mark, Mapping) and not mark.get("skipped") and not mark.get("failed") and "hosts" not in mark


def numbers_declared_elsewhere(hosts: Iterable[str], numbers: Iterable[str], variables: Mapping[str, Any]) -> list[str]:
    """Return the numbers that other hosts of the play declare. Mistakes of those hosts are ignored."""
    wanted = {f"+{digits_of_number(number)}": number for number in numbers}
    found: list[str] = []
    if not wanted:
        return found
    own = set(hosts)
    for host in variables["ansible_play_hosts_all"]:
        if host not in own:
            try:
                found += numbers_of_host(host, variables["hostvars"][host], read)
            except DeclarationError:
                continue
    return [wanted[number] for number in found if number in wanted]
