# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: cams_numbers
short_description: Make an inventory of the WhatsApp numbers of CAMS spaces
description:
  - Adds a host for each number that the spaces show. Its variables are the row of the number, its phase and its next
    action.
  - Queries each space once, and only reads. The credentials and the rate limit are those of the modules.
  - The name of the file must be C(cams.yml) or C(cams_numbers.yml), or end with C(.cams.yml) or C(.cams_numbers.yml).
    C(.yaml) works as well as C(.yml).
  - These hosts declare nothing, so P(chatapp.cams.reconcile#role) does not change them. To declare the numbers, use the
    playbook C(chatapp.cams.export), or O(compose) as in the examples.
  - If you also use a static inventory, name the static inventory first. If one of its hosts declares a number with
    C(cams_phone_number), that host also gets the variables and groups of the number. O(hostvars_prefix) prevents that
    its own variables are replaced.
version_added: 1.0.0
author:
  - chatapp.cams contributors (@chatapp)
options:
  plugin:
    description: Name of this plugin.
    type: str
    required: true
    choices: [chatapp.cams.cams_numbers]
  cust_space_ids:
    description:
      - Ids of the CAMS customer spaces, at least one. The console shows them on the page Channel Management.
    type: list
    elements: str
    default: []
  isv_code:
    description:
      - ISV check code of the account, if it has one.
    type: str
  strict_spaces:
    description:
      - If true, the inventory fails if one of the spaces cannot be queried. If false, such a space causes a warning.
      - The inventory always fails if no space can be queried.
    type: bool
    default: false
  hostname:
    description:
      - Template for the names of the hosts. It can use the variables of the host. By default, the name of a host is its
        number with its plus.
      - Braces and characters that cannot be printed are replaced by underscores. If the result is empty, the name is
        the number. If the template uses an undefined variable and O(strict=false), the name is the number too.
      - If several rows get the same name, for example a number that moved to another space, the host is the row that is
        furthest in its migration. A warning names all of them.
    type: str
  hostvars_prefix:
    description:
      - Prefix of the names of the host variables, also in the templates of this file.
      - With another prefix, or an empty one, the variables can replace variables of a static inventory.
    type: str
    default: cams_observed_
  include:
    description:
      - Conditions to keep a number. A number is kept if at least one condition is true. Without conditions, all numbers
        are kept.
      - A condition that cannot be evaluated is an error. A field without a value is undefined, so use the filter
        C(default).
    type: list
    elements: str
    default: []
  exclude:
    description:
      - Conditions to drop a number. A number is dropped if at least one condition is true.
    type: list
    elements: str
    default: []
  endpoint:
    env:
      - name: CAMS_ENDPOINT
  cache:
    description:
      - Whether to keep the rows in the cache of O(cache_plugin). Until they expire, no call is made. Reading the cache
        does not extend this time.
      - The rows are queried again if the spaces, the account, the endpoint or the version of the collection change.
        They are not kept if a space could not be queried for a temporary reason.
extends_documentation_fragment:
  - chatapp.cams._auth
  - constructed
  - inventory_cache
notes:
  - Each host has C(cust_space_id), C(phone_number), C(status), C(phase), C(next_action) and the other fields of its row
    as in M(chatapp.cams.cams_number_info), each with O(hostvars_prefix) before its name.
  - The phase is the phase that the row alone shows. C(next_action) is a sentence that says what to do next. It is empty
    if nothing is left to do.
  - Each host is in the groups C(cams_space_<id>), C(cams_phase_<phase>), C(cams_status_<status>) and
    C(cams_quality_<rating>). Phase, status and rating are in lower case. Other characters than letters and digits are
    replaced by underscores.
  - Values from the API are never evaluated as templates.
  - The rows and the cache contain the callback addresses of the numbers. If an address contains a token, use a folder
    for the cache that other users cannot read.
seealso:
  - module: chatapp.cams.cams_number_info
"""

EXAMPLES = r"""
# acme.cams.yml - try it with: ansible-inventory -i acme.cams.yml --graph
plugin: chatapp.cams.cams_numbers
cust_space_ids: ["293483938849493", "293483938849494"]

---
# Keep the rows in files for ten minutes, drop connected numbers, and add your own groups.
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
# Hosts that declare connected numbers, so that reconcile keeps them as they are.
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
from ansible_collections.chatapp.cams.plugins.module_utils._api.connect import UNCHECKED, make_client
from ansible_collections.chatapp.cams.plugins.module_utils._api.transport import REQUESTS_IMPORT_ERROR
from ansible_collections.chatapp.cams.plugins.module_utils._cloud.rows import (
    Row,
    checked_space_id,
    observation_of_row,
    row_rank,
)
from ansible_collections.chatapp.cams.plugins.module_utils._cloud.spaces import SpaceRows, query_spaces
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.values import closest_name
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.variables import NUMBER
from ansible_collections.chatapp.cams.plugins.module_utils._errors import CamsError
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.next_actions import next_action_for
from ansible_collections.chatapp.cams.plugins.module_utils._store.files.slot_files import pace_of_this_machine
from ansible_collections.chatapp.cams.plugins.module_utils._values import phone
from ansible_collections.chatapp.cams.plugins.module_utils._values.auth_arguments import (
    AUTH_ARGUMENTS,
    AUTH_MUTUALLY_EXCLUSIVE,
)
from ansible_collections.chatapp.cams.plugins.module_utils._values.option_values import (
    check_id,
    check_no_hidden_characters,
)
from ansible_collections.chatapp.cams.plugins.module_utils._values.wording import Reader, for_reader
from ansible_collections.chatapp.cams.plugins.module_utils._version import VERSION

Variables = dict[str, Any]

# Increase this number when the form of the cached rows changes.
_CACHE_FORM = 1
_GROUPED_BY = {"phase": "phase", "status": "status", "quality": "quality_rating"}
_FILE_NAMES = (".cams.yml", ".cams.yaml", ".cams_numbers.yml", ".cams_numbers.yaml")
_MAX_LISTED = 5


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):  # type: ignore[misc]  # Ansible exports no types
    """The inventory plugin."""

    NAME = "chatapp.cams.cams_numbers"

    def verify_file(self, path: str) -> bool:
        # A dot is put first, so that cams.yml ends like acme.cams.yml.
        ours = f".{Path(path).name}".endswith(_FILE_NAMES)
        return ours and bool(super().verify_file(path))

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        super().parse(inventory, loader, path, cache)
        self._refuse_unknown_options(loader, path)
        self._read_config_data(path)
        try:
            shown = self._cached_or_queried_rows(path, cache)
        except CamsError as error:
            raise AnsibleParserError(for_reader(error.message, Reader.PLAYBOOK)) from None
        self._refuse_or_warn_of_missing_spaces(shown)
        self._add_hosts(shown)

    # --- options ---

    def _refuse_unknown_options(self, loader: Any, path: str) -> None:
        """Refuse unknown options. Ansible ignores them, so a misspelt filter would keep all numbers."""
        config = loader.load_from_file(path, cache="none")
        if not isinstance(config, Mapping):
            return
        defined = C.config.get_configuration_definitions("inventory", self._load_name)
        known = {*defined, *(alias for option in defined.values() for alias in option.get("aliases") or ())}
        for option in config:
            if str(option) not in known:
                alike = closest_name(str(option), tuple(sorted(known)))
                fix = f"Did you mean {alike}?" if alike else f"See: ansible-doc -t inventory {self.NAME}"
                raise AnsibleParserError(f"{path}: {option} is not an option of this inventory. {fix}")

    def _read_space_ids(self) -> list[str]:
        spaces = [checked_space_id(str(space)) for space in self.get_option("cust_space_ids") or []]
        for space in spaces:
            check_id("cust_space_ids", space)
        if not spaces:
            raise AnsibleParserError("cust_space_ids is empty. Name at least one space.")
        return list(dict.fromkeys(spaces))

    def _auth_options(self) -> dict[str, Any]:
        options = {name: self.get_option(name) for name in AUTH_ARGUMENTS}
        # A value from a vault becomes plain text.
        plain = (bool, int, float)
        given = {n: v if isinstance(v, plain) else str(v) for n, v in options.items() if v is not None}
        try:
            check_mutually_exclusive(AUTH_MUTUALLY_EXCLUSIVE, given)
        except TypeError as error:
            raise AnsibleParserError(str(error)) from None
        return given

    # --- what the cloud shows ---

    def _cached_or_queried_rows(self, path: str, cache: bool) -> SpaceRows:
        spaces, auth = self._read_space_ids(), self._auth_options()
        isv_code = str(self.get_option("isv_code") or "")
        check_no_hidden_characters("isv_code", isv_code)
        if not auth["validate_certs"]:
            self.display.warning(UNCHECKED)
        if not self.get_option("cache"):
            return self._query_rows(spaces, auth, isv_code)
        key, kept_for = self.get_cache_key(path), self._hash_of_cache_inputs(spaces, auth, isv_code)
        kept = self._cached_rows(key, kept_for) if cache else None
        if kept is not None and not (kept.refused and self.get_option("strict_spaces")):
            return kept
        shown = self._query_rows(spaces, auth, isv_code)
        if shown.cacheable:
            # A text, because some cache plugins would decode other values.
            content = json.dumps({"rows": shown.rows, "refused": shown.refused})
            self._cache[key] = {"kept_for": kept_for, "content": content}
        return shown

    def _cached_rows(self, key: str, kept_for: str) -> SpaceRows | None:
        """Return the cached rows, or None if they are missing, expired, damaged or belong to other options."""
        try:
            kept = self._cache[key]
            if kept["kept_for"] != kept_for:
                return None
            content = json.loads(kept["content"])
            return SpaceRows(content["rows"], content["refused"])
        except (KeyError, TypeError, ValueError):
            return None
        except AnsibleError as error:
            self.display.vvv(f"The cache cannot be read, so the spaces are queried: {error}")
            return None

    @staticmethod
    def _hash_of_cache_inputs(spaces: list[str], auth: Mapping[str, Any], isv_code: str) -> str:
        account = [auth.get(name) for name in ("endpoint", "profile", "access_key_id")]
        asked = json.dumps([_CACHE_FORM, VERSION, account, spaces, isv_code])
        return hashlib.sha256(asked.encode()).hexdigest()

    @staticmethod
    def _query_rows(spaces: list[str], auth: Mapping[str, Any], isv_code: str) -> SpaceRows:
        if REQUESTS_IMPORT_ERROR:
            raise AnsibleParserError(missing_required_lib("requests"))
        # In check mode the client only sends reads.
        client = make_client(auth, ansible_version=ansible_version, check_mode=True, make_pace=pace_of_this_machine)
        return query_spaces(client, spaces, isv_code)

    def _refuse_or_warn_of_missing_spaces(self, shown: SpaceRows) -> None:
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
        for name, row in self._rows_by_host_name(shown).items():
            variables = self._host_variables(row)
            self.inventory.add_host(name)
            for variable, value in variables.items():
                self.inventory.set_variable(name, variable, value)
            for group in _groups_of_row(row):
                if group not in made:
                    self.inventory.add_group(group)
                    made.add(group)
                self.inventory.add_child(group, name)
            self._set_composite_vars(compose, variables, name, strict=strict)
            self._add_host_to_composed_groups(groups, variables, name, strict=strict)
            self._add_host_to_keyed_groups(keyed, variables, name, strict=strict)

    def _rows_by_host_name(self, shown: SpaceRows) -> dict[str, Row]:
        """Return the rows that the filters keep, by host name. If rows have the same name, the furthest row counts."""
        declared = self._hosts_by_declared_number()
        named: dict[str, Row] = {}
        twice: list[str] = []
        for row in _rows_with_next_action(shown):
            if not self._passes_filters(row):
                continue
            name = declared.get(row["phone_number"]) or self._host_name(row)
            other = named.setdefault(name, row)
            if other is not row:
                named[name], left = sorted((other, row), key=row_rank)
                twice.append(f"{name}: {_row_in_words(named[name])}, not {_row_in_words(left)}")
        if twice:
            more = f"; and {len(twice) - _MAX_LISTED} more" if len(twice) > _MAX_LISTED else ""
            self.display.warning(f"Several rows have the name of one host. {'; '.join(twice[:_MAX_LISTED])}{more}.")
        return named

    def _hosts_by_declared_number(self) -> dict[str, str]:
        """Return the hosts of earlier inventories by the number that they declare. Templates do not count."""
        hosts: dict[str, str] = {}
        for host in self.inventory.hosts.values():
            try:
                hosts.setdefault(phone.parse(host.vars.get(NUMBER)), host.name)
            except phone.PhoneNumberError:
                continue
        return hosts

    def _host_name(self, row: Row) -> str:
        template, number = self.get_option("hostname"), str(row["phone_number"])
        name = number
        if template:
            self.templar.available_variables = self._host_variables(row)
            try:
                name = str(self.templar.template(template))
            except AnsibleError as error:
                if self.get_option("strict"):
                    raise AnsibleParserError(f"hostname cannot be made for {number}: {error}") from None
        # Up to ansible-core 2.18, the name of a host is a variable that Ansible evaluates.
        return "".join(c if c.isprintable() and c not in "{}" else "_" for c in name.strip()) or number

    def _passes_filters(self, row: Row) -> bool:
        include, exclude = self.get_option("include"), self.get_option("exclude")
        if not include and not exclude:
            return True
        variables = self._host_variables(row)
        kept = not include or any(self._condition_holds("include", condition, variables, row) for condition in include)
        return kept and not any(
            self._condition_holds("exclude", condition, variables, row) for condition in exclude or []
        )

    def _condition_holds(self, option: str, condition: Any, variables: Variables, row: Row) -> bool:
        try:
            if hasattr(self.templar, "evaluate_conditional"):
                self.templar.available_variables = variables
                return bool(self.templar.evaluate_conditional(condition))
            # Up to ansible-core 2.18.
            return bool(self._compose(f"true if ({condition}) else false", variables))
        except AnsibleError as error:
            reason = f"{option}: {condition!r} cannot be evaluated for {row['phone_number']}: {error}"
            raise AnsibleParserError(reason) from None

    def _host_variables(self, row: Row) -> Variables:
        prefix = self.get_option("hostvars_prefix") or ""
        return {prefix + name: wrap_var(value) for name, value in row.items() if name.isidentifier()}


def _rows_with_next_action(shown: SpaceRows) -> Iterator[Row]:
    for space, rows in shown.rows.items():
        for row in rows:
            yield {**row, "cust_space_id": space, "next_action": next_action_for(observation_of_row(row))}


def _groups_of_row(row: Row) -> Iterator[str]:
    yield _safe_group_name(f"cams_space_{row['cust_space_id']}")
    for name, key in _GROUPED_BY.items():
        if row.get(key):
            yield _safe_group_name(f"cams_{name}_{row[key]}").lower()


def _safe_group_name(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_]", "_", name)


def _row_in_words(row: Row) -> str:
    return f"{row['phone_number']} in space {row['cust_space_id']} ({row['phase']})"
