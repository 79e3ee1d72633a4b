"""Gates: roles that exist and can decide, enough people, no fewer approvals than policies ask for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta

from ..approvals.identity import holders
from ..data.duration import duration
from ..duration_text import DURATION
from ..policy.merge import Merged
from ..registry import did_you_mean
from .draft import Draft
from .kinds_of_step import phase_of

LONGEST = timedelta(days=366)
"""How long an approval that leads to production may count."""


def lint_gates(draft: Draft) -> None:
    """Note everything wrong with who has to approve."""
    total: Counter[str] = Counter()
    approvals: Counter[str] = Counter()
    for step in draft.steps:
        if phase_of(step.uses) == "gate":
            asked = _gate(draft, step)
            total.update(asked)
            approvals.update(asked if step.uses == "approval" else {})
            _validity(draft, step)
    _enough_people(draft, total)
    if draft.deploys:
        _enough_approvals(draft, approvals)


def _validity(draft: Draft, step: Merged) -> None:
    """An approval that leads to production ends: the world it was given in does."""
    valid = step.options.get("valid")
    if not draft.deploys or (isinstance(valid, str) and not DURATION.fullmatch(valid)):
        return
    if not isinstance(valid, str) or duration(valid) > LONGEST:
        draft.problem(draft.at(step, "with", "valid"), "PLAN005",
                      f"option 'valid' of gate {step.id!r}: an approval must end", expected=f"at most P{LONGEST.days}D",
                      found=str(valid) if valid is not None else "nothing", next_step="write valid: P90D")


def eligible(draft: Draft, role: str) -> set[str]:
    """Who may decide in a role: its holders, or all of the control side, without the model's developers."""
    people = set(holders(draft.governance, role))
    return people - set(draft.model.spec.model.developers)


def _gate(draft: Draft, step: Merged) -> Counter[str]:
    counted: Counter[str] = Counter()
    roles = step.options.get("roles")
    if not isinstance(roles, dict):
        return counted
    for role, number in roles.items():
        path = draft.at(step, "with", "roles", role)
        if role == "owner" and step.uses == "attestation":
            continue
        if role != "control" and role not in draft.governance.roles:
            known = [*draft.governance.roles, "control"]
            draft.problem(path, "PLAN008", f"gate {step.id!r} asks for role {role!r}, which governance.yaml does not have"
                                           f"{did_you_mean(role, known)}")
        elif role != "control" and draft.governance.roles[role].side != "control":
            draft.problem(path, "PLAN008", f"gate {step.id!r} asks for role {role!r}, which is on the side that makes",
                          expected="a role of the control side")
        elif isinstance(number, int) and not isinstance(number, bool) and number >= 1:
            counted[role] += number
    return counted


def _enough_people(draft: Draft, total: Counter[str]) -> None:
    before = len(draft.problems)
    for role, number in total.items():
        able = eligible(draft, role)
        if len(able) < number:
            who = ", ".join(sorted(able)) or "nobody"
            draft.problem(_first_gate(draft, role), "PLAN009", f"the gates need {number} of role {role!r}",
                          expected=f"at most {len(able)}", found=f"eligible: {who}",
                          next_step="name more people in governance.yaml or ask for fewer")
    if len(draft.problems) > before:
        return
    everybody = set().union(*(eligible(draft, role) for role in total)) if total else set()
    if not _all_seats_taken({role: eligible(draft, role) for role in total}, total):
        draft.problem(draft.root, "PLAN009", f"the gates need {sum(total.values())} different people",
                      found=f"eligible: {', '.join(sorted(everybody)) or 'nobody'}",
                      next_step="nobody counts twice; name more people in governance.yaml")


def _all_seats_taken(able: Mapping[str, set[str]], total: Mapping[str, int]) -> bool:
    """Whether different people can fill every seat of every role, each person one seat."""
    seats = [role for role, number in total.items() for _ in range(number)]
    sitting: dict[str, int] = {}

    def seated(seat: int, asked: set[str]) -> bool:
        for person in sorted(able[seats[seat]] - asked):
            asked.add(person)
            if person not in sitting or seated(sitting[person], asked):
                sitting[person] = seat
                return True
        return False

    return all(seated(seat, set()) for seat in range(len(seats)))


def _enough_approvals(draft: Draft, total: Counter[str]) -> None:
    for words, rules in draft.rules.items():
        for role, number in rules.approvals.items():
            if total[role] < number:
                draft.problem(_first_gate(draft, role), "PLAN010", f"{words} requires {number} of role {role!r}",
                              found=f"{total[role]} over all gates", next_step="raise the gate's `roles`")
        if sum(total.values()) < rules.control_approvals:
            draft.problem(draft.root, "PLAN010", f"{words} requires {rules.control_approvals} approvals",
                          found=f"{sum(total.values())} over all gates", next_step="add a gate or raise its `roles`")


def _first_gate(draft: Draft, role: str) -> tuple[str | int, ...]:
    for step in draft.steps:
        roles = step.options.get("roles")
        if phase_of(step.uses) == "gate" and isinstance(roles, dict) and role in roles:
            return draft.at(step, "with", "roles")
    return draft.root
