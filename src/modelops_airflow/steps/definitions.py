"""The model files of a project as definitions for the register, broken ones with their mistakes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from ..checks.own import OwnChecks, own_checks
from ..governance.activate import readable
from ..governance.asks import readable_digest
from ..governance.define import Definition
from ..governance.legacy import declared_terms
from ..governance.strays import stray_id
from ..inventory.register import Register
from ..plan import Plan, plans_of
from ..plan.outlook import review_period
from ..policy.in_force import library_of
from ..policy.place import environments_of
from ..registry import did_you_mean
from ..spec.problem import Problem, SpecError
from ..spec.project import Project
from ..spec.read import Source, read_model
from ..spec.types import Governance
from .asked_of import AskedOf
from .provenance import provenance_of


def definitions_of(register: Register, project: Project, prefix: str, environment: str = "") -> list[Definition]:
    """Every model file as it stands, planned under the active governance, or the first one that waits."""
    with register.read() as session:
        governance, digest = readable(session), readable_digest(session)
    own, here, asked = own_checks(project), environments_of(governance, environment), AskedOf(governance, digest)
    found = [_declaring(definition(project, path, governance, prefix, own, environment, asked), here) for path in project.models()]
    with register.read() as session:
        told = {one.model_id: declared_terms(session, one.model_id) for one in found if one.terms is not None}
    return [_with_writers(project, path, one, told) for path, one in zip(project.models(), found, strict=True)]


def _declaring(one: Definition, here: Collection[str]) -> Definition:
    """A definition, which declares a use only where this installation answers for the environment of it."""
    legacy = (one.canonical or {}).get("legacy")
    return replace(one, elsewhere=legacy is not None and legacy["at"] not in here)


def _with_writers(project: Project, path: Path, one: Definition, told: Mapping[str, str | None]) -> Definition:
    """Who wrote a file that declares a model in use, where the ledger does not have that as it stands: git is asked for each once."""
    if one.terms is None or told[one.model_id] == one.terms:
        return one
    written = provenance_of(project, [path])[0]
    return replace(one, commit=written.commit, writers=written.authors)


def definition(
    project: Project, path: Path, governance: Governance, prefix: str, own: OwnChecks, environment: str = "", asked: AskedOf | None = None,
) -> Definition:
    """One model file as it stands."""
    file, model_id = project.name(path), stray_id(path.stem)
    try:
        source = read_model(path, name=file)
        plans = plans_of(source, governance, own, environment)
    except SpecError as error:
        return Definition(model_id, file, _text(path), None, None, [problem.to_json() for problem in error.problems])
    dags = [{"lifecycle": plan.lifecycle, "dag_id": dag_id(prefix, plan), "schedule": plan.schedule,
             **({"scores": plan.scores} if plan.scores else {})} for plan in plans]
    return Definition(model_id, file, source.text, source.canonical["model"], source.canonical, dags=dags,
                      review_every=review_period(plans, library_of(governance)), asks=asked.model(source, plans) if asked is not None else None)


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
