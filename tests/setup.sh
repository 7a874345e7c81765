#!/bin/sh
# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Makes .venv from the pinned and hashed requirements, and prints its path. With --demo: a small one, .work/demo-venv,
# unless .venv is there already. With --nox or --audit: the environment of these tools. With --lock: resolves each *.in
# and writes its *.txt.
set -eu
cd "$(dirname "$0")/.."

root=$PWD
# PATH ends a folder at a colon, Ansible expands a dollar and globs in its paths, setuptools takes braces for variables,
# and the scripts that pip makes start through a shell.
case $root in
*[][:{}*?\"\$\`\\]*)
    echo 'The path of this checkout holds one of [ ] { } * ? : " $ ` \, which Ansible or pip cannot cope with. Move it.' >&2
    exit 1
    ;;
esac

# A name on PATH may be a version manager's shim that does not run: ask each candidate.
# The base interpreter is used, because an environment made from another environment breaks with it.
find_python() {
    for candidate in ${PYTHON:+"$PYTHON"} python3 python3.11 python3.12 python3.13 python3.14 /usr/bin/python3; do
        "$candidate" -c '
import sys, venv, ensurepip
from pathlib import Path
if sys.version_info < (3, 11): raise SystemExit(1)
name = f"python{sys.version_info.major}.{sys.version_info.minor}"
print(next((p for p in [Path(sys.base_prefix, "bin", name)] if p.exists()), sys.executable))
' 2>/dev/null && return
        if [ -n "${PYTHON:-}" ]; then
            echo "PYTHON=$PYTHON does not run, is older than 3.11, or lacks the venv and ensurepip modules." >&2
            return 1
        fi
    done
    echo "No Python 3.11 or later with the venv and ensurepip modules was found. Name one: make PYTHON=/path/to/python3" >&2
    return 1
}

# The path is part of the stamp: a virtual environment does not survive being moved.
stamp_of() {
    echo "$root $(cksum < "tests/requirements/$1.txt")"
}

# Whether the folder $1 holds what the list $2 names.
is_ready() {
    [ -x "$1/bin/python" ] && [ "$(cat "$1/stamp" 2>/dev/null)" = "$(stamp_of "$2")" ]
}

if [ "${1:-}" = --lock ]; then
    python=$(find_python)
    exec "$python" -B tests/install.py --lock
fi

folder=.venv
list=dev
case ${1:-} in
--demo)
    if ! is_ready .venv dev; then
        list=demo
        folder=.work/demo-venv
    fi
    ;;
--nox | --audit)
    list=${1#--}
    folder=.work/$list-venv
    ;;
esac
if ! is_ready "$folder" "$list"; then
    python=$(find_python)
    "$python" -B tests/install.py "$folder" "$list"
    stamp_of "$list" > "$folder/stamp"
fi
echo "$root/$folder"
