# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# /// script
# requires-python = ">=3.11"
# dependencies = ["nox>=2025.2.9", "antsibull-nox>=1.10", "ansible-core"]
# ///

"""The checks of the Ansible community, which antsibull-nox.toml configures. Run them by ``make nox``, or by ``nox``."""

from __future__ import annotations

import antsibull_nox
import nox

nox.options.envdir = ".work/nox"

antsibull_nox.load_antsibull_nox_toml()


if __name__ == "__main__":
    nox.main()
