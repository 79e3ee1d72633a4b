"""What ends by its date: waivers, overlays, restrictions and approvals of what is live, emergency releases."""

from __future__ import annotations

from sqlalchemy import select

from ...inventory.tables import BreakGlassRow, DecisionRow, DeploymentRow, DeploymentState, VersionRow, VersionState
from ...policy import model_overlay, waiver
from ...policy.occasion import Occasion
from ...policy.waiver import end_of
from ..control_waivers import control_waivers
from ..legacy import Standing, legacy_models
from ..overlays import overlays
from ..restrictions import in_force
from .around import Around


def term_occasions(around: Around) -> list[Occasion]:
    """Each of them with its end."""
    return [*_waivers(around), *_control_waivers(around), *_overlays(around), *_restrictions(around), *_approvals(around), *_emergencies(around)]


def _waivers(around: Around) -> list[Occasion]:
    return [
        around.of_model(model, "waiver", f"waiver {model} {one.terms}", f"The waiver of {around.called(model)}, which was never released here, ends with {one.until}.",
                        around.owner(model), "release the model, or ask for another waiver in its file", due=end_of(one.until))
        for model, one in legacy_models(around.session).items()
        if one.until is not None and one.standing(around.now) in (Standing.WAIVED, Standing.EXPIRED)
    ]


def _control_waivers(around: Around) -> list[Occasion]:
    """Each waiver of a control that was accepted and that no later one replaced."""
    last = {(one.model, one.pack, one.control): one for one in control_waivers(around.session).values() if one.stored == waiver.ACTIVE}
    return [around.of_model(
        one.model, "waiver", f"control waiver {one.number}", f"The waiver of {one.pack} {one.control} of {around.called(one.model)} ends with {one.until}.",
        around.owner(one.model), "meet the control, or ask for a new waiver: modelops waivers", due=one.ends_at) for one in last.values()]


def _overlays(around: Around) -> list[Occasion]:
    return [around.of_model(
        one.model, "overlay", f"overlay {one.model} {one.name} {one.until}", f"The overlay {one.name} of {around.called(one.model)} ends with {one.until}.",
        f"{one.owner}, its owner", "exit it, or have it reviewed and renewed: modelops overlays", due=end_of(one.until))
        for one in overlays(around.session).values() if one.stored == model_overlay.ACTIVE]


def _restrictions(around: Around) -> list[Occasion]:
    """The restriction of each version that is live under one."""
    rows = around.session.execute(select(DeploymentRow, VersionRow).join(VersionRow, VersionRow.id == DeploymentRow.version_id).where(
        DeploymentRow.state == DeploymentState.LIVE.value, VersionRow.state == VersionState.RESTRICTED.value).order_by(DeploymentRow.id)).all()
    under = [(live, version, found) for live, version in rows if (found := in_force(around.session, version, live.subject)) is not None]
    return [around.of_model(
        live.model_id, "restriction", f"restriction {live.model_id} {version.version} {found.until.isoformat()}",
        f"The restriction of {around.called(live.model_id)} {version.version} in {live.environment} ends; then it is taken out of service.",
        f"{around.owner(live.model_id)}, and the control side", "do what is asked and have it lifted, or release a new version", due=found.until)
        for live, version, found in under]


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
