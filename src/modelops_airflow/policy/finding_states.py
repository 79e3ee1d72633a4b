"""How a finding moves from state to state, pure: what is permitted, to whom, when; and what an act makes of it.

The rules, each checked by `refusal`:

- a finding that a machine observes is planned and worked on by people, and ended by the machine's own look alone;
- who works on it is the model's owner, who verifies and decides is of the control side and has no part in the model;
- nobody closes what they handed in, and who opened a finding does not decide the dispute over it;
- two people agree on a plan, owner and control side, and two accept the risk of a high finding, over the same words;
- a dispute comes within its limit, and lapses undecided after its own; a risk is accepted for a while, if at all.

`finding_replay.py` applies the same rules to the events of the ledger.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from .finding import Finding, Proposal, Told, Who, as_of
from .finding_rules import ACCEPT_RISK, ACTS, DISPUTE, EXTENSION, REOPEN, SEVERITIES, Part, State, asked_of


def part_in(finding: Finding, act: str, who: Who) -> Part | None:
    """The part in which somebody may do an act; None if in none. Of two who agree, the part that is still missing."""
    held = {part for part, has in ((Part.OWNER, who.owner), (Part.CONTROL, who.control), (Part.SYSTEM, who.system)) if has}
    asked = asked_of(act, finding.severity)
    return next((part for part in Part if part in held and any(part in parts for parts in asked)), None)


def refusal(finding: Finding, told: Told, who: Who) -> tuple[str, str] | None:
    """Code and words of why somebody may not do an act now; None if they may."""
    finding = as_of(finding, told.at) if told.act != REOPEN else finding
    return why_not(finding, told.act, who) or _twice(finding, told, who) or _untimely(finding, told) or _lacks(finding, told)


def why_not(finding: Finding, act: str, who: Who) -> tuple[str, str] | None:
    """The same before anything is said: whether the finding and the person are such that it may be done."""
    rule = ACTS.get(act)
    if rule is None:
        return "act", f"{act!r} is nothing that is done to a finding; expected one of {', '.join(ACTS)}"
    if not finding.raised and not rule.observed:
        return "state", "a machine observes this finding: it ends when the machine sees that its cause is over, and nobody closes it before"
    if finding.state not in rule.before:
        return "state", f"finding {finding.number} is {_words(finding.state)}; {act} is for one that is {', '.join(sorted(map(_words, rule.before)))}"
    if not asked_of(act, finding.severity):
        return "severity", f"the risk of a {finding.severity} finding is not accepted by anybody; it is mended"
    return _wrong_person(finding, act, who)


def done(finding: Finding, told: Told, by: str, part: Part) -> Finding:
    """What an act makes of a finding, if it is permitted."""
    if told.act == REOPEN:
        return as_of(finding, told.at)
    finding = as_of(finding, told.at)
    asked = asked_of(told.act, finding.severity)
    if len(asked) > 1 and not _completes(finding.asked, told, by, part):
        return replace(finding, asked=Proposal(told.act, told.terms, by, part, told.until))
    rule = ACTS[told.act]
    moved = replace(finding, asked=None) if rule.after is None else replace(finding, asked=None, state=rule.after, since=told.at, expires_at=None)
    changes: dict[str, dict[str, Any]] = {
        "dispute": {"disputed": True}, "hand-in": {"handed_in_by": by}, ACCEPT_RISK: {"expires_at": told.until},
        "extend": {"extended": True, "due_at": told.until},
    }
    return replace(moved, **changes.get(told.act, {}))


def _wrong_person(finding: Finding, act: str, who: Who) -> tuple[str, str] | None:
    part = part_in(finding, act, who)
    if who.person is None:
        return "unknown-person", "governance.yaml names no person with this login; ask an administrator to add you"
    if part is None:
        wanted = " and ".join(" or ".join(sorted(_named(one) for one in parts)) for parts in asked_of(act, finding.severity))
        return "role", f"this takes {wanted}"
    if part is Part.CONTROL and who.person in (finding.owner, finding.handed_in_by):
        return "author", f"{who.person} owned the model or handed in the evidence; somebody else does this"
    if ACTS[act].not_by_opener and who.person == finding.opened_by:
        return "author", f"{who.person} opened the finding; somebody else decides the dispute over it"
    if act == "dispute" and finding.disputed:
        return "decided", "it was disputed before, and is disputed once"
    if act == "extend" and finding.extended:
        return "decided", "its due date was extended before, and is extended once"
    return None


def _untimely(finding: Finding, told: Told) -> tuple[str, str] | None:
    if told.act == "dispute" and not finding.disputable(told.at):
        return "late", f"a finding is disputed within {DISPUTE.days} days of its opening ({DISPUTE.basis}); agree on a plan, or ask for an extension"
    if told.act == REOPEN and as_of(finding, told.at).state is not State.OPEN:
        return "state", "the time for that has not come"
    if told.act == ACCEPT_RISK and told.until is not None:
        most = SEVERITIES[finding.severity].accepted_for
        return _until(told.until, told.at, told.at + (most.lasts if most else timedelta()))
    if told.act == "extend" and told.until is not None:
        return _until(told.until, max(finding.due_at, told.at), finding.due_at + EXTENSION.lasts)
    return None


def _until(until: datetime, after: datetime, most: datetime) -> tuple[str, str] | None:
    if after < until <= most:
        return None
    return "expiry", f"it may end after {after:%Y-%m-%d %H:%M} and by {most:%Y-%m-%d %H:%M} UTC; {until:%Y-%m-%d %H:%M} is not"


_ASKS = {
    "words": ("reason", "say what or why; it goes on record"), "until": ("expiry", "say until when"),
    "evidence": ("evidence", "name evidence: a digest on record, a run that passed, or a text"),
    "controls": ("reason", "name the compensating controls"),
}


def _lacks(finding: Finding, told: Told) -> tuple[str, str] | None:
    """What should have been said with an act; who agrees to the words of another says nothing more."""
    if finding.asked is not None and (finding.asked.act, finding.asked.terms) == (told.act, told.terms):
        return None
    return next((_ASKS[name] for name in ACTS[told.act].needs if name not in told.has), None)


def _twice(finding: Finding, told: Told, who: Who) -> tuple[str, str] | None:
    asked = finding.asked
    if asked is not None and (asked.act, asked.terms, asked.by) == (told.act, told.terms, who.person):
        return "decided", f"{who.person} has agreed to this already, and nobody counts twice"
    return None


def _completes(asked: Proposal | None, told: Told, by: str, part: Part) -> bool:
    """Whether somebody else, in the part that is missing, has agreed to the same words."""
    if asked is None or (asked.act, asked.terms) != (told.act, told.terms) or asked.by == by:
        return False
    return told.act == ACCEPT_RISK or asked.part is not part


def _words(state: State) -> str:
    return state.value.replace("_", " ")


def _named(part: Part) -> str:
    return {Part.OWNER: "the model's owner", Part.CONTROL: "a person of the control side who neither owns nor develops the model",
            Part.SYSTEM: "the system"}[part]
