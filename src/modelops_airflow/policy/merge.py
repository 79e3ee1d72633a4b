"""The merge rule: maps merge by key, lists and scalars replace, `require` merges by metric, formats intersect."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Protocol

from ..spec.policy import TierRules
from ..spec.types import Require


class Change(Protocol):
    """An override of a step: of the library (`Step`) or of a model file (`StepChange`)."""

    @property
    def with_(self) -> Mapping[str, Any]: ...
    @property
    def require(self) -> Mapping[str, Require]: ...
    @property
    def needs(self) -> tuple[str, ...] | None: ...
    @property
    def run(self) -> str | None: ...


class Said(NamedTuple):
    """What one of several says of a metric, before the strictest of them is taken."""

    origin: str
    warn: str | None
    fail: str | None


@dataclass(frozen=True)
class Threshold:
    """A requirement on its way through the merge.

    Attributes:
        default: no model file wrote it.
        basis: law, supervisory, industry, project default, where a policy gave the number.
        among: what everybody says of it, where a control is one of them: without that control the others still hold.
    """

    warn: str | None
    fail: str | None
    where: Mapping[str, str]
    origin: str
    basis: str = ""
    default: bool = True
    among: tuple[Said, ...] = ()


@dataclass(frozen=True)
class Merged:
    """A step on its way through the merge."""

    id: str
    uses: str
    options: Mapping[str, Any]
    require: Mapping[str, Threshold]
    needs: tuple[str, ...] | None
    run: str | None


def apply_change(step: Merged, change: Change, origin: str, *, default: bool = True) -> Merged:
    """A step with an override applied."""
    require = dict(step.require)
    for metric, rule in change.require.items():
        require[metric] = merged_threshold(require.get(metric), rule, origin, default=default)
    return replace(
        step,
        options=merge(step.options, change.with_),
        require=require,
        needs=change.needs if change.needs is not None else step.needs,
        run=change.run or step.run,
    )


def merged_threshold(before: Threshold | None, rule: Require, origin: str, *, default: bool) -> Threshold:
    """A threshold with the written parts replaced; what is not written stays."""
    if before is None:
        return Threshold(rule.warn, rule.fail, dict(rule.where), origin, default=default)
    return Threshold(
        rule.warn or before.warn, rule.fail or before.fail, dict(rule.where) or before.where, origin, default=default,
        among=(*before.among, Said(origin, rule.warn, rule.fail)) if before.among else (),
    )


def allowed_formats(rules: Iterable[TierRules]) -> frozenset[str]:
    """Formats that at least one policy allows and none of those that speak of formats leaves out.

    So a further policy takes away what another allowed, and adds only where the others are silent.
    """
    spoken = [frozenset(one.formats) for one in rules if one.formats is not None]
    return frozenset.intersection(*spoken) if spoken else frozenset()


def merge(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Maps merge by key; lists and scalars replace. `roles` replaces as a whole.

    Who must approve is a sentence: `roles: {control: 1}` says all of it, and must not keep the
    `risk: 1` of the life cycle it overrides.
    """
    out = dict(before)
    for key, value in after.items():
        old = out.get(key)
        mergeable = isinstance(old, Mapping) and isinstance(value, Mapping) and key != "roles"
        out[key] = merge(old, value) if mergeable else value  # type: ignore[arg-type]
    return out
