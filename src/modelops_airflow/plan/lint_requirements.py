"""Requirements: metrics that exist, finite numbers, the right side, no gap, nothing loosened."""

from __future__ import annotations

from ..checks import CHECKS
from ..checks.metrics import ALSO_CALLED, METRICS
from ..policy.condition import Condition
from ..policy.merge import Merged, Threshold
from ..registry import did_you_mean
from ..spec.types import Require
from .draft import Draft
from .numbers import BUILT_IN


def lint_requirements(draft: Draft, step: Merged) -> None:
    """Note everything wrong with the thresholds of a step."""
    for metric, rule in step.require.items():
        if rule.default or rule.origin == "built in":
            continue
        if metric not in draft.metrics(step.uses):
            draft.problem(draft.at(step, "require", metric), "REQ001",
                          f"step {step.id!r} ({step.uses}) has no metric {metric!r}{_hint(draft, step, metric)}")
            continue
        _threshold(draft, step, metric, rule)
    _something_required(draft, step)


def _hint(draft: Draft, step: Merged, metric: str) -> str:
    """What was meant: the same by another name, a metric of another check, or a near name."""
    known, here = draft.metrics(step.uses), ALSO_CALLED.get(metric, metric)
    if here != metric and here in known:
        return f" (here it is called {here!r})"
    elsewhere = sorted(name for name, check in CHECKS.items() if here in check.metrics)
    if elsewhere:
        return f" ({here!r} is a metric of {', '.join(elsewhere)})"
    return did_you_mean(metric, list(known))


def _threshold(draft: Draft, step: Merged, metric: str, rule: Threshold) -> None:
    parsed: dict[str, Condition] = {}
    for word, text in (("warn", rule.warn), ("fail", rule.fail)):
        if text is None:
            continue
        path = draft.at(step, "require", metric, word)
        try:
            parsed[word] = Condition.parse(text)
        except ValueError as error:
            draft.problem(path, "REQ002", f"{metric}: {error}")
            continue
        bad = METRICS[metric].high_is_bad if metric in METRICS else None
        if bad is not None and parsed[word].high_is_bad is not bad:
            side = "high" if bad else "low"
            draft.problem(path, "REQ003", f"{metric}: {word} {text!r} is on the wrong side",
                          expected=f"{'>' if bad else '<'} or {'>=' if bad else '<='}: {side} values are bad")
            parsed.pop(word)
    _gap(draft, step, metric, parsed)
    _loosened(draft, step, metric, rule, parsed)


def _gap(draft: Draft, step: Merged, metric: str, parsed: dict[str, Condition]) -> None:
    if len(parsed) < 2:
        return
    warn, fail = parsed["warn"], parsed["fail"]
    if warn.high_is_bad is None or fail.high_is_bad is None:
        return
    if warn.high_is_bad != fail.high_is_bad or not warn.at_least_as_strict_as(fail):
        side = "below" if fail.high_is_bad else "above"
        draft.problem(draft.at(step, "require", metric, "warn"), "REQ004",
                      f'{metric}: warn "{warn}" is beyond fail "{fail}"',
                      expected="a warning before the failure",
                      next_step=f"write warn {side} {fail.number:g}, or leave it out")


def _loosened(draft: Draft, step: Merged, metric: str, rule: Threshold, parsed: dict[str, Condition]) -> None:
    limits = [(words, tier.numbers[metric]) for words, tier in draft.rules.items() if metric in tier.numbers]
    if metric in BUILT_IN.get(step.uses, {}):
        limits.append(("the built-in rule", Require(fail=BUILT_IN[step.uses][metric])))
    for words, number in limits:
        for word in ("warn", "fail"):
            policy = getattr(number, word)
            if policy is None or word not in parsed:
                continue
            if not parsed[word].at_least_as_strict_as(Condition.parse(policy)):
                draft.problem(draft.at(step, "require", metric, word), "REQ005",
                              f"{metric}: {word} \"{parsed[word]}\" loosens {words}",
                              expected=f'at least as strict as "{policy}"', next_step="tighten it or leave it out")
        if rule.where:
            draft.problem(draft.at(step, "require", metric, "where"), "REQ005",
                          f"{metric}: `where` would narrow what {words} requires of every row",
                          next_step="leave `where` out")


def _something_required(draft: Draft, step: Merged) -> None:
    from .kinds_of_step import phase_of
    from .make import required_kinds

    if not draft.deploys or phase_of(step.uses) != "check" or any(r.warn or r.fail for r in step.require.values()):
        return
    for words, tier in draft.rules.items():
        if step.uses in required_kinds(draft, tier):
            draft.problem(draft.at(step, "require"), "REQ006",
                          f"{words} requires step {step.id!r}, and nothing is required of its result",
                          next_step="write a `require` for one of " + ", ".join(draft.metrics(step.uses)[:6]))
