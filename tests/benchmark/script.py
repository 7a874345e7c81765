# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a careful person would write over the official SDK: start each migration, and request its code.

``script.py THREADS ENDPOINT KEY SECRET FILE`` takes a JSON list of [space, country code, national number], and prints
how many numbers it could not bring so far. It reads nothing before it writes, keeps no pace and repeats nothing.
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


def bring(client: Client, cust_space_id: str, country_code: str, mobile_number: str) -> bool:
    """Whether both calls were accepted; a number whose first call fails is left alone."""
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
    # The SDK has several kinds of errors without a common base; to this script each is a number not brought.
    except Exception as error:
        print(error, file=sys.stderr)
        return False


def main(threads: str, endpoint: str, key: str, secret: str, file: str) -> None:
    numbers = json.loads(Path(file).read_text(encoding="utf-8"))
    config = Config(access_key_id=key, access_key_secret=secret, endpoint=urlsplit(endpoint).netloc, protocol="HTTP")
    client = Client(config)
    with ThreadPoolExecutor(int(threads)) as pool:
        brought = list(pool.map(lambda number: bring(client, *number), numbers))
    print(json.dumps({"left_undone": brought.count(False)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
