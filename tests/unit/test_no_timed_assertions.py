# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No test asserts how long something takes: on a busy machine it would fail without a defect.

Only a comparison in an ``assert`` counts, and only of a clock's reading or of arithmetic with one. A reading that is
handed to a function is data, and a deadline that a loop compares is a bound on a hang.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
CLOCKS = {"monotonic", "perf_counter", "process_time", "thread_time", "time", "getrusage"}
CLOCKS |= {f"{clock}_ns" for clock in CLOCKS}
MODULES = {"time", "resource"}
ARITHMETIC = {"abs", "float", "int", "max", "min", "round", "sum"}
Scope = ast.FunctionDef | ast.AsyncFunctionDef | ast.Module


def timed_assertions(source: str) -> list[int]:
    """The lines of the asserts that compare a clock's reading."""
    tree = ast.parse(source)
    imported = {
        name.asname or name.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module in MODULES
        for name in node.names
        if name.name in CLOCKS
    }
    scopes = [node for node in ast.walk(tree) if isinstance(node, Scope)]
    return sorted({line for scope in scopes for line in _in_scope(scope, imported)})


def _in_scope(scope: Scope, imported: set[str]) -> Iterator[int]:
    readings: set[str] = set()
    for node in _of_its_own(scope):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                readings |= _bound(target, node.value, readings, imported)
        elif isinstance(node, ast.Assert):
            compared = [part for part in ast.walk(node.test) if isinstance(part, ast.Compare)]
            operands = [operand for part in compared for operand in (part.left, *part.comparators)]
            if any(_is_reading(operand, readings, imported) for operand in operands):
                yield node.lineno


def _of_its_own(scope: Scope) -> Iterator[ast.AST]:
    """The nodes of a scope in their order, without those of functions within it."""
    waiting: list[ast.AST] = list(reversed(scope.body))
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, Scope):
            waiting.extend(reversed(list(ast.iter_child_nodes(node))))


def _bound(target: ast.expr, value: ast.expr, readings: set[str], imported: set[str]) -> set[str]:
    """The names that an assignment binds to a reading."""
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        pairs = zip(target.elts, value.elts, strict=False)
        return {name for one, given in pairs for name in _bound(one, given, readings, imported)}
    return {target.id} if isinstance(target, ast.Name) and _is_reading(value, readings, imported) else set()


def _is_reading(node: ast.expr, readings: set[str], imported: set[str]) -> bool:
    if isinstance(node, ast.Name):
        return node.id in readings
    if isinstance(node, ast.BinOp):
        return _is_reading(node.left, readings, imported) or _is_reading(node.right, readings, imported)
    if isinstance(node, ast.UnaryOp):
        return _is_reading(node.operand, readings, imported)
    if isinstance(node, ast.Attribute):
        # The seconds of resource.getrusage().
        return _is_reading(node.value, readings, imported)
    if not isinstance(node, ast.Call):
        return False
    called = node.func
    if isinstance(called, ast.Attribute):
        return called.attr in CLOCKS and isinstance(called.value, ast.Name) and called.value.id in MODULES
    if isinstance(called, ast.Name) and called.id in ARITHMETIC:
        return any(_is_reading(argument, readings, imported) for argument in node.args)
    return isinstance(called, ast.Name) and called.id in imported


# ansible-test keeps what it generates in tests/output.
LEFT_OUT = ("benchmark", "output")
FILES = [path for path in sorted(TESTS.rglob("*.py")) if path.relative_to(TESTS).parts[0] not in LEFT_OUT]


def test_no_test_asserts_on_a_clock() -> None:
    assert len(FILES) > 50
    found = {str(path.relative_to(TESTS)): timed_assertions(path.read_text(encoding="utf-8")) for path in FILES}

    assert {name: lines for name, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    "statements",
    [
        "started = time.monotonic()\nrun()\nassert time.monotonic() - started < 1",
        "started = time.monotonic()\nrun()\nseconds = time.monotonic() - started\nassert 0.4 <= seconds < 3",
        "before, started = used(), time.perf_counter_ns()\nassert 2 * started > before",
        "from time import process_time as used\nassert used() < 1",
        "assert run() and abs(calls[0] - time.time()) < 60",
        "usage = resource.getrusage(0)\nassert usage.ru_utime < 45",
        "while not happened():\n    assert time.monotonic() < deadline",
    ],
)
def test_a_clock_in_an_assert_is_found(statements: str) -> None:
    body = "".join(f"    {line}\n" for line in statements.splitlines())

    assert timed_assertions(f"def test_one():\n{body}") == [1 + len(statements.splitlines())]


@pytest.mark.parametrize(
    "statements",
    [
        "assert seen(since=str(time.time() - 50)) == FoundCodes()",
        "earlier = time.time() - 300\nassert file.stat().st_mtime == pytest.approx(earlier)",
        "if time.monotonic() >= deadline:\n        raise AssertionError",
        "assert call['time'] == 7",
        "assert clock.monotonic() == 0.5",
        "assert pacer.waited_seconds == 1",
    ],
)
def test_a_clock_that_is_only_data_is_left_alone(statements: str) -> None:
    body = "".join(f"    {line}\n" for line in statements.splitlines())

    assert timed_assertions(f"def test_one():\n{body}") == []
