"""converge: make targets show what the register says, after stops, rollbacks and crashes.

Runs every minute and after each change. It publishes nothing that was not permitted: a stop only
takes away, and a pending deployment carries its own fence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from ..connections import Connections, no_connections
from ..digest import Digest
from ..errors import EvidenceError, ModelOpsError, Refused, TargetError
from ..evidence.store import BlobStore
from ..governance.break_glass import end_overdue
from ..governance.finding_watch import reopen_findings
from ..governance.legacy import Legacy
from ..governance.legacy_findings import legacy_at, observe_legacy, watch_legacy
from ..governance.overlays import watch_overlays
from ..governance.promote import confirm_live, fail
from ..governance.reconcile import SlotState, observe, observe_elsewhere, observe_trouble, slots
from ..governance.restriction_watch import end_restrictions
from ..governance.scan import Scan, note_scans
from ..governance.stop import hold_back
from ..governance.strays import never_released, observe_strays, places
from ..governance.trial import end_watch
from ..governance.waiver_watch import watch_waivers
from ..governance.watch import watch_approvals
from ..inventory.register import Register
from ..policy.place import Place
from ..spec.project import Project
from ..targets import Observation, Target, target_of
from .deploy import publish
from .missed import missed
from .trial import pull_from, trouble_of

TROUBLE = "target-trouble"


def converge(
    register: Register, store: BlobStore, project: Project, model_id: str | None = None, approval_public: bytes | None = None,
    connections: Connections = no_connections, deployment_key: Path | None = None,
    environment: str = "",
) -> list[str]:
    """Look at every slot's target and mend what may be mended; answers one line a difference.

    Args:
        approval_public: what approvals must be signed with to count in a publication; None if nothing is pinned.
        connections: connection name -> URL, for targets that need credentials.
        deployment_key: file of the key that signs what a runtime may serve; None where there is none.
        environment: of the installation; empty where it has none of its own. Models that nobody released are looked for there alone.
    """
    told, around = [*end_overdue(register), *end_restrictions(register)] if model_id is None else [], _Around(register, store, project, approval_public, connections, deployment_key, environment)
    unread: Counter[str] = Counter()
    found = sorted(slots(register, model_id), key=_turn)
    told += [line for slot in found for line in _left(around, slot)]
    for slot in found:
        try:
            line = _slot(around, slot)
            observe_trouble(register, slot, TROUBLE, "")
        except SQLAlchemyError:  # the register's own trouble, not the place's
            raise
        except Exception as error:  # whatever a place makes of a stranger's bytes: no other slot waits for it
            line = f"{slot.model} in {slot.environment}: {_said(error)}"
            if not isinstance(error, ModelOpsError) or isinstance(error, TargetError | EvidenceError) or slot.unread:
                observe_trouble(register, slot, TROUBLE, str(error) or repr(error))
            unread[slot.environment] += slot.place == slot.named and not isinstance(error, Refused)
        told += [line] if line else []
    told += [*_scanned(around, unread), *watch_legacy(register), *reopen_findings(register), *watch_waivers(register), *watch_overlays(register)] if model_id is None else []
    # Last: what has just been confirmed may have lost an approval while it was published.
    return told + (watch_approvals(register, approval_public) if model_id is None else [])


@dataclass(frozen=True)
class _Around:
    """What every slot is looked at with."""

    register: Register
    store: BlobStore
    project: Project
    approval_public: bytes | None
    connections: Connections
    deployment_key: Path | None
    environment: str

    def target(self, place: Place, environment: str) -> Target:
        """The target of a place."""
        return target_of(place.target, place.options, resolve=self.project.resolve, connections=self.connections,
                         missed=lambda model, late: missed(self.register, model, environment, late))


def _turn(slot: SlotState) -> int:
    """How late a slot is looked at: what is to be empty first, then what is live, then what may be pulled back, and last what is published, which waits for its place."""
    if slot.pending is not None:
        return 3
    return 2 if slot.trial is not None else int(slot.wanted is not None)


def _slot(around: _Around, slot: SlotState) -> str:
    if slot.unread:
        raise EvidenceError(slot.unread)
    if slot.place is None:
        return ""
    target = around.target(slot.place, slot.environment)
    shown = target.observed(slot.model)
    if slot.pending is not None:
        return _pending(around, slot, shown)
    if (why := trouble_of(slot, target, shown)) and (pulled := pull_from(around.register, around.store, slot, target, why, around.approval_public)):
        if pulled.promotion is not None:
            publish(around.register, pulled.promotion, around.store, around.project, around.approval_public, around.connections, around.deployment_key)
        return pulled.told
    if slot.live is not None and slot.trial is not None and slot.trial.over and not why:
        end_watch(around.register, slot.live)
    if shown.held and slot.live is not None and (shown.artifact, shown.epoch in slot.fences) == (slot.wanted, True) and hold_back(
            around.register, slot.live, shown.held):
        return f"{slot.model} is suspended: its runtime held it back in {slot.environment}: {shown.held}"
    if slot.legacy and shown.artifact not in slot.tried and not shown.leaving:
        return ""  # it was there before us, and nothing of ours was ever live: it stays, and is compared with its declaration
    if slot.wanted is not None and shown.artifact in slot.stopped and shown.epoch <= slot.epoch and shown.epoch not in slot.fences:
        # Its deployer wrote it over what is live there, after the stop. Nothing is better than what was stopped; what was there is brought back by people.
        shown = target.withdraw(slot.model, slot.epoch)
        observe(around.register, slot, shown.artifact, dangling=shown.dangling)
        return f"{slot.model} in {slot.environment} showed a version that was stopped, which was taken away; the register says {slot.wanted}: roll back to it, or release it again"
    if slot.wanted is None and not shown.empty and shown.epoch <= slot.epoch:
        shown = target.withdraw(slot.model, slot.epoch)
        if shown.leaving:  # it may answer still: nothing is there when that is seen
            return f"{slot.model} is being taken out of service in {slot.environment}"
        observe(around.register, slot, shown.artifact, dangling=shown.dangling)
        return f"{slot.model} was taken out of service in {slot.environment}"
    same = observe(around.register, slot, shown.artifact, dangling=shown.dangling)
    wrong = "; ".join(target.wrong(slot.model)) if slot.live is not None else ""
    observe_trouble(around.register, slot, target.about, wrong)
    if same:
        return f"{slot.model} in {slot.environment}: {wrong}" if wrong else ""
    return f"{slot.model} in {slot.environment} shows {shown.artifact or 'nothing'}, the register says {slot.wanted or 'nothing'}"


def _left(around: _Around, slot: SlotState) -> list[str]:
    """Empty the places where earlier deployments of a slot were made, and say so while one shows something."""
    told, showing, sure = [], [], True
    for place, ours in slot.left:
        try:
            target = around.target(place, slot.environment)
            shown = target.observed(slot.model)
            if ours and (not slot.legacy or shown.leaving or shown.artifact in slot.tried) and not shown.empty and shown.epoch <= slot.epoch and shown.epoch not in slot.fences:
                shown = target.withdraw(slot.model, slot.epoch)
                told.append(f"{slot.model} {'is being' if shown.leaving else 'was'} taken away from {place}, where {slot.environment} was")
            if not shown.empty:
                showing.append(place)
        except Exception as error:  # as above; nothing here asks the register
            sure = False
            told.append(f"{slot.model} in {slot.environment} at {place}: {_said(error)}")
    observe_elsewhere(around.register, slot, showing, sure=sure)
    return told


def _scanned(around: _Around, unread: Mapping[str, int]) -> list[str]:
    """What targets show that was never released to them; that each was looked at, and what could not be read, is noted."""
    told, scans = [], []
    for environment, place in places(around.register, around.environment).items():
        shown, trouble, covered = None, _unread(unread.get(environment, 0)), set[str]()
        try:
            target = around.target(place, environment)
            covered = {one.name for one in legacy_at(around.register, environment) if _legacy(around, target, one)}
            shown = target.models()
            told += [] if shown is None else observe_strays(
                around.register, environment, place, [one for one in shown if one not in covered])
        except SQLAlchemyError:
            raise
        except Exception as error:  # as above
            trouble = _said(error)
            told.append(f"{environment} at {place}: {trouble}")
        scans.append(Scan(environment, place, None if shown is None else len(shown), never_released(around.register, environment, [one for one in shown or () if one not in covered]), trouble))
    note_scans(around.register, scans)
    return told


def _unread(models: int) -> str:
    return f"{models} {'model' if models == 1 else 'models'} there could not be looked at; their findings say why" if models else ""


def _legacy(around: _Around, target: Target, legacy: Legacy) -> bool:
    """Compare what a place shows with what is declared in use there; answers whether the declaration covers it."""
    shown, trouble = None, ""
    try:
        shown = target.found(legacy.name)
    except Exception as error:  # as above
        trouble = _said(error)
    return observe_legacy(around.register, legacy, shown, trouble)


def _said(error: Exception) -> str:
    return (str(error) if isinstance(error, ModelOpsError | OSError) else repr(error))[:500]


def _pending(around: _Around, slot: SlotState, shown: Observation) -> str:
    register, promotion = around.register, slot.pending
    assert promotion is not None  # noqa: S101 - the caller has looked
    if shown.artifact == promotion.artifact and shown.epoch == promotion.epoch:
        try:
            confirm_live(register, promotion.deployment, promotion.epoch, Digest(str(shown.artifact)))
        except Refused as refusal:
            observe(register, slot, shown.artifact, dangling=shown.dangling)  # it is there all the same, and a finding says so
            if refusal.code == "state":  # no later look would find another: it ends here, and the next look empties the place
                fail(register, promotion.deployment, promotion.epoch, str(refusal))
            raise
        return f"{slot.model} {promotion.version} is live in {slot.environment}: it had been published before a crash"
    if not slot.stalled:
        return ""
    try:
        publish(register, promotion, around.store, around.project, around.approval_public, around.connections, around.deployment_key)
    except Refused:
        fail(register, promotion.deployment, promotion.epoch, "refused")
        raise
    return f"{slot.model} {promotion.version} is live in {slot.environment}"
