"""The model files of a project as definitions for the register, broken ones with their mistakes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..checks.own import OwnChecks, own_checks
from ..data.duration import duration
from ..governance.activate import readable
from ..governance.define import Definition
from ..inventory.register import Register
from ..plan import Plan, plans_of
from ..policy.library import packs
from ..registry import did_you_mean
from ..spec.problem import Problem, SpecError
from ..spec.project import Project
from ..spec.read import Source, read_model
from ..spec.types import Governance, ModelFile


def definitions_of(register: Register, project: Project, prefix: str, environment: str = "") -> list[Definition]:
    """Every model file as it stands, planned under the active governance, or the first one that waits."""
    with register.read() as session:
        governance = readable(session)
    own = own_checks(project)
    return [definition(project, path, governance, prefix, own, environment) for path in project.models()]


def definition(project: Project, path: Path, governance: Governance, prefix: str, own: OwnChecks, environment: str = "") -> Definition:
    """One model file as it stands."""
    file = project.name(path)
    try:
        source = read_model(path, name=file)
        plans = plans_of(source, governance, own, environment)
    except SpecError as error:
        return Definition(path.stem, file, _text(path), None, None, [problem.to_json() for problem in error.problems])
    dags = [{"lifecycle": plan.lifecycle, "dag_id": dag_id(prefix, plan), "schedule": plan.schedule,
             **({"scores": plan.scores} if plan.scores else {})} for plan in plans]
    return Definition(path.stem, file, source.text, source.canonical["model"], source.canonical, dags=dags,
                      review_every=review_every(source.spec))


def review_every(spec: ModelFile) -> str | None:
    """The shortest review cadence that the model's policies ask of its tier."""
    rules = [pack.spec.tiers[tier] for name in spec.policies if (pack := packs().get(name)) for tier in pack.spec.tiers
             if tier == str(spec.model.tier)]
    return min((one.review for one in rules if one.review), key=duration, default=None)


def dag_id(prefix: str, plan: Plan) -> str:
    """`[prefix.]model.lifecycle`."""
    return f"{prefix}.{plan.model_id}.{plan.lifecycle}" if prefix else f"{plan.model_id}.{plan.lifecycle}"


def overlay_problems(governance: Source[Governance], project: Project) -> list[Problem]:
    """Overlays of governance.yaml for models that the project does not have."""
    known = [path.stem for path in project.models()]
    return [governance.problem(("environments", name, "data", model), "PLAN024", f"there is no model {model!r}{did_you_mean(model, known)}")
            for name, one in governance.spec.environments.items() for model in one.data or {} if model not in known]


def problems_of(project: Project, governance: Governance, paths: Sequence[Path], environment: str = "") -> list[Problem]:
    """Every mistake of the project's own checks and of some model files."""
    own = own_checks(project)
    found: list[Problem] = list(own.problems)
    for path in paths:
        try:
            plans_of(read_model(path, name=project.name(path)), governance, own, environment)
        except SpecError as error:
            found += error.problems
    return found


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")[:100_000]
    except (OSError, UnicodeDecodeError):
        return ""
