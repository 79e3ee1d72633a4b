"""Whether a model met its policy packs at a moment, control by control, and what that rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from ..errors import EvidenceError
from ..policy.control_evidence import RunEvidence, Waiver
from ..policy.control_status import NOT_APPLICABLE, NOT_TESTED, PARTIALLY, Status, statuses
from ..policy.demands import words_of
from ..policy.resolve import IN_FORCE
from .asked import UNKNOWN, Asked, asked
from .gates import GateThen, gates
from .in_use import InUse, in_use
from .reader import Reader
from .record import Record
from .runs import RunThen, StepThen, runs, steps
from .waivers import waivers

NOT_KNOWN = UNKNOWN
YES, NO, NOT_ASKED = "yes", "no", "not asked"
Found = Sequence[tuple[RunThen, Sequence[StepThen], Sequence[GateThen]]]


@dataclass(frozen=True)
class Proof:
    """Something that a status rests on.

    Attributes:
        digest: of the statement of a measurement, or of a decision.
        index: of its event in the ledger.
    """

    lifecycle: str
    what: str
    digest: str | None
    index: int
    at: datetime


@dataclass(frozen=True)
class ControlThen:
    """A control as it stood, and all evidence of then that is about it."""

    status: Status
    proofs: tuple[Proof, ...] = ()


@dataclass(frozen=True)
class PackThen:
    """A pack as it stood for a model.

    Attributes:
        told: the pack as a plan has it: title, version, standing and why, draft.
        answer: yes, no, not known, not asked.
    """

    name: str
    told: Mapping[str, Any]
    controls: tuple[ControlThen, ...]
    answer: str


@dataclass(frozen=True)
class AsOf:
    """A model at a moment.

    Attributes:
        index: of the last event of the ledger that it rests on.
        version: that in use last, else that of the file; None where nothing is known of the model.
        gates: where each opened gate of the runs that spoke for the version stood: open, approved, rejected.
        trouble: why nothing of it can be told; empty where it can.
    """

    model: str
    at: datetime
    index: int | None
    version: str | None
    in_use: tuple[InUse, ...]
    asked: Asked | None
    packs: tuple[PackThen, ...] = ()
    gates: Mapping[str, str] = field(default_factory=dict)
    trouble: str = ""

    def pack(self, name: str) -> PackThen | None:
        """One of its packs; None if nobody had named it."""
        return next((one for one in self.packs if one.name == name), None)


def as_of(record: Record, reader: Reader, at: datetime) -> AsOf:
    """How a model stood at a moment. What came later says nothing of it."""
    then = record.until(at)
    used = tuple(in_use(then))
    try:
        told = asked(then, reader, at.astimezone(UTC).date())
        if told is None:
            return AsOf(record.model, at, then.index, None, used, None, trouble=_why_unknown(then))
        version = used[-1].version if used else told.version
        found = [(run, steps(then, reader, run), gates(then, reader, run, at)) for run in runs(then, reader, version)]
        packs = _packs(told, found, at, waivers(then, reader, told))
        stood = {f"{run.lifecycle}, {gate.evidence.step}": gate.evidence.state for run, _, there in found for gate in there}
        return AsOf(record.model, at, then.index, version, used, told, packs, stood, told.trouble)
    except EvidenceError as error:
        return AsOf(record.model, at, then.index, None, used, None, trouble=str(error))


def _why_unknown(then: Record) -> str:
    defined = next(then.of("defined"), None)
    if defined is None:
        return "the register did not know the model yet"
    if defined.facts["problems"]:
        return f"its file was broken since {defined.at:%Y-%m-%d}, and no earlier one is on record"
    return "which packs were asked is not on record: run modelops apply, or let the DAG modelops.sync run"


def _packs(told: Asked, found: Found, at: datetime, waivers: Sequence[Waiver]) -> tuple[PackThen, ...]:
    evidence = {run.lifecycle: RunEvidence(tuple(one.evidence for one in done), tuple(one.evidence for one in stood)) for run, done, stood in found}
    by_pack: dict[str, list[ControlThen]] = {name: [] for name in told.packs}
    for status in statuses(told.plans(), evidence, at, waivers):
        control = told.packs[status.pack]["controls"][status.control]
        asking = [one for one in found if told.lifecycles.get(one[0].lifecycle) in control.get("at", ())]
        by_pack[status.pack].append(_control(status, control, asking, told.trouble))
    return tuple(PackThen(name, pack, tuple(by_pack[name]), _answer(pack, by_pack[name], told.trouble)) for name, pack in told.packs.items())


def _control(status: Status, control: Mapping[str, Any], found: Found, trouble: str) -> ControlThen:
    if trouble:
        return ControlThen(replace(status, status=NOT_KNOWN, why=trouble, lacking=((trouble, "mend or restore the model's file"),), due=None))
    if status.status == NOT_APPLICABLE:
        return ControlThen(status)
    proofs = tuple(proof for run, done, stood in found for proof in _proofs(words_of(status.pack, status.control), control, run, done, stood))
    gone = [one.event for _, done, _ in found for one in done if one.evidence.uses in control["steps"] and one.event.facts["evidence"] and one.evidence.measurement is None]
    if gone and control["numbers"] and status.status in (PARTIALLY, NOT_TESTED):
        why = f"the evidence of {gone[-1].facts['step']} can no longer be read ({gone[-1].facts['evidence']})"
        return ControlThen(replace(status, status=NOT_KNOWN, why=why, lacking=((why, "restore it from a copy of the store, or from an evidence pack"),)), proofs)
    return ControlThen(status, proofs)


def _proofs(words: str, control: Mapping[str, Any], run: RunThen, done: Sequence[StepThen], stood: Sequence[GateThen]) -> list[Proof]:
    measured = [Proof(run.lifecycle, f"{one.event.facts['step']}: {one.evidence.verdict}", one.event.facts["evidence"], one.event.index, one.event.at)
                for one in done if one.evidence.uses in control["steps"]]
    asks = set(control.get("approvals", {}))
    decided = [Proof(run.lifecycle, f"{one.facts['decision']} by {one.facts['person']} as {one.facts['role']} at {gate.evidence.step}",
                     one.facts.get("statement") or one.facts["subject"], one.index, one.at)
               for gate in stood for one in gate.decisions if words in gate.evidence.controls or asks & set(gate.evidence.roles)]
    return [*measured, *decided]


def _answer(pack: Mapping[str, Any], controls: Sequence[ControlThen], trouble: str) -> str:
    """Whether a pack was met: never by silence."""
    if trouble or pack["standing"] == UNKNOWN:
        return NOT_KNOWN
    if pack["standing"] not in IN_FORCE or all(one.status.status == NOT_APPLICABLE for one in controls):
        return NOT_ASKED
    open_ones = [one.status.status for one in controls if not one.status.met]
    if not open_ones:
        return YES
    return NOT_KNOWN if set(open_ones) == {NOT_KNOWN} else NO
