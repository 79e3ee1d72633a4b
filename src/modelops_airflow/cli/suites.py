"""Suites of expectations that model files name: read here, where the project's files are, and linted without the library."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..checks.suite_lint import Fault, suite_faults
from ..errors import DataError
from ..plan.suites import suites_of
from ..spec.problem import Problem

if TYPE_CHECKING:
    from ..policy.in_force import Library
    from ..spec.project import Project
    from ..spec.read import Source
    from ..spec.types import ModelFile


def suite_problems(model: Source[ModelFile], project: Project, library: Library) -> list[Problem]:
    """Every mistake of every suite a model file names, at the option that names it."""
    found: dict[Problem, None] = {}
    for path, suite in suites_of(model, library):
        for fault in _faults(project, suite):
            place = f", {fault.place}" if fault.place else ""
            problem = model.problem(path, "PLAN022", f"suite {suite!r}{place}: {fault.message}",
                                    expected=fault.expected, found=fault.found, next_step=fault.next_step)
            found[problem] = None
    return list(found)


def _faults(project: Project, suite: str) -> list[Fault]:
    try:
        path = project.resolve(suite)
        if not path.is_file():
            return [Fault("", "there is no such file", next_step="write it, or start from: modelops new suite MODEL")]
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        return [Fault("", f"it cannot be read: {error.strerror}")]
    except UnicodeDecodeError:
        return [Fault("", "it is not UTF-8 text", next_step="save it as UTF-8")]
    except (DataError, ValueError) as error:
        return [Fault("", f"it cannot be read: {error}")]
    return suite_faults(text)
