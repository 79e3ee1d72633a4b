"""modelops new suite: a suite of expectations to start from."""

from __future__ import annotations

import json as json_text
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import DataError
from .options import HERE, Json, Root
from .written import tell, write_new

if TYPE_CHECKING:
    from ..spec.project import Project
    from ..spec.read import Source
    from ..spec.types import ModelFile


def suite(
    name: Annotated[str, typer.Argument(metavar="ID", help="The model's id.")],
    out: Annotated[str, typer.Option("--out", help="File below the project's folder; suites/ID.json if none is named.")] = "",
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Write the suite of expectations inferred from a model's baseline, in Great Expectations' JSON, to edit and to name in a step."""
    from ..spec.project import Project
    from ..spec.read import read_model

    project = Project.around(root)
    file = project.model(name)
    named = out or f"suites/{name}.json"
    path = project.resolve(named)
    if path.exists():
        raise DataError(f"{named} is there already; name another file with --out")
    body = _inferred(name, read_model(file, name=project.name(file)), project)
    write_new(path, named, json_text.dumps(body, indent=2, ensure_ascii=False) + "\n", "name another file with --out")
    tell([path], json=json, then=f"edit it, write with: {{suite: {named}}} in a step that uses expectations, and modelops validate {name}")


def _inferred(name: str, model: Source[ModelFile], project: Project) -> dict[str, Any]:
    from ..checks.suite import written_suite
    from ..data.dataset import open_dataset
    from ..data.prepare import roles_of
    from ..data.scan import scan
    from ..steps.local import connection_from_environment

    data = model.canonical.get("data") or {}
    if data.get("baseline") is None:
        raise DataError(f"{name} names no baseline to infer expectations from; add data.baseline to its file")
    table = open_dataset(data["baseline"], resolve=project.resolve, connections=connection_from_environment).read()
    roles = roles_of(table.column_names, data.get("columns") or {})
    return written_suite(name, scan(table, roles), roles, table)
