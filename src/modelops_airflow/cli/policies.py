"""modelops policies: the packs there are, whether a file is one, and what a model lacks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import DataError, RegisterError
from .catalogue import library_here, policy_rows
from .here import here
from .options import HERE, Environment, Json, Root
from .output import console, print_json, print_table
from .questions import questions

if TYPE_CHECKING:
    from ..plan import Plan
    from ..policy.control_evidence import RunEvidence, Waiver
    from ..policy.control_status import Status
    from ..spec.policy import Policy
    from ..spec.project import Project
    from ..spec.read import Source

policies = typer.Typer(invoke_without_command=True, help="Policy packs, and what they ask.")
Day = Annotated[str, typer.Option("--on", help="The day for which packs are looked at, such as 2027-12-02; today if not given.")]


def add_to(app: typer.Typer) -> None:
    """Add the group."""
    policies.command()(questions)
    app.add_typer(policies, name="policies")


@policies.callback()
def every(context: typer.Context, root: Root = HERE, json: Json = False) -> None:
    """Policy packs: what they ask by tier, and control by control."""
    if context.invoked_subcommand is not None:
        return
    rows = policy_rows(library_here(root))
    if json:
        print_json(rows)
        return
    print_table(("pack", "version", "status", "asks", "what"), (
        (row["policy"], row["version"], row["status"] + (", draft" if row["draft"] and row["status"] != "draft" else ""), _asks(row), row["what"]) for row in rows))


def _asks(row: Mapping[str, Any]) -> str:
    hows = [control["how"] for control in row["controls"]]
    told = [f"{hows.count(word)} {word}" for word in ("automated", "assisted", "attested") if word in hows]
    tiers = f"rules of {len(row['tiers'])} tiers" if row["tiers"] else ""
    asked = f"{len(row['tiering']['questions'])} questions about risk" if row["tiering"] else ""
    return "; ".join(part for part in (tiers, asked, f"{len(hows)} controls: {', '.join(told)}" if hows else "") if part)


@policies.command()
def lint(files: Annotated[list[Path], typer.Argument(help="Files of packs.")], root: Root = HERE, json: Json = False) -> None:
    """Say whether files are policy packs, with line and column of every mistake; they may build on packs of the project."""
    from ..policy.lint_pack import lint_pack
    from ..registry import demand_extensions
    from ..spec.problem import SpecError
    from ..spec.read import read_policy

    demand_extensions()
    problems, read = [], []
    for path in files:
        try:
            read.append(read_policy(path))
        except SpecError as error:
            problems += list(error.problems)
    known = {**_packs_here(root), **{one.spec.pack: one for one in read}}
    problems += [problem for one in read for problem in lint_pack(one, known)]
    if problems:
        raise SpecError(problems)
    print_json({"problems": []}) if json else print(f"{len(files)} pack{'s' * (len(files) != 1)}, no mistakes")


def _packs_here(root: Path) -> Mapping[str, Source[Policy]]:
    """The packs that a pack may build on: the project's too, where all of its own can be read."""
    from ..policy.in_force import SHIPPED
    from ..spec.problem import SpecError

    try:
        return library_here(root).packs
    except SpecError:  # a pack that is being written
        return SHIPPED.packs


@policies.command()
def gap(
    model: Annotated[str, typer.Argument(help="Model id.")],
    on: Day = "",
    environment: Environment = "",
    root: Root = HERE,
    json: Json = False,
) -> None:
    """What a model lacks, control by control, with the cheapest next step; exit code 1 if it lacks anything."""
    from ..policy.control_status import statuses
    from ..spec.project import Project

    day = _day_to_come(model, on)
    project = Project.around(root)
    plans = _plans(project, model, day, environment)
    source, evidence = _evidence(project, model, plans, {*plans, *(_plans(project, model, None, environment) if on else ())})
    together = _together(project, model, day)
    now = datetime.now(UTC) if day == datetime.now(UTC).date() else datetime.combine(day, time(23, 59), UTC)
    found = statuses([plan.to_json() for plan in plans.values()], evidence, now, _waivers(model))
    packs = {name: pack for plan in plans.values() for name, pack in plan.packs.items()}
    if json:
        print_json({"model": model, "on": day.isoformat(), "evidence": source,
                    "packs": {name: {key: pack[key] for key in ("title", "standing", "why", "draft", "named_by")} for name, pack in packs.items()},
                    "together": together, "controls": [_row(one) for one in found]})
    else:
        _show(model, day, source, packs, found)
        print("; ".join(f"{word}: {told}" for word, told in together.items() if told))
    if any(not one.met for one in found):
        raise typer.Exit(1)


