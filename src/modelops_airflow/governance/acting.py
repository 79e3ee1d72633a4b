"""Whoever acts is known by the user name too by which Airflow names who started a run, whether governance has that name or not."""

from __future__ import annotations

from ..approvals.identity import identities, person_of
from ..spec.governance_rules import folded
from ..spec.types import Governance
from .transaction import Actor


def known_as(governance: Governance, actor: Actor) -> Governance:
    """Governance in which the names of whoever acts are complete, for the question whether they are an author.

    People are matched by user id, and FAB's is a number. Airflow tells the user name alone of who started a run, so without it an
    author would not be recognised whose `login` in governance.yaml lacks it.
    """
    person = person_of(governance, actor.manager, actor.user_id)
    if person is None or not actor.user_name.strip() or folded(actor.user_name) in identities(governance, person):
        return governance
    facts = governance.people[person]
    named = facts.model_copy(update={"git": (*facts.git, actor.user_name)})  # where a person may have any number of names
    return governance.model_copy(update={"people": {**governance.people, person: named}})
