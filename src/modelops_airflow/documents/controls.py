"""The controls of policy packs, as the evidence in a pack has them on a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any

from ..evidence.statement import measurement_in
from ..policy.control_evidence import GateEvidence, RunEvidence, StepEvidence, Waiver
from ..policy.control_status import WAIVED, Status, statuses
from ..policy.waiver import end_of
from .parts import Gap, Inline, Line, Part, gap, line, table
from .sections import heading
from .sources import APPROVALS, PLAN, WAIVERS, Sources


def controls(sources: Sources, on: date) -> list[Part]:
    """Every control of every pack that the run was planned under; what is missing or overdue is a gap, what is of a draft says so."""
    packs: Mapping[str, Any] = sources.plan.get("packs") or {}
    if not packs:
        return [heading("Controls of policy packs"), gap("the plan of this run names no policy pack with controls")]
    end = datetime.combine(on, time.max, UTC)
    rows = [_row(sources, one) for one in statuses([sources.plan], {sources.plan["lifecycle"]: _evidence(sources)}, end, _waivers(sources))]
    return [heading("Controls of policy packs"), table(("pack", "control", "text", "status"), rows)]


def asked_by(sources: Sources, on: date, pack: str, controls: Sequence[str]) -> list[Part]:
    """The controls of one pack that bear on a section: what each asks, how it stands, and of an attestation that it is one; nothing where the plan lacks the pack."""
    found = [one for one in statuses([sources.plan], {sources.plan["lifecycle"]: _evidence(sources)}, datetime.combine(on, time.max, UTC), _waivers(sources))
             if one.pack == pack and one.control in controls]
    rows = [[*_row(sources, one)[1:], _basis(sources, one)] for one in found]
    return [table(("control", "asks", "status", "rests on"), rows)] if rows else []


def _basis(sources: Sources, one: Status) -> Line | Gap:
    """What a status rests on: what a person says is told as that, in the words that the person put a name to."""
    told = sources.plan["packs"][one.pack]["controls"][one.control]
    path = (PLAN, "packs", one.pack, "controls", one.control)
    if not told["applies"]:
        return line("nothing: it does not apply")
    measured = line("measurements of this pack") if told["steps"] or told["numbers"] else ()
    if "attest" not in told:
        return measured or line("approvals")
    words = line("a person of the role ", sources.cite(*path, "attest", "role"), ", who attests, and no machine measured: ", sources.cite(*path, "attest", "statement"))
    return (*measured, *(line("; and ") if measured else ()), *words)


def _row(sources: Sources, one: Status) -> list[Inline | Line | Gap]:
    told = sources.plan["packs"][one.pack]["controls"][one.control]
    path = ("packs", one.pack)
    draft = ["draft pack: "] if one.draft else []
    title = sources.cite(PLAN, *path, "title")
    text = sources.cite(PLAN, *path, "controls", one.control, "text" if "text" in told else "why")
    status = line(*draft, one.status, *(_terms(sources, one) if one.status == WAIVED else []))
    return [title, sources.key(PLAN, *path, "controls", one.control), text, status if one.met else gap(*status)]


def _terms(sources: Sources, one: Status) -> list[str | Inline]:
    """Until when a control is waived, and why, as the pack has it."""
    place = next(at for at, told in enumerate(sources.read(WAIVERS))
                 if told["counts"] and (told["words"]["pack"], told["words"]["control"]) == (one.pack, one.control))
    return [" until ", sources.cite(WAIVERS, place, "words", "until"), ": ", sources.cite(WAIVERS, place, "words", "reason")]


def _waivers(sources: Sources) -> list[Waiver]:
    """The waivers that counted when the pack was made, until their last day ends."""
    if WAIVERS not in sources.members:
        return []
    return [Waiver(told["words"]["pack"], told["words"]["control"], end_of(date.fromisoformat(told["words"]["until"])), told["words"]["reason"], told["waiver"],
                   content=told["words"].get("content", ""))
            for told in sources.read(WAIVERS) if told["counts"]]


def _evidence(sources: Sources) -> RunEvidence:
    """What the run came to, as statuses take it."""
    uses = {step["id"]: step for step in sources.plan["steps"]}
    steps = []
    for one in sources.manifest["controls"]:
        if one["evidence"]:
            member = one["evidence"][0]
            steps.append(StepEvidence(uses[one["control"]]["uses"], one["verdict"], _moment(sources.produced(member).value),
                                      measurement_in(sources.read(member))))
    return RunEvidence(tuple(steps), tuple(_gates(sources, uses)))


def _gates(sources: Sources, uses: Mapping[str, Any]) -> list[GateEvidence]:
    found, decisions = [], sources.read(APPROVALS)
    for one in sources.manifest["approvals"]:
        times = [_moment(vote["at"]) for vote in decisions if vote["step"] == one["gate"] and not vote["withdrawn_at"]]
        options = uses[one["gate"]]["options"]
        found.append(GateEvidence(one["gate"], one["state"], options["roles"], tuple(options.get("controls", ())), max(times, default=None)))
    return found


def _moment(text: Any) -> datetime:
    return datetime.fromisoformat(str(text).replace("Z", "+00:00"))

