"""Labels that model files name: looked at here, where the project's files are, without reading a row."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from ..data.dataset import files_of
from ..data.header import column_names
from ..errors import DataError
from ..spec.problem import Problem

if TYPE_CHECKING:
    from ..spec.document import Path
    from ..spec.project import Project
    from ..spec.read import Source
    from ..spec.types import ModelFile


def label_problems(model: Source[ModelFile], project: Project) -> list[Problem]:
    """Why the labels of a model file cannot be joined to its data; of files that are not there yet nothing is known."""
    data = model.spec.data
    if data is None or data.labels is None or data.columns.target is None:
        return []
    labels, target, time, found = data.labels, data.columns.target, data.columns.time, list[Problem]()
    there = _names(project, labels.path)
    for name, place in ((labels.key, ("data", "labels", "key")), (target, ("data", "columns", "target"))):
        if there is not None and name not in there:
            found.append(_lacks(model, place, f"labels {labels.path}", name, there))
    rows = _names(project, data.current) if isinstance(data.current, str) else None
    if rows is None:
        return found
    wanted = ((labels.key, ("data", "labels", "key")), *([(time, ("data", "columns", "time"))] if time is not None else ()))
    found += [_lacks(model, place, f"data set {data.current}", name, rows) for name, place in wanted if name not in rows]
    if target in rows:
        found.append(model.problem(("data", "labels"), "PLAN023", f"data set {data.current} has a column {target!r} already, and the truth is to come from the labels",
                                   next_step="take one of both out"))
    return found


def _lacks(model: Source[ModelFile], place: Path, what: str, name: str, there: tuple[str, ...]) -> Problem:
    return model.problem(place, "PLAN023", f"{what} has no column {name!r}", expected=f"one of {', '.join(there)}")


def _names(project: Project, source: str) -> tuple[str, ...] | None:
    """The columns of files; None where they cannot be seen from here."""
    with suppress(DataError, OSError):
        return column_names(files_of(source, project.resolve))
    return None
