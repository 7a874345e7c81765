# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A simple script with the official SDK, for comparison: start each migration and request its code.

``script.py THREADS ENDPOINT KEY SECRET FILE`` takes a JSON list of [space, country code, national number], and prints
how many numbers are unfinished. It does not read before it writes, has no pace and no retries.
"""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

from alibabacloud_cams20200606 import models
from alibabacloud_cams20200606.client import Client
from alibabacloud_tea_openapi.utils_models import Config


def start_migration(client: Client, cust_space_id: str, country_code: str, mobile_number: str) -> bool:
    """Make both calls and return whether the service accepted them. Skip the second call if the first fails."""
    initiate = models.CreateChatappMigrationInitiateRequest(
        cust_space_id=cust_space_id, country_code=country_code, mobile_number=mobile_number
    )
    request_code = models.GetMigrationVerifyCodeRequest(
        cust_space_id=cust_space_id, phone_number=country_code + mobile_number, locale="en_US", method="sms"
    )
    try:
        if client.create_chatapp_migration_initiate(initiate).body.code != "OK":
            return False
        return bool(client.get_migration_verify_code(request_code).body.code == "OK")
    # The errors of the SDK have no common base class. Each means that the number is unfinished.
    except Exception as error:
        print(error, file=sys.stderr)
        return False


def main(threads: str, endpoint: str, key: str, secret: str, file: str) -> None:
    numbers = json.loads(Path(file).read_text(encoding="utf-8"))
    config = Config(access_key_id=key, access_key_secret=secret, endpoint=urlsplit(endpoint).netloc, protocol="HTTP")
    client = Client(config)
    with ThreadPoolExecutor(int(threads)) as pool:
        migrated = list(pool.map(lambda number: start_migration(client, *number), numbers))
    print(json.dumps({"left_undone": migrated.count(False)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
