"""What a change would do to the fleet: its verdicts by stored evidence, as a table, Markdown for a pull request, or JSON."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .here import of_register
from .output import print_json, print_table

if TYPE_CHECKING:
    from datetime import date

    from ..plan import Impact, Plan
    from ..plan.replay import Replay, RunOnRecord
    from ..spec.project import Project
    from ..steps.snapshot import Snapshot
    from .outlook import Outlook

FORMATS = ("table", "markdown", "json")
FAIL_ON = ("break", "fresh", "any", "never")


@dataclass(frozen=True)
class Sides:
    """What is compared: a revision as it is asked today, and the files here as they are asked on a day.

    Attributes:
        day: None where nobody named one, so that both are asked today.
    """

    revision: str
    today: date
    day: date | None = None

    def told(self) -> str:
        """Which day each side is asked on; empty where nobody named one."""
        return f"{self.revision} is asked as of today, {self.today}; the files here are asked as of {self.day}" if self.day is not None else ""

    def to_json(self) -> dict[str, str]:
        """JSON form."""
        return {"before": self.today.isoformat(), "after": (self.day or self.today).isoformat()}


@dataclass(frozen=True)
class Consequence:
    """A difference, and what stored evidence says of it; None for a life cycle that is added or removed."""

    impact: Impact
    replay: Replay | None

    def to_json(self) -> dict[str, Any]:
        """JSON form."""
        return self.impact.to_json() | {"replay": self.replay.to_json() if self.replay else None}


def consequences(project: Project, before: list[Plan], after: list[Plan], changed: list[str], snapshot: Snapshot | None = None) -> list[Consequence]:
    """Every plan that differs, or whose files do, replayed over the evidence of the plan before.

    Args:
        snapshot: has the evidence; without one the register has it, or local runs.
    """
    from ..plan import compare
    from ..plan.compare import touched
    from ..plan.replay import NO_EVIDENCE, replay
    from ..steps.replayed import OtherFiles

    files = OtherFiles(project, changed)
    old = {(one.model_id, one.lifecycle): one for one in before}
    new = {(one.model_id, one.lifecycle): one for one in after}
    impacts = {(one.model, one.lifecycle): one for one in compare(before, after)}
    for key in old.keys() & new.keys() - impacts.keys():
        why = files.named_in(new[key].to_json())
        if why:
            impacts[key] = touched(new[key], why)
    digests: dict[tuple[str, str], str] = {key: old[key].digest for key in impacts if key in old and key in new}
    wanted = set(digests.values())
    runs = _runs(project, wanted) if snapshot is None else snapshot.found(wanted)
    found = []
    for key in sorted(impacts):
        if key not in digests:
            found.append(Consequence(impacts[key], None))
        elif digests[key] not in runs:
            found.append(Consequence(impacts[key], NO_EVIDENCE))
        else:
            run, artifact = runs[digests[key]]
            found.append(Consequence(impacts[key], replay(
                old[key], new[key], run,
                lambda plan, step, artifact=artifact: files.of(plan, artifact) if step is None else files.named_in(step.options))))  # type: ignore[misc]
    return found


def _runs(project: Project, plans: set[str]) -> Mapping[str, tuple[RunOnRecord, str]]:
    """The register's runs; local ones by plans of which it has none.

    Raises:
        RegisterError: the environment names a register, and it cannot be read.
    """
    from ..steps.replayed import local_runs, runs_in_register

    found: dict[str, tuple[RunOnRecord, str]] = of_register(lambda place: runs_in_register(place.register, place.store, plans), {})
    return {**local_runs(project.root / ".modelops", plans - found.keys()), **found}


def show(found: list[Consequence], sides: Sides, outlook: Outlook, form: str, source: str = "") -> None:
    """Print what was found; beside JSON the source of the evidence and the days go to standard error."""
    for line in filter(None, (source, sides.told())):
        print(f"{_safe(line) if form == 'markdown' else line}\n", file=sys.stderr if form == "json" else sys.stdout)
    if form == "json":
        told = [one.to_json() | {"work": work.to_json() if (work := outlook.of(one)) is not None else None, "due": None} for one in found]
        print_json([one | {"asked": sides.to_json()} for one in (*told, *outlook.to_json())])
    elif form == "markdown":
        print(markdown(found, sides.revision, outlook) if found or outlook.due else f"no plan differs from {sides.revision}")
    else:
        if found:
            print_table(("life cycle", "what", "rated", "verdict", "approvals", "difference"), (
                (*_cells(one), "\n".join([*one.impact.changes, *_told(one)])) for one in found))
        print(summary(found, sides.revision, outlook))
        if outlook.due:
            print_table(("model", "falls due"), ((one.model, one.told(outlook.day)) for one in outlook.due))


def markdown(found: list[Consequence], revision: str, outlook: Outlook) -> str:
    """A comment for a pull request."""
    lines = [f"### What this change does to the fleet, against {_safe(revision)}", "", summary(found, revision, outlook), ""]
    lines += [f"- {_safe(one.model)}: {_safe(one.told(outlook.day))}" for one in outlook.due] + [""] * bool(outlook.due)
    lines += ["| life cycle | what | rated | verdict | approvals |", "|---|---|---|---|---|"] if found else []
    lines += ["| " + " | ".join(_safe(cell) for cell in _cells(one)) + " |" for one in found]
    for one in found:
        lines += ["", f"<details><summary>{_safe(one.impact.model)}.{_safe(one.impact.lifecycle)}</summary>", "",
                  *(f"- {_safe(line)}" for line in (*_told(one), *one.impact.changes)), "", "</details>"]
    return "\n".join(lines)


def summary(found: list[Consequence], revision: str, outlook: Outlook) -> str:
    """Counts in two lines, and what has to run."""
    if not found:
        return f"no plan differs from {revision}"
    models, asked = len({one.impact.model for one in found}), sum(one.impact.asks_approvals for one in found)
    replays = [(one.impact.model, one.replay) for one in found if one.replay is not None]
    breaks = len({model for model, one in replays if one.breaks})
    fresh, none = sum(one.fresh for _, one in replays), sum(one.before is None for _, one in replays)
    return (f"{models} model{'s' * (models != 1)} and {len(found)} life cycle{'s' * (len(found) != 1)} differ from {revision}; "
            f"{asked} need{'s' * (asked == 1)} new approvals\n"
            f"{breaks} model{'s' * (breaks != 1)} change{'s' * (breaks == 1)} from pass to fail; of the life cycles {fresh} need{'s' * (fresh == 1)} a fresh run, "
            f"{none} {'has' if none == 1 else 'have'} no evidence" + (f"\n{work}" if (work := outlook.sentence(found)) else ""))


def fails(found: list[Consequence], on: str) -> bool:
    """Whether the exit code says that the change should not go on."""
    replays = [one.replay for one in found if one.replay is not None]
    broken = any(one.breaks for one in replays)
    return {"break": broken, "fresh": broken or any(one.fresh or one.before is None for one in replays), "any": bool(found), "never": False}[on]


def _cells(one: Consequence) -> tuple[str, ...]:
    return f"{one.impact.model}.{one.impact.lifecycle}", one.impact.what, one.impact.rating or "-", _verdict(one.replay), _approvals(one.impact)


def _verdict(one: Replay | None) -> str:
    if one is None:
        return "-"
    if one.before is None:
        return "no evidence"
    if one.fresh and one.breaks:
        return f"{one.before} -> not pass, and {one.after}"
    return f"{one.before}, unchanged" if one.before == one.after else f"{one.before} -> {one.after}"


def _told(one: Consequence) -> list[str]:
    return [f"{step.step}: {step.before or 'not there'} -> {step.after or 'not there'}" + (f" ({'; '.join(step.reasons)})" if step.reasons else "")
            for step in (one.replay.steps if one.replay else ())]


def _approvals(one: Impact) -> str:
    """What becomes of approvals."""
    if one.what == "added":
        return "to be asked for" if one.asks_approvals else "none is asked for"
    return "void, ask again" if one.asks_approvals else "stay" if not one.voids_approvals else "none is asked for"


def _safe(text: str) -> str:
    """Text of model files as text: neither markup nor a new cell, line or mention."""
    plain = " ".join(text.split())
    return "".join(f"&#{ord(letter)};" if letter in "<>&|`*_[]@#~!\\" else letter for letter in plain)
