"""modelops validate: every mistake of every file, with its place."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import DataError
from ..registry import demand_extensions
from ..spec.problem import Problem, SpecError
from .options import HERE, Environment, Json, Root
from .output import print_json
from .sources import Chosen, choose

if TYPE_CHECKING:
    from ..spec.project import Project
    from ..spec.read import Source
    from ..spec.types import Governance, ModelFile


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(validate)


def validate(
    paths: Annotated[list[str] | None, typer.Argument(help="Files, folders or model ids; the whole project if none.")] = None,
    environment: Environment = "",
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Report every mistake of model files, suites, own checks (it imports them) and governance.yaml, by line; warn of files that are not there yet."""
    demand_extensions()
    chosen = choose(paths or [], root)
    problems = sorted(set(problems_in(chosen, environment)))
    wrong = {problem.file for problem in problems}  # mistakes first
    warnings = sorted({warning for warning in warnings_in(chosen) if warning.file not in wrong})
    count = len(chosen.models) + chosen.governance + (count_of_checks(chosen.project) if chosen.checks else 0)
    if json:
        print_json({"files": count, "problems": [problem.to_json() for problem in problems],
                    "warnings": [warning.to_json() for warning in warnings]})
    else:
        for problem in [*problems, *warnings]:
            print(problem)
        if not problems:
            warned = f", {len(warnings)} warning{'s' * (len(warnings) != 1)}" if warnings else ""
            print(f"{count} file{'s' * (count != 1)}, no mistakes{warned}")
    if problems:
        raise typer.Exit(2)


def problems_in(chosen: Chosen, environment: str = "") -> list[Problem]:
    """Every mistake, those of suites that models name included; plans are linted too where governance.yaml can be read."""
    from ..checks.own import imported, own_checks
    from ..plan import plans_of
    from ..policy.in_force import SHIPPED, library_of
    from ..spec.read import read_model
    from .labels import label_problems
    from .suites import suite_problems

    rules, problems = _governance(chosen)
    own, _ = imported(own_checks(chosen.project), chosen.project)
    problems += own.problems if chosen.checks else ()
    for path in chosen.models:
        try:
            model = read_model(path, name=chosen.project.name(path))
            problems += suite_problems(model, chosen.project, library_of(rules) if rules is not None else SHIPPED)
            problems += label_problems(model, chosen.project)
            if rules is not None:
                plans_of(model, rules, own, environment)
        except SpecError as error:
            problems += error.problems
    return problems


def count_of_checks(project: Project) -> int:
    """Files of the project's own checks."""
    from ..checks.own import FOLDER, files_of_checks

    folder = project.root / FOLDER
    return len(files_of_checks(f"{FOLDER}/{path.name}" for path in folder.iterdir())) if folder.is_dir() else 0


def warnings_in(chosen: Chosen) -> list[Problem]:
    """Files that models name and that are not there: they may come later, from a build, so it is no mistake; a run stops without them."""
    from ..spec.read import read_model

    found: list[Problem] = []
    for path in chosen.models:
        with contextlib.suppress(SpecError):
            source = read_model(path, name=chosen.project.name(path))
            found += _unsaid(source)
            data = source.spec.data
            named = {("model", "artifact"): (source.spec.model.artifact, "pin"), ("data", "current"): (data.current if data else None, "profile"),
                     ("data", "baseline"): (data.baseline if data else None, "profile"),
                     ("data", "labels", "path"): (data.labels.path if data and data.labels else None, "profile")}
            for place, (file, step) in named.items():
                if isinstance(file, str) and not _is_there(chosen.project, file):
                    found.append(source.problem(place, "warning", f"{'.'.join(place)} names {file}, which is not there",
                                                next_step=f"a run stops at {step} without it"))
    return found


def _unsaid(source: Source[ModelFile]) -> list[Problem]:
    """What an import left for a person to say."""
    from ..onboarding import UNSAID

    found, legacy = [], source.spec.legacy
    if source.spec.model.purpose.startswith(UNSAID):
        found.append(source.problem(("model", "purpose"), "warning", "nobody has said what the model is for", next_step="write its purpose"))
    if legacy is not None and legacy.digest is None:
        found.append(source.problem(("legacy",), "warning", "legacy names no digest, so nothing that runs there is known to be this model",
                                    next_step="hash the bytes that are in use and add legacy.digest"))
    if legacy is not None and legacy.waiver is None:
        found.append(source.problem(("legacy",), "warning", f"the model is in use in {legacy.at} without a release, and its file asks for no waiver",
                                    next_step="release it, or add legacy.waiver with a reason and a last day"))
    return found


def _is_there(project: Project, file: str) -> bool:
    """Whether a file can be seen from here; of what is not below the project nothing is known."""
    try:
        return project.resolve(file).exists()
    except (DataError, OSError):
        return True


def _governance(chosen: Chosen) -> tuple[Governance | None, list[Problem]]:
    from ..steps.definitions import overlay_problems
    from .sources import governance_source

    try:
        source = governance_source(chosen.project)
        return source.spec, overlay_problems(source, chosen.project)
    except SpecError as error:
        return None, list(error.problems)
