"""modelops plan: the steps, where each requirement comes from, and what a change would do to the fleet."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import DataError
from .options import HERE, Environment, Json, Root
from .output import console, print_json, print_table
from .policies import day_of, pack_line
from .sources import Chosen, choose, plans_in

if TYPE_CHECKING:
    from ..plan import Plan, PlannedStep
    from ..steps.snapshot import Snapshot
    from .impact import Consequence, Sides
    from .outlook import Outlook


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(plan)


def plan(
    paths: Annotated[list[str] | None, typer.Argument(help="Files, folders or model ids; the whole project if none.")] = None,
    lifecycle: Annotated[str | None, typer.Option("--lifecycle", help="Only this life cycle.")] = None,
    against: Annotated[str | None, typer.Option("--against", help="Git revision, or folder of another copy of the project, to compare with: what would this change do?")] = None,
    environment: Environment = "",
    on: Annotated[str, typer.Option("--on", help="The day for which packs are looked at, such as 2027-12-02; today if not given. With --against the files here are asked on that day, and the revision today, as its evidence was.")] = "",
    form: Annotated[str, typer.Option("--format", help="With --against: table, markdown (for a pull request), json.")] = "table",
    fail_on: Annotated[str, typer.Option("--fail-on", help="With --against, exit code 1 if: a model changes from pass to fail (break), that or one needs a fresh run or has no evidence (fresh), any plan differs (any), never.")] = "break",
    evidence: Annotated[Path | None, typer.Option("--evidence", help="With --against: a file of `modelops snapshot write` instead of the register.")] = None,
    trust: Annotated[str, typer.Option("--trust", envvar="MODELOPS_TRUST", help="With --evidence: fingerprint (sha256:...) of the key that must have signed it, got from elsewhere.")] = "",
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Show what each life cycle does and requires, or what a change since a git revision would do."""
    from .impact import FAIL_ON, FORMATS

    for name, value, known in (("--format", form, FORMATS), ("--fail-on", fail_on, FAIL_ON)):
        if value not in known:
            raise DataError(f"{name} {value!r} is not known; expected one of {', '.join(known)}")
    if evidence is not None and against is None:
        raise DataError("--evidence says what --against is replayed over; name a revision with --against")
    today = day_of("")
    day = day_of(on) if on else today
    if against is not None and day < today:
        raise DataError(f"--on {on} is over, and --against asks what a change will do; expected today or a day to come. Without --against it shows the plans of that day")
    chosen = choose(paths or [], root)
    plans = plans_in(chosen, lifecycle, environment, on=day)
    if against is not None:
        from .impact import Sides, fails
        from .impact import show as show_impact
        from .snapshot import snapshot_in

        snapshot = snapshot_in(evidence, trust) if evidence is not None else None
        sides = Sides(against, today, day if on else None)
        found, outlook = _replayed(chosen, {path.stem for path in chosen.models} if paths else None, lifecycle, environment, plans, sides, snapshot)
        show_impact(found, sides, outlook, "json" if json else form, snapshot.told(datetime.now(UTC)) if snapshot is not None else "")
        raise typer.Exit(1 if fails(found, fail_on) else 0)
    if json:
        print_json([one.to_json() | {"digest": one.digest} for one in plans])
        return
    for one in plans:
        show(one)


def _replayed(chosen: Chosen, models: set[str] | None, lifecycle: str | None, environment: str, plans: list[Plan], sides: Sides,
              snapshot: Snapshot | None) -> tuple[list[Consequence], Outlook]:
    """The chosen plans against those of the revision as it is asked today: evidence is of a plan that was run, and nobody ran one of a day to come."""
    from .impact import consequences
    from .outlook import outlook_of, past_of_register
    from .revision import before_of
    from .sources import governance_of

    there = before_of(chosen.project, sides.revision, environment, on=sides.today)
    before = [one for one in there.plans if (models is None or one.model_id in models) and lifecycle in (None, one.lifecycle)]
    found = consequences(chosen.project, before, plans, there.changed, snapshot)
    past = snapshot.past if snapshot is not None else past_of_register()
    # With one life cycle alone nobody knows how often the model is reviewed, so nothing is said to fall due.
    return found, outlook_of(past, there, plans if lifecycle is None else [], governance_of(chosen.project), sides)


def show(one: Plan) -> None:
    """One plan as a table."""
    from rich.markup import escape

    from ..policy.tiering import sentence

    console().print(f"[bold]{escape(one.model_id)}.{escape(one.lifecycle)}[/bold]  {one.template}  on {one.on}"
                    + (f"  schedule {one.schedule}" if one.schedule else "") + f"\n{one.digest}")
    for what, where in one.overlay.items():
        print(f"  {what}: {_planned(one, what)}  ({where})")
    print_table(("phase", "step", "uses", "waits for", "requires or asks", "required by"), (_row(step) for step in one.steps))
    for name, told in one.tiering.items():
        console().print(sentence(name, told, one.model["tier"]), markup=False)
    for name, pack in one.packs.items():
        console().print(pack_line(name, pack), markup=False)


def _planned(one: Plan, what: str) -> str:
    """What an overlay put in its place."""
    kind, _, name = what.partition(".")
    if kind == "data":
        told = (one.data or {})[name]
        return str(told["path"]) if name == "labels" else told if isinstance(told, str) else f"connection {told['connection']}: {told.get('sql') or told['files']}"
    step = one.step(name) if kind == "steps" else next(step for step in one.steps if step.uses == "deploy")
    return ", ".join(f"{key} {value}" for key, value in step.options.items())


def _row(step: PlannedStep) -> tuple[str, ...]:
    asked = [f"{rule.metric} " + ", ".join(f"{word} {text}" for word, text in (("warn", rule.warn), ("fail", rule.fail)) if text)
             + f"  ({rule.origin})" for rule in step.requirements]
    if "roles" in step.options:
        people = ", ".join(f"{number} {role}" for role, number in step.options["roles"].items())
        asked.append(people + (f", valid {step.options['valid']}" if "valid" in step.options else ""))
    if "controls" in step.options:
        asked.append("for " + ", ".join(step.options["controls"]))
    if "to" in step.options:
        through = f"through {step.options['through']} for {step.options.get('bake')} " if "through" in step.options else ""
        asked.append(f"{through}to {step.options['to']}" + (f", watched for {step.options['watch']}" if "watch" in step.options else ""))
    if step.profile != "default":
        asked.append(f"runs in {step.profile}")
    return step.phase, step.id, step.uses, ", ".join(step.needs), "\n".join(asked), ", ".join(step.required_by)
