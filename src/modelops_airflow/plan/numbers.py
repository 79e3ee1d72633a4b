"""The numbers of policies: they fill what a life cycle leaves open, and nobody may go below them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from ..policy.condition import Condition
from ..policy.demands import ControlRules
from ..policy.merge import Merged, Said, Threshold
from ..spec.policy import Policy, TierRules
from ..spec.read import Source
from ..spec.types import Require

# What must show whatever a policy says: nothing opens an artifact that did not pass, and nothing passed elsewhere that is not known to.
BUILT_IN = {
    "scan-artifact": {
        "format_allowed": "< 1",
        "untrusted_types": "> 0",
        "artifact_findings": "> 0",
    },
    "profile": {"rows": "< 1"},
    "evidence-from": {"environment_passed": "< 1"},
}


def with_numbers(step: Merged, rules: Mapping[str, TierRules], produced: Collection[str], packs: Mapping[str, Source[Policy]]) -> Merged:
    """A step with the policies' numbers for the metrics it produces filled in, the stricter one where both speak."""
    require = dict(step.require)
    for metric, fail in BUILT_IN.get(step.uses, {}).items():
        require[metric] = Threshold(None, fail, {}, "built in", default=False)
    said = {metric: [Said(rule.origin, rule.warn, rule.fail)] for metric, rule in require.items()}
    for words, tier in rules.items():
        for metric, rule in tier.numbers.items():
            if metric in produced:
                for key, one in _fill(require, metric, rule, words, _basis(words, tier, metric, packs)):
                    said.setdefault(key, []).append(one)
    controls = {words for words, tier in rules.items() if isinstance(tier, ControlRules)}
    return replace(step, require={key: replace(rule, among=tuple(said[key])) if controls & {one.origin for one in said.get(key, ())} else rule
                                  for key, rule in require.items()})


def _fill(require: dict[str, Threshold], metric: str, rule: Require, words: str, basis: str) -> Iterator[tuple[str, Said]]:
    """A policy's number beside or in the place of what is there, and what it says where; of two sides of a metric both stay."""
    written = require.get(metric)
    kept = {level: text for level, text in (("warn", rule.warn), ("fail", rule.fail))
            if text is not None and (written is None or _comparable(getattr(written, level), text))}
    if kept:
        yield metric, Said(words, kept.get("warn"), kept.get("fail"))
    if kept or written is None:
        require[metric] = _stricter(written, Require(warn=kept.get("warn"), fail=kept.get("fail")), words, basis)
    beside = {level: text for level, text in (("warn", rule.warn), ("fail", rule.fail)) if text is not None and level not in kept}
    if beside:
        key = f"{metric} {words}"
        yield key, Said(words, beside.get("warn"), beside.get("fail"))
        require[key] = _stricter(require.get(key), Require(warn=beside.get("warn"), fail=beside.get("fail")), words, basis)


def _comparable(written: str | None, policy: str) -> bool:
    """Whether one of two conditions covers the other; of those that are none the linter says what is wrong."""
    if written is None:
        return True
    try:
        ours, theirs = Condition.parse(written), Condition.parse(policy)
    except ValueError:
        return True
    return ours == theirs or (ours.high_is_bad is not None and ours.high_is_bad == theirs.high_is_bad)


def _stricter(written: Threshold | None, rule: Require, words: str, basis: str) -> Threshold:
    policy = Threshold(rule.warn, rule.fail, {}, words, basis)
    if written is None:
        return policy
    warn = _strict(written.warn, rule.warn)
    fail = _strict(written.fail, rule.fail)
    if written.basis and _says(rule, warn, fail):
        return _joined(written, policy, warn, fail)
    origin = words if (warn, fail) == (rule.warn, rule.fail) else written.origin
    if origin != words and (warn != written.warn or fail != written.fail):
        origin = f"{written.origin}; {words}"
    return replace(written, warn=warn, fail=fail, origin=origin, basis=basis if words in origin else written.basis)


def _says(rule: Require, warn: str | None, fail: str | None) -> bool:
    """Whether a policy's number is one of those in force."""
    return any(text is not None and text == now for text, now in ((rule.warn, warn), (rule.fail, fail)))


def _joined(written: Threshold, policy: Threshold, warn: str | None, fail: str | None) -> Threshold:
    """Numbers of several policies: each that is in force is named, with who says it."""
    still = any(before is not None and _same(before, now) for before, now in ((written.warn, warn), (written.fail, fail)))
    if not still:
        return replace(written, warn=warn, fail=fail, origin=policy.origin, basis=policy.basis)
    basis = written.basis if policy.basis in written.basis.split("; ") else f"{written.basis}; {policy.basis}"
    return replace(written, warn=warn, fail=fail, origin=f"{written.origin}; {policy.origin}", basis=basis)


def _same(one: str, other: str | None) -> bool:
    try:
        return other is not None and Condition.parse(one) == Condition.parse(other)
    except ValueError:
        return one == other


def _strict(written: str | None, policy: str | None) -> str | None:
    if written is None or policy is None:
        return written or policy
    try:
        ours, theirs = Condition.parse(written), Condition.parse(policy)
    except ValueError:
        return written  # the linter says what is wrong with it
    return policy if theirs.at_least_as_strict_as(ours) else written


def _basis(words: str, rules: TierRules, metric: str, packs: Mapping[str, Source[Policy]]) -> str:
    if isinstance(rules, ControlRules):
        return rules.bases[metric]
    return packs[words.split(",", maxsplit=1)[0]].spec.basis or ""
