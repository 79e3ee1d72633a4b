"""What a change of governance does to power, pure: how many people it takes, who gains by it, whom it makes known otherwise."""

from __future__ import annotations

from ..approvals.identity import holders, roles_held
from ..spec.types import Governance

TWO = 2
"""How many different people of the control side put the first governance in force, and a change of who somebody is."""


def takes(rules: Governance | None, wanted: Governance) -> int:
    """How many different people put a governance in force; `rules` are those in force, None before the first.

    Two where nothing is in force, where somebody becomes known or known otherwise, where emergency power is
    given or changed, where a role comes to the control side or changes it, where another installation's key becomes trusted,
    where an environment no longer asks for the evidence of another, or for other evidence, and where one has another canary. Each of these lets one person
    act as several, or alone, or lets through what was held up. What only takes away (a person, a role, break-glass) takes one.
    """
    if rules is None or known_otherwise(rules, wanted):
        return TWO
    emergency = wanted.break_glass is not None and wanted.break_glass != rules.break_glass
    if believes_more(rules, wanted):
        return TWO
    sides = {name: role.side for name, role in rules.roles.items()}
    return TWO if emergency or any(role.side != sides.get(name, "make") for name, role in wanted.roles.items()) else 1


def believes_more(rules: Governance, wanted: Governance) -> bool:
    """Whether a change trusts a further key for an environment, sends its releases through another canary, or asks otherwise of those before it."""
    now, was = ({(name, key) for name, one in them.environments.items() for key in (*(one.trust or ()), *([one.canary] if one.canary else ()))} for them in (wanted, rules))
    asked = {(name, *rule) for name, one in wanted.environments.items() for rule in (one.after or {}).items()}
    return bool(now - was) or any((name, *rule) not in asked for name, one in rules.environments.items() for rule in (one.after or {}).items())


def known_otherwise(rules: Governance, wanted: Governance) -> set[str]:
    """The people who are new, or whose logins, git identities or name change: whom the records mean changes with them."""
    return {person for person, facts in wanted.people.items() if rules.people.get(person) != facts}


def gained(rules: Governance, wanted: Governance, person: str) -> list[str]:
    """What a change gives to a person, in words."""
    before, after = _powers(rules, person), _powers(wanted, person)
    return sorted(after - before)


def _powers(governance: Governance, person: str) -> set[str]:
    found = {f"the role {role}" for role in roles_held(governance, person)}
    if person in holders(governance, "control"):
        found.add("a part in control")
        rules = governance.break_glass
        if rules is not None and any(person in holders(governance, role) for role in rules.roles):
            found.add("emergency releases")
    return found
