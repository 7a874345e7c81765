# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options that declare a number: as options of a module, or of each item of a list."""

from __future__ import annotations

from textwrap import indent


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  cust_space_id:
    description:
      - Id of the CAMS customer space to migrate the number to. The console shows it on the page Channel Management.
    type: str
    required: true
  phone_number:
    description:
      - Phone number in E.164, with its plus and in quotes, for example V("+8613900001234"). It is never changed.
      - If the Python package C(phonenumbers) is installed, an impossible number is refused, and an unlikely number
        causes a warning.
    type: str
    required: true
  state:
    description:
      - State that the number should reach.
      - V(initiated) starts the migration and requests no code.
      - V(verified) verifies the number and does not register it. A verification is valid for 14 days, so a later run
        can register the number in a change window.
      - V(registered) registers the number. From then on its messages go through CAMS.
    type: str
    choices: [initiated, verified, registered]
    default: registered
  verify_code:
    description:
      - Verification code that reached the phone, as six digits in quotes. Spaces and one dash are removed.
      - Leave this option out while there is no code. An empty text is refused.
      - The code is only sent to the API. Results and logs do not show it.
      - Do not give the code on the command line, as in C(-e code=012345), because Ansible shows it in verbose output.
        Use a file.
    type: str
  code_method:
    description:
      - Way to send the code. A landline or toll-free number can only receive a call, so use V(voice).
    type: str
    choices: [sms, voice]
    default: sms
  code_locale:
    description:
      - Language of the message or the call with the code.
      - Two or three small letters, often with a country, for example V(en_US), V(zh_CN) or V(id).
    type: str
    default: en_US
  ready:
    description:
      - Whether the owner of the number is ready to read the code. If false, no code is requested, and the migration of a
        number that needs a code does not start. Such a number has the outcome C(awaiting_owner).
      - A migration that has started already continues, and a code that is given is submitted. The state C(initiated) needs
        no code, so a number with this state does not wait.
      - A resend for a number that is not ready is refused.
    type: bool
    default: true
  code_not_before:
    description:
      - Time before which the owner of the number is not ready, as in O(ready=false).
      - A time in ISO 8601 with its offset from UTC, in quotes, for example V("2026-12-01T09:00+08:00"). V(Z) means
        UTC. A time without a zone is refused.
    type: str
  webhook:
    description:
      - Addresses to which messages and status reports of the number are posted. They are set after the number is
        connected, and again if the cloud shows other addresses.
      - An address that is left out is not changed.
    type: dict
    suboptions:
      up_callback_url:
        description:
          - Address for inbound messages. It must start with C(https), or with C(http) for a loopback address.
          - This option or O(webhook.status_callback_url) is required.
        type: str
      status_callback_url:
        description:
          - Address for status reports.
        type: str
      http:
        description:
          - Whether to post messages and reports to these addresses.
          - The API does not show this flag, so it is only sent together with a changed address. To send the flag
            alone, use M(chatapp.cams.cams_number_webhook).
        type: bool
      queue:
        description:
          - Whether to put messages and reports into queues. Sent in the same way as O(webhook.http).
        type: bool
"""

    # The same options for each item of the list numbers.
    LIST: str = """
options:
  numbers:
    description:
      - Numbers to work on. Each number at most once.
    type: list
    elements: dict
    required: true
    suboptions:
""" + indent(DOCUMENTATION.partition("options:\n")[2], "    ").replace("O(webhook.", "O(numbers[].webhook.").replace(
        "O(ready=", "O(numbers[].ready="
    )
