"""modelops run: a life cycle in this process, up to the first gate."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from ..errors import DataError
from .options import HERE, Environment, Json, LifecycleOption, Root
from .output import console, print_json, print_table
from .sources import model_id

if TYPE_CHECKING:
    from ..steps.local import LocalRun, Progress
    from ..steps.run import NamedChampion, StepResult


NONE = "none"
"""Said in place of the file where no version is in use."""


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(run)


def run(
    model: Annotated[str, typer.Argument(help="Model id or model file.")],
    lifecycle: LifecycleOption = "release",
    threads: Annotated[int, typer.Option("--threads", min=1, help="Threads of a scan; never changes a result.")] = 2,
    champion_artifact: Annotated[str | None, typer.Option("--champion-artifact", help="File of the version in use, for a step of kind champion; none where there is none.")] = None,
    champion_kind: Annotated[str | None, typer.Option("--champion-kind", help="Its kind, if not the model's own.")] = None,
    environment: Environment = "",
    as_of: Annotated[str, typer.Option("--as-of", help="Repeat this run (as `modelops diff` names one) with its plan (and so its life cycle and environment), artifact and data, and tell the difference.")] = "",
    fresh: Annotated[bool, typer.Option("--fresh", help="With --as-of: take data and files as they are now, where they changed.")] = False,
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Run a model's life cycle here, up to the first gate. It is marked local and can never be promoted.

    With --as-of it exits with 0 where the evidence is equal to that of the run it repeats, whatever the verdict, and with 1 where it is not.
    """
    from ..spec.project import Project
    from ..steps.local import run_local
    from ..steps.run import NamedChampion

    if fresh and not as_of:
        raise typer.BadParameter("--fresh belongs to --as-of RUN; without it a run takes what is there", param_hint="--fresh")
    if as_of and (environment or lifecycle != "release"):
        raise typer.BadParameter("the run that --as-of names has its own life cycle and environment; leave --lifecycle and --environment out", param_hint="--as-of")

    start = Path(model).parent if Path(model).is_file() else root
    project = Project.around(start)
    champion = None if champion_artifact is None else NamedChampion(
        None if champion_artifact == NONE else Path(champion_artifact), champion_kind)
    progress = _silent if json else _tell
    if as_of:
        _repeat(project.root, model_id(model), as_of, progress, threads, champion, fresh=fresh, json=json)
    came_to = run_local(project.root, model_id(model), lifecycle=lifecycle, threads=threads, environment=environment,
                        progress=progress, champion=champion)
    if json:
        print_json(_body(came_to))
    else:
        _show(came_to)
    raise typer.Exit(0 if came_to.verdict == "pass" else 1)


def _repeat(
    root: Path, model: str, as_of: str, progress: Progress, threads: int, champion: NamedChampion | None, *, fresh: bool, json: bool,
) -> NoReturn:
    """Repeat a run as it was, and tell the difference."""
    from ..evidence.difference import difference
    from ..steps.recorded import of_folder
    from ..steps.rerun import rerun_local
    from .diff import show
    from .on_record import recorded_run

    before = recorded_run(as_of, root)
    if before.told.model != model:
        raise DataError(f"{before.told.label} is a run of {before.told.model}, not of {model}")
    came_to = rerun_local(root, before, fresh=fresh, progress=progress, threads=threads, champion=champion)
    found = difference(before.told, of_folder(came_to.folder).told)
    if json:
        print_json({**_body(came_to), "as_of": before.told.label, "difference": found.to_json()})
    else:
        _show(came_to)
        show(found)
    raise typer.Exit(0 if found.equal else 1)


def _silent(_step: str, _event: str, _result: StepResult | None) -> None:
    """Programs read the end only."""


def _tell(step: str, event: str, result: StepResult | None) -> None:
    if event == "running":
        print(f"  {step} ...", flush=True)
    elif result is not None and result.message:
        print(f"    {result.message}", flush=True)


def word(result: StepResult) -> str:
    """A step's result in a word or two."""
    if result.judgement is None:
        return result.status.value
    return result.judgement.verdict.value + (", warned" if result.judgement.warned else "")


def _show(came_to: LocalRun) -> None:
    from rich.markup import escape

    rows = []
    for name, result in came_to.results.items():
        judged = result.judgement.rows if result.judgement else ()
        notable = [str(row) for row in judged if row.warned or row.verdict.value != "pass"]
        more = [f"and {len(notable) - 6} more"] if len(notable) > 6 else []
        rows.append((name, word(result), "\n".join([*notable[:6], *more]) or result.message))
    print_table(("step", "result", "what was not plainly green"), rows)
    end = f"stops before the gate [bold]{escape(came_to.gate)}[/bold]" if came_to.gate else "ends without reaching a gate"
    console().print(f"verdict [bold]{came_to.verdict}[/bold]; {end}. origin: local, cannot be promoted. {escape(str(came_to.folder))}")


def _body(came_to: LocalRun) -> dict[str, Any]:
    return {
        "origin": "local", "model": came_to.plan.model_id, "lifecycle": came_to.plan.lifecycle, "plan": came_to.plan.digest,
        "verdict": came_to.verdict, "gate": came_to.gate, "folder": str(came_to.folder), "evidence": came_to.evidence,
        "steps": {
            name: {
                "status": result.status.value, "evidence": result.evidence, "message": result.message,
                "judgements": [row.to_json() for row in result.judgement.rows] if result.judgement else [],
                "verdict": result.judgement.verdict.value if result.judgement else None,
            }
            for name, result in came_to.results.items()
        },
    }
