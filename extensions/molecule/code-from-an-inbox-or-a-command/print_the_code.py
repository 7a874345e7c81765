# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Print the newest code that reached a number, as a program does that searches a mailbox; or nothing."""

from __future__ import annotations

import json
import sys
import urllib.parse
import urllib.request

control, number = sys.argv[1:]
address = f"{control}/inbox?{urllib.parse.urlencode({'phone_number': number})}"
# A proxy of the environment cannot reach this machine's loopback.
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
with opener.open(address, timeout=10) as answer:
    messages = json.load(answer)["messages"]
if messages:
    print(messages[-1]["text"])
