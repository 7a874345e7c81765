# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options that name sources of verification codes: of a lookup, and of a run that waits for codes."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  vars:
    description:
      - Mapping of numbers to codes, for example from C(-e @codes.yml) or a survey. O(since) and O(max_age) do not
        apply, because these codes have no time.
      - Quote the codes. YAML reads C(012345) without quotes as another number, which is refused.
      - An empty code means that no code has arrived yet.
    type: dict
  file:
    description:
      - Path of a folder or a file with codes. A relative path starts at the folder of the playbook.
      - A folder has one file for each number. The file has the name of the number, for example C(+8613900001234) or
        C(+8613900001234.txt), and contains only the code. Files with other names are ignored.
      - A file with the ending C(.yml), C(.yaml) or C(.json) is a mapping of numbers to codes, at the top or under the
        key C(codes). A file with the ending C(.csv) has numbers and codes in its first two columns.
      - A file must belong to the user that reads it, and other users must not be able to read it (C(chmod 600)). Other
        users must not be able to write to a folder.
      - The age of a code is the time since the last change of its file. A file that is too old or missing has no code,
        and causes a warning.
      - To write a file, use another name in the same folder and rename it. So an incomplete file is never read.
    type: path
  url:
    description:
      - HTTP inbox that answers a C(GET) with messages in JSON. Messages that are too old, for other numbers or without
        a code are skipped.
      - The answer must not be larger than a megabyte. If possible, let the inbox list only new messages.
    type: dict
    suboptions:
      address:
        description:
          - Address of the inbox. Plain C(http) is only allowed for loopback addresses.
          - The address may contain a token, so it is never shown. Errors only show its host.
          - Proxies and certificate authorities are set by the usual variables, such as E(HTTPS_PROXY) and
            E(REQUESTS_CA_BUNDLE).
          - A redirect is not followed, because O(url.headers) are only for this address.
        type: str
        required: true
      headers:
        description:
          - Headers to send, for example C(Authorization). They are never shown.
        type: dict
        default: {}
      messages:
        description:
          - Path of the list of messages in the answer, as names with dots between them, for example V(data.messages).
          - If the path is empty, the answer itself is the list.
        type: str
        default: ""
      number_field:
        description:
          - Field of a message with the number that the message was sent to. Only its digits count. A path with dots is
            allowed, as in O(url.messages).
        type: str
        default: number
      time_field:
        description:
          - Field of a message with the time when it was sent or received. The time is in ISO 8601 (UTC by default), in
            the form of mail headers, or in seconds or milliseconds since 1970.
        type: str
        default: time
      text_field:
        description:
          - Field of a message with its text.
        type: str
        default: text
      pattern:
        description:
          - Regular expression (of Python) that finds the code in the text. If it has a group, the first group is the
            code.
          - By default, six digits that are not part of a longer number. A dash or a space may be in the middle.
        type: str
      validate_certs:
        description:
          - Whether to check the certificate of the inbox.
        type: bool
        default: true
      ca_path:
        description:
          - File or directory of certificate authorities to trust instead of the default ones.
        type: path
      timeout:
        description:
          - Maximum number of seconds to wait for the complete answer of the inbox, from V(1) to V(3600).
        type: int
        default: 20
  exec:
    description:
      - Command with its arguments. The command prints the code of one number, or nothing if there is no code. It is run
        once for each number, without a shell, in the folder of the playbook.
      - C({number}) in an argument is replaced by the number. The variable E(CAMS_PHONE_NUMBER) contains the number too.
        The variable E(CAMS_CODE_SINCE) contains the time before which a code is too old, for example
        V(2026-05-01T10:00:00Z).
      - The output is searched for a code like a message. Standard error is not read, and standard input is empty.
      - The command must not remove the code, because another run, for example in check mode, may read it too.
      - Do not put secrets into the arguments. Ansible shows them, and other users can list them.
    type: list
    elements: str
  exec_timeout:
    description:
      - Maximum number of seconds that the command may take, from V(1) to V(3600). Then the command and its child
        processes are killed.
    type: int
    default: 30
  since:
    description:
      - Ignore files and messages that are older than this time. Write it in ISO 8601 (UTC by default) or in seconds
        since 1970.
      - Set this to the time of the code request, so that an older code is not used. The clocks of this machine and of
        the inbox must be right.
    type: str
  max_age:
    description:
      - Ignore files and messages that are older than this number of seconds when the task starts. V(0) means any age.
      - A code is valid for some ten minutes. An old code costs a try.
    type: int
    default: 600
requirements:
  - requests, for O(url)
"""

    OF_A_RUN = r"""
