"""sync: what the files say goes into the register, and targets follow the register."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowException

from ..errors import ModelOpsError
from .settings import approval_public, settings_from_airflow

if TYPE_CHECKING:
    from airflow.sdk import Context

    from ..inventory.register import Register
    from ..settings import Settings


class SyncOperator(BaseOperator):
    """Stores definitions, located mistakes and a changed governance; then looks at every target."""

    template_fields: Sequence[str] = ()

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)

    def execute(self, context: Context) -> str:
        """Synchronise once."""
        from ..evidence.store import BlobStore
        from ..governance.define import define
        from ..inventory.register import Register
        from ..spec.problem import SpecError
        from ..spec.project import Project
        from ..steps.converge import converge
        from ..steps.definitions import definitions_of
        from ..steps.doubted import recertified
        from ..steps.erase import erase_approved
        from ..steps.offered import offer_governance
        from .run import connection_url

        settings = settings_from_airflow()
        register, project = Register(settings.database_url), Project(settings.root)
        told = []
        try:
            try:
                state = offer_governance(register, project, "sync")
                told += ["governance.yaml has a change that waits for the control side"] if state == "pending" else []
            except SpecError as error:
                told.append(str(error))
            changed = define(register, definitions_of(register, project, settings.dag_prefix, settings.environment), "sync")
            told += [f"changed: {', '.join(changed)}"] if changed else []
            told += converge(register, BlobStore(settings.evidence), project, approval_public=approval_public(settings), connections=connection_url,
                             deployment_key=settings.deployment_key, environment=settings.environment)
            broken = part(told, "re-certification", lambda: recertified(register, BlobStore(settings.evidence), project, settings.environment))
            broken += part(told, "erasure", lambda: erase_approved(register, BlobStore(settings.evidence), project))
            told += checkpointed(register, settings)
            note_setup(register, settings)
        except ModelOpsError as error:
            raise AirflowException(str(error)) from error
        for line in told:
            self.log.info("%s", line)
        if broken:
            raise AirflowException("; ".join(broken))
        return "; ".join(told) or "nothing changed"


def part(told: list[str], name: str, work: Callable[[], list[str]]) -> list[str]:
    """One part of the round, which says what it did; answers what stopped it, and no other part is stopped by that."""
    try:
        told += work()
    except (ModelOpsError, OSError) as error:
        why = f"no {name}: {error}"
        told.append(why)
        return [why]
    return []


def checkpointed(register: Register, settings: Settings) -> list[str]:
    """A checkpoint of what is new, where a key is set; an anchor that fails must not stop the rest."""
    from ..steps.checkpoint import make_checkpoint

    if settings.checkpoint_key is None:
        return []
    try:
        return [make_checkpoint(register, settings, if_grown=True)]
    except ModelOpsError as error:
        return [f"no checkpoint: {error}"]


def note_setup(register: Register, settings: Settings) -> None:
    """Put on record how far this set-up can be trusted; what a task can reach decides it."""
    from dataclasses import asdict

    from ..assurance.level import assurance_of
    from ..assurance.look import look_at_setup
    from ..governance.assured import note_assurance
    from .assurance import airflow_from_here

    with register.read() as session:
        setup = look_at_setup(session, settings, airflow_from_here())
    told = {**asdict(setup), "anchors": list(setup.anchors)}
    note_assurance(register, {**assurance_of(setup).to_json(), "setup": told})
