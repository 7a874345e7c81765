# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is declared of a number: as the options of a module, or of each item of a list."""

from __future__ import annotations

from textwrap import indent


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  cust_space_id:
    description:
      - The space that the number is brought to, as the console's Channel Management page shows it.
    type: str
    required: true
  phone_number:
    description:
      - The number in E.164, with its plus and in quotes, for example V("+8613900001234"). It is never rewritten.
      - Where the Python package C(phonenumbers) is installed, an impossible number is refused and an unlikely one is
        warned about.
    type: str
    required: true
  state:
    description:
      - How far to bring the number.
      - V(initiated) starts the migration and sends no code.
      - V(verified) has the number verified, which holds for 14 days, so that it can be registered in a change window.
      - V(registered) is the cut-over. From then on messages go through CAMS.
    type: str
    choices: [initiated, verified, registered]
    default: registered
  verify_code:
    description:
      - The code that reached the phone. Six digits, in quotes; blanks and one dash are taken out.
      - Leave it out while there is none. An empty text is refused.
      - It reaches the API and nothing else; it is masked without damage to the numbers that happen to hold its digits.
      - On the command line, as in C(-e code=012345), Ansible itself shows it in verbose output. Use a file.
    type: str
  code_method:
    description:
      - How the code is sent. A landline or toll-free number can only take a call.
    type: str
    choices: [sms, voice]
    default: sms
  code_locale:
    description:
      - The language of the message or the call.
      - Two or three small letters, and often a country, such as V(en_US), V(zh_CN) or V(id).
    type: str
    default: en_US
  webhook:
    description:
      - Where messages and status reports of the number are posted. Set once the number is connected, and again whenever
        the cloud shows other addresses than these.
      - An address that is left out stays as it is.
    type: dict
    suboptions:
      up_callback_url:
        description:
          - Where inbound messages are posted. With C(https), or with C(http) to a loopback address.
          - This or O(webhook.status_callback_url) is needed.
        type: str
      status_callback_url:
        description:
          - Where status reports are posted.
        type: str
      http:
        description:
          - Whether messages and reports are posted to these addresses.
          - The service offers no way to read this flag, so it is sent when an address changes and never alone. To send
            it alone, use M(chatapp.cams.cams_number_webhook).
        type: bool
      queue:
        description:
          - Whether messages and reports are put into queues. Sent as O(webhook.http) is.
        type: bool
"""

    # The same, one list further in.
    LIST: str = """
options:
  numbers:
    description:
      - The numbers that are declared. Each at most once.
    type: list
    elements: dict
    required: true
    suboptions:
""" + indent(DOCUMENTATION.partition("options:\n")[2], "    ").replace("O(webhook.", "O(numbers[].webhook.")
