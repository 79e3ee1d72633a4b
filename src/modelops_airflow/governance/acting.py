"""Who acts where no author may: a person whose every name is known, so that nobody is taken for somebody else than they are."""

from __future__ import annotations

from ..approvals.identity import identities, person_of
from ..errors import Refused
from ..spec.governance_rules import folded
from ..spec.types import Governance
from .transaction import Actor


def acting(governance: Governance, actor: Actor) -> str | None:
    """The person of governance.yaml who acts; None if it names nobody.

    People are matched by user id, but Airflow tells the user name of who started a run. Somebody whose user name governance does not
    have could be an author of the very version that they decide over, and nothing would show it.

    Raises:
        Refused: governance does not know the person by the user name that the auth manager has for them.
    """
    person = person_of(governance, actor.manager, actor.user_id)
    if person is not None and actor.user_name and folded(actor.user_name) not in identities(governance, person):
        raise Refused(f"governance.yaml does not know {person} by the user name {actor.user_name}, by which Airflow names who started a run; "
                      f"write `username: {actor.user_name}` beside `{actor.manager}` in the login of {person}", "username")
    return person
