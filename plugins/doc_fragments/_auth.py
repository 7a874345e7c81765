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
      - The id of the access key. Requires O(access_key_secret).
      - Without this option, the first of the following sources that exists gives the whole key. Sources are never
        mixed.
      - First the variables E(ALIBABA_CLOUD_ACCESS_KEY_ID), E(ALIBABA_CLOUD_ACCESS_KEY_SECRET) and
        E(ALIBABA_CLOUD_SECURITY_TOKEN). Then OIDC, if E(ALIBABA_CLOUD_OIDC_TOKEN_FILE), E(ALIBABA_CLOUD_ROLE_ARN) and
        E(ALIBABA_CLOUD_OIDC_PROVIDER_ARN) are all set. Then a profile, see O(profile). Last the RAM role of the ECS
        instance, and E(ALIBABA_CLOUD_CREDENTIALS_URI).
      - OIDC, roles and E(ALIBABA_CLOUD_CREDENTIALS_URI) need the Python package C(alibabacloud_credentials).
    type: str
    aliases: [alicloud_access_key]
  access_key_secret:
    description:
      - The secret of the access key. Requires O(access_key_id).
    type: str
    aliases: [alicloud_secret_key]
  security_token:
    description:
      - The security token of a temporary access key.
    type: str
    aliases: [alicloud_security_token]
  profile:
    description:
      - Name of a profile in C(~/.aliyun/config.json) (the file of the C(aliyun) command line tool) or in
        C(~/.alibabacloud/credentials.ini) (the file of the official SDKs).
      - If set, an access key in the environment is ignored.
      - If not set, E(ALIBABA_CLOUD_PROFILE) gives the name. Without that variable, the current profile of
        C(config.json) is used, and else the profile C(default) of C(credentials.ini).
      - E(ALIBABA_CLOUD_CLI_PROFILE_DISABLED=true) turns C(config.json) off. E(ALIBABA_CLOUD_CREDENTIALS_FILE) gives the
        path of another file instead of C(credentials.ini).
      - Profiles with an access key (the modes C(AK) and C(StsToken), and the type C(access_key)) need no other package.
        All other modes and types need the Python package C(alibabacloud_credentials).
    type: str
  endpoint:
    description:
      - Address of the API. If not set, E(CAMS_ENDPOINT) is used.
      - Plain C(http) is only allowed for loopback addresses, for example for the simulator.
      - Proxies are set by the usual variables such as E(HTTPS_PROXY).
    type: str
    default: https://cams.ap-southeast-1.aliyuncs.com
  validate_certs:
    description:
      - Whether to check the certificate of the server.
      - With V(false), the network can read and change what is sent. The module then shows a warning.
    type: bool
    default: true
  ca_path:
    description:
      - File or directory of certificate authorities to trust instead of those of the Python package C(requests).
      - If not set, E(REQUESTS_CA_BUNDLE) is used.
    type: path
  timeout:
    description:
      - Maximum number of seconds to wait for a complete answer of the API, from V(1) to V(3600).
      - A write waits at least 60 seconds and a register at least 90, because after a timeout their effect is unknown.
    type: int
    default: 60
  rate_limit:
    description:
      - Maximum number of calls per second to each operation, more than V(0) and at most V(1000).
      - All processes of the same user on this machine share this limit. With a store, all machines share it.
      - The service allows 10 calls per second for each RAM user and operation.
    type: float
    default: 10.0
  retries:
    description:
      - Maximum number of times to repeat a call that was throttled or could not be sent, from V(0) to V(100).
      - A read or a sync is also repeated if its answer was lost. Another write is only repeated after a read shows that
        the write had no effect.
    type: int
    default: 5
requirements:
  - Python 3.10 or later on the host where the module runs, usually the controller
  - requests
"""
