"""What packs in force demand of a plan, as the rules that a plan is made and linted by, each under the words that people see. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..spec.policy import Attest, Control, Stage, TierName, TierRules
from ..spec.types import Require
from .resolve import PackStanding


class ControlRules(TierRules):
    """A control of a pack, as the rules of a tier are: `nyc-ll144 LL144-SEL`.

    Attributes:
        bases: metric -> who says its number.
        at: the life cycles that ask for its steps and its attestation.
    """

    bases: Mapping[str, str]
    at: tuple[Stage, ...]
    attest: Attest | None = None


def rules_of(packs: Iterable[PackStanding], tier: TierName) -> dict[str, TierRules]:
    """What each pack in force asks of the tier, and each of its controls that applies."""
    found: dict[str, TierRules] = {}
    for pack in packs:
        if not pack.in_force:
            continue
        if tier in pack.source.spec.tiers:
            found[f"{pack.name}, tier {tier}"] = pack.source.spec.tiers[tier]
        for control in pack.applying():
            found[words_of(pack.name, control.id)] = _rules(pack, control)
    return found


def words_of(pack: str, control: str) -> str:
    """A control as people see it."""
    return f"{pack} {control}"


def _rules(pack: PackStanding, control: Control) -> ControlRules:
    return ControlRules(
        steps=control.steps, keep=control.keep, approvals=dict(control.approvals.roles) if control.approvals is not None else {},
        numbers={metric: Require(warn=number.warn, fail=number.fail) for metric, number in control.numbers.items()},
        bases={metric: pack.basis(number.basis) for metric, number in control.numbers.items()}, at=control.at, attest=control.attest,
    )
