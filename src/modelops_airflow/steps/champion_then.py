"""The champion of a pinned review: the very version that the approved run was compared with, by digest, whatever is in use now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..checks import Champion
from ..digest import Digest, short
from ..errors import CheckError, EvidenceError
from ..evidence.manifest import subject_of
from ..governance.documents import fetch
from ..inventory.tables import RunRow, VersionRow
from .approved import approved

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ..inventory.register import Register
    from ..plan import PlannedStep
    from .run import Run

_TOLD = "in use: "
"""How the check begins its first note."""


def champion_then(run: Run, step: PlannedStep, register: Register) -> Champion | str:
    """The champion that a step of the approved run has in its evidence; in its words why there was none.

    Raises:
        CheckError: the approved run did not compare, or that version's bytes or plan are gone or changed.
    """
    from .champion import allowed, opened_champion

    try:
        before = approved(run).told
        told = before.steps[step.id].measurement if step.id in before.steps else None
        if told is None or told["status"] == "error":
            raise CheckError(f"{before.label} did not compare with a version in use, so its step {step.id} cannot be repeated")
        if told["status"] == "not_applicable":
            return str(told["notes"][0])
        facts = dict(told["parameters"]["champion"])
        artifact = Digest(facts.pop("artifact"))
        with register.read() as session:
            model, name = _as_approved(session, facts["subject"], artifact)
        data = run.store.get(artifact)
    except EvidenceError as error:
        raise CheckError(f"the version that was in use then cannot be compared with: {error}") from None
    scorer = opened_champion(str(model["kind"]), data, name, allowed(run), f"the plan of {run.label}", dict(model.get("with") or {}), run.connections)
    return Champion(artifact, str(told["notes"][0]).removeprefix(_TOLD), facts, scorer.score)


def _as_approved(session: Session, subject: str, artifact: Digest) -> tuple[Mapping[str, Any], str]:
    """The `model` section of the plan that was approved under a subject, and the artifact's file name.

    Raises:
        EvidenceError: the register has no such run, or another plan.
    """
    for row in session.scalars(select(RunRow).where(RunRow.subject == subject, RunRow.artifact == artifact, RunRow.manifest.is_not(None)).order_by(RunRow.id.desc())):
        plan = fetch(session, row.plan)
        if subject_of(plan, artifact=artifact, manifest=str(row.manifest)) == subject:
            return plan["model"], session.get_one(VersionRow, row.version_id).artifact_name
    raise EvidenceError(f"the register has no run that was approved as {short(subject)} with artifact {short(artifact)}")
