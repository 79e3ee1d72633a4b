"""Who is asking, and which models they may see.

A user sees the models of whose DAGs Airflow lets them read at least one. Who holds the governance
role `reader` sees every model. A model that has no DAG because its file is broken is shown to
whoever may read Airflow's import errors, where the same message stands; one whose file names no
life cycle is shown to its owner and the control side.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Annotated, Any

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.models.base_user import BaseUser
from airflow.api_fastapi.auth.managers.models.resource_details import AccessView
from airflow.api_fastapi.core_api.security import GetUserDep
from fastapi import Depends, Request
from sqlalchemy import select
from sqlalchemy.orm import Session

from ..approvals.identity import READER, answers_for, person_of, roles_held
from ..governance.activate import active, row_of
from ..governance.transaction import Actor
from ..inventory.register import Register
from ..inventory.tables import ModelRow
from ..spec.types import Governance
from .failures import not_found

_MANAGERS = {"SimpleAuthManager": "simple", "FabAuthManager": "fab"}


def actor_of(user: BaseUser) -> Actor:
    """The user as governance knows them: the auth manager's name and its id, never a display name."""
    kinds = (_MANAGERS.get(kind.__name__) for kind in type(get_auth_manager()).__mro__)
    manager = next(filter(None, kinds), None)
    user_id = user.get_id() if manager else user.get_name()
    return Actor(manager=manager or "username", user_id=str(user_id), user_name=user.get_name())


@dataclass(frozen=True)
class Viewer:
    """The person behind a request.

    Attributes:
        user: Airflow's user.
        actor: the same, as governance knows them.
        dag_ids: DAGs they may read.
        reads_import_errors: whether Airflow shows them broken files.
    """

    user: BaseUser
    actor: Actor
    dag_ids: frozenset[str]
    reads_import_errors: bool

    def governance(self, session: Session) -> Governance | None:
        """The active governance, or None before the first one."""
        return active(session) if row_of(session, "active") else None

    def person(self, governance: Governance | None) -> str | None:
        """Their id in governance.yaml."""
        return person_of(governance, self.actor.manager, self.actor.user_id) if governance else None

    def roles(self, governance: Governance | None) -> list[str]:
        """The roles they hold now."""
        person = self.person(governance)
        return sorted(roles_held(governance, person)) if governance and person else []

    def sees_all(self, governance: Governance | None) -> bool:
        """Whether they hold the role `reader`."""
        return READER in self.roles(governance)

    def visible(self, session: Session) -> frozenset[str]:
        """Ids of the models they may see, in two queries."""
        governance = self.governance(session)
        sees_all = self.sees_all(governance)
        rows = session.execute(select(ModelRow.id, ModelRow.dags, ModelRow.problems, ModelRow.owner))
        return frozenset(id for id, dags, problems, owner in rows if sees_all or self._may_see(dags, problems, owner, governance))

    def _may_see(self, dags: Collection[dict[str, Any]], problems: Collection[Any], owner: str | None, governance: Governance | None) -> bool:
        if not dags:
            return (bool(problems) and self.reads_import_errors) or (
                owner is not None and governance is not None and answers_for(governance, self.person(governance), owner))
        return any(dag["dag_id"] in self.dag_ids for dag in dags)

    def model(self, session: Session, model_id: str) -> ModelRow:
        """A model they may see.

        Raises:
            ApiError: 404, the same for an unknown model and for one they may not see.
        """
        row = session.get(ModelRow, model_id)
        governance = self.governance(session)
        allowed = row is not None and (self._may_see(row.dags, row.problems, row.owner, governance) or self.sees_all(governance))
        if row is None or not allowed:
            raise not_found(f"model {model_id!r}")
        return row


def viewer(user: GetUserDep) -> Viewer:
    """The dependency that makes a `Viewer`."""
    manager = get_auth_manager()
    return Viewer(
        user=user,
        actor=actor_of(user),
        dag_ids=frozenset(manager.get_authorized_dag_ids(user=user, method="GET")),
        reads_import_errors=manager.is_authorized_view(access_view=AccessView.IMPORT_ERRORS, user=user),
    )


def register(request: Request) -> Register:
    """The dependency that gives the register."""
    found: Register = request.app.state.register
    return found


def environment(request: Request) -> str:
    """The dependency that gives the installation's environment; empty where it has none of its own."""
    return str(request.app.state.environment)


ViewerDep = Annotated[Viewer, Depends(viewer)]
RegisterDep = Annotated[Register, Depends(register)]
EnvironmentDep = Annotated[str, Depends(environment)]
