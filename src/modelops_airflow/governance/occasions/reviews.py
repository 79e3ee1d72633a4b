"""Reviews of what is in use, by their cadence; and re-certifications that came to nothing."""

from __future__ import annotations

from sqlalchemy import func, select

from ...data.duration import after
from ...inventory.tables import RecertificationRow, RecertificationState, VersionRow, VersionState
from ...policy.occasion import Occasion
from ...policy.states import SERVING
from ..reviewed import last_approved
from .around import Around

_OWES = (*SERVING, VersionState.SUSPENDED.value)
"""States of a version whose model owes reviews."""


def review_occasions(around: Around) -> list[Occasion]:
    """The next review of each model in use, and the last re-certification of each model if it failed."""
    return [*_reviews(around), *_recertifications(around)]


def _reviews(around: Around) -> list[Occasion]:
    used = set(around.session.scalars(select(VersionRow.model_id).where(VersionRow.state.in_(_OWES))))
    due = {model: after(at, every) for model, at in last_approved(around.session, used).items()
           if (row := around.models.get(model)) is not None and (every := row.review_every)}
    return [around.of_model(model, "review", f"review {model} {at.isoformat()}", f"{around.called(model)} is to be reviewed.", around.owner(model),
                            "run its review, and have it attested at its gate", due=at) for model, at in sorted(due.items())]


def _recertifications(around: Around) -> list[Occasion]:
    last = select(func.max(RecertificationRow.id)).group_by(RecertificationRow.model_id)
    rows = around.session.scalars(select(RecertificationRow).where(
        RecertificationRow.id.in_(last), RecertificationRow.state == RecertificationState.FAILED.value).order_by(RecertificationRow.id))
    return [around.of_model(one.model_id, "recertification-failed", f"recertification {one.id} {one.attempt}",
                            f"The re-certification of {around.called(one.model_id)} failed.", around.owner(one.model_id),
                            f"see modelops recertify status, mend it, then modelops recertify retry {one.model_id}") for one in rows]
