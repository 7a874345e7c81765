# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options that say where runs keep their memory: in files of one machine, or in a database."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  journal:
    description:
      - File to which the module writes one line of JSON before and after each write to the API. It is created if it is
        missing.
      - The journal remembers when codes were requested, which codes were tried, how often a number was registered, and
        what a killed run may have done. It can only make a run more careful.
      - The journal never contains a code. Other users must not be able to read it.
      - With O(store) the module does not write this file, because the database keeps the journal. If the file exists
        and was not imported yet, the run stops before its first call. To import it, run the playbook
        C(chatapp.cams.store).
    type: path
  store:
    description:
      - Address of a PostgreSQL database in which runs keep their memory, for example
        V(postgresql://cams@db.example.com/cams). If not set, E(CAMS_STORE) is used.
      - Without a store, runs keep their memory in files of one machine. Two machines then do not see each other's runs.
      - All machines that name the same store share its journal, the locks of numbers, and the rate limit of the account.
        Use one store for all machines that work on an account.
      - Do not write a password into the address, because Ansible shows the address. Such an address is refused. Set
        the password in E(PGPASSWORD), in a password file (C(~/.pgpass) or E(PGPASSFILE)), or in a service of
        E(PGSERVICEFILE).
      - Set these variables before you start Ansible, and not with C(environment) of a task. Ansible puts the latter into
        the command line of the module, which other users of the machine can list.
      - A database on another machine is only used with TLS, unless C(sslmode) in the address, E(PGSSLMODE) or a service
        says otherwise.
      - The first run creates the tables if its database role may create tables. Otherwise the error names the command
        that creates them.
      - If the database is lost during a run, the run stops and never continues with files.
    type: str
  store_required:
    description:
      - If true, the module refuses to run without O(store). Set this on every machine that shares a store, so that no
        run works with the files of one machine by mistake.
      - If not set, E(CAMS_STORE_REQUIRED) is used.
    type: bool
    default: false
requirements:
  - psycopg 3.1 or later, for O(store)
"""
