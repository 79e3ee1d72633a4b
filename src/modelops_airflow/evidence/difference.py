"""The difference between two runs: whether their evidence is equal, which numbers changed, and why. Pure.

Evidence is equal where the digests are. Where they differ, every fact that differs and that the step rests on is
named as a cause; none is weighed against another. A step that changed with no such fact is told as unexplained, or
as not known where a run did not record what it rests on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from .rests import Facts, RecordedRun, RecordedStep, demanded_of, facts_of, measuring, said_once, text

_Key = tuple[str, str, str, str]  # kind, what, before, after

KINDS = ("data", "model", "code", "environment", "policy", "plan")
ABSENT, UNDECIDED = "not there", "not decided"
UNEXPLAINED = "unexplained: nothing that it rests on differs, so the check is not deterministic or looks at the clock"
UNKNOWN = "not known: what it rests on was not recorded in full"


@dataclass(frozen=True)
class Change:
    """One number that differs; `before` and `after` are the rows of the measurements, None where there is none."""

    metric: str
    where: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    verdicts: tuple[str, str]


@dataclass(frozen=True)
class StepDifference:
    """One measuring step in both runs.

    Attributes:
        evidence: digests before and after; None where a run has none.
        equal: both have evidence, with one digest, and every requirement says the same of it.
        unexplained: why no cause can be named; empty where one is, or where nothing differs.
    """

    step: str
    evidence: tuple[str | None, str | None]
    verdicts: tuple[str, str]
    changes: tuple[Change, ...]
    equal: bool
    unexplained: str = ""


@dataclass(frozen=True)
class Cause:
    """Something that both runs rest on and that differs.

    Attributes:
        kind: data, model, code, environment, policy, plan.
        steps: ids of the steps that differ and rest on it; empty if it changed nothing.
        detail: what is known of how it differs, for data.
    """

    kind: str
    what: str
    before: str
    after: str
    steps: tuple[str, ...] = ()
    detail: str = ""


@dataclass(frozen=True)
class Difference:
    """Two runs compared.

    Attributes:
        runs: their labels.
        verdicts: of the runs.
        notes: what was not recorded.
    """

    runs: tuple[str, str]
    verdicts: tuple[str, str]
    steps: tuple[StepDifference, ...]
    causes: tuple[Cause, ...]
    notes: tuple[str, ...] = ()

    @property
    def equal(self) -> bool:
        """Every measuring step has the same evidence and the same verdict in both, and there is one at all."""
        return bool(self.steps) and all(step.equal for step in self.steps) and self.verdicts[0] == self.verdicts[1]

    @property
    def changed(self) -> int:
        """How many measuring steps are not equal."""
        return sum(not step.equal for step in self.steps)

    def to_json(self) -> dict[str, Any]:
        """JSON form, the output of `modelops diff --json`."""
        body = asdict(self)
        return {"equal": self.equal, "changed": self.changed, **body}


def difference(before: RecordedRun, after: RecordedRun) -> Difference:
    """Compare two runs, the earlier first."""
    changed: dict[_Key, list[str]] = {}
    steps = []
    for name in sorted({*measuring(before), *measuring(after)}):
        one = _step(before, after, name)
        differing = _causes(before, after, name)
        explaining = [key for key in differing if _explains(key, one)]
        for key in differing:
            changed.setdefault(key, []).extend([name] if key in explaining else [])
        steps.append(one if one.equal or explaining else replace(one, unexplained=_why(before, after, name)))
    if before.plan is not None and after.plan is not None:
        for key in _differing(said_once(before), said_once(after)):
            changed.setdefault(key, [])
    causes = [Cause(*key, tuple(names), _detail(before, after, key)) for key, names in changed.items()]
    return Difference(
        (before.label, after.label), (before.verdict or UNDECIDED, after.verdict or UNDECIDED), tuple(steps),
        tuple(sorted(causes, key=lambda cause: (KINDS.index(cause.kind), cause.what))), (*_notes(before), *_notes(after)))


def _step(before: RecordedRun, after: RecordedRun, name: str) -> StepDifference:
    old, new = (run.steps.get(name, RecordedStep("")) for run in (before, after))
    verdicts = (old.verdict or "no verdict", new.verdict or "no verdict")
    changes = tuple(_changes(old, new, judged=before.plan is not None and after.plan is not None))
    equal = old.evidence is not None and old.evidence == new.evidence and verdicts[0] == verdicts[1] and not changes
    return StepDifference(name, (old.evidence, new.evidence), verdicts, changes, equal)


def _changes(old: RecordedStep, new: RecordedStep, *, judged: bool) -> Iterator[Change]:
    """Numbers that differ, or are judged otherwise where both requirements are known, in the order of their names."""
    rows = _rows(old), _rows(new)
    for key in sorted({*rows[0], *rows[1]}):
        one, other = rows[0].get(key), rows[1].get(key)
        verdicts = (old.judged.get(key[:2], ""), new.judged.get(key[:2], "")) if judged else ("", "")
        if one != other or verdicts[0] != verdicts[1]:
            yield Change(key[0], key[1], one, other, verdicts)


def _rows(step: RecordedStep) -> dict[tuple[str, str, int], Mapping[str, Any]]:
    """Rows of a measurement by name, place, and how many of that name and place came before."""
    seen: Counter[tuple[str, str]] = Counter()
    rows = {}
    for row in (step.measurement or {"metrics": ()})["metrics"]:
        key = (row["name"], text(row["where"]))
        rows[(*key, seen[key])] = row
        seen[key] += 1
    return rows


def _causes(before: RecordedRun, after: RecordedRun, name: str) -> list[_Key]:
    """Facts that a step's numbers or verdict rest on and that differ; a step that only one plan has is one fact."""
    old, new = _planned(before, name), _planned(after, name)
    planned = old is not None and new is not None
    if planned and old != new:
        return [("plan", f"step {name}", old or ABSENT, new or ABSENT)]
    based = _has_basis(before, name) and _has_basis(after, name)
    found = _differing(*(facts_of(run, name, plan=planned, basis=based) for run in (before, after)))
    return found + (_differing(demanded_of(before, name), demanded_of(after, name)) if planned else [])


