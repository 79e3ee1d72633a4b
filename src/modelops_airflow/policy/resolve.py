"""Which packs apply to a model on a day, control by control, and why. Pure.

A fact that is not stated leaves a pack undecided, which is told and never read as "does not apply".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from ..spec.policy import Control, Policy, Retention
from ..spec.read import Source
from .evaluate import evaluate
from .expression import parse
from .facts import Known, wrong
from .library import controls_of, packs
from .node import facts_in

APPLIES, SUPERSEDED, PENDING, ENDED, NOT_APPLICABLE = "applies", "superseded", "pending", "ended", "not-applicable"
IN_FORCE = (APPLIES, SUPERSEDED)
"""Standings in which a pack is asked for; a superseded one because somebody names it as the house's own standard."""


@dataclass(frozen=True)
class Undecided:
    """An expression that cannot be decided, or a fact that cannot be.

    Attributes:
        what: the pack, or pack and control.
        fact: the fact to state, or the stated one that cannot be.
        why: of a fact that cannot be; empty where it is not stated.
    """

    what: str
    pack: str
    fact: str
    expression: str
    why: str = ""


@dataclass(frozen=True)
class ControlStanding:
    """Whether a control applies."""

    control: Control
    applies: bool
    why: str


@dataclass(frozen=True)
class PackStanding:
    """Whether a pack applies, and which of its controls.

    Attributes:
        named_by: `model file` or `governance.yaml`.
    """

    source: Source[Policy]
    named_by: str
    standing: str
    why: str
    controls: tuple[ControlStanding, ...] = ()

    @property
    def name(self) -> str:
        """The pack's name."""
        return self.source.spec.pack

    @property
    def in_force(self) -> bool:
        """Whether it is asked for."""
        return self.standing in IN_FORCE

    def applying(self) -> list[Control]:
        """The controls that are asked of the model."""
        return [one.control for one in self.controls if one.applies] if self.in_force else []

    def basis(self, basis: str) -> str:
        """Who says a number of this pack; of a superseded one nobody but the house that names it."""
        return "project default" if self.standing == SUPERSEDED else basis

    def retention(self, control: Control) -> Retention | None:
        """How long a control's records are kept."""
        return control.retention or self.source.spec.retention


@dataclass
class Resolution:
    """Every pack that somebody names, and what could not be decided."""

    packs: list[PackStanding] = field(default_factory=list)
    undecided: list[Undecided] = field(default_factory=list)


def resolve(names: Mapping[str, str], known: Known, on: date, among: Mapping[str, Source[Policy]] | None = None) -> Resolution:
    """Which packs apply to a model with these facts on a day.

    Args:
        names: pack -> who names it; each exists.
        among: the packs there are; those of the library, if not given.
    """
    there = packs() if among is None else among
    found = Resolution()
    for name, by in names.items():
        found.packs.append(_pack(there[name], by, known, on, there, found.undecided))
    return found


def bases(name: str, among: Mapping[str, Source[Policy]] | None = None) -> list[str]:
    """The packs whose controls a pack takes over, nearest first."""
    there, found = packs() if among is None else among, list[str]()
    while (other := there[name].spec.extends) is not None and other not in found:
        found.append(other)
        name = other
    return found


def _pack(source: Source[Policy], by: str, known: Known, on: date, among: Mapping[str, Source[Policy]], undecided: list[Undecided]) -> PackStanding:
    spec, before = source.spec, len(undecided)
    standing, why = _dated(spec, on)
    if standing in IN_FORCE and spec.applies_when is not None:
        holds = _holds(spec.pack, spec.pack, spec.applies_when, known, undecided)
        if not holds:
            standing, why = NOT_APPLICABLE, f"not ({spec.applies_when})"
        else:
            why = f"{spec.applies_when}{f'; {why}' if why else ''}"
    if standing in IN_FORCE and spec.effective is not None:
        for one in spec.effective.later:
            if on < date.fromisoformat(one.from_) and _holds(spec.pack, spec.pack, one.when, known, undecided):
                return PackStanding(source, by, PENDING, f"takes effect on {one.from_} where {one.when}")
    if standing not in IN_FORCE:
        return PackStanding(source, by, standing, why)
    asked = undecided if len(undecided) == before else []  # what its controls ask for is told once it is known that it applies
    controls = tuple(_control(spec.pack, one, known, asked) for one in controls_of(spec.pack, among))
    return PackStanding(source, by, standing, why, controls)


def _dated(spec: Policy, on: date) -> tuple[str, str]:
    """Where a pack stands by its status and dates."""
    effective = spec.effective
    if effective is not None and on < date.fromisoformat(effective.from_):
        return PENDING, f"takes effect on {effective.from_}"
    if spec.status == "pending":
        return PENDING, "is pending"
    ended = effective is not None and effective.to is not None and on > date.fromisoformat(effective.to)
    if spec.status == "superseded" and (ended or effective is None or effective.to is None):
        since = f" on {effective.to}" if effective is not None and effective.to else ""
        return SUPERSEDED, f"superseded by {spec.superseded_by}{since}; asked for as a standard of this house, which names it"
    if ended and effective is not None and spec.status != "superseded":
        return ENDED, f"ended on {effective.to}"
    return APPLIES, ""


def _control(pack: str, control: Control, known: Known, undecided: list[Undecided]) -> ControlStanding:
    if control.applies_when is None:
        return ControlStanding(control, True, "")
    holds = _holds(f"{pack} {control.id}", pack, control.applies_when, known, undecided)
    return ControlStanding(control, holds, control.applies_when if holds else f"not ({control.applies_when})")


def _holds(what: str, pack: str, text: str, known: Known, undecided: list[Undecided]) -> bool:
    """Whether an expression holds; where that is unknown it is noted, and what it guards is asked for."""
    node = parse(text)
    bad = {name: why for name in sorted(facts_in(node)) if name in known and (why := wrong(name, known[name]))}
    outcome = evaluate(node, {name: value for name, value in known.items() if name not in bad})
    undecided += [Undecided(what, pack, name, text, why) for name, why in bad.items()]
    undecided += [Undecided(what, pack, name, text) for name in sorted(outcome.missing) if name not in bad]
    return outcome.holds is not False


def period_of(control: Control, tier: str) -> str | None:
    """How long what satisfies a control lasts for a model of a tier; None: it is asked once for each version."""
    if control.every is None:
        return None
    return control.every.period or next((text for name, text in control.every.by_tier.items() if name == tier), None)


def how(control: Control) -> str:
    """automated: machines judge it; attested: a person says so; assisted: both."""
    if control.attest is None:
        return "automated"
    return "assisted" if control.steps or control.numbers or control.approvals else "attested"
