# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the screens in docs/screens and the page that shows them: ``make screens``."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / folder) for folder in ("tests", "tests/support", ".work/tree", "roles/simulator/files")]

from environment import contained_environment  # noqa: E402
from screens.page import FOLDER, PAGE, make_page  # noqa: E402
from screens.place import Place  # noqa: E402
from screens.stories import QUICK, SLOW  # noqa: E402
from simulator_process import Simulator  # noqa: E402


def main(names: list[str]) -> None:
    FOLDER.mkdir(exist_ok=True)
    with Simulator() as simulator:
        for story in (*QUICK, *SLOW):
            if names and story.__name__ not in names:
                continue
            with tempfile.TemporaryDirectory(prefix="screens-") as temporary:
                folder = Path(temporary).resolve() / "whatsapp"
                folder.mkdir()
                for name, text in story(Place(folder, simulator, contained_environment())):
                    path = FOLDER / f"{name}.txt"
                    path.write_text(text, encoding="utf-8")
                    print(f"{path.relative_to(ROOT)}: {len(text.encode()):,} bytes", flush=True)
    PAGE.write_text(make_page(), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
