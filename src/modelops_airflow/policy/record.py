"""Which packs apply to a model and why, as a plan has it: data that is evidence, and all that a status is worked out from. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .resolve import APPLIES, ControlStanding, PackStanding, how, period_of


def record(standings: Iterable[PackStanding], tier: str) -> dict[str, Any]:
    """Which packs and controls apply and why, as a plan has it; packs that always apply and have no controls are not in it."""
    return {one.name: _record(one, tier) for one in standings if one.source.spec.controls or one.source.spec.extends or one.standing != APPLIES or one.why}


def _record(one: PackStanding, tier: str) -> dict[str, Any]:
    spec = one.source.spec
    return {
        "title": spec.title, "version": spec.version, "digest": str(one.source.digest), "named_by": one.named_by, "standing": one.standing,
        "why": one.why, "draft": spec.draft, "jurisdiction": spec.jurisdiction or "", "force": spec.force or "",
        "controls": {each.control.id: _control_record(one, each, tier) for each in one.controls},
    }


def _control_record(pack: PackStanding, one: ControlStanding, tier: str) -> dict[str, Any]:
    control, kept = one.control, pack.retention(one.control)
    period = period_of(control, tier)
    told: dict[str, Any] = {
        "applies": one.applies, "why": one.why, "class": control.class_, "ref": control.ref, "text": control.text, "how": how(control),
    }
    if not one.applies:
        return told
    told |= {"at": list(control.at), "steps": list(control.steps), "numbers": {
        metric: {"warn": number.warn, "fail": number.fail, "basis": pack.basis(number.basis)} for metric, number in sorted(control.numbers.items())}}
    if control.approvals is not None:
        told["approvals"] = dict(control.approvals.roles)
    if control.attest is not None:
        told["attest"] = {"role": control.attest.role, "statement": control.attest.statement}
    if period is not None and control.every is not None:
        told["every"] = {"period": period, "basis": pack.basis(control.every.basis)}
    if control.waivable is False:
        told["waivable"] = False
    if kept is not None:
        told["retention"] = {"keep": kept.keep, "since": kept.since, "basis": pack.basis(kept.basis)}
    return told
