"""Running a file of checks: only where a check measures, and only the bytes that were named."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Mapping
from dataclasses import replace
from types import ModuleType

from ...digest import short
from ...errors import CheckError, DataError
from ...registry import UnknownName
from ...spec.problem import Problem
from ...spec.project import Project
from ..check import CHECKS, Check, apart
from .declared import OwnCheck, declared_in
from .folder import OwnChecks, own_checks, read_file


class NotLoaded(CheckError):
    """A file of checks that cannot be imported, or is not what it declares; `problem` says where."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.file}:{problem.line}: {problem.message}")
        self.problem = problem


def check_of(project: Project, name: str, code: Mapping[str, str]) -> Check:
    """The check of a pinned plan: from the file it names, if that still has the digest it names.

    Raises:
        CheckError: the file is gone or has changed, cannot be imported, or registers something else.
    """
    file, digest = code["file"], code["digest"]
    try:
        found, _ = declared_in(file, read_file(project, file))
    except DataError as error:
        raise CheckError(f"check {name!r} cannot be run: {error}") from None
    chosen = next((one for one in found if one.name == name and one.digest == digest), None)
    if chosen is None:
        raise CheckError(f"check {name!r} cannot be run: {file} no longer has the code that the plan of this run names ({digest}); "
                         "start the life cycle again")
    return load(chosen, str(project.root / file))


def named(project: Project, name: str) -> Check:
    """The check of a name: one of the package, or one of the project's own as its file stands now.

    Raises:
        UnknownName: there is none.
        CheckError: its file has a mistake.
    """
    if name in CHECKS:
        return CHECKS[name]
    own = own_checks(project)
    if name in own.broken:
        raise CheckError(f"check {name!r} cannot be used: {own.broken[name]}")
    if name not in own.declared:
        raise UnknownName("check", name, [*CHECKS, *own.declared])
    return load(own.declared[name], str(project.root / own.declared[name].file))


def load(own: OwnCheck, path: str = "") -> Check:
    """Run the file's code, and give the check that it registers.

    Raises:
        NotLoaded: it raised, or registers something else than its text declares.
    """
    name = f"modelops_own_checks_{short(own.digest)}"
    module = ModuleType(name)
    module.__file__ = path or own.file
    sys.modules[name] = module  # dataclasses and the like look their module up
    with apart(name) as registered:
        try:
            exec(compile(own.source, module.__file__, "exec", dont_inherit=True), module.__dict__)  # noqa: S102 - the project's reviewed code
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # also SystemExit: a file must not end the process that lists checks
            raise _not_loaded(own, f"it cannot be imported: {type(error).__name__}: {error}", _line(error, module.__file__)) from None
    return replace(_demanded(own, registered), code={f"file:{own.file}": own.digest})


def imported(own: OwnChecks, project: Project) -> tuple[OwnChecks, dict[str, Check]]:
    """The checks that run, and what is wrong with the files of the others; runs every file."""
    good: dict[str, Check] = {}
    broken: dict[str, Problem] = dict(own.broken)
    problems = list(own.problems)
    for name, one in own.declared.items():
        try:
            good[name] = load(one, str(project.root / one.file))
        except NotLoaded as error:
            broken[name] = error.problem
            problems.append(error.problem)
    declared = {name: one for name, one in own.declared.items() if name in good}
    return OwnChecks(declared, broken, tuple(sorted(set(problems)))), good


def _demanded(own: OwnCheck, registered: Mapping[str, Check]) -> Check:
    """What the file registers, if that is what its text declares."""
    found = registered.get(own.name)
    if found is None:
        raise _not_loaded(own, f"it declares the check {own.name!r} and does not register it when it is imported")
    stray = sorted(registered.keys() - {one.name for one in declared_in(own.file, own.source)[0]})
    if stray:
        raise _not_loaded(own, f"it registers {', '.join(stray)}, which its text does not declare")
    told = {"version": (own.version, found.version), "metrics": (own.metrics, found.metrics), "options": (dict(own.parameters), dict(found.parameters))}
    for what, (text, run) in told.items():
        if text != run:
            raise _not_loaded(own, f"it registers other {what} of {own.name!r} than its text declares")
    return found


def _not_loaded(own: OwnCheck, message: str, line: int = 0) -> NotLoaded:
    return NotLoaded(Problem(own.file, line or own.line, 1, "CHECK004", message))


def _line(error: BaseException, path: str) -> int:
    if isinstance(error, SyntaxError) and error.filename == path:
        return error.lineno or 1
    lines = [one.lineno for one in traceback.extract_tb(error.__traceback__) if one.filename == path and one.lineno]
    return lines[-1] if lines else 1