def _explains(cause: _Key, one: StepDifference) -> bool:
    """Whether a fact can be why this step differs: requirements change verdicts, code numbers and verdicts, the rest numbers."""
    if one.equal:
        return False
    judged_otherwise = one.verdicts[0] != one.verdicts[1] or any(change.verdicts[0] != change.verdicts[1] for change in one.changes)
    return judged_otherwise if cause[0] == "policy" else one.evidence[0] != one.evidence[1] or cause[0] == "code"


def _planned(run: RecordedRun, name: str) -> str | None:
    """What kind of step the plan has under a name; empty for none, None where the plan is not known."""
    if run.plan is None:
        return None
    return next((str(step["uses"]) for step in run.plan["steps"] if step["id"] == name), "")


def _has_basis(run: RecordedRun, name: str) -> bool:
    return name in run.steps and run.steps[name].basis is not None


def _differing(old: Facts, new: Facts) -> list[_Key]:
    return [(*key, old.get(key, ABSENT), new.get(key, ABSENT)) for key in {**old, **new} if old.get(key) != new.get(key)]


def _why(before: RecordedRun, after: RecordedRun, name: str) -> str:
    if any(run.steps.get(name, RecordedStep("")).evidence is None for run in (before, after)):
        return "no evidence in " + " and ".join(run.label for run in (before, after)
                                                if run.steps.get(name, RecordedStep("")).evidence is None)
    known = all(run.plan is not None and _has_basis(run, name) for run in (before, after))
    return UNEXPLAINED if known else UNKNOWN


def _notes(run: RecordedRun) -> Iterator[str]:
    if run.plan is None:
        yield f"{run.label}: its plan was not recorded"
    if without := [name for name, step in run.steps.items() if step.evidence is not None and step.basis is None]:
        yield f"{run.label}: environment and code of {', '.join(without)} were not recorded"


def _detail(before: RecordedRun, after: RecordedRun, key: _Key) -> str:
    """How a data set differs, as far as files and profiles tell."""
    kind, side = key[:2]
    if kind != "data":
        return ""
    said = []
    files = before.files(side), after.files(side)
    if all(files):
        said += [f"{name}: {'added' if name not in files[0] else 'removed' if name not in files[1] else 'other bytes'}"
                 for name in sorted({*files[0], *files[1]}) if files[0].get(name) != files[1].get(name)]
    old, new = before.profile.get(side), after.profile.get(side)
    if old is not None and new is not None:
        rows = f"{old['rows']} rows" if old["rows"] == new["rows"] else f"{old['rows']} → {new['rows']} rows"
        columns = sorted(name for name in {*old["columns"], *new["columns"]} if old["columns"].get(name) != new["columns"].get(name))
        said.append(f"{rows}; " + (f"columns that differ: {', '.join(columns)}" if columns else "no column's statistics differ"))
    return "; ".join(said)
