# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options that name sources of verification codes."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  vars:
    description:
      - A mapping of numbers to codes, for example from C(-e @codes.yml) or a survey. It has no time, so O(since) and
        O(max_age) do not apply.
      - Quote the codes. YAML makes another number of C(012345), which is refused with an explanation.
      - An empty code is one that has not come yet.
    type: dict
  file:
    description:
      - A folder with one file for each number, named after it, for example C(+8613900001234) or
        C(+8613900001234.txt), which holds the code and nothing else. Files of other names are ignored.
      - Or one file whose name ends in C(.yml), C(.yaml) or C(.json) and that maps numbers to codes, at its top or
        under the key C(codes); or one that ends in C(.csv) and has numbers and codes in its first two columns.
      - A file must belong to the account that reads it and be closed to all others (C(chmod 600)); into a folder no
        other account may write.
      - Its age is that of its last change. A file that is too old, or not there yet, counts as none, with a warning.
      - Write to another name in the same folder and rename, so that nobody reads half a file.
      - A relative path begins at the folder of the playbook.
    type: path
  url:
    description:
      - An inbox that answers a C(GET) with messages in JSON. Messages that are old or for other numbers are passed over,
        and so are texts without a code.
      - It must not be longer than a megabyte, so have it list new messages only where it can.
    type: dict
    suboptions:
      address:
        description:
          - Its address. Plain C(http) is accepted for loopback addresses only.
          - It is not shown, for it may hold a token; errors name the host alone.
          - Proxies and certificate authorities are taken from the usual variables, such as E(HTTPS_PROXY) and
            E(REQUESTS_CA_BUNDLE).
          - A redirect is not followed, because O(url.headers) are for this address only.
        type: str
        required: true
      headers:
        description:
          - Headers to send, for example C(Authorization). They are not shown.
        type: dict
        default: {}
      messages:
        description:
          - Where in the answer the list of messages is, as names with dots between them, for example V(data.messages).
          - When it is empty, the answer itself is the list.
        type: str
        default: ""
      number_field:
        description:
          - The field of a message that holds the number it was sent to. Blanks, dashes, a plus and words around the
            digits do not matter. A path with dots is accepted, as in O(url.messages).
        type: str
        default: number
      time_field:
        description:
          - The field that holds the time at which it was sent or came, in ISO 8601 (UTC unless it says otherwise), in
            the form that mail has, or as seconds or thousandths of seconds since 1970.
        type: str
        default: time
      text_field:
        description:
          - The field that holds its text.
        type: str
        default: text
      pattern:
        description:
          - A regular expression of Python that finds the code. Its first group is the code when it has one.
          - Without it six digits are, also with a dash or a blank in the middle, that are no part of a longer number.
        type: str
      validate_certs:
        description:
          - Whether its certificate must be trusted.
        type: bool
        default: true
      ca_path:
        description:
          - A file or directory of certificate authorities to trust instead of the usual ones.
        type: path
      timeout:
        description:
          - How many seconds to wait for its whole answer. From V(1) to V(3600).
        type: int
        default: 20
  exec:
    description:
      - A command and its arguments, which prints the code of one number, or nothing while there is none. No shell is
        involved. It is run once for each number.
      - C({number}) in an argument stands for the number. It is also in the environment, as E(CAMS_PHONE_NUMBER), and
        the time from when on a code counts is there as E(CAMS_CODE_SINCE), for example V(2026-05-01T10:00:00Z).
      - What it prints is searched as a message is. Its standard error is not read, and its standard input is empty.
      - Its working directory is the folder of the playbook.
      - It must not take the code away; others may look too, in check mode for example.
      - Keep secrets out of its arguments. They are shown, and other accounts can list them.
    type: list
    elements: str
  exec_timeout:
    description:
      - How many seconds the command may take. Then it is killed, with all that it has started.
      - From V(1) to V(3600).
    type: int
    default: 30
  since:
    description:
      - A file or message that is older than this counts as none. A time in ISO 8601 (UTC unless it says otherwise) or
        as seconds since 1970.
      - Name the time at which the code was requested, and an earlier code is not taken for it. The clocks of this
        machine and of the inbox are compared, so keep both right.
    type: str
  max_age:
    description:
      - A file or message that is older than so many seconds when the task begins counts as none. V(0) stands for any
        age.
      - A code lives for some ten minutes, and an old one spends a try.
    type: int
    default: 600
requirements:
  - requests, for O(url)
"""
