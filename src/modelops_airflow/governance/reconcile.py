"""Reconciling: what the register says is live, against what each target shows.

A deployment is looked for where it was made, which its row says, and not where governance has its environment by now:
what was taken out of service goes there, and a place where an earlier one was made must show nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..database import database_time
from ..errors import EvidenceError
from ..inventory.register import Register
from ..inventory.tables import DeploymentRow, DeploymentState, RunRow, SlotRow, VersionRow, VersionState
from ..ledger import append
from ..policy.place import Place, place_in
from ..spec.types import Governance
from ..targets import longest_of
from .activate import active, row_of
from .elsewhere import elsewhere, finding_of, place_of
from .flap import came, is_calm, went
from .legacy import Legacy, legacy_models
from .promote import Promotion, promotion_of
from .transaction import governed
from .trial import Trial, trial_of
from .versions import close_finding, finding_in, finding_is_open, message_of_finding, open_finding

_GIVE_UP = timedelta(minutes=30)
"""After this, and what the place itself may take, a permitted deployment has no task any more."""
_PENDING = (DeploymentState.INTENT, DeploymentState.PUBLISHING)


@dataclass(frozen=True)
class SlotState:
    """What one slot should show.

    Attributes:
        wanted: digest that should be live; None for nothing.
        pending: a permitted deployment that has not been read back yet.
        stalled: that deployment has been pending for so long that its task is surely gone.
        place: where that is looked for; None if nothing was ever deployed and governance has no such environment.
        named: where governance has the environment now.
        left: other places, which must show nothing, and whether something of this slot was ever deployed there.
        fences: epochs of what is live and pending: whatever shows them is the same place under another name.
        told: there is a finding that something is elsewhere.
        trial: what is live is in a canary, or watched.
        legacy: the model is declared in use there, and none of its releases was ever live.
        tried: digests of what was to be released there and is not what is declared: whatever shows them is ours to take away.
        stopped: digests of what was on its way there or live, and whose version is suspended or retired by now; never that of what is wanted.
        unread: why what is pending cannot be read; then nothing is known of the slot.
    """

    model: str
    environment: str
    epoch: int
    wanted: str | None
    live: int | None
    pending: Promotion | None
    stalled: bool
    place: Place | None
    named: Place | None
    left: Sequence[tuple[Place, bool]] = ()
    fences: frozenset[int] = frozenset()
    told: bool = False
    trial: Trial | None = None
    legacy: bool = False
    tried: frozenset[str] = frozenset()
    stopped: frozenset[str] = frozenset()
    unread: str = ""


def slots(register: Register, model_id: str | None = None) -> list[SlotState]:
    """Every slot, or those of a model."""
    with register.read() as session:
        if row_of(session, "active") is None:
            return []  # before the first governance nothing was ever deployed
        rules, query = active(session), select(SlotRow).order_by(SlotRow.id)
        if model_id is not None:
            query = query.where(SlotRow.model_id == model_id)
        legacy = legacy_models(session)
        return [_slot(session, slot, rules, legacy.get(slot.model_id)) for slot in session.scalars(query)]


def _slot(session: Session, slot: SlotRow, rules: Governance, legacy: Legacy | None) -> SlotState:
    rows = list(session.scalars(select(DeploymentRow).where(DeploymentRow.slot == slot.id).order_by(DeploymentRow.id)))
    live = next((row for row in rows if row.state == DeploymentState.LIVE), None)
    open_one = next((row for row in rows if row.state in _PENDING), None)
    pending, unread = None, ""
    if open_one is not None and open_one.run is not None:
        version = session.get_one(VersionRow, open_one.version_id)
        try:
            pending = promotion_of(session, open_one, session.get_one(RunRow, open_one.run), version)
        except EvidenceError as error:  # no other slot waits for it
            unread = str(error)
    stalled = open_one is not None and (
        open_one.cause in ("rollback", "break-glass") or database_time(session) - open_one.at > _patience(open_one, rules))
    named = place_in(rules, slot.environment)
    here = [place_of(row, rules) for row in (open_one, live) if row is not None]
    place = next(iter((*here, *([named] if named is not None else ()), *(place_of(row, rules) for row in rows[-1:]))), None)
    return SlotState(
        slot.model_id, slot.environment, slot.epoch, live.artifact if live else None, live.id if live else None, pending, stalled,
        place, named, _left(session, slot, rows, rules, [*here, *([place] if place is not None else ())]),
        frozenset(row.epoch for row in (open_one, live) if row is not None),
        finding_is_open(session, slot.model_id, finding_of(slot.environment)),
        trial_of(session, live) if live is not None else None,
        legacy is not None and legacy.environment == slot.environment and not legacy.taken_away,
        frozenset(row.artifact for row in rows if not _was_there(legacy, row)), _stopped(session, rows, live), unread)


def _stopped(session: Session, rows: Sequence[DeploymentRow], live: DeploymentRow | None) -> frozenset[str]:
    ended = set(session.scalars(select(VersionRow.id).where(
        VersionRow.id.in_({row.version_id for row in rows}), VersionRow.state.in_((VersionState.SUSPENDED.value, VersionState.RETIRED.value)))))
    return frozenset(row.artifact for row in rows if row.version_id in ended and (live is None or row.artifact != live.artifact))


def _was_there(legacy: Legacy | None, row: DeploymentRow) -> bool:
    """Whether a deployment is of the bytes that were declared there before it was made: they did not come by it."""
    return legacy is not None and row.artifact == legacy.artifact and legacy.there_since is not None and legacy.there_since < row.at.replace(microsecond=0)


def _patience(row: DeploymentRow, rules: Governance) -> timedelta:
    """How long after its permission the task of a deployment may still be at work."""
    place = place_of(row, rules)
    return _GIVE_UP + longest_of(place.target, place.options)


def _left(
    session: Session, slot: SlotRow, rows: Sequence[DeploymentRow], rules: Governance, here: Sequence[Place]
) -> list[tuple[Place, bool]]:
    """The places that must show nothing: where earlier deployments were made, and where governance has the environment now."""
    others = [place_of(row, rules) for row in session.scalars(select(DeploymentRow).where(
        DeploymentRow.model_id == slot.model_id, DeploymentRow.slot != slot.id,
        DeploymentRow.state.in_([state.value for state in (*_PENDING, DeploymentState.LIVE)])))]
    found: list[tuple[Place, bool]] = []
    named = place_in(rules, slot.environment)
    for place, ours in (*((place_of(row, rules), True) for row in rows), *([(named, False)] if named is not None else ())):
        known = [*here, *(one for one, _ in found)]
        if not any(place.same_as(other) for other in known) and not any(place.overlaps(other) for other in others):
            found.append((place, ours))
    return found


def observe(register: Register, slot: SlotState, shown: str | None, *, dangling: bool = False) -> bool:
    """Note what a target shows for a slot; answers whether it is what the register says.

    A difference opens a finding: either somebody wrote to the target past us, or it lost something.
    """
    same = shown == slot.wanted and not dangling
    kind = finding_in(slot.environment, "target-differs")
    with governed(register, "observed", by="system", model_id=slot.model) as session:
        if slot.live is not None:
            row = session.get_one(DeploymentRow, slot.live)
            row.observed, row.observed_at = shown, database_time(session)
        if same:
            changed = went(session, slot.model, kind, f"the scan of {slot.environment}")
        else:
            changed = came(session, slot.model, kind, "critical",
                           f"{slot.environment} shows {shown or ('something that is not there' if dangling else 'nothing')}, the register says {slot.wanted or 'nothing'}")
        if changed:
            append(session, "observed", {"environment": slot.environment, "same": same, "shown": shown}, model_id=slot.model)
    return same


def observe_trouble(register: Register, slot: SlotState, what: str, why: str) -> None:
    """Note what is wrong with a slot's place beyond what it shows, or that nothing is; a finding says so until then.

    Args:
        what: kind of the trouble: `target-trouble`, `devices`, `scoring`.
        why: in words; empty where nothing is wrong.
    """
    kind, message = finding_in(slot.environment, what), f"{slot.environment}: {why}"[:2000]
    with register.read() as session:
        if message_of_finding(session, slot.model, kind) == (message if why else None) and not is_calm(session, slot.model, kind):
            return
    with governed(register, "observed", by="system", model_id=slot.model) as session:
        if came(session, slot.model, kind, "high", message) if why else went(session, slot.model, kind, f"the scan of {slot.environment}"):
            append(session, "observed", {"environment": slot.environment, "same": not why, "trouble": what}, model_id=slot.model)


def observe_elsewhere(register: Register, slot: SlotState, showing: Sequence[Place], *, sure: bool) -> None:
    """Note at which other places something of a slot is shown; a finding says so until there is none.

    Args:
        showing: the places of `slot.left` that show something.
        sure: every one of them could be read; unknown is never nothing.
    """
    under_way = slot.live is not None or slot.pending is not None
    places = [*([slot.place] if under_way and slot.place is not None and slot.place != slot.named else ()), *showing]
    if bool(places) == slot.told or not (places or sure):
        return
    with governed(register, "observed", by="system", model_id=slot.model) as session:
        kind = finding_of(slot.environment)
        if places:
            changed = open_finding(session, slot.model, kind, "high", elsewhere(slot.environment, places, slot.named))
        else:
            changed = close_finding(session, slot.model, kind, f"the scan of {slot.environment}")
        if changed:
            append(session, "observed", {"elsewhere": [str(place) for place in places], "environment": slot.environment,
                                         "same": not places}, model_id=slot.model)
