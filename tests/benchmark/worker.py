# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One measurement in a fresh process, printed as a JSON object.

``worker.py import WAY`` or ``worker.py calls WAY ENDPOINT KEY SECRET SPACE SECONDS``. All ways make the same call
and parse the answer into Python objects.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

WARM_UP_CALLS = 20
# A limit that no machine can reach, so the client uses the pace but never waits.
NO_LIMIT = 1e9

CountNumbers = Callable[[], int]
Connect = Callable[[str, str, str, str], CountNumbers]


def load_ours() -> Connect:
    from ansible_collections.chatapp.cams.plugins.module_utils._api.client import Client
    from ansible_collections.chatapp.cams.plugins.module_utils._api.credentials import Credentials
    from ansible_collections.chatapp.cams.plugins.module_utils._api.operations import QUERY_NUMBERS
    from ansible_collections.chatapp.cams.plugins.module_utils._api.transport import Transport
    from ansible_collections.chatapp.cams.plugins.module_utils._store.files.slot_files import file_pace, pace_directory

    def connect(endpoint: str, key: str, secret: str, space: str) -> CountNumbers:
        credentials = Credentials(key, secret)
        pace = file_pace(pace_directory(Path.home() / "state"), f"{endpoint} {key}", NO_LIMIT)
        client = Client(Transport(endpoint), lambda: credentials, pace, user_agent="benchmark")
        return lambda: len(client.call(QUERY_NUMBERS, {"CustSpaceId": space}).body_or_raise()["PhoneNumbers"])

    return connect


def load_sdk() -> Connect:
    from alibabacloud_cams20200606 import models
    from alibabacloud_cams20200606.client import Client
    from alibabacloud_tea_openapi.utils_models import Config

    def connect(endpoint: str, key: str, secret: str, space: str) -> CountNumbers:
        address = endpoint.partition("://")[2]
        client = Client(Config(access_key_id=key, access_key_secret=secret, endpoint=address, protocol="HTTP"))
        request = models.QueryChatappPhoneNumbersRequest(cust_space_id=space)
        return lambda: len(client.query_chatapp_phone_numbers(request).body.phone_numbers)

    return connect


def load_ansible_urls() -> Connect:
    import uuid

    from ansible.module_utils.urls import open_url
    from ansible_collections.chatapp.cams.plugins.module_utils._api.signature import canonical_query, signed_headers

    def connect(endpoint: str, key: str, secret: str, space: str) -> CountNumbers:
        host = endpoint.partition("://")[2]

        def count_numbers() -> int:
            query = canonical_query({"CustSpaceId": space})
            headers = signed_headers(
                host=host,
                action="QueryChatappPhoneNumbers",
                version="2020-06-06",
                date=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
                nonce=uuid.uuid4().hex,
                query=query,
                access_key_id=key,
                access_key_secret=secret,
            )
            with open_url(f"{endpoint}/?{query}", method="POST", data=b"", headers=headers) as response:
                answer: dict[str, Any] = json.load(response)
            return len(answer["PhoneNumbers"])

        return count_numbers

    return connect


def load_ansible_context() -> Connect:
    """Make no call, but create the TLS context that Ansible's functions create for each call."""
    from ansible.module_utils.urls import make_context

    def connect(*_: str) -> CountNumbers:
        return lambda: 1 if make_context() else 0

    return connect


WAYS: dict[str, Callable[[], Connect]] = {
    "ours": load_ours,
    "sdk": load_sdk,
    "urls": load_ansible_urls,
    "context": load_ansible_context,
}


def cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def measure_import(way: str) -> dict[str, float]:
    cpu, started = cpu_seconds(), time.perf_counter()
    WAYS[way]()
    return {"seconds": time.perf_counter() - started, "cpu_seconds": cpu_seconds() - cpu}


def measure_calls(count_numbers: CountNumbers, duration: float) -> dict[str, float]:
    """Make calls for this many seconds and return the cost of one call."""
    for _turn in range(WARM_UP_CALLS):
        if not count_numbers():
            raise RuntimeError("The space has no numbers.")
    calls = 0
    cpu, started = cpu_seconds(), time.perf_counter()
    while (elapsed := time.perf_counter() - started) < duration:
        count_numbers()
        calls += 1
    return {"seconds": elapsed / calls, "cpu_seconds": (cpu_seconds() - cpu) / calls}


def main(task: str, way: str, *arguments: str) -> None:
    if task == "import":
        figures = measure_import(way)
    else:
        endpoint, key, secret, space, seconds = arguments
        figures = measure_calls(WAYS[way]()(endpoint, key, secret, space), float(seconds))
    print(json.dumps(figures))


if __name__ == "__main__":
    main(*sys.argv[1:])
