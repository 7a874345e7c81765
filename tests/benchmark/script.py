# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A simple script with the official SDK, for comparison: start each migration and request its code.

``script.py THREADS RATE ENDPOINT KEY SECRET FILE`` takes a JSON list of [space, country code, national number], and
prints how many numbers are unfinished. RATE is how many calls of one operation it makes in a second; 0 means no limit.
It does not read before it writes, and has no retries.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

from alibabacloud_cams20200606 import models
from alibabacloud_cams20200606.client import Client
from alibabacloud_tea_openapi.utils_models import Config


class Limiter:
    """Lets the calls of one operation leave at equal distances."""

    def __init__(self, rate: float) -> None:
        self._distance = 1 / rate if rate else 0.0
        self._lock = threading.Lock()
        self._next = 0.0

    def wait(self) -> None:
        with self._lock:
            turn = max(self._next, time.monotonic())
            self._next = turn + self._distance
        time.sleep(max(0.0, turn - time.monotonic()))


def start_migration(
    client: Client, initiates: Limiter, requests: Limiter, cust_space_id: str, country_code: str, mobile_number: str
) -> bool:
    """Make both calls and return whether the service accepted them. Skip the second call if the first fails."""
    initiate = models.CreateChatappMigrationInitiateRequest(
        cust_space_id=cust_space_id, country_code=country_code, mobile_number=mobile_number
    )
    request_code = models.GetMigrationVerifyCodeRequest(
        cust_space_id=cust_space_id, phone_number=country_code + mobile_number, locale="en_US", method="sms"
    )
    try:
        initiates.wait()
        if client.create_chatapp_migration_initiate(initiate).body.code != "OK":
            return False
        requests.wait()
        return bool(client.get_migration_verify_code(request_code).body.code == "OK")
    # The errors of the SDK have no common base class. Each means that the number is unfinished.
    except Exception as error:
        print(error, file=sys.stderr)
        return False


def main(threads: str, rate: str, endpoint: str, key: str, secret: str, file: str) -> None:
    numbers = json.loads(Path(file).read_text(encoding="utf-8"))
    config = Config(access_key_id=key, access_key_secret=secret, endpoint=urlsplit(endpoint).netloc, protocol="HTTP")
    client = Client(config)
    initiates, requests = Limiter(float(rate)), Limiter(float(rate))
    with ThreadPoolExecutor(int(threads)) as pool:
        migrated = list(pool.map(lambda number: start_migration(client, initiates, requests, *number), numbers))
    print(json.dumps({"left_undone": migrated.count(False)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
