#!/bin/sh
# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Fails when the commits since BASE change plugins or roles and add no changelog fragment.
# A release passes too: it moves the fragments into changelogs/changelog.yaml.
set -eu
cd "$(dirname "$0")/../.."

base=${BASE:-origin/main}
changed=$(git diff --name-only "$base...HEAD" -- plugins roles)
described=$(git diff --name-only --diff-filter=AM "$base...HEAD" -- changelogs/fragments changelogs/changelog.yaml)
if [ -n "$changed" ] && [ -z "$described" ]; then
    echo "These files differ from $base, but changelogs/fragments/ has no new or changed file:" >&2
    echo "$changed" >&2
    echo "Describe the change in a fragment. Use the section trivial if users do not notice it. See CONTRIBUTING.md." >&2
    exit 1
fi
