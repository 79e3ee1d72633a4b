"""Everything that can be known to be wrong with a policy pack by itself, with line and column."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from ..checks import CHECKS
from ..checks.metrics import ALSO_CALLED, METRICS
from ..checks.own.folder import STEPS
from ..registry import did_you_mean
from ..spec.document import Path
from ..spec.policy import Control, Policy
from ..spec.problem import Problem
from ..spec.read import Source
from .condition import Condition
from .expression import ExpressionError, parse
from .library import packs
from .lint_tiering import lint_tiering

NOT_REQUIRED = frozenset({"approval", "attestation", "pin", "deploy", "difference"})
"""Kinds of step that `approvals` and `attest` ask for, that every release has, or that only a review can have."""


def lint_pack(pack: Source[Policy], among: Mapping[str, Source[Policy]] | None = None) -> list[Problem]:
    """Every mistake of a pack.

    Args:
        among: the packs that it may name; those that exist, if not given.
    """
    known = {**(packs() if among is None else among), pack.spec.pack: pack}
    found = [*_whole(pack), *_relations(pack, known), *_dates(pack), *_removed(pack, known), *lint_tiering(pack)]
    if pack.spec.applies_when is not None:
        found += _expression(pack, ("applies_when",), pack.spec.applies_when)
    seen: set[str] = set()
    for index, control in enumerate(pack.spec.controls or ()):
        path: Path = ("controls", index)
        if control.id in seen:
            found.append(pack.problem((*path, "id"), "PACK006", f"control {control.id} is there twice"))
        seen.add(control.id)
        found += _control(pack, path, control)
    for tier, rules in pack.spec.tiers.items():
        found += [problem for metric, rule in rules.numbers.items()
                  for problem in _number(pack, ("tiers", tier, "numbers", metric), metric, {"warn": rule.warn, "fail": rule.fail})]
    return sorted(dict.fromkeys(found))


def _whole(pack: Source[Policy]) -> Iterator[Problem]:
    spec = pack.spec
    stem = pack.file.rsplit("/", 1)[-1].removesuffix(".yaml")
    if spec.pack != stem:
        yield pack.problem(("pack",), "PACK007", f"the pack is {spec.pack!r} and its file {stem!r}", next_step="give both the same name")
    if any(rules.numbers for rules in spec.tiers.values()) and spec.basis is None:
        yield pack.problem(("tiers",), "PACK007", "numbers under tiers have no basis", next_step="add basis: project default, or who else says so")
    if spec.read is False and not spec.source:
        yield pack.problem(("read",), "PACK007", "the source was not read, and none is named", next_step="add source:")
    if (spec.status == "superseded") != (spec.superseded_by is not None):
        yield pack.problem(("status",), "PACK007", "status superseded and superseded_by go together", next_step="write both, or neither")
    if spec.tiering is not None and spec.basis is None:
        yield pack.problem(("tiering",), "PACK007", "scores and matrix under tiering have no basis", next_step="add basis: project default, or who else says so")
    if not spec.tiers and not spec.controls and not spec.extends and spec.tiering is None:
        yield pack.problem((), "PACK007", "the pack asks for nothing", next_step="add controls")


def _relations(pack: Source[Policy], known: Mapping[str, Source[Policy]]) -> Iterator[Problem]:
    spec = pack.spec
    for word, other in (("extends", spec.extends), ("superseded_by", spec.superseded_by)):
        if other is not None and other not in known:
            yield pack.problem((word,), "PACK001", f"there is no policy pack {other!r}{did_you_mean(other, list(known))}")
    chain, name = [spec.pack], spec.extends
    while name is not None and name in known:
        if name in chain:
            yield pack.problem(("extends",), "PACK001", f"packs extend each other in a circle: {' -> '.join([*chain, name])}",
                               next_step="take one `extends` out")
            return
        chain.append(name)
        name = known[name].spec.extends


def _dates(pack: Source[Policy]) -> Iterator[Problem]:
    effective = pack.spec.effective
    if effective is None:
        return
    days: dict[Path, str] = {("effective", "from"): effective.from_}
    if effective.to is not None:
        days[("effective", "to")] = effective.to
    for index, one in enumerate(effective.later):
        days[("effective", "later", index, "from")] = one.from_
        yield from _expression(pack, ("effective", "later", index, "when"), one.when)
    for path, day in days.items():
        try:
            date.fromisoformat(day)
        except ValueError:
            yield pack.problem(path, "PACK002", f"{day} is no day of the calendar")
        if path[-1] == "to" and day < effective.from_:
            yield pack.problem(path, "PACK002", f"the pack ends on {day}, before it begins on {effective.from_}")
        if path[1] == "later" and day <= effective.from_:
            yield pack.problem(path, "PACK002", f"{day} is not later than {effective.from_}")


def _removed(pack: Source[Policy], known: Mapping[str, Source[Policy]]) -> Iterator[Problem]:
    there: list[str] = []
    name, seen = pack.spec.extends, {pack.spec.pack}
    while name is not None and name in known and name not in seen:
        seen.add(name)
        there += [one.id for one in known[name].spec.controls or ()]
        name = known[name].spec.extends
    for index, gone in enumerate(pack.spec.remove or ()):
        if gone not in there:
            yield pack.problem(("remove", index), "PACK006", f"no extended pack has a control {gone}{did_you_mean(gone, there)}",
                               next_step="" if pack.spec.extends else "only a pack that extends another removes controls")


def _control(pack: Source[Policy], path: Path, control: Control) -> Iterator[Problem]:
    if not (control.steps or control.numbers or control.approvals or control.attest):
        yield pack.problem(path, "PACK006", f"control {control.id} asks for nothing", expected="steps, numbers, approvals or attest")
    if control.applies_when is not None:
        yield from _expression(pack, (*path, "applies_when"), control.applies_when)
    can = [*CHECKS, *(STEPS - NOT_REQUIRED)]
    for index, kind in enumerate(control.steps):
        if kind not in can:
            why = f"control {control.id} cannot require a step of kind {kind!r}" if kind in STEPS else f"there is no kind of step {kind!r}"
            yield pack.problem((*path, "steps", index), "PACK005", f"{why}{did_you_mean(kind, can)}")
    for kind in control.keep:
        if kind not in control.steps:
            yield pack.problem((*path, "keep", kind), "PACK005", f"control {control.id} keeps options of {kind!r}, which it does not require")
    for metric, number in control.numbers.items():
        yield from _number(pack, (*path, "numbers", metric), metric, {"warn": number.warn, "fail": number.fail})
        if metric not in METRICS or any(kind not in can for kind in control.steps):
            continue
        if control.steps and not any(metric in CHECKS[kind].metrics for kind in control.steps if kind in CHECKS):
            yield pack.problem((*path, "numbers", metric), "PACK004", f"control {control.id} requires no step that measures {metric!r}",
                               next_step="add one of " + ", ".join(sorted(name for name, one in CHECKS.items() if metric in one.metrics)))
        if not control.steps:
            yield pack.problem((*path, "numbers", metric), "PACK004", f"control {control.id} has a number and requires no step that measures it",
                               next_step="add steps")
    if control.approvals is not None and (control.every is not None or control.at != ("release",)):
        yield pack.problem((*path, "approvals"), "PACK007", f"control {control.id} asks for approvals, which are of a release and asked once for each",
                           next_step="take every and at out, or let a role attest it")
    every = control.every
    if every is not None and (every.period is None) == (not every.by_tier):
        yield pack.problem((*path, "every"), "PACK007", f"control {control.id} says every what", expected="period or by_tier, one of them")


def _number(pack: Source[Policy], path: Path, metric: str, texts: Mapping[str, str | None]) -> Iterator[Problem]:
    if metric not in METRICS:
        meant = ALSO_CALLED.get(metric)
        yield pack.problem(path, "PACK004", f"there is no metric {metric!r}" + (f" (here it is called {meant!r})" if meant else did_you_mean(metric, list(METRICS))))
        return
    written = {word: text for word, text in texts.items() if text is not None}
    if not written:
        yield pack.problem(path, "PACK006", f"{metric} neither warns nor fails")
    for word, text in written.items():
        try:
            condition = Condition.parse(text)
        except ValueError as error:
            yield pack.problem((*path, word), "PACK004", f"{metric}: {error}")
            continue
        bad = METRICS[metric].high_is_bad
        if bad is not None and condition.high_is_bad is not bad:
            yield pack.problem((*path, word), "PACK004", f"{metric}: {word} {text!r} is on the wrong side",
                               expected=f"{'>' if bad else '<'} or {'>=' if bad else '<='}: {'high' if bad else 'low'} values are bad")


def _expression(pack: Source[Policy], path: Path, text: str) -> Iterator[Problem]:
    try:
        parse(text)
    except ExpressionError as error:
        yield pack.problem(path, "PACK003", f"{'.'.join(map(str, path))}: {error}", next_step="the facts are listed in docs/reference/policies.md")
