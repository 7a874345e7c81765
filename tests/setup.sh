#!/bin/sh
# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Makes .venv from the pinned and hashed requirements. With --lock: resolves each *.in and writes its *.txt.
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
TMPDIR=$root/.work/tmp
PIP_CACHE_DIR=$root/.work/cache/pip
PIP_DISABLE_PIP_VERSION_CHECK=1
export TMPDIR PIP_CACHE_DIR PIP_DISABLE_PIP_VERSION_CHECK
mkdir -p "$TMPDIR" "$PIP_CACHE_DIR"

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

# All files of a version are listed, those for other platforms and Pythons too.
# Versions stay as they are where dev.in allows; UPGRADE=yes takes the newest.
lock() {
    python=$(find_python)
    rm -rf .work/lock
    "$python" -m venv .work/lock
    .work/lock/bin/python -m pip install -qq uv
    # uv does not read pip's configuration.
    index=${PIP_INDEX_URL:-$(.work/lock/bin/python -m pip config get global.index-url 2>/dev/null || true)}
    for name in dev eda; do
        input=tests/requirements/$name.in
        locked=tests/requirements/$name.txt
        new=.work/lock/$name.txt
        cp "$locked" "$new"
        UV_CACHE_DIR=.work/cache/uv .work/lock/bin/uv pip compile --quiet --universal --python-version 3.11 \
            --generate-hashes --no-header --no-annotate ${UPGRADE:+--upgrade} ${index:+--default-index "$index"} \
            --output-file "$new" "$input"
        { sed -n '1,/^$/p' "$input"; echo "# Made by \`make lock\` from $name.in. Do not edit."; cat "$new"; } > .work/lock/all.txt
        mv .work/lock/all.txt "$locked"
    done
    rm -rf .work/lock
}

if [ "${1:-}" = --lock ]; then
    lock
    exit
fi

locked=tests/requirements/dev.txt
# The path is part of the stamp: a virtual environment does not survive being moved.
wanted="$root $(cksum < "$locked")"
if [ -x .venv/bin/python ] && [ "$(cat .venv/stamp 2>/dev/null)" = "$wanted" ]; then
    exit
fi
python=$(find_python)
echo "Making .venv with $python …"
rm -rf .venv
"$python" -m venv .venv
# Whatever index or mirror pip is configured for: it installs the files that the list names, and nothing else.
.venv/bin/python -m pip install -qq --require-hashes -r "$locked"
printf '%s\n' "$wanted" > .venv/stamp
