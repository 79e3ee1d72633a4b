"""Answers about a moment as JSON, for programs and for pages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from ..policy.control_status import MET, NOT_SATISFIED, NOT_TESTED, OVERDUE, PARTIALLY, SATISFIED, WAIVED
from .as_of import NOT_KNOWN, AsOf, ControlThen, PackThen
from .series import Stretch

WORST_FIRST = (NOT_SATISFIED, OVERDUE, NOT_KNOWN, NOT_TESTED, PARTIALLY, WAIVED, SATISFIED)


def told(state: AsOf) -> dict[str, Any]:
    """A model at a moment."""
    asked = state.asked
    return {
        "model": state.model, "at": instant(state.at), "index": state.index, "version": state.version, "trouble": state.trouble, "gates": dict(state.gates),
        "in_use": [{"environment": one.environment, "version": one.version, "index": one.index} for one in state.in_use],
        "asked_by": {"source": asked.source, "digest": asked.digest, "index": asked.index, "at": instant(asked.at), "governance": asked.governance} if asked else None,
        "packs": [pack_told(one, state) for one in state.packs],
    }


def pack_told(pack: PackThen, state: AsOf) -> dict[str, Any]:
    """A pack of a model at a moment."""
    facts = {name: pack.told[name] for name in ("title", "version", "standing", "why", "draft", "named_by")}
    digest = state.asked.digests.get(pack.name) if state.asked else None
    return {"pack": pack.name, "answer": pack.answer, **facts, "digest": digest, "counts": counts(pack), "controls": [_control(pack, one) for one in pack.controls]}


def counts(pack: PackThen) -> dict[str, int]:
    """How many controls stand how, the worst first."""
    found = Counter(one.status.status for one in pack.controls)
    return {status: found[status] for status in WORST_FIRST if found[status]}


def worst(pack: PackThen) -> str | None:
    """The worst status of a pack's controls; None where none asks for anything."""
    return next(iter(counts(pack)), None)


def _control(pack: PackThen, one: ControlThen) -> dict[str, Any]:
    status, asks = one.status, pack.told["controls"][one.status.control]
    return {
        "control": status.control, "text": asks["text"], "ref": asks["ref"], "status": status.status, "shown": status.shown, "met": status.status in MET,
        "why": status.why, "lacking": [{"what": what, "next": step} for what, step in status.lacking], "due": instant(status.due) if status.due else None,
        "evidence": [{"lifecycle": proof.lifecycle, "what": proof.what, "digest": proof.digest, "index": proof.index, "at": instant(proof.at)} for proof in one.proofs],
    }


def stretch_told(one: Stretch) -> dict[str, Any]:
    """A stretch of a control's history."""
    return {"from": instant(one.since), "to": instant(one.until), "status": one.status, "shown": one.shown, "why": one.why, "version": one.version, "index": one.index}


def totals(states: Iterable[AsOf]) -> dict[str, dict[str, int]]:
    """Pack -> how many models meet it, do not, and of how many that is not known or not asked."""
    found: dict[str, Counter[str]] = {}
    for state in states:
        for pack in state.packs:
            found.setdefault(pack.name, Counter())[pack.answer] += 1
    return {name: dict(sorted(answers.items())) for name, answers in sorted(found.items())}


def instant(at: datetime) -> str:
    """A time to the second, UTC."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
