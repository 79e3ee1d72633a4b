"""When answers to the same rows changed: between the last run that agreed with the record and the first that did not.

A run that could not measure, or measured other rows or by other options, is unknown: it neither agreed nor differed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..digest import Digest, short
from ..measurement import Measurement, Metric, Status
from .check import CheckContext, Earlier

SHARE, SAID = "answers_changed_share", "answered_by"


@dataclass(frozen=True)
class Replayed:
    """What a run found.

    Attributes:
        changed: some answer was not the recorded one.
        said: which version the model said it is; empty where it did not say.
        recorded: digest of the rows with the recorded answers.
        at: when the run was started.
        evidence: digest of the statement; None for this run.
    """

    changed: bool
    said: str
    recorded: str
    at: datetime | None = None
    evidence: Digest | None = None

    def __str__(self) -> str:
        if self.evidence is None:
            return f"this run{_day(self.at)}"
        return f"the run{_day(self.at)} (evidence {short(self.evidence)})"


@dataclass(frozen=True)
class Change:
    """A change, as far as it is known.

    Attributes:
        now: this run.
        first: the first run of those in a row that differed.
        runs: how many in a row are known to differ.
        unknown: runs between `agreed` and `first` of which nothing is known.
        why: why the last agreement is not known, in words.
    """

    now: Replayed
    first: Replayed
    agreed: Replayed | None
    runs: int
    unknown: int
    why: str = ""

    def rows(self, n: int | None) -> Iterator[Metric]:
        """How long it lasts, and whether it was silent."""
        yield Metric("changed_runs", float(self.runs), n=n, reason=self.told or None)
        silent = None if self.agreed is None else float(self.agreed.said == self.first.said)
        yield Metric("silent_change", silent if self.now.changed else 0.0, n=n, reason=self.told or None)

    def inputs(self) -> dict[str, Digest]:
        """The evidence that it is dated by."""
        told = {"last-agreed": self.agreed, "first-changed": self.first}
        return {name: one.evidence for name, one in told.items() if self.now.changed and one is not None and one.evidence is not None}

    @property
    def told(self) -> str:
        """The change in words; empty where there is none."""
        if not self.now.changed:
            return ""
        if self.agreed is None:
            return f"answers differ since {self.first} or longer: {self.why}"
        gap = f"; runs between them of which nothing is known: {self.unknown}" if self.unknown else ""
        return f"answers changed between {self.agreed}, the last that agreed, and {self.first}, the first that differed{gap}; {self._versions(self.agreed)}"

    def _versions(self, agreed: Replayed) -> str:
        if agreed.said != self.first.said:
            return f"the model said it is version {agreed.said or '(none)'}, then {self.first.said or '(none)'}"
        return f"silently: the model said it is version {agreed.said} before and after" if agreed.said else "silently: the model does not say which version it is"


def change_of(now: Replayed, asked: Mapping[str, Any], context: CheckContext, history: int, version: int) -> Change:
    """Since when answers differ; earlier runs are read only if they do.

    Args:
        asked: the options that decide what counts as changed.
        history: how many runs before this one are read.
        version: of the check, now.
    """
    if not now.changed:
        return Change(now, now, None, 0, 0)
    if context.earlier is None:
        return Change(now, now, None, 1, 0, "no register knows earlier runs")
    return _dated(now, [_outcome(one, asked, now.recorded, version) for one in context.earlier(history)])


def _dated(now: Replayed, before: Sequence[Replayed | None]) -> Change:
    first, runs, unknown = now, 1, 0
    for one in before:
        if one is None:
            unknown += 1
        elif one.changed:
            first, runs, unknown = one, runs + 1, 0
        else:
            return Change(now, first, one, runs, unknown)
    return Change(now, first, None, runs, unknown, "no run before this one is known to have agreed" + (f", of the last {len(before)}" if before else ""))


def _outcome(told: Earlier | None, asked: Mapping[str, Any], recorded: str, version: int) -> Replayed | None:
    """What an earlier run found; None if it did not measure, or something else."""
    if told is None or told.measurement.status is not Status.MEASURED or told.measurement.version != version:
        return None
    measured = told.measurement
    if any(measured.parameters.get(name) != value for name, value in asked.items()) or _recorded(measured, asked) != recorded:
        return None
    share = next((row.value for row in measured.metrics if row.name == SHARE), None)
    if share is None:
        return None
    return Replayed(share > 0, str(measured.parameters.get(SAID, "")), recorded, told.at, told.evidence)


def _recorded(measured: Measurement, asked: Mapping[str, Any]) -> str:
    return measured.inputs.get(f"file:{asked['file']}" if asked["file"] else "current", "")


def _day(at: datetime | None) -> str:
    return "" if at is None else f" started {at:%Y-%m-%d %H:%M} UTC"
