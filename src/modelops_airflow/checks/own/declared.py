"""What a file of checks declares, read from its text: nothing of it is run or imported."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...digest import Digest, digest_bytes
from ...parameters.parameter import TYPES, Parameter, args_of, parameter
from ...spec.problem import Problem

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,99}")
_METRIC = re.compile(r"[a-z][a-z0-9_]{0,99}")
_HOME = frozenset({"modelops_airflow.checks", "modelops_airflow.checks.check"})

_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class OwnCheck:
    """A check as its file declares it.

    Attributes:
        file: `checks/x.py`; line: of its decorator.
        digest: sha256 of the file's bytes, which are `source`.
    """

    name: str
    version: int
    metrics: tuple[str, ...]
    parameters: Mapping[str, Parameter]
    summary: str
    file: str
    line: int
    digest: Digest
    source: bytes = field(repr=False)

    @property
    def code(self) -> dict[str, str]:
        """As a plan has it."""
        return {"file": self.file, "digest": self.digest}


@dataclass(eq=False)
class _Wrong(Exception):
    """A mistake at a place of the text."""

    node: ast.AST
    message: str
    expected: str = ""
    next_step: str = ""


def declared_in(file: str, source: bytes) -> tuple[list[OwnCheck], list[Problem]]:
    """The checks that a file declares, and what is wrong with it."""
    try:
        tree = ast.parse(source, file)
    except SyntaxError as error:
        return [], [Problem(file, error.lineno or 1, max(error.offset or 1, 1), "CHECK001", f"it is no Python: {error.msg}")]
    except (ValueError, RecursionError, MemoryError) as error:
        return [], [Problem(file, 1, 1, "CHECK001", f"it is no Python: {error or type(error).__name__}")]
    found: list[OwnCheck] = []
    problems: list[Problem] = []
    for function, decorator in _decorated(tree):
        try:
            found.append(_check(file, source, function, decorator))
        except _Wrong as wrong:
            line, column = getattr(wrong.node, "lineno", 1), getattr(wrong.node, "col_offset", 0) + 1
            problems.append(Problem(file, line, column, "CHECK002", wrong.message, wrong.expected, next_step=wrong.next_step))
    if not found and not problems:
        problems.append(Problem(file, 1, 1, "CHECK002", "it declares no check", 'a function under @check("name", version=1, metrics=("metric",))',
                                next_step="begin its name with _ if it is none"))
    return found, problems


def _decorated(tree: ast.Module) -> Iterator[tuple[_Function, ast.expr]]:
    """Functions of the module that are decorated with our `check`, under whatever name the file imports it."""
    names = _names_of_check(tree)
    for node in tree.body:
        if isinstance(node, _Function):
            for one in node.decorator_list:
                if ast.unparse(one.func if isinstance(one, ast.Call) else one) in names:
                    yield node, one


def _names_of_check(tree: ast.Module) -> set[str]:
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module in _HOME:
            names |= {alias.asname or alias.name for alias in node.names if alias.name == "check"}
        elif isinstance(node, ast.ImportFrom) and node.module == "modelops_airflow":
            names |= {f"{alias.asname or alias.name}.check" for alias in node.names if alias.name == "checks"}
        elif isinstance(node, ast.Import):
            names |= {f"{alias.asname or alias.name}.check" for alias in node.names if alias.name in _HOME}
    return names


def _check(file: str, source: bytes, function: _Function, decorator: ast.expr) -> OwnCheck:
    given = _arguments(decorator)
    name, version, metrics = (_literal(given, decorator, key) for key in ("name", "version", "metrics"))
    _demand(given["name"], isinstance(name, str) and bool(_NAME.fullmatch(name)), f"{name!r} is no name of a check",
            "lower-case letters, digits and hyphens, such as late-payments")
    _demand(given["version"], type(version) is int and version >= 1, f"version {version!r} of {name} is none", "a whole number from 1")
    listed = isinstance(metrics, tuple | list) and bool(metrics) and len(set(map(str, metrics))) == len(metrics)
    _demand(given["metrics"], listed and all(isinstance(one, str) and _METRIC.fullmatch(one) for one in metrics),
            f"metrics of {name} are {metrics!r}", 'the names of what it measures, such as ("late_share",)')
    doc = ast.get_docstring(function) or ""
    _demand(function, bool(doc), f"{name} has no docstring", "a first line that says what it measures")
    return OwnCheck(name, version, tuple(metrics), _parameters(name, function, doc), doc.split("\n")[0], file, decorator.lineno,
                    digest_bytes(source), source)


def _arguments(decorator: ast.expr) -> dict[str, ast.expr]:
    if not isinstance(decorator, ast.Call):
        raise _Wrong(decorator, "@check has no arguments", '@check("name", version=1, metrics=("metric",))')
    given: dict[str, ast.expr] = {word.arg: word.value for word in decorator.keywords if word.arg}
    given |= dict(zip(("name",), decorator.args, strict=False))
    stray = sorted(given.keys() - {"name", "version", "metrics"})
    missing = [one for one in ("name", "version", "metrics") if one not in given]
    if stray or missing or len(decorator.args) > 1 or len(decorator.keywords) + len(decorator.args) != len(given):
        raise _Wrong(decorator, f"@check {'lacks ' + ', '.join(missing) if missing else 'has arguments it does not take'}",
                    '@check("name", version=1, metrics=("metric",))')
    return given


def _literal(given: Mapping[str, ast.expr], decorator: ast.expr, key: str) -> Any:
    try:
        return ast.literal_eval(given[key])
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        raise _Wrong(given.get(key, decorator), f"{key} of @check is computed", "a value written out: plans are made from the file's text",
                    "write it out") from None


def _parameters(name: str, function: _Function, doc: str) -> dict[str, Parameter]:
    asked, told = function.args, args_of(doc)
    plain = isinstance(function, ast.FunctionDef) and len(asked.posonlyargs + asked.args) == 1 and not (asked.vararg or asked.kwarg or asked.defaults)
    _demand(function, plain, f"{name} cannot be called as a check", "def f(profiles: Profiles, *, option: str = ...) -> Measurement")
    found = {}
    for one, default in zip(asked.kwonlyargs, asked.kw_defaults, strict=True):
        if one.arg == "context":
            continue
        _demand(one, one.annotation is not None, f"option {one.arg!r} of {name} has no type", _types())
        made = parameter(one.arg, ast.unparse(one.annotation) if one.annotation else "", _default(name, one, default), told.get(one.arg, ""),
                         required=default is None)
        _demand(one, made.type.removesuffix(" | None") in TYPES, f"option {one.arg!r} of {name} is of the type {made.type}", _types())
        _demand(one, bool(made.doc), f"option {one.arg!r} of {name} is not described", f"a line `{one.arg}: what it is` under Args: in the docstring")
        why = "" if made.required else made.wrong(made.default)
        _demand(one, not why, f"the default of option {one.arg!r} of {name} is none: {why}")
        found[one.arg] = made
    return found


def _default(name: str, argument: ast.arg, default: ast.expr | None) -> Any:
    if default is None:
        return None
    try:
        return ast.literal_eval(default)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        raise _Wrong(default, f"the default of option {argument.arg!r} of {name} is computed", "a value written out") from None


def _types() -> str:
    return f"one of {', '.join(TYPES)}, each perhaps with | None"


def _demand(node: ast.AST, holds: bool, message: str, expected: str = "") -> None:
    if not holds:
        raise _Wrong(node, message, expected)
