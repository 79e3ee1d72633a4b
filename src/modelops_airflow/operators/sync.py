"""sync: what the files say goes into the register, and targets follow the register."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowException

from ..errors import ModelOpsError
from .settings import approval_public, settings_from_airflow

if TYPE_CHECKING:
    from airflow.sdk import Context

    from ..inventory.register import Register
    from ..settings import Settings
    from ..spec.project import Project


class SyncOperator(BaseOperator):
    """Stores definitions, located mistakes and a changed governance; then looks at every target."""

    template_fields: Sequence[str] = ()

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)

    def execute(self, context: Context) -> str:
        """Synchronise once."""
        from ..evidence.store import BlobStore
        from ..inventory.register import Register
        from ..spec.project import Project
        from ..steps.converge import converge
        from ..steps.doubted import recertified
        from ..steps.erase import erase_approved
        from .run import connection_url

        settings = settings_from_airflow()
        register, project = Register(settings.database_url), Project(settings.root)
        told, broken = in_parts({
            "governance": lambda: offered(register, project),
            "definitions": lambda: defined(register, project, settings),
            "look at the targets": lambda: converge(
                register, BlobStore(settings.evidence), project, approval_public=approval_public(settings), connections=connection_url,
                deployment_key=settings.deployment_key, environment=settings.environment),
            "re-certification": lambda: recertified(register, BlobStore(settings.evidence), project, settings.environment),
            "erasure": lambda: erase_approved(register, BlobStore(settings.evidence), project),
            "checkpoint": lambda: checkpointed(register, settings),
            "note of the set-up": lambda: note_setup(register, settings),
        })
        for line in told:
            self.log.info("%s", line)
        for name, error in broken.items():
            self.log.error("no %s: %s", name, error, exc_info=None if isinstance(error, ModelOpsError) else error)
        if broken:
            raise AirflowException("; ".join(f"no {name}: {str(error) or repr(error)}" for name, error in broken.items())) from next(iter(broken.values()))
        return "; ".join(told) or "nothing changed"


def in_parts(parts: Mapping[str, Callable[[], list[str]]]) -> tuple[list[str], dict[str, Exception]]:
    """Do one part of the round after the other; answers what they told, and what stopped any of them.

    Whatever stops a part stops no other: a stop that somebody ordered reaches its target, whatever a file or a row of a stranger is like.
    """
    told, broken = list[str](), dict[str, Exception]()
    for name, work in parts.items():
        try:
            told += work()
        except Exception as error:  # told, and the task fails at the end
            broken[name] = error
    return told, broken


def offered(register: Register, project: Project) -> list[str]:
    """A changed governance file is offered; what is wrong with it is told, and stops nothing."""
    from ..spec.problem import SpecError
    from ..steps.offered import offer_governance

    try:
        pending = offer_governance(register, project, "sync") == "pending"
    except SpecError as error:
        return [str(error)]
    return ["governance.yaml has a change that waits for the control side"] if pending else []


def defined(register: Register, project: Project, settings: Settings) -> list[str]:
    """What the model files say goes into the register."""
    from ..governance.define import define
    from ..steps.definitions import definitions_of

    changed = define(register, definitions_of(register, project, settings.dag_prefix, settings.environment), "sync")
    return [f"changed: {', '.join(changed)}"] if changed else []


def checkpointed(register: Register, settings: Settings) -> list[str]:
    """A checkpoint of what is new, where a key is set; an anchor that fails must not stop the rest."""
    from ..steps.checkpoint import make_checkpoint

    if settings.checkpoint_key is None:
        return []
    try:
        return [make_checkpoint(register, settings, if_grown=True)]
    except ModelOpsError as error:
        return [f"no checkpoint: {error}"]


def note_setup(register: Register, settings: Settings) -> list[str]:
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
    return []