def _together(project: Project, model: str, day: date) -> dict[str, str]:
    """What all packs in force ask together, for people: the strictest of each."""
    from ..plan import asked_of
    from ..plan.governance_file import governance_in
    from ..spec.read import read_model

    path = project.model(model)
    asks = asked_of(read_model(path, name=project.name(path)), governance_in(project.governance, name=project.name(project.governance)).spec, day)
    return {
        "reviewed again after": asks.period or "",
        "records are kept": ", ".join(f"{keep} from {since} on" for since, keep in sorted(asks.retention.items())),
        "kept apart": ", ".join(" and ".join(sorted(roles)) for roles in sorted(asks.separation, key=sorted)),
        "numbers": ", ".join(f"{metric} {level} {condition}" for metric, level, condition in sorted(asks.numbers, key=str)),
    }


def day_of(text: str) -> date:
    """A day as it is written; today (UTC) for none.

    Raises:
        DataError: it is no day.
    """
    try:
        return date.fromisoformat(text) if text else datetime.now(UTC).date()
    except ValueError:
        raise DataError(f"{text!r} is no day; expected one such as 2027-12-02") from None


def _day_to_come(model: str, text: str) -> date:
    """The day to look at: today or one to come; of a day that is over the evidence of today says nothing.

    Raises:
        DataError: it is no day, or it is over.
    """
    day = day_of(text)
    if day < datetime.now(UTC).date():
        raise DataError(f"{text} is over, and files, evidence and waivers of today do not say how it was; ask the record: modelops policies met {model} --pack PACK --on {text}")
    return day


def _plans(project: Project, model: str, day: date | None, environment: str) -> dict[str, Plan]:
    """The model's plans on a day, by digest."""
    from ..checks.own import own_checks
    from ..plan import plans_of
    from ..plan.governance_file import governance_in
    from ..spec.read import read_model

    path = project.model(model)
    governance = governance_in(project.governance, name=project.name(project.governance)).spec
    return {plan.digest: plan for plan in plans_of(read_model(path, name=project.name(path)), governance, own_checks(project), environment, on=day)}


def _evidence(project: Project, model: str, plans: Mapping[str, Plan], known: set[str]) -> tuple[str, dict[str, RunEvidence]]:
    """Where the evidence is from, and the evidence: the register if it knows a run of this version, else local runs."""
    from ..steps.control_evidence import evidence_in_register, evidence_of_local_runs

    place = here()
    version = str(next(iter(plans.values())).model["version"])
    try:
        found = evidence_in_register(place.register, place.store, model, version)
    except RegisterError:
        found = {}
    if found:
        return "register", found
    local = evidence_of_local_runs(project.root / ".modelops", model, known)
    return ("local runs, whose gates nobody decides" if local else "none"), local


def _waivers(model: str) -> list[Waiver]:
    """The waivers of the model's controls that count now; none where there is no register."""
    from ..database import database_time
    from ..governance.control_waivers import judged_model, waivers_in_force
    from ..inventory.tables import ModelRow

    try:
        with here().register.read() as session:
            row = session.get(ModelRow, model)
            return [] if row is None else waivers_in_force(session, judged_model(session, row), model, database_time(session))
    except RegisterError:
        return []


def pack_line(name: str, pack: Mapping[str, Any]) -> str:
    """A pack of a plan in a line: whether it applies, why, and that it is a draft if it is one."""
    draft = " (draft: its source was not read)" if pack["draft"] else ""
    return f"{name}{draft}: {pack['standing']}{', ' + pack['why'] if pack['why'] else ''}; named by {pack['named_by']}"


def _row(one: Status) -> dict[str, Any]:
    return {"pack": one.pack, "control": one.control, "status": one.status, "shown": one.shown, "draft": one.draft, "why": one.why,
            "lacking": [{"what": what, "next": step} for what, step in one.lacking], "due": one.due.isoformat() if one.due else None}


def _show(model: str, day: date, source: str, packs: Mapping[str, Any], found: list[Status]) -> None:
    for name, pack in packs.items():
        console().print(pack_line(name, pack), markup=False)
    if found:
        print_table(("pack", "control", "status", "why", "next step"), (
            (one.pack, one.control, one.shown, one.why, "\n".join(dict.fromkeys(step for _, step in one.lacking))) for one in found))
    lacking = sum(not one.met for one in found)
    print(f"{model} on {day}: {lacking} of {len(found)} controls are not met; evidence: {source}")
