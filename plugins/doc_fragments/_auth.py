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
      - Without it the first of these that is there gives the whole key. They are never mixed.
      - First the variables E(ALIBABA_CLOUD_ACCESS_KEY_ID), E(ALIBABA_CLOUD_ACCESS_KEY_SECRET) and
        E(ALIBABA_CLOUD_SECURITY_TOKEN). Then OIDC, when E(ALIBABA_CLOUD_OIDC_TOKEN_FILE), E(ALIBABA_CLOUD_ROLE_ARN) and
        E(ALIBABA_CLOUD_OIDC_PROVIDER_ARN) are all set. Then a profile, see O(profile). Last the RAM role of the ECS
        instance, and E(ALIBABA_CLOUD_CREDENTIALS_URI).
      - OIDC, roles and E(ALIBABA_CLOUD_CREDENTIALS_URI) need the Python package C(alibabacloud_credentials).
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
      - A profile in C(~/.aliyun/config.json), the file of the C(aliyun) command line tool, or in
        C(~/.alibabacloud/credentials.ini), the file of the official SDKs.
      - It goes before the access key in the environment.
      - Without it E(ALIBABA_CLOUD_PROFILE) names the profile. Without that variable the current profile of C(config.json)
        counts, and then the profile C(default) of C(credentials.ini).
      - E(ALIBABA_CLOUD_CLI_PROFILE_DISABLED=true) turns C(config.json) off. E(ALIBABA_CLOUD_CREDENTIALS_FILE) names
        another file in place of C(credentials.ini).
      - Access keys are read directly, that is the modes C(AK) and C(StsToken) and the type C(access_key). All other modes
        and types need the package C(alibabacloud_credentials).
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
      - Maximum number of times to repeat a call that was throttled or that never left this machine.
      - A read or a sync is also repeated when its answer was lost. Any other write is never repeated blindly.
      - From V(0) to V(100).
    type: int
    default: 5
requirements:
  - Python 3.10 or later where the module runs, which is mostly the controller
  - requests
"""
