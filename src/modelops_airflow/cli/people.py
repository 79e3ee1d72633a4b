"""The users of a local Airflow: everybody whom governance.yaml knows by the simple auth manager, and two for operation."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING

from .output import print_table
from .sources import governance_of

if TYPE_CHECKING:
    from ..spec.project import Project
    from ..spec.types import Governance
    from .local_airflow import LocalAirflow

OPERATION = {"operator": "op", "admin": "admin"}


def users_of(project: Project) -> dict[str, tuple[str, str]]:
    """Airflow role and a new password of each user: makers may start DAGs, the control side may only look."""
    rules = governance_of(project)
    roles = {person.login["simple"]: "user" if _makes(rules, name) else "viewer"
             for name, person in rules.people.items() if "simple" in person.login}
    return {name: (role, _password()) for name, role in {**roles, **OPERATION}.items()}


def print_users(airflow: LocalAirflow) -> None:
    """Who may log in, with which password, and what they may decide."""
    from ..spec.project import Project

    held = held_by_login(governance_of(Project(airflow.root)))
    print_table(("user", "password", "in Airflow", "in governance.yaml"), (
        (name, password, role, ", ".join(held.get(name, ()))) for name, (role, password) in airflow.users.items()))


def held_by_login(rules: Governance) -> Mapping[str, list[str]]:
    """Governance roles by login name."""
    return {
        person.login["simple"]: [role for role, one in rules.roles.items() if name in one.held_by]
        for name, person in rules.people.items() if "simple" in person.login
    }


def _makes(rules: Governance, person: str) -> bool:
    return any(role.side == "make" and person in role.held_by for role in rules.roles.values())


def _password() -> str:
    return secrets.token_urlsafe(9)
