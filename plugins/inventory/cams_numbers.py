# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: cams_numbers
short_description: The WhatsApp numbers of CAMS spaces as an inventory
description:
  - Makes a host of each number that the spaces show. Its variables are the number's row, its phase, and what is to be
    done next.
  - Each space is queried once, all of them side by side, at the pace and with the credentials of the modules. It only
    reads.
  - The file's name is C(cams.yml) or C(cams.yaml), or ends with C(.cams.yml) or C(.cams.yaml).
  - A host declares nothing by being here, so P(chatapp.cams.reconcile#role) leaves it alone. Whoever wants the numbers
    declared as they are uses the playbook C(chatapp.cams.export), or writes O(compose) as in the examples.
  - Beside a static inventory, name the static one first. A host that declares one of the numbers by
    C(cams_phone_number) is then that number's host, whatever it is called, and gets the variables and groups in
    addition. None of its own variables is touched as long as O(hostvars_prefix) keeps them apart.
version_added: 1.0.0
author:
  - chatapp.cams contributors (@chatapp)
options:
  plugin:
    description: Marks the file as one of this plugin.
    type: str
    required: true
    choices: [chatapp.cams.cams_numbers]
  cust_space_ids:
    description:
      - The spaces, as the console's Channel Management page shows them. At least one.
    type: list
    elements: str
    default: []
  isv_code:
    description:
      - The ISV's check code, sent along with each query.
    type: str
  strict_spaces:
    description:
      - Whether one space that cannot be queried fails the inventory. Otherwise it is a warning, and the numbers of the
        other spaces are there. When no space answers it always fails.
    type: bool
    default: false
  hostname:
    description:
      - A template for the names of the hosts, which may use the variables of the host. By default a host is named by
        its number, with its plus.
      - Braces and characters that are not printed become underscores. Where the template gives nothing, or names
        something undefined and O(strict) is not set, the host is named by its number.
      - When two numbers get the same name, as a number does that moved from one space to another, the one that is
        furthest on its way is the host, and a warning names both.
    type: str
  hostvars_prefix:
    description:
      - What the names of the host variables begin with, also where templates of this file use them.
      - With another prefix, or none, they may replace variables of a static inventory.
    type: str
    default: cams_observed_
  include:
    description:
      - Keep a number only if at least one of these conditions is true for it. Without conditions all are kept.
      - A condition that cannot be evaluated is an error, because it can neither keep nor drop. Fields without a value
        are not there, so use the filter C(default).
    type: list
    elements: str
    default: []
  exclude:
    description:
      - Drop a number if at least one of these conditions is true for it.
    type: list
    elements: str
    default: []
  endpoint:
    env:
      - name: CAMS_ENDPOINT
  cache:
    description:
      - Whether to keep the rows in the cache that O(cache_plugin) names. While they are fresh nothing is called, and
        reading them does not renew their age.
      - They are fetched anew when the spaces, the account, the endpoint or the collection's version are others than
        they were kept for. They are not kept when a space could not be queried for a reason that may pass.
extends_documentation_fragment:
  - chatapp.cams._auth
  - constructed
  - inventory_cache
notes:
  - Each host has C(cust_space_id), C(phone_number), C(status), C(phase), C(next_action) and the other fields of its row
    as M(chatapp.cams.cams_number_info) returns them, each with O(hostvars_prefix) before its name.
  - The phase is what the row alone tells. C(next_action) is a sentence for a person, empty when nothing is left to do.
  - It is in the groups C(cams_space_<id>), C(cams_phase_<phase>), C(cams_status_<status>) and C(cams_quality_<rating>).
    All but the space are in lower case, and what is no letter or digit is an underscore.
  - What the API says is never evaluated as a template.
  - The rows, and so the cache, hold the callback addresses of the numbers. When an address holds a token, give the
    cache a folder that others cannot read.
seealso:
  - module: chatapp.cams.cams_number_info
"""

EXAMPLES = r"""
# acme.cams.yml - try it with: ansible-inventory -i acme.cams.yml --graph
plugin: chatapp.cams.cams_numbers
cust_space_ids: ["293483938849493", "293483938849494"]

---
# With a cache in files for ten minutes, only what needs somebody, and groups of one's own.
plugin: chatapp.cams.cams_numbers
cust_space_ids: ["293483938849493"]
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: ~/.cache/cams
cache_timeout: 600
exclude:
  - cams_observed_phase == 'connected'
groups:
  waits_for_a_code: cams_observed_phase == 'initiated'
keyed_groups:
  - key: cams_observed_messaging_limit_tier | default('none') | lower
    prefix: tier

---
# Hosts that declare what is already there, so that reconcile looks after them.
plugin: chatapp.cams.cams_numbers
cust_space_ids: ["293483938849493"]
include:
  - cams_observed_phase in ['connected', 'limited']
compose:
  cams_phone_number: cams_observed_phone_number
  cams_cust_space_id: cams_observed_cust_space_id
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ansible import constants as C  # noqa: N812  # as everywhere in Ansible
from ansible.errors import AnsibleError, AnsibleParserError
from ansible.module_utils.basic import missing_required_lib
from ansible.module_utils.common.validation import check_mutually_exclusive
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable
from ansible.release import __version__ as ansible_version
from ansible.utils.unsafe_proxy import wrap_var
from ansible_collections.chatapp.cams.plugins.module_utils._api.connect import (
    AUTH_ARGUMENTS,
    AUTH_MUTUALLY_EXCLUSIVE,
    UNCHECKED,
    make_client,
)
from ansible_collections.chatapp.cams.plugins.module_utils._api.transport import REQUESTS_IMPORT_ERROR
from ansible_collections.chatapp.cams.plugins.module_utils._cloud.rows import (
    Row,
    observation_of_row,
    row_rank,
    space_id,
)
from ansible_collections.chatapp.cams.plugins.module_utils._cloud.spaces import SpaceRows, query_spaces
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.values import closest
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.variables import NUMBER
from ansible_collections.chatapp.cams.plugins.module_utils._errors import CamsError
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.next_actions import next_action_for
from ansible_collections.chatapp.cams.plugins.module_utils._values import phone
from ansible_collections.chatapp.cams.plugins.module_utils._values.option_values import check_id, check_plain
from ansible_collections.chatapp.cams.plugins.module_utils._version import VERSION

Variables = dict[str, Any]

# Counted up when what is kept in the cache changes its form.
_CACHE_FORM = 1
_GROUPED_BY = {"phase": "phase", "status": "status", "quality": "quality_rating"}
_TOLD = 5


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):  # type: ignore[misc]  # Ansible exports no types
    """What Ansible loads."""

    NAME = "chatapp.cams.cams_numbers"

    def verify_file(self, path: str) -> bool:
        name = Path(path).name
        ours = name in ("cams.yml", "cams.yaml") or name.endswith((".cams.yml", ".cams.yaml"))
        return ours and bool(super().verify_file(path))

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        super().parse(inventory, loader, path, cache)
        self._refuse_unknown_options(loader, path)
        self._read_config_data(path)
        try:
            shown = self._cached_or_queried(path, cache)
        except CamsError as error:
            raise AnsibleParserError(error.message) from None
        self._judge(shown)
        self._add_hosts(shown)

    # --- options ---

    def _refuse_unknown_options(self, loader: Any, path: str) -> None:
        """Ansible passes over what it does not know, and a misspelt filter would let everything pass."""
        config = loader.load_from_file(path, cache="none")
        if not isinstance(config, Mapping):
            return
        defined = C.config.get_configuration_definitions("inventory", self._load_name)
        known = {*defined, *(alias for option in defined.values() for alias in option.get("aliases") or ())}
        for option in config:
            if str(option) not in known:
                alike = closest(str(option), tuple(sorted(known)))
                mend = f"Did you mean {alike}?" if alike else f"See: ansible-doc -t inventory {self.NAME}"
                raise AnsibleParserError(f"{path}: {option} is no option of this inventory. {mend}")

    def _spaces(self) -> list[str]:
        spaces = [space_id(str(space)) for space in self.get_option("cust_space_ids") or []]
        for space in spaces:
            check_id("cust_space_ids", space)
        if not spaces:
            raise AnsibleParserError("cust_space_ids is empty. Name at least one space.")
        return list(dict.fromkeys(spaces))

    def _auth(self) -> dict[str, Any]:
        options = {name: self.get_option(name) for name in AUTH_ARGUMENTS}
        # What stands in a vault becomes plain text.
        plain = (bool, int, float)
        given = {n: v if isinstance(v, plain) else str(v) for n, v in options.items() if v is not None}
        try:
            check_mutually_exclusive(AUTH_MUTUALLY_EXCLUSIVE, given)
        except TypeError as error:
            raise AnsibleParserError(str(error)) from None
        return given

    # --- what the cloud shows ---

    def _cached_or_queried(self, path: str, cache: bool) -> SpaceRows:
        spaces, auth = self._spaces(), self._auth()
        isv_code = str(self.get_option("isv_code") or "")
        check_plain("isv_code", isv_code)
        if not auth["validate_certs"]:
            self.display.warning(UNCHECKED)
        if not self.get_option("cache"):
            return self._queried(spaces, auth, isv_code)
        key, kept_for = self.get_cache_key(path), self._kept_for(spaces, auth, isv_code)
        kept = self._cached(key, kept_for) if cache else None
        if kept is not None and not (kept.refused and self.get_option("strict_spaces")):
            return kept
        shown = self._queried(spaces, auth, isv_code)
        if shown.cacheable:
            # As a text, in which no cache plugin finds anything to decode.
            content = json.dumps({"rows": shown.rows, "refused": shown.refused})
            self._cache[key] = {"kept_for": kept_for, "content": content}
        return shown

    def _cached(self, key: str, kept_for: str) -> SpaceRows | None:
        """What the cache holds; None when it is missing, too old, damaged or was kept for something else."""
        try:
            kept = self._cache[key]
            if kept["kept_for"] != kept_for:
                return None
            content = json.loads(kept["content"])
            return SpaceRows(content["rows"], content["refused"])
        except (KeyError, TypeError, ValueError):
            return None
        except AnsibleError as error:
            self.display.vvv(f"The cache is fetched anew: {error}")
            return None

    @staticmethod
    def _kept_for(spaces: list[str], auth: Mapping[str, Any], isv_code: str) -> str:
        account = [auth.get(name) for name in ("endpoint", "profile", "access_key_id")]
        asked = json.dumps([_CACHE_FORM, VERSION, account, spaces, isv_code])
        return hashlib.sha256(asked.encode()).hexdigest()

    @staticmethod
    def _queried(spaces: list[str], auth: Mapping[str, Any], isv_code: str) -> SpaceRows:
        if REQUESTS_IMPORT_ERROR:
            raise AnsibleParserError(missing_required_lib("requests"))
        # Check mode, so that nothing but a read can leave.
        return query_spaces(make_client(auth, ansible_version=ansible_version, check_mode=True), spaces, isv_code)

    def _judge(self, shown: SpaceRows) -> None:
        problems = list(shown.refused.values())
        if problems and (self.get_option("strict_spaces") or not shown.rows):
            raise AnsibleParserError(" ".join(problems))
        for problem in problems:
            self.display.warning(f"The numbers of a space are missing. {problem}")

    # --- hosts ---

    def _add_hosts(self, shown: SpaceRows) -> None:
        strict = self.get_option("strict")
        compose, groups, keyed = (self.get_option(name) for name in ("compose", "groups", "keyed_groups"))
        made: set[str] = set()
        for name, row in self._named(shown).items():
            variables = self._variables(row)
            self.inventory.add_host(name)
            for variable, value in variables.items():
                self.inventory.set_variable(name, variable, value)
            for group in _groups_of(row):
                if group not in made:
                    self.inventory.add_group(group)
                    made.add(group)
                self.inventory.add_child(group, name)
            self._set_composite_vars(compose, variables, name, strict=strict)
            self._add_host_to_composed_groups(groups, variables, name, strict=strict)
            self._add_host_to_keyed_groups(keyed, variables, name, strict=strict)

    def _named(self, shown: SpaceRows) -> dict[str, Row]:
        """The rows that pass the filters, by the names of their hosts; of two with one name the one further on."""
        declared = self._declared_hosts()
        named: dict[str, Row] = {}
        twice: list[str] = []
        for row in _rows(shown):
            if not self._passes(row):
                continue
            name = declared.get(row["phone_number"]) or self._name(row)
            other = named.setdefault(name, row)
            if other is not row:
                named[name], left = sorted((other, row), key=row_rank)
                twice.append(f"{name}: {_place(named[name])}, not {_place(left)}")
        if twice:
            more = f"; and {len(twice) - _TOLD} more" if len(twice) > _TOLD else ""
            self.display.warning(f"Several rows have the name of one host. {'; '.join(twice[:_TOLD])}{more}.")
        return named

    def _declared_hosts(self) -> dict[str, str]:
        """The hosts of inventories before this one, by the number that they declare in plain text."""
        hosts: dict[str, str] = {}
        for host in self.inventory.hosts.values():
            try:
                hosts.setdefault(phone.parse(host.vars.get(NUMBER)), host.name)
            except phone.PhoneNumberError:
                continue
        return hosts

    def _name(self, row: Row) -> str:
        template, number = self.get_option("hostname"), str(row["phone_number"])
        name = number
        if template:
            self.templar.available_variables = self._variables(row)
            try:
                name = str(self.templar.template(template))
            except AnsibleError as error:
                if self.get_option("strict"):
                    raise AnsibleParserError(f"hostname cannot be made for {number}: {error}") from None
        # A host's name is a variable too, which up to ansible-core 2.18 would be evaluated.
        return "".join(c if c.isprintable() and c not in "{}" else "_" for c in name.strip()) or number

    def _passes(self, row: Row) -> bool:
        include, exclude = self.get_option("include"), self.get_option("exclude")
        if not include and not exclude:
            return True
        variables = self._variables(row)
        kept = not include or any(self._holds("include", condition, variables, row) for condition in include)
        return kept and not any(self._holds("exclude", condition, variables, row) for condition in exclude or [])

    def _holds(self, option: str, condition: Any, variables: Variables, row: Row) -> bool:
        try:
            if hasattr(self.templar, "evaluate_conditional"):
                self.templar.available_variables = variables
                return bool(self.templar.evaluate_conditional(condition))
            # Up to ansible-core 2.18.
            return bool(self._compose(f"true if ({condition}) else false", variables))
        except AnsibleError as error:
            reason = f"{option}: {condition!r} cannot be evaluated for {row['phone_number']}: {error}"
            raise AnsibleParserError(reason) from None

    def _variables(self, row: Row) -> Variables:
        prefix = self.get_option("hostvars_prefix") or ""
        return {prefix + name: wrap_var(value) for name, value in row.items() if name.isidentifier()}


def _rows(shown: SpaceRows) -> Iterator[Row]:
    for space, rows in shown.rows.items():
        for row in rows:
            yield {**row, "cust_space_id": space, "next_action": next_action_for(observation_of_row(row))}


def _groups_of(row: Row) -> Iterator[str]:
    yield _safe(f"cams_space_{row['cust_space_id']}")
    for name, key in _GROUPED_BY.items():
        if row.get(key):
            yield _safe(f"cams_{name}_{row[key]}").lower()


def _safe(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_]", "_", name)


def _place(row: Row) -> str:
    return f"{row['phone_number']} in space {row['cust_space_id']} ({row['phase']})"
