"""What the evidence says of each control of a model. Pure: plans and evidence in, statuses out, against a clock that is given.

Never green without evidence: what was not measured or decided is *not tested*, and what is too old is *overdue*, computed
when asked, so a scheduler that is dead hides nothing. Numbers are judged anew, against the control as it is now.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ..checks import CHECKS
from ..data.duration import after
from ..measurement import Verdict
from .control_evidence import RunEvidence, StepEvidence, Waiver
from .demands import words_of
from .verdict import judge
from .waived import content_of

SATISFIED, NOT_SATISFIED, PARTIALLY, NOT_APPLICABLE, WAIVED, OVERDUE, NOT_TESTED = (
    "satisfied", "not satisfied", "partially", "not applicable", "waived", "overdue", "not tested")
MET = frozenset({SATISFIED, WAIVED, NOT_APPLICABLE})
"""Statuses that ask for nothing."""
DRAFT = "draft pack"


@dataclass(frozen=True)
class Status:
    """A control of a pack, as the evidence has it.

    Attributes:
        lacking: what is missing or wrong, each with the next step.
        due: when it must be satisfied anew; None where it is asked once for each version.
    """

    pack: str
    control: str
    status: str
    draft: bool
    why: str
    lacking: tuple[tuple[str, str], ...] = ()
    due: datetime | None = None

    @property
    def shown(self) -> str:
        """The status in words; of a draft pack never plainly satisfied."""
        return f"{self.status}, {DRAFT}" if self.draft and self.status == SATISFIED else self.status

    @property
    def met(self) -> bool:
        """Whether nothing is asked any more."""
        return self.status in MET


@dataclass(frozen=True)
class _Asked:
    """A number of a control, as verdicts take requirements."""

    metric: str
    warn: str | None
    fail: str | None
    origin: str
    where: Mapping[str, str] = field(default_factory=dict)
    default: bool = False


@dataclass(frozen=True)
class _Part:
    """One thing that a control asks, and whether it is there: True, False, or None for nobody knows."""

    good: bool | None
    at: datetime | None = None
    lacks: str = ""
    next: str = ""


def statuses(
    plans: Iterable[Mapping[str, Any]], evidence: Mapping[str, RunEvidence], now: datetime, waivers: Sequence[Waiver] = ()
) -> list[Status]:
    """The status of every control of every pack that somebody names.

    Args:
        plans: the model's plans (JSON), as files and packs have them now.
        evidence: life cycle -> what its last run came to.
    """
    bodies = {str(plan["lifecycle"]): plan for plan in plans}
    packs = {name: pack for plan in bodies.values() for name, pack in (plan.get("packs") or {}).items()}
    return [_status(name, pack, control, told, bodies, evidence, now, waivers)
            for name, pack in packs.items() for control, told in pack["controls"].items()]


def _status(
    name: str, pack: Mapping[str, Any], control: str, told: Mapping[str, Any], plans: Mapping[str, Mapping[str, Any]],
    evidence: Mapping[str, RunEvidence], now: datetime, waivers: Sequence[Waiver],
) -> Status:
    draft = bool(pack["draft"])
    if not told["applies"]:
        return Status(name, control, NOT_APPLICABLE, draft, str(told["why"]))
    waiver = next((one for one in waivers if (one.pack, one.control) == (name, control) and one.until > now
                   and one.content in ("", content_of(told))), None)
    if waiver is not None:
        return Status(name, control, WAIVED, draft, f"until {waiver.until:%Y-%m-%d}: {waiver.reason}", due=waiver.until)
    cycles = [cycle for cycle, plan in plans.items() if stage_of(plan) in told["at"]]
    found = [_parts(words_of(name, control), told, cycle, evidence.get(cycle, RunEvidence())) for cycle in cycles]
    parts = max(found, key=_freshness, default=[_Part(None, lacks="the model has no life cycle that asks for it", next="add a release or a review")])
    return _judged(name, control, draft, told, parts, now)


def stage_of(plan: Mapping[str, Any]) -> str | None:
    """What controls call a plan (JSON): a release deploys, a review asks people without deploying; None for any other."""
    if any(step["uses"] == "deploy" for step in plan["steps"]):
        return "release"
    return "review" if any(step["uses"] == "attestation" for step in plan["steps"]) else None


def _freshness(parts: Sequence[_Part]) -> tuple[bool, float, int]:
    """What speaks: the life cycle with the newest evidence; where there is none, the one that lacks least."""
    times = [part.at.timestamp() for part in parts if part.at is not None and part.good is not None]
    return bool(times), max(times, default=0.0), -len(parts)


def _judged(name: str, control: str, draft: bool, told: Mapping[str, Any], parts: Sequence[_Part], now: datetime) -> Status:
    lacking = tuple((part.lacks, part.next) for part in parts if part.good is not True)
    why = "; ".join(part.lacks for part in parts if part.good is not True)
    times = [part.at for part in parts if part.at is not None]
    due = after(min(times), told["every"]["period"]) if times and "every" in told else None
    if any(part.good is False for part in parts):
        return Status(name, control, NOT_SATISFIED, draft, why, lacking, due)
    if lacking:
        return Status(name, control, PARTIALLY if any(part.good for part in parts) else NOT_TESTED, draft, why, lacking, due)
    if due is not None and due <= now:
        again = "run the review" if "review" in told["at"] else "release again"
        return Status(name, control, OVERDUE, draft, f"was due on {due:%Y-%m-%d}", ((f"was due on {due:%Y-%m-%d}", again),), due)
    flagged = "; ".join(part.lacks for part in parts if part.lacks)
    return Status(name, control, SATISFIED, draft, flagged or f"by evidence of {min(times):%Y-%m-%d}", due=due)


def _parts(words: str, told: Mapping[str, Any], cycle: str, run: RunEvidence) -> list[_Part]:
    found = [_step(kind, told["numbers"], words, cycle, run) for kind in told["steps"]]
    found += [_approvals(role, number, cycle, run) for role, number in told.get("approvals", {}).items()]
    if "attest" in told:
        found.append(_attested(words, told["attest"]["role"], cycle, run))
    return found


def _step(kind: str, numbers: Mapping[str, Any], words: str, cycle: str, run: RunEvidence) -> _Part:
    """A required kind of step, with the numbers of the control that it measures."""
    there = [one for one in run.steps if one.uses == kind]
    again = f"run the life cycle {cycle}"
    if not there:
        return _Part(None, lacks=f"no step of kind {kind} was run in {cycle}", next=again)
    outcomes = [_outcome(one, kind, numbers, words, again) for one in there]
    return next((part for wanted in (False, None) for part in outcomes if part.good is wanted), max(outcomes, key=lambda part: part.lacks))


def _outcome(one: StepEvidence, kind: str, numbers: Mapping[str, Any], words: str, again: str) -> _Part:
    if one.verdict == Verdict.FAIL.value:
        return _Part(False, one.at, f"{kind} failed", "mend the model or its data, and release it again")
    if one.verdict != Verdict.PASS.value:
        return _Part(None, None, f"{kind} is {one.verdict or 'not judged'}", f"see why, then {again}")
    asked = [_Asked(metric, number["warn"], number["fail"], words) for metric, number in numbers.items() if kind in CHECKS and metric in CHECKS[kind].metrics]
    if not asked:
        return _Part(True, one.at)
    if one.measurement is None:
        return _Part(None, None, f"the evidence of {kind} cannot be read", again)
    judgement = judge(asked, one.measurement)
    reasons = "; ".join(judgement.reasons())
    if judgement.verdict is Verdict.FAIL:
        return _Part(False, one.at, reasons, "mend the model or its data, and release it again")
    if judgement.verdict is not Verdict.PASS:
        return _Part(None, None, f"{kind}: {reasons or judgement.verdict.value}", f"see why, then {again}")
    return _Part(True, one.at, reasons)


def _approvals(role: str, number: int, cycle: str, run: RunEvidence) -> _Part:
    asking = [gate for gate in run.gates if gate.roles.get(role)]
    if any(gate.state == "rejected" for gate in asking):
        return _Part(False, next(gate.at for gate in asking if gate.state == "rejected"), f"role {role} rejected", "mend what the comment says, and release it again")
    approved = [(gate.at, gate.roles[role]) for gate in asking if gate.state == "approved" and gate.at is not None]
    if sum(count for _, count in approved) >= number:
        return _Part(True, max(at for at, _ in approved))
    waits = next((gate.step for gate in asking if gate.state == "open"), "")
    return _Part(None, lacks=f"{number} of role {role} did not approve", next=f"decide at gate {waits}" if waits else f"run the life cycle {cycle} up to its gates")


def _attested(words: str, role: str, cycle: str, run: RunEvidence) -> _Part:
    gate = next((one for one in run.gates if words in one.controls), None)
    if gate is None:
        return _Part(None, lacks=f"role {role} was not asked to attest it", next=f"run the life cycle {cycle} up to its gates")
    if gate.state == "rejected":
        return _Part(False, gate.at, f"role {role} rejected it at gate {gate.step}", "mend what the comment says, and release it again")
    if gate.state != "approved" or gate.at is None:
        return _Part(None, lacks=f"role {role} has not attested it", next=f"decide at gate {gate.step}, as {role}")
    return _Part(True, gate.at)
