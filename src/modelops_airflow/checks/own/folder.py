"""The folder `checks/` of a project: which checks its files declare, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from ...errors import DataError
from ...spec.problem import Problem
from ...spec.project import Project
from ..check import CHECKS
from .declared import OwnCheck, declared_in

FOLDER = "checks"
STEPS = frozenset({"pin", "scan-artifact", "profile", "decide", "approval", "attestation", "deploy", "evidence-pack", "score", "difference"})
"""Names of steps that are no checks; a test compares them with the plan's."""

_LARGEST = 200_000
"""Bytes of a file of checks."""


@dataclass(frozen=True)
class OwnChecks:
    """The checks of one project.

    Attributes:
        declared: by name, those that can be used.
        broken: by name, why those cannot be used that a file declares.
        problems: every mistake of every file.
    """

    declared: Mapping[str, OwnCheck] = field(default_factory=lambda: MappingProxyType({}))
    broken: Mapping[str, Problem] = field(default_factory=lambda: MappingProxyType({}))
    problems: tuple[Problem, ...] = ()


NONE = OwnChecks()


def own_checks(project: Project) -> OwnChecks:
    """What the files of a project's `checks/` declare, as they stand now; none of them is run."""
    files: dict[str, bytes] = {}
    problems: list[Problem] = []
    folder = project.root / FOLDER
    try:
        names = [f"{FOLDER}/{path.name}" for path in folder.iterdir()] if folder.is_dir() else []
    except OSError as error:
        return OwnChecks(problems=(Problem(FOLDER, 1, 1, "CHECK001", f"the folder cannot be read: {error.strerror}"),))
    for name in files_of_checks(names):
        try:
            files[name] = read_file(project, name)
        except DataError as error:
            problems.append(Problem(name, 1, 1, "CHECK001", str(error)))
    return own_checks_in(files, problems)


def own_checks_in(files: Mapping[str, bytes], problems: Iterable[Problem] = ()) -> OwnChecks:
    """What some files declare, by their names in the project."""
    declared: dict[str, list[OwnCheck]] = {}
    broken: dict[str, Problem] = {}
    told = list(problems)
    for file, source in files.items():
        found, wrong = declared_in(file, source)
        told += wrong
        for one in found:
            declared.setdefault(one.name, []).append(one)
            if wrong:
                broken[one.name] = wrong[0]
    for name, ones in declared.items():
        taken = [_taken(one, ones) for one in ones if name in CHECKS or name in STEPS or len(ones) > 1]
        told += taken
        if taken:
            broken[name] = taken[0]
    good = {name: ones[0] for name, ones in declared.items() if name not in broken}
    return OwnChecks(good, broken, tuple(sorted(told)))


def files_of_checks(names: Iterable[str]) -> list[str]:
    """Those of some paths that are files of checks: `checks/x.py`, but nothing hidden, private or a test."""
    return sorted(name for name in names if name.startswith(f"{FOLDER}/") and name.count("/") == 1 and name.endswith(".py")
                  and not name.startswith((f"{FOLDER}/_", f"{FOLDER}/.", f"{FOLDER}/test_", f"{FOLDER}/conftest.")))


def read_file(project: Project, name: str) -> bytes:
    """The bytes of a file of checks.

    Raises:
        DataError: it leads out of the project, is no file, cannot be read, or is too large.
    """
    path = project.resolve(name)
    try:
        if not path.is_file():
            raise DataError(f"{name} is no file")
        if path.stat().st_size > _LARGEST:
            raise DataError(f"{name} has {path.stat().st_size} bytes; expected at most {_LARGEST}")
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"{name} cannot be read: {error.strerror}") from None


def _taken(one: OwnCheck, ones: list[OwnCheck]) -> Problem:
    others = [other for other in ones if other is not one]
    whose = f"{others[0].file}, line {others[0].line}" if others else "the package"
    return Problem(one.file, one.line, 1, "CHECK003", f"the name {one.name!r} is taken by {whose}", next_step="give the check another name")
