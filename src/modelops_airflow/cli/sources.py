"""Which files a command works on: paths, model ids, or everything of the project."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..checks.own import FOLDER
from ..spec.own_files import own_paths
from ..spec.problem import Problem, SpecError
from ..spec.project import Project

if TYPE_CHECKING:
    from datetime import date

    from ..plan import Plan
    from ..spec.read import Source
    from ..spec.types import Governance


@dataclass(frozen=True)
class Chosen:
    """The files of one project.

    Attributes:
        models: model files; governance: whether governance.yaml itself was asked for; checks: whether the project's own checks were.
    """

    project: Project
    models: tuple[Path, ...]
    governance: bool
    checks: bool = False


def choose(names: Sequence[str], root: Path) -> Chosen:
    """The files that names mean; all of the project if there are none.

    Raises:
        SpecError: a name is neither a file, a folder, nor the id of a model.
    """
    if not names:
        project = Project.around(root)
        return Chosen(project, tuple(project.models()), True, True)
    project = Project.around(_start(names[0], root))
    models: list[Path] = []
    governance = checks = False
    for name in names:
        path = Path(name)
        if path.is_dir():
            files = _below(path, name, project)
        elif path.is_file():
            files = [path]
        elif path.suffix in (".yaml", ".yml"):
            raise SpecError([Problem(name, 1, 1, "SPEC001", "the file is not there")])
        else:
            files = [project.model(name)]
        rules = {project.governance, *own_paths(project.governance)}
        governance = governance or any(file.name == "governance.yaml" or file.resolve() in rules for file in files)
        own = [file for file in files if file.suffix == ".py" and file.resolve().parent == project.root / FOLDER]
        checks = checks or bool(own) or path.resolve() in (project.root, project.root / FOLDER)
        models += [file for file in files if file.name != "governance.yaml" and file.resolve() not in rules and file not in own]
    return Chosen(project, tuple(models), governance, checks)


def _start(name: str, root: Path) -> Path:
    """Where the search for the project begins: a name that is no path means a model of `root`'s."""
    path = Path(name)
    if not path.exists():
        return root
    return path if path.is_dir() else path.parent


def _below(folder: Path, name: str, project: Project) -> list[Path]:
    """The files that a folder means; only a folder of a project is read, so that `/` does not read a whole disk.

    Raises:
        SpecError: there is no project at or above it.
    """
    if not (project.root / "dags").is_dir():
        raise SpecError([Problem(name, 1, 1, "SPEC001", "the folder is in no project", "a folder that holds dags/, or one below it",
                                 next_step="name the project's folder or a file")])
    if folder.resolve() == project.root:
        return [project.governance, *project.models()]
    return sorted(folder.rglob("*.yaml"))


def governance_source(project: Project) -> Source[Governance]:
    """The project's governance.yaml.

    Raises:
        SpecError: it is missing or has mistakes.
    """
    from ..plan.governance_file import governance_in

    return governance_in(project.governance, name=project.name(project.governance))


def governance_of(project: Project) -> Governance:
    """What the project's governance.yaml says."""
    return governance_source(project).spec


def plans_in(chosen: Chosen, lifecycle: str | None = None, environment: str = "", *, on: date | None = None) -> list[Plan]:
    """Every plan of the chosen models, as policy packs are on a day; today if none is given.

    Raises:
        SpecError: every mistake of every file.
    """
    from ..checks.own import own_checks
    from ..plan import make_plan, plans_of
    from ..spec.read import read_model

    rules, own = governance_of(chosen.project), own_checks(chosen.project)
    plans: list[Plan] = []
    problems: list[Problem] = []
    for path in chosen.models:
        try:
            model = read_model(path, name=chosen.project.name(path))
            plans += plans_of(model, rules, own, environment, on=on) if lifecycle is None else [make_plan(model, rules, lifecycle, own, environment, on=on)]
        except SpecError as error:
            problems += error.problems
    if problems:
        raise SpecError(problems)
    return plans


def model_id(name: str) -> str:
    """The id that a name or a path of a model file means."""
    return Path(name).stem if name.endswith((".yaml", ".yml")) else name
