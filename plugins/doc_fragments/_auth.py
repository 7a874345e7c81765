# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options that every module and plugin shares."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  access_key_id:
    description:
      - The access key's id. Needs O(access_key_secret).
      - Without it the variables E(ALIBABA_CLOUD_ACCESS_KEY_ID), E(ALIBABA_CLOUD_ACCESS_KEY_SECRET) and
        E(ALIBABA_CLOUD_SECURITY_TOKEN) are read, then a profile of the C(aliyun) command line tool, and last the Python
        package C(alibabacloud_credentials) is asked, which knows RAM roles, OIDC and ECS. One of these gives the whole
        key; they are never mixed.
    type: str
    aliases: [alicloud_access_key]
  access_key_secret:
    description:
      - The access key's secret.
    type: str
    aliases: [alicloud_secret_key]
  security_token:
    description:
      - The security token that belongs to a temporary access key.
    type: str
    aliases: [alicloud_security_token]
  profile:
    description:
      - A profile in C(~/.aliyun/config.json), the file of the C(aliyun) command line tool.
      - It goes before the access key in the environment.
      - Without it E(ALIBABA_CLOUD_PROFILE) names one, and then the file's own current profile counts.
      - The modes C(AK) and C(StsToken) are read directly; the others need the package C(alibabacloud_credentials).
    type: str
  endpoint:
    description:
      - The address of the API.
      - Plain C(http) is accepted for loopback addresses only, which is where a simulator listens.
      - Proxies are taken from the usual variables such as E(HTTPS_PROXY).
      - Without it E(CAMS_ENDPOINT) is read.
    type: str
    default: https://cams.ap-southeast-1.aliyuncs.com
  validate_certs:
    description:
      - Whether the server's certificate must be trusted.
      - V(false) lets anybody on the way read and change what is sent, and a warning says so.
    type: bool
    default: true
  ca_path:
    description:
      - A file or directory of certificate authorities to trust instead of the ones that the package C(requests) brings.
      - E(REQUESTS_CA_BUNDLE) does the same.
    type: path
  timeout:
    description:
      - How many seconds a whole answer may take, header and body.
      - A write is given 60 seconds at the least, and a register 90, because giving up on one makes its effect unknown.
      - From V(1) to V(3600).
    type: int
    default: 60
  rate_limit:
    description:
      - The most calls a second to each operation, kept by all processes of this account on this machine together.
      - The service allows 10 for each user and operation.
      - More than V(0) and at most V(1000).
    type: float
    default: 10.0
  retries:
    description:
      - How many times a call is repeated when it was throttled or never left, and a read also when its answer was lost.
      - A write whose answer was lost is never repeated blindly.
      - From V(0) to V(100).
    type: int
    default: 5
requirements:
  - Python 3.10 or later where the module runs, which is mostly the controller
  - requests
"""
