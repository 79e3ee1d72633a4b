"""modelops diff: evidence against evidence, with the cause."""

from __future__ import annotations

import re
from collections.abc import Iterator
from json import loads
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import DataError
from .on_record import last_two, recorded_run
from .options import HERE, Json, Root
from .output import console, print_json, print_table
from .sources import model_id

if TYPE_CHECKING:
    from ..evidence.difference import Cause, Change, Difference, StepDifference

_DIGEST = re.compile(r"sha256:([0-9a-f]{12})[0-9a-f]{52}")
_MOST = 8
"""Numbers of a step, and libraries, that the table shows; --json has them all."""


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(diff)


def diff(
    before: Annotated[str, typer.Argument(metavar="RUN", help="The earlier run: a folder of .modelops/runs, its name, or DAG/RUN of the register. Or a model, for its last two runs.")],
    after: Annotated[str, typer.Argument(metavar="RUN", help="The later run; left out after a model.")] = "",
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Compare the evidence of two runs and name what changed it: data, model, code, environment, policy or plan.

    Exits with 0 where evidence and verdicts of every step are equal, with 1 where they are not.
    """
    from ..evidence.difference import difference

    runs = (recorded_run(before, root), recorded_run(after, root)) if after else last_two(model_id(before), root)
    if runs[0].told.model != runs[1].told.model:
        raise DataError(f"{runs[0].told.label} is a run of {runs[0].told.model}, {runs[1].told.label} one of {runs[1].told.model}; name two runs of one model")
    found = difference(runs[0].told, runs[1].told)
    print_json(found.to_json()) if json else show(found)
    raise typer.Exit(0 if found.equal else 1)


def show(found: Difference) -> None:
    """The difference as people read it."""
    from rich.markup import escape

    print_table(("before", "after"), [found.runs, found.verdicts])
    differing = [step for step in found.steps if not step.equal]
    if differing:
        print_table(("step", "verdict", "evidence", "what changed"), [
            (step.step, _arrow(*step.verdicts), _arrow(*(short(one or "none") for one in step.evidence)), "\n".join(_lines(step))) for step in differing])
    if found.causes:
        print_table(("cause", "what", "before", "after", "changed"), _rows(found.causes))
    for note in found.notes:
        console().print(f"not recorded: {escape(note)}")
    console().print(escape(verdict(found)))


def verdict(found: Difference) -> str:
    """The comparison in one sentence."""
    if not found.steps:
        return "nothing to compare: neither run has evidence"
    count = f"{len(found.steps)} steps"
    if not found.equal:
        named = sorted({cause.kind for cause in found.causes if cause.steps})
        lost = sum(bool(step.unexplained) for step in found.steps)
        if not found.changed:
            return f"the evidence of all {count} is equal, and the verdict of the run is not: {_arrow(*found.verdicts)}"
        return (f"{found.changed} of {count} differ; cause: {', '.join(named) or 'none that is on record'}"
                + (f"; {lost} without a cause" if lost else ""))
    rest = "; what they rest on differs in places, and changed no number and no verdict" if found.causes else ""
    return f"equal: all {count} have the same evidence digests and verdicts{rest}"


def short(value: str) -> str:
    """A text with its digests cut to what people compare by eye."""
    return _DIGEST.sub(r"\1", value)


def _arrow(before: str, after: str) -> str:
    return before if before == after else f"{before} → {after}"


def _lines(step: StepDifference) -> Iterator[str]:
    """The numbers of a step that changed, and what is not explained."""
    for change in sorted(step.changes, key=_weight)[:_MOST]:
        yield _line(change)
    if len(step.changes) > _MOST:
        yield f"and {len(step.changes) - _MOST} more"
    if not step.changes and step.evidence[0] != step.evidence[1] and None not in step.evidence:
        yield "no number changed"
    if step.unexplained:
        yield step.unexplained


def _weight(change: Change) -> int:
    """What a reader must see first: other verdicts, then other numbers, then what is said about them."""
    values = [None if row is None else row["value"] for row in (change.before, change.after)]
    return 0 if change.verdicts[0] != change.verdicts[1] else 1 if values[0] != values[1] else 2


def _line(change: Change) -> str:
    values = _arrow(_value(change.before), _value(change.after))
    if change.before and change.after and change.before != change.after and " → " not in values:
        names = sorted(name for name in {*change.before, *change.after} if change.before.get(name) != change.after.get(name))
        values += "; " + ", ".join(f"{name} {change.before.get(name)} → {change.after.get(name)}" for name in names)
    verdicts = "" if change.verdicts[0] == change.verdicts[1] else f": {change.verdicts[0] or 'not judged'} → {change.verdicts[1] or 'not judged'}"
    where = ", ".join(f"{key}={value}" for key, value in loads(change.where).items())
    return f"{change.metric}{f'[{where}]' if where else ''} {values}{verdicts}"


def _value(row: Any) -> str:
    if row is None:
        return "not there"
    return f"no value ({row.get('reason', '')})" if row["value"] is None else f"{row['value']:.6g}"


def _rows(causes: tuple[Cause, ...]) -> Iterator[tuple[str, str, str, str, str]]:
    """Causes as rows; libraries beyond the first few are counted."""
    libraries = [cause for cause in causes if cause.kind == "environment"]
    for cause in causes:
        if cause in libraries[_MOST:]:
            continue
        changed = ", ".join(cause.steps) or "no number, no verdict"
        yield cause.kind, cause.what, short(cause.before), short(cause.after) + (f"\n{cause.detail}" if cause.detail else ""), changed
    if more := libraries[_MOST:]:
        yield "environment", f"and {len(more)} more", "", "see --json", ""