options:
  code_source:
    description:
      - Where to read verification codes. The run submits each code as soon as it arrives, while it continues with the
        other numbers. It reads the source for all waiting numbers together.
      - A code is used only for a number that waits for one. For a number whose code this run requested, the code must
        be newer than the start of the run.
      - Codes that are still missing at the end are not an error. A source that cannot be read is an error.
      - In check mode the source is read once.
    type: dict
    suboptions:
      vars:
        description:
          - Mapping of numbers to codes, for example from C(-e @codes.yml) or a survey. O(code_source.max_age)
            does not apply, because these codes have no time.
          - Quote the codes. YAML reads C(012345) without quotes as another number, which is refused.
          - An empty code means that no code has arrived yet.
        type: dict
      file:
        description:
          - Path of a folder or a file with codes. A relative path starts in the working directory of the module.
          - A folder has one file for each number. The file has the name of the number, for example C(+8613900001234) or
            C(+8613900001234.txt), and contains only the code. Files with other names are ignored.
          - A file with the ending C(.yml), C(.yaml) or C(.json) is a mapping of numbers to codes, at the top or under
            the key C(codes). A file with the ending C(.csv) has numbers and codes in its first two columns.
          - A file must belong to the user that reads it, and other users must not be able to read it (C(chmod 600)).
            Other users must not be able to write to a folder.
          - The age of a code is the time since the last change of its file. A file that is too old or missing has no
            code, and causes a warning.
          - To write a file, use another name in the same folder and rename it. So an incomplete file is never read.
        type: path
      url:
        description:
          - HTTP inbox that answers a C(GET) with messages in JSON. Messages that are too old, for other numbers or
            without a code are skipped.
          - The answer must not be larger than a megabyte. If possible, let the inbox list only new messages.
        type: dict
        suboptions:
          address:
            description:
              - Address of the inbox. Plain C(http) is only allowed for loopback addresses.
              - The address may contain a token, so it is never shown. Errors only show its host.
              - Proxies and certificate authorities are set by the usual variables, such as E(HTTPS_PROXY) and
                E(REQUESTS_CA_BUNDLE).
              - A redirect is not followed, because O(code_source.url.headers) are only for this address.
            type: str
            required: true
          headers:
            description:
              - Headers to send, for example C(Authorization). They are never shown.
            type: dict
            default: {}
          messages:
            description:
              - Path of the list of messages in the answer, as names with dots between them, for example
                V(data.messages).
              - If the path is empty, the answer itself is the list.
            type: str
            default: ""
          number_field:
            description:
              - Field of a message with the number that the message was sent to. Only its digits count. A path with dots
                is allowed, as in O(code_source.url.messages).
            type: str
            default: number
          time_field:
            description:
              - Field of a message with the time when it was sent or received. The time is in ISO 8601 (UTC by default),
                in the form of mail headers, or in seconds or milliseconds since 1970.
            type: str
            default: time
          text_field:
            description:
              - Field of a message with its text.
            type: str
            default: text
          pattern:
            description:
              - Regular expression (of Python) that finds the code in the text. If it has a group, the first group is
                the code.
              - By default, six digits that are not part of a longer number. A dash or a space may be in the middle.
            type: str
          validate_certs:
            description:
              - Whether to check the certificate of the inbox.
            type: bool
            default: true
          ca_path:
            description:
              - File or directory of certificate authorities to trust instead of the default ones.
            type: path
          timeout:
            description:
              - Maximum number of seconds to wait for the complete answer of the inbox, from V(1) to V(3600).
            type: int
            default: 20
      exec:
        description:
          - Command with its arguments. The command prints the code of one number, or nothing if there is no code. It is
            run once for each number, without a shell, in the working directory of the module.
          - C({number}) in an argument is replaced by the number. The variable E(CAMS_PHONE_NUMBER) contains the number
            too. The variable E(CAMS_CODE_SINCE) contains the time before which a code is too old, for example
            V(2026-05-01T10:00:00Z).
          - The output is searched for a code like a message. Standard error is not read, and standard input is empty.
          - The command must not remove the code, because another run, for example in check mode, may read it too.
          - Do not put secrets into the arguments. Ansible shows them, and other users can list them.
        type: list
        elements: str
      exec_timeout:
        description:
          - Maximum number of seconds that the command may take, from V(1) to V(3600). Then the command and its child
            processes are killed.
        type: int
        default: 30
      max_age:
        description:
          - Ignore files and messages that are older than this number of seconds when the task starts. V(0) means any
            age.
          - A code is valid for some ten minutes. An old code costs a try.
        type: int
        default: 600
  code_wait_seconds:
    description:
      - Maximum number of seconds to wait for missing codes, after the run has processed all numbers. With V(0) the
        source is read once, for numbers whose code was requested before this run.
      - From V(0) to V(86400).
    type: int
    default: 0
"""
