"""modelops kinds, checks, targets, lifecycles: what there is, from the code itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from .options import HERE, Json, Root
from .output import print_json, print_table

if TYPE_CHECKING:
    from ..checks import Check
    from ..parameters import Parameter
    from ..policy.in_force import Library
    from ..spec.policy import Policy


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (kinds, checks, targets, lifecycles):
        app.command()(command)


def kinds(json: Json = False) -> None:
    """Kinds of model, and the artifacts they take."""
    _print(kind_rows(), json=json)


def checks(root: Root = HERE, json: Json = False) -> None:
    """Checks, their parameters and the metrics they measure; those of the project's own are imported."""
    from ..checks.own import imported, own_checks
    from ..spec.problem import SpecError
    from ..spec.project import Project

    project = Project.around(root)
    own, found = imported(own_checks(project), project)
    _print([row | {"from": own.declared[row["check"]].file if row["check"] in own.declared else ""}
            for row in [*check_rows(), *map(_check_row, found.values())]], json=json)
    if own.problems:
        raise SpecError(own.problems)


def targets(json: Json = False) -> None:
    """Places to deploy to, and how strongly each holds its gate."""
    _print(target_rows(), json=json)


def lifecycles(root: Root = HERE, json: Json = False) -> None:
    """Life cycles of the library, and the project's own."""
    _print(lifecycle_rows(library_here(root)), json=json)


def library_here(root: Path) -> Library:
    """The library of a project; the package's alone where there is no governance.yaml."""
    from ..policy.in_force import SHIPPED, library_of
    from ..spec.project import Project
    from .sources import governance_of

    project = Project.around(root)
    return library_of(governance_of(project)) if project.governance.is_file() else SHIPPED


def kind_rows() -> list[dict[str, Any]]:
    """Every kind of model."""
    from ..kinds import KINDS

    _extensions()
    return [{"kind": name, "files": list(KINDS[name].suffixes), "extra": KINDS[name].extra or "", "options": _parameters(KINDS[name].parameters),
             "what": KINDS[name].summary} for name in KINDS]


def check_rows() -> list[dict[str, Any]]:
    """Every check."""
    from ..checks import CHECKS

    _extensions()
    return [_check_row(one) for one in CHECKS.values()]


def _check_row(one: Check) -> dict[str, Any]:
    return {"check": one.name, "version": one.version, "what": one.summary, "metrics": list(one.metrics),
            "parameters": _parameters(one.parameters)}


def _parameters(parameters: Mapping[str, Parameter]) -> list[dict[str, Any]]:
    return [{"name": key, "type": one.words, "default": one.default, "needed": one.required, "doc": one.doc} for key, one in parameters.items()]


def target_rows() -> list[dict[str, Any]]:
    """Every target."""
    from ..targets import TARGETS, parameters_of_target

    _extensions()
    return [{"target": name, "its gate is": TARGETS[name].strength, "options": _parameters(parameters_of_target(name)),
             "what": TARGETS[name].summary} for name in TARGETS]


def lifecycle_rows(library: Library | None = None) -> list[dict[str, Any]]:
    """Every life cycle of a library; of the package's, if none is given."""
    from ..policy.in_force import SHIPPED

    there = library or SHIPPED
    return [{"lifecycle": name, "version": one.spec.version, "on": one.spec.on, "schedule": one.spec.schedule or "",
             "steps": [step.id for step in there.steps(name)], "what": one.spec.description} for name, one in sorted(there.lifecycles.items())]


def policy_rows(library: Library | None = None) -> list[dict[str, Any]]:
    """Every policy pack of a library (the package's, if none is given), with the controls that it asks for, its own and those that it takes over."""
    from ..policy.in_force import SHIPPED
    from ..policy.library import controls_of
    from ..policy.resolve import how

    _extensions()
    packs = (library or SHIPPED).packs
    return [{"policy": name, "version": one.spec.version, "basis": one.spec.basis or "", "what": one.spec.title,
             "status": one.spec.status or "in-force", "draft": one.spec.draft, "about": _about(one.spec),
             "tiering": one.spec.tiering.model_dump(mode="json", exclude_none=True) if one.spec.tiering else None,
             "tiers": {tier: rules.model_dump(mode="json", exclude_none=True, by_alias=True) for tier, rules in one.spec.tiers.items()},
             "controls": [control.model_dump(mode="json", exclude_none=True, by_alias=True) | {"how": how(control)} for control in controls_of(name, packs)]}
            for name, one in sorted(packs.items())]


def _about(spec: Policy) -> dict[str, Any]:
    """What a pack says of itself."""
    named = ("jurisdiction", "force", "source", "note", "effective", "superseded_by", "extends", "remove", "applies_when", "retention", "separation")
    return spec.model_dump(mode="json", exclude_none=True, by_alias=True, include=set(named))


def _extensions() -> None:
    from ..registry import demand_extensions

    demand_extensions()


def _print(rows: Sequence[dict[str, Any]], *, json: bool) -> None:
    if json:
        print_json(rows)
        return
    heads = list(rows[0])
    print_table(heads, ([_words(row[head]) for head in heads] for row in rows))


def _words(value: Any) -> str:
    if isinstance(value, dict):
        return "\n".join(f"{key}: {_rules(one)}" for key, one in value.items())
    if isinstance(value, list):
        return ", ".join(_option(one) if isinstance(one, dict) else str(one) or "no ending" for one in value)
    return str(value)


def _option(one: dict[str, Any]) -> str:
    return f"{one['name']} (needed)" if one["needed"] else f"{one['name']}={one['default']}"


def _rules(rules: Any) -> str:
    numbers = (f"{metric} {' '.join(f'{word} {text}' for word, text in rule.items() if text and word in ('warn', 'fail'))}"
               for metric, rule in rules["numbers"].items())
    return f"{rules['control_approvals']} approval(s) of the control side; {'; '.join(numbers)}"
