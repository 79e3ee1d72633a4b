"""Identities: is this person that author? Compared without the differences that eyes miss."""

from __future__ import annotations

from collections.abc import Iterable

from ..digest import recorded
from ..spec.governance_rules import folded, sides
from ..spec.types import Governance

READER = "reader"
"""The role that sees every model and decides nothing."""


def person_of(governance: Governance, manager: str, user_id: str) -> str | None:
    """The person whom an auth manager knows by a user id; None if governance names nobody."""
    for person, facts in governance.people.items():
        login = facts.login.get(manager)  # type: ignore[call-overload]
        if login is not None and login == user_id:
            return person
    return None


def logins(governance: Governance, person: str) -> list[str]:
    """The log-ins of a person, as `manager:login`."""
    facts = governance.people.get(person)
    return [f"{manager}:{login}" for manager, login in facts.login.items()] if facts is not None else []


def identities(governance: Governance, person: str) -> frozenset[str]:
    """Every name a person is known by, folded."""
    facts = governance.people.get(person)
    known = [person]
    if facts is not None:
        # Authors are recorded as `manager:login` where they acted through the pages, else by any of their names.
        known += [facts.name, *facts.git, *facts.login.values(), *logins(governance, person)]
    return frozenset(folded(name) for name in known if name.strip())


def is_among(governance: Governance, person: str, names: Iterable[str]) -> bool:
    """Whether one of the names means the person; an address may stand there as its digest."""
    facts = governance.people.get(person)
    spelled = [*identities(governance, person), *logins(governance, person), *(facts.git if facts is not None else ())]
    known = identities(governance, person) | {recorded(one) for one in spelled}
    return bool(known & {folded(name) for name in names})


def holders(governance: Governance, role: str, owner: str | None = None) -> frozenset[str]:
    """Who holds a role now; `control` is anybody of that side who does more than read, `owner` is the model's owner."""
    if role == "owner":
        return frozenset({owner} if owner else ())
    if role == "control":
        return frozenset(person for name, one in governance.roles.items() if one.side == "control" and name != READER
                         for person in one.held_by if sides(governance)[person] == {"control"})
    named = governance.roles.get(role)
    return frozenset(named.held_by) if named is not None else frozenset()


def roles_held(governance: Governance, person: str) -> list[str]:
    """The roles a person holds now."""
    return [name for name, role in governance.roles.items() if person in role.held_by]


def acting_roles(governance: Governance, person: str) -> list[str]:
    """The roles in which a person may do something: `reader` sees every model and changes nothing."""
    return [name for name in roles_held(governance, person) if name != READER]


def answers_for(governance: Governance, person: str | None, owner: str | None) -> bool:
    """Whether a person is the model's owner or of the control side: who ends a model, or goes back to an earlier version."""
    return person is not None and (person in holders(governance, "control") or person == owner)
