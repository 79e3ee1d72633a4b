"""What ends by its date: waivers, approvals of what is live, emergency releases."""

from __future__ import annotations

from sqlalchemy import select

from ...inventory.tables import BreakGlassRow, DecisionRow, DeploymentRow, DeploymentState
from ...policy.occasion import Occasion
from ...policy.waiver import end_of
from ..legacy import Standing, legacy_models
from .around import Around


def term_occasions(around: Around) -> list[Occasion]:
    """Each of them with its end."""
    return [*_waivers(around), *_approvals(around), *_emergencies(around)]


def _waivers(around: Around) -> list[Occasion]:
    return [
        around.of_model(model, "waiver", f"waiver {model} {one.terms}", f"The waiver of {around.called(model)}, which was never released here, ends with {one.until}.",
                        around.owner(model), "release the model, or ask for another waiver in its file", due=end_of(one.until))
        for model, one in legacy_models(around.session).items()
        if one.until is not None and one.standing(around.now) in (Standing.WAIVED, Standing.EXPIRED)
    ]


def _approvals(around: Around) -> list[Occasion]:
    """The approval of each live deployment that ends first; of one person at one gate the last decision counts."""
    found = []
    for row in around.session.scalars(select(DeploymentRow).where(DeploymentRow.state == DeploymentState.LIVE.value).order_by(DeploymentRow.id)):
        last = {(one.step, one.person): one for one in around.session.scalars(
            select(DecisionRow).where(DecisionRow.subject == row.subject, DecisionRow.withdrawn_at.is_(None)).order_by(DecisionRow.id))}
        ends = min((one.expires_at for one in last.values() if one.expires_at is not None), default=None)
        if ends is not None:
            found.append(around.of_model(
                row.model_id, "approval", f"approval {row.subject} {ends.isoformat()}",
                f"An approval of what is live of {around.called(row.model_id)} in {row.environment} ends.", around.owner(row.model_id),
                "start a release of the version again, so that it is approved anew", due=ends))
    return found


def _emergencies(around: Around) -> list[Occasion]:
    return [
        around.of_model(one.model_id, "emergency", f"emergency {one.id}", f"{around.called(one.model_id)} was released in an emergency without its approvals.",
                        "who approves at its gates", "decide at the gates of the release; without approvals it is taken out of service", due=one.due_at)
        for one in around.session.scalars(select(BreakGlassRow).where(BreakGlassRow.closed_at.is_(None)).order_by(BreakGlassRow.id))
    ]
