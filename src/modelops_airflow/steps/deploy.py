"""deploy: promote, publish, read back, and only then say that it is live.

The promotion verifies everything again in the register; the fence it gives is checked by the target
at the switch and by the register at the end. A kill anywhere leaves the old or the new version live.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..connections import Connections, no_connections
from ..digest import short
from ..errors import ModelOpsError, PromotionRefused, TargetError
from ..evidence.store import BlobStore
from ..governance.promote import Promotion, confirm_live, fail, promote, publishing
from ..governance.trial import note_stopped
from ..inventory.register import Register
from ..spec.project import Project
from ..targets import Release, strengths, target_of
from .authorise import authorisation_of
from .bake import bake, end_bake
from .register_journal import RegisterJournal
from .run import Run, StepResult, StepStatus
from .second_look import doubts

if TYPE_CHECKING:
    from ..plan import PlannedStep


def deploy(run: Run, step: PlannedStep) -> StepResult:
    """Put the run's version live in the environment of its plan, through the canary if it names one.

    Raises:
        Baking: it is in the canary, and must stay there for a while yet.
        PromotionRefused: something is missing or void; a local run can never promote.
        TargetError: the target did not take it; the slot keeps what it had.
    """
    journal = run.journal
    if not isinstance(journal, RegisterJournal):
        raise PromotionRefused("a local run can never promote; start a release in Airflow", "local")
    signing = run.settings.deployment_key if run.settings is not None else None

    def go(permission: Promotion) -> None:
        publish(journal.register, permission, run.store, run.project, run.approval_public, run.connections, signing, at_once=False)

    try:
        bake(run, journal, go)
        promotion = promote(journal.register, journal.key, strengths=strengths(),
                            doubts=doubts(journal.register, run.store, journal.key), approval_public=run.approval_public)
        if not promotion.done:
            go(promotion)
    except PromotionRefused as refusal:
        note_stopped(journal.register, journal.key, str(refusal))
        raise
    end_bake(run, journal)
    told = f"version {promotion.version} ({short(promotion.artifact)}) is live in {step.options['to']}, epoch {promotion.epoch}"
    return StepResult(StepStatus.DONE, message=told)


def publish(
    register: Register, promotion: Promotion, store: BlobStore, project: Project, approval_public: bytes | None = None,
    connections: Connections = no_connections, deployment_key: Path | None = None, *, at_once: bool = True,
) -> None:
    """Write to the target under the promotion's fence, read back, and confirm; the evidence is judged again first.

    Args:
        deployment_key: file of the key that signs what a runtime may serve; None where there is none.
        at_once: without the steps that a place may have; whoever reconciles all models waits for none of them.

    Raises:
        PromotionRefused: what was permitted no longer is, or its evidence is gone; recorded.
        TargetError: the target refused or shows something else; recorded, and nothing is marked live.
    """
    target = target_of(promotion.target, promotion.options, resolve=project.resolve, connections=connections)
    try:
        publishing(register, promotion.deployment, promotion.epoch, approval_public, doubts(register, store, promotion.run))
    except PromotionRefused as refusal:
        fail(register, promotion.deployment, promotion.epoch, str(refusal))
        raise
    try:
        shown = target.deploy(Release(
            model=promotion.model, environment=promotion.environment, version=promotion.version,
            artifact=promotion.artifact, epoch=promotion.epoch, subject=promotion.subject,
            read=lambda: store.get(promotion.artifact), authorisation=authorisation_of(promotion, deployment_key),
            at_once=at_once,
        ))
    except (ModelOpsError, OSError) as error:
        fail(register, promotion.deployment, promotion.epoch, str(error))
        raise TargetError(f"{promotion.model} was not published to {promotion.environment}: {error}") from error
    confirm_live(register, promotion.deployment, promotion.epoch, str(shown.artifact))
