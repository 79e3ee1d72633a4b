"""The numbers of policies: they fill what a life cycle leaves open, and nobody may go below them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from ..policy.condition import Condition
from ..policy.library import packs
from ..policy.merge import Merged, Threshold
from ..spec.types import Require, TierRules

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


def with_numbers(step: Merged, rules: Mapping[str, TierRules], produced: Collection[str]) -> Merged:
    """A step with the policies' numbers for the metrics it produces filled in, the stricter one where both speak."""
    require = dict(step.require)
    for metric, fail in BUILT_IN.get(step.uses, {}).items():
        require[metric] = Threshold(None, fail, {}, "built in", default=False)
    for words, tier in rules.items():
        for metric, rule in tier.numbers.items():
            if metric in produced:
                require[metric] = _stricter(require.get(metric), rule, words)
    return replace(step, require=require)


def _stricter(written: Threshold | None, rule: Require, words: str) -> Threshold:
    policy = Threshold(rule.warn, rule.fail, {}, words, _basis(words))
    if written is None:
        return policy
    warn = _strict(written.warn, rule.warn)
    fail = _strict(written.fail, rule.fail)
    origin = words if (warn, fail) == (rule.warn, rule.fail) else written.origin
    if origin != words and (warn != written.warn or fail != written.fail):
        origin = f"{written.origin}; {words}"
    return replace(written, warn=warn, fail=fail, origin=origin, basis=_basis(words) if words in origin else "")


def _strict(written: str | None, policy: str | None) -> str | None:
    if written is None or policy is None:
        return written or policy
    try:
        ours, theirs = Condition.parse(written), Condition.parse(policy)
    except ValueError:
        return written  # the linter says what is wrong with it
    return policy if theirs.at_least_as_strict_as(ours) else written


def _basis(words: str) -> str:
    return packs()[words.split(",", maxsplit=1)[0]].spec.basis
