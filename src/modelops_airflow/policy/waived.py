"""What is left of a step's requirements where a control of a pack is waived. Pure.

A waiver takes away what its control says, and nothing that anybody else says of the same metric. What then does not hold is not waived,
and a check that could not run is an error whatever is waived. The step itself stays failed: only the decision knows waivers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from ..digest import Digest, digest_of
from ..measurement import Measurement, Status, Verdict
from ..spec.policy import Control
from .control_evidence import Waiver
from .demands import words_of
from .merge import Said
from .verdict import Judgement, Required, judge_step

_HOLDS = (Verdict.PASS, Verdict.NOT_APPLICABLE)


class Joint(Required, Protocol):
    """A requirement that knows what everybody says of its metric."""

    @property
    def among(self) -> Sequence[Said]: ...


@dataclass(frozen=True)
class _Left:
    """What somebody else than a waived control says of a metric."""

    metric: str
    warn: str | None
    fail: str | None
    where: Mapping[str, str]
    origin: str
    default: bool


def content_of(told: Mapping[str, Any]) -> Digest:
    """The digest of what a control asks, as a plan has it; a waiver is of that, and of nothing that the control says later."""
    numbers = {metric: {"fail": one["fail"], "warn": one["warn"]} for metric, one in told.get("numbers", {}).items()}
    return digest_of({"numbers": numbers, **{name: told.get(name) for name in ("at", "class", "ref", "steps", "text")}})


def content_of_control(control: Control) -> Digest:
    """The same of a control of a pack that no plan has yet."""
    return content_of({"at": list(control.at), "class": control.class_, "ref": control.ref, "steps": list(control.steps), "text": control.text,
                       "numbers": {metric: {"fail": one.fail, "warn": one.warn} for metric, one in control.numbers.items()}})


def covers(one: Waiver, packs: Mapping[str, Any]) -> bool:
    """Whether a plan has the control of a waiver with the content that was waived, and it may be waived."""
    told = (packs.get(one.pack) or {"controls": {}})["controls"].get(one.control)
    return told is not None and told.get("waivable", True) and content_of(told) == one.content


def asks(pack: str, control: str, step: Mapping[str, Any]) -> bool:
    """Whether a control asks for a step of a plan (JSON), or says something of what it measures."""
    return words_of(pack, control) in [*step["required_by"], *(said["origin"] for rule in step["requirements"] for said in rule.get("among", ()))]


def by_words(waivers: Iterable[Waiver], packs: Mapping[str, Any]) -> dict[str, Waiver]:
    """The waivers of a plan's controls by the control's words; of several of one control the oldest.

    Args:
        packs: of the plan (JSON); a control that is not in it, says something else by now, or may not be waived, has none.
    """
    return {words_of(one.pack, one.control): one for one in sorted(waivers, key=lambda one: -one.number) if covers(one, packs)}


def judge_waived(
    requirements: Sequence[Joint], measurement: Measurement, required_by: Sequence[str], waivers: Mapping[str, Waiver]
) -> tuple[Judgement, tuple[Waiver, ...]]:
    """The judgement of a step, and the waivers without which it would not hold; none where it holds or fails without them.

    With waivers the judgement is that of what is left, and it is warned.
    """
    plain = judge_step(requirements, measurement, required_by)
    if plain.verdict in _HOLDS or measurement.status is Status.ERROR:
        return plain, ()
    used = [words for words in sorted({*required_by, *(said.origin for rule in requirements for said in rule.among)}) if words in waivers]
    if not used or (left := _without(requirements, measurement, required_by, used)).verdict not in _HOLDS:
        return plain, ()
    for words in list(used):  # what holds without a waiver does not rest on it
        fewer = [one for one in used if one != words]
        if (again := _without(requirements, measurement, required_by, fewer)).verdict in _HOLDS:
            used, left = fewer, again
    return replace(left, warned=True), tuple(waivers[words] for words in used)


def _without(requirements: Sequence[Joint], measurement: Measurement, required_by: Sequence[str], waived: Sequence[str]) -> Judgement:
    left = [one for rule in requirements for one in _left(rule, waived)]
    return judge_step(left, measurement, [words for words in required_by if words not in waived])


def _left(rule: Joint, waived: Sequence[str]) -> list[Required]:
    """A requirement as it is, or what others than waived controls say of its metric."""
    if not any(said.origin in waived for said in rule.among):
        return [rule]
    return [_Left(rule.metric, said.warn, said.fail, rule.where, said.origin, rule.default)
            for said in rule.among if said.origin not in waived and (said.warn or said.fail)]
