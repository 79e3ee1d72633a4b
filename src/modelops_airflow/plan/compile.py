"""Compilation: what controls of packs require and a life cycle lacks is added to it, and marked with its control.

Steps come with the library's defaults, before the decision. Approvals and attestations go to gates before the deployment: an
attestation to the gate that asks its role alone, if there is one, else to one gate for each role, so that one decision covers
many controls. What was added can be tuned in the model file like any other step, and cannot be taken out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..policy.asks import Asks, merged
from ..policy.demands import ControlRules
from ..policy.merge import Merged
from ..registry import did_you_mean
from ..spec.document import Path
from .draft import Draft
from .kinds_of_step import ONCE, phase_of
from .numbers import with_numbers

_DEFAULTS = "standard-release"
_GATE = {"due": "P5D", "valid": "P90D"}


def compile_controls(draft: Draft) -> None:
    """Add what controls require and the life cycle lacks, before the model file's own changes."""
    demanded = {words: rules for words, rules in draft.demanded().items() if isinstance(rules, ControlRules)}
    for kind in dict.fromkeys(kind for rules in demanded.values() for kind in rules.steps):
        if kind not in ONCE and not any(step.uses == kind for step in draft.steps) and not _own(draft, kind):
            _before(draft, ("decide",), _default(draft, kind))
    if draft.deploys:
        _approvals(draft, demanded)
    _attestations(draft, demanded)


def _own(draft: Draft, kind: str) -> bool:
    """Whether the model file has a step of that kind of its own."""
    return any(change.uses == kind and change.insert is not None for change in draft.use.steps.values())


def _default(draft: Draft, kind: str) -> Merged:
    there = next((step for step in draft.library.steps(_DEFAULTS) if step.uses == kind), None)
    step = Merged(_free(draft, kind), kind, dict(there.options) if there else {}, dict(there.require) if there else {}, None, None)
    return with_numbers(step, draft.rules, draft.metrics(kind), draft.library.packs)


def _free(draft: Draft, name: str) -> str:
    taken = {step.id for step in draft.steps} | {key for key, change in draft.use.steps.items() if change.insert is not None}
    return name if name not in taken else f"{name}-for-policy"


def _before(draft: Draft, kinds: tuple[str, ...], step: Merged) -> None:
    """Put a step before the first one of some kinds, or at the end."""
    place = next((index for index, one in enumerate(draft.steps) if one.uses in kinds), len(draft.steps))
    draft.steps.insert(place, step)


def _approvals(draft: Draft, demanded: Mapping[str, ControlRules]) -> None:
    """One more gate for each role of which the life cycle asks too few; what the model file lowers is not made up for."""
    asked = merged(Asks(approvals=rules.approvals) for rules in demanded.values()).approvals
    for role, number in sorted(asked.items()):
        lacking = number - sum(_seats(draft, role))
        words = next(words for words, rules in demanded.items() if rules.approvals.get(role) == number)
        if lacking > 0 and _has_role(draft, role, words):
            _gate(draft, Merged(_free(draft, f"approve-{role}"), "approval", {"roles": {role: lacking}, **_GATE}, {}, None, None))


def _seats(draft: Draft, role: str) -> Iterator[int]:
    for step in draft.steps:
        if step.uses == "approval":
            change = draft.use.steps.get(step.id)
            yield max(_persons(step.options, role), _persons(change.with_ if change is not None else {}, role))
    for change in draft.use.steps.values():
        if change.uses == "approval" and change.insert is not None:
            yield _persons(change.with_, role)


def _persons(options: Mapping[str, Any], role: str) -> int:
    """How many persons of a role some options of a gate ask for; of what is no number the linter says what is wrong."""
    roles = options.get("roles")
    number = roles.get(role, 0) if isinstance(roles, Mapping) else 0
    return number if isinstance(number, int) and not isinstance(number, bool) else 0


def _has_role(draft: Draft, role: str, words: str) -> bool:
    """Whether people could hold the role; told with the role to add if not."""
    if role in draft.governance.roles or role == "control":
        return True
    draft.problem(draft.named(words), "PACK012", f"{words} needs the role {role!r}, which governance.yaml does not have{did_you_mean(role, list(draft.governance.roles))}",
                  next_step=f"add it under roles: {role}: {{side: control, held_by: [...]}}")
    return False


def _attestations(draft: Draft, demanded: Mapping[str, ControlRules]) -> None:
    by_role: dict[str, list[str]] = {}
    for words, rules in demanded.items():
        if rules.attest is not None:
            by_role.setdefault(rules.attest.role, []).append(words)
    for role, controls in by_role.items():
        if not _has_role(draft, role, controls[0]):
            continue
        gate = next((step.id for step in draft.steps if phase_of(step.uses) == "gate" and set(step.options.get("roles", {})) == {role}), None)
        if gate is None:
            gate = _free(draft, f"attest-{role}")
            _gate(draft, Merged(gate, "attestation", {"roles": {role: 1}, "meaning": "attest", **_GATE}, {}, None, None))
        draft.attested[gate] = controls


def _gate(draft: Draft, gate: Merged) -> None:
    """Put a gate before the deployment, or where there is none after the last gate or the decision."""
    if draft.deploys:
        _before(draft, ("deploy",), gate)
        return
    last = max(index for index, step in enumerate(draft.steps) if phase_of(step.uses) in ("decide", "gate"))
    draft.steps.insert(last + 1, gate)


def lint_controls(draft: Draft) -> None:
    """Note gates of controls that the model file took out or gave to somebody else, and people who hold what a pack keeps apart."""
    there = {step.id: step for step in draft.steps}
    for gate, controls in draft.attested.items():
        for words in controls:
            rules = draft.rules[words]
            role = rules.attest.role if isinstance(rules, ControlRules) and rules.attest is not None else ""
            if gate not in there:
                draft.problem(_removed(draft, gate), "PACK014", f"{words} needs the gate {gate!r} for what role {role!r} attests",
                              next_step="take it out of `remove`")
            elif _persons(there[gate].options, role) < 1:
                draft.problem(draft.at(there[gate], "with", "roles"), "PACK014", f"{words} needs role {role!r} at gate {gate!r}",
                              next_step=f"leave {role} in `roles`")
    _apart(draft)


def _removed(draft: Draft, gate: str) -> Path:
    return (*draft.root, "remove", draft.use.remove.index(gate)) if gate in draft.use.remove else draft.root


def _apart(draft: Draft) -> None:
    model = draft.model.spec.model
    special = {"owner": {model.owner}, "developers": set(model.developers)}
    for pack in draft.packs:
        for rule in (pack.source.spec.separation or ()) if pack.in_force else ():
            holders = {role: special.get(role) or set(draft.governance.roles[role].held_by if role in draft.governance.roles else ()) for role in rule.roles}
            for index, one in enumerate(rule.roles):
                for other in rule.roles[index + 1:]:
                    for person in sorted(holders[one] & holders[other]):
                        draft.problem(draft.named(pack.name), "PACK013", f"{pack.name} keeps {one} and {other} apart, and {person} is both",
                                      next_step=f"name somebody else as {one} in governance.yaml" if one not in special else "name somebody else")
