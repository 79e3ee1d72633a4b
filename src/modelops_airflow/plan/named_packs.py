"""The policy packs that a model file and governance.yaml name: which apply, what is wrong with the names, and what could not be decided."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from ..policy.asks import Asks, asks_of_pack, asks_of_tier, merged
from ..policy.facts import FACTS, facts_of
from ..policy.in_force import library_of
from ..policy.resolve import Resolution, Undecided, resolve
from ..registry import did_you_mean
from ..spec.document import Path
from ..spec.problem import Problem
from ..spec.read import Source
from ..spec.types import Governance, ModelFile

MODEL, GOVERNANCE = "model file", "governance.yaml"


def named(model: Source[ModelFile], governance: Governance) -> dict[str, str]:
    """Every pack that somebody names, and who; the model file first."""
    return {**dict.fromkeys(model.spec.policies, MODEL),
            **{name: GOVERNANCE for name in governance.policies or () if name not in model.spec.policies}}


def asked_of(model: Source[ModelFile], governance: Governance, on: date) -> Asks:
    """What all packs in force on a day ask of a model together: the strictest of each."""
    tier, found = str(model.spec.model.tier), [one for one in applying(model, governance, on).packs if one.in_force]
    tiers = [asks_of_tier(rules) for one in found for name, rules in one.source.spec.tiers.items() if name == tier]
    return merged([*tiers, *(asks_of_pack(one, tier) for one in found)])


def applying(model: Source[ModelFile], governance: Governance, on: date) -> Resolution:
    """Which packs that the model file or governance.yaml names apply to the model on a day; those that do not exist are left out."""
    there = library_of(governance).packs
    return resolve({name: by for name, by in named(model, governance).items() if name in there}, facts_of(model.spec), on, there)


def governance_problems(model: Source[ModelFile], governance: Governance) -> list[Problem]:
    """Packs of governance.yaml that do not exist, told at the model, of which nobody can say then what is asked."""
    there = library_of(governance).packs
    return [model.problem(("model", "tier"), "PACK015", f"governance.yaml names the policy pack {name!r}, which does not exist{did_you_mean(name, list(there))}",
                          next_step="correct policies in governance.yaml")
            for name in governance.policies or () if name not in there]


def undecided_problems(model: Source[ModelFile], found: Resolution) -> list[Problem]:
    """What could not be decided, each with the fact to state."""
    return list(dict.fromkeys(_problems(model, found.undecided)))


def _problems(model: Source[ModelFile], undecided: Iterable[Undecided]) -> Iterable[Problem]:
    for one in undecided:
        fact = FACTS[FACTS[one.fact].by or one.fact]
        if one.why:
            path: Path = ("model", *one.fact.split("."))
            yield model.problem(path, "PACK011", f"whether {one.what} applies cannot be told: {one.why}", expected=fact.expected,
                                next_step=f"correct {one.fact}; {fact.text}")
            continue
        place = model.spec.policies.index(one.pack) if one.pack in model.spec.policies else None
        path = ("policies", place) if place is not None else ("model", "facts") if model.spec.model.facts else ("model", "tier")
        yield model.problem(path, "PACK010", f"whether {one.what} applies depends on {fact.name}, which the model file does not state",
                            expected=fact.expected, next_step=f"state {fact.name.replace('facts.', 'model.facts.', 1)}: {fact.text}")
