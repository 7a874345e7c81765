# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keep what is compiled of archives.

Ansible packs a module and all that it imports into an archive of source files, and each run compiles more than a
hundred of them anew. The code itself stays what Ansible has packed.
"""

from __future__ import annotations

import functools
import hashlib
import marshal
import os
import sys
import zipimport
from pathlib import Path
from types import CodeType

KEPT_IN = Path(sys.pycache_prefix or ".") / "archives"
compile_source = zipimport._compile_source  # type: ignore[attr-defined]


# Python asks twice for the code of a file, to find the file and to run it.
@functools.lru_cache(maxsize=1)
def keep_compiled(path: str, source: bytes) -> CodeType:
    """Return the code of a file in an archive, from an earlier run if the same source was compiled there."""
    inside = path.rpartition(".zip")[2]
    facts = "\0".join((sys.version, inside)).encode()
    kept = KEPT_IN / hashlib.sha256(facts + source).hexdigest()
    try:
        found: CodeType = marshal.loads(kept.read_bytes())
    except (OSError, ValueError, EOFError, TypeError):
        found = compile_source(path, source)
        written = kept.with_name(f"{kept.name}.{os.getpid()}")
        KEPT_IN.mkdir(parents=True, exist_ok=True)
        written.write_bytes(marshal.dumps(found))
        written.replace(kept)
    return found


def keep_compiled_archives() -> None:
    if sys.pycache_prefix:
        zipimport._compile_source = keep_compiled  # type: ignore[attr-defined]
