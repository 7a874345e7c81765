#!/usr/bin/python
# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cams_store
short_description: Prepare the store that several machines share
description:
  - Prepares a PostgreSQL database in which runs keep their memory. Creates its tables, or migrates them to the version
    that this collection needs.
  - Imports journals, and what this machine noted about numbers, of runs that kept their memory in files. Shows which
    runs work on numbers now.
  - The module makes no API call. The connection options only say which account the imported journals and the shown runs
    belong to. An account is an endpoint and the id of an access key.
  - The module stops no run and unlocks no number. A number is free again some time after its run ended.
version_added: 1.0.0
author:
  - chatapp.cams contributors (@chatapp)
options:
  store:
    description:
      - Address of the database, for example V(postgresql://cams@db.example.com/cams).
      - If not set, E(CAMS_STORE) is used. One of them is required.
      - Do not write a password into the address, because Ansible shows the address. Such an address is refused. Set
        the password in E(PGPASSWORD), in a password file (C(~/.pgpass) or E(PGPASSFILE)), or in a service of
        E(PGSERVICEFILE).
      - The database role must be allowed to create tables. Runs need no such permission after the tables exist.
    type: str
  import_journals:
    description:
      - Journal files to import. Name all journals of the account, also those of other machines, so that no run requests
        a code again.
      - An imported file is marked as moved, and no run uses it afterwards. If a file is imported again, only its new
        entries are added.
      - Stop all runs that use a file before you import it.
    type: list
    elements: path
    default: []
  no_codes_before:
    description:
      - Time before which no run requests a code, except for numbers in the option O(ignore:resend) of the run. Write it
        in ISO 8601 (UTC by default), for example V(2026-12-01T00:00:00Z).
      - Use this if journals of the account are lost. Then the store does not know which codes were requested, and a run
        could request a code that is still under way.
      - The time applies to all accounts of the store.
      - An empty text removes the time. Without this option the time is not changed.
    type: str
extends_documentation_fragment:
  - chatapp.cams._auth
  - chatapp.cams._attributes
attributes:
  check_mode:
    support: full
    details:
      - The module only reads. It returns the version that the tables would have, and how many entries it would import.
      - If the tables would change, it cannot read them, so it returns only their version.
  diff_mode:
    support: none
  idempotent:
    support: full
requirements:
  - psycopg 3.1 or later
notes:
  - The playbook C(chatapp.cams.store) runs this module and shows its result.
seealso:
  - module: chatapp.cams.cams_number_fleet
"""

EXAMPLES = r"""
- name: Create the tables, and import the journals of two machines
  chatapp.cams.cams_store:
    store: postgresql://cams@db.example.com/cams # the password is in ~/.pgpass or in PGPASSWORD
    import_journals:
      - ./cams-journal.jsonl
      - ./journal-of-other-machine.jsonl

- name: Prepare a store for an account whose journals are lost
  chatapp.cams.cams_store:
    store: postgresql://cams@db.example.com/cams
    no_codes_before: "2026-12-01T00:00:00Z"

- name: Find out which runs work on numbers now
  chatapp.cams.cams_store:
    store: postgresql://cams@db.example.com/cams
  check_mode: true
  register: shared

- name: Show these runs
  ansible.builtin.debug:
    msg: "{{ shared.msg }}"
"""

RETURN = r"""
msg:
  description: Sentences about the tables, each imported journal, and each run that works now.
  returned: success
  type: list
  elements: str
  sample:
    - The tables of the store have version 1.
    - Imported 240 new entries from /srv/inventory/.cams-journal.jsonl.
    - No run works on numbers of this account now.
schema_version:
  description: Version of the tables.
  returned: success
  type: int
  sample: 1
imported:
  description: Journals in O(import_journals).
  returned: success
  type: list
  elements: dict
  contains:
    journal:
      description: Path of the file.
      returned: always
      type: str
      sample: /srv/inventory/.cams-journal.jsonl
    entries:
      description: Number of entries that were not in the store before.
      returned: always
      type: int
      sample: 240
imported_markers:
  description:
    - Number of notes that were not in the store before. A machine notes in its state directory for which numbers it
      requested a code, also if its runs write no journal. The notes of the machine that runs the module are imported.
  returned: success
  type: int
  sample: 0
runs:
  description: Runs that work on numbers of the account now.
  returned: success
  type: list
  elements: dict
  contains:
    run:
      description: Id of the run, as in the journal.
      returned: always
      type: str
    user:
      description: User who started the run.
      returned: always
      type: str
      sample: deploy
    host:
      description: Machine on which the run works.
      returned: always
      type: str
      sample: controller-2
    started_at:
      description: Time when the run started, in ISO 8601.
      returned: always
      type: str
      sample: "2026-05-01T10:00:00+00:00"
    last_seen:
      description: Time when the run last reported to the store, in ISO 8601.
      returned: always
      type: str
      sample: "2026-05-01T10:02:10+00:00"
    numbers:
      description: Numbers that the run has locked.
      returned: always
      type: list
      elements: str
      sample: ["+8613900001234"]
"""

from ansible_collections.chatapp.cams.plugins.module_utils._modules.ansible_module import run_module
from ansible_collections.chatapp.cams.plugins.module_utils._modules.store_preparation import (
    STORE_PREPARATION_ARGUMENTS,
    prepare_store,
)


def main() -> None:
    run_module(STORE_PREPARATION_ARGUMENTS, prepare_store)


if __name__ == "__main__":
    main()
