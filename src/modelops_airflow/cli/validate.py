"""modelops validate: every mistake of every file, with its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ..spec.problem import Problem, SpecError
from .options import HERE, Json, Root
from .output import print_json
from .sources import Chosen, choose

if TYPE_CHECKING:
    from ..spec.types import Governance


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(validate)


def validate(
    paths: Annotated[list[str] | None, typer.Argument(help="Files, folders or model ids; the whole project if none.")] = None,
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Report every mistake of model files and governance.yaml, with line and column."""
    chosen = choose(paths or [], root)
    problems = sorted(set(problems_in(chosen)))
    count = len(chosen.models) + chosen.governance
    if json:
        print_json({"files": count, "problems": [problem.to_json() for problem in problems]})
    else:
        for problem in problems:
            print(problem)
        if not problems:
            print(f"{count} file{'s' * (count != 1)}, no mistakes")
    if problems:
        raise typer.Exit(2)


def problems_in(chosen: Chosen) -> list[Problem]:
    """Every mistake; plans are linted too where governance.yaml can be read."""
    from ..plan import plans_of
    from ..spec.read import read_model

    rules, problems = _governance(chosen)
    for path in chosen.models:
        try:
            model = read_model(path, name=chosen.project.name(path))
            if rules is not None:
                plans_of(model, rules)
        except SpecError as error:
            problems += error.problems
    return problems


def _governance(chosen: Chosen) -> tuple[Governance | None, list[Problem]]:
    from .sources import governance_of

    try:
        return governance_of(chosen.project), []
    except SpecError as error:
        return None, list(error.problems)
