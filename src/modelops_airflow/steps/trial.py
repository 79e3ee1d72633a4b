"""The look at what is on trial: its place is read, and what is in trouble there, or by a monitor, is pulled back."""

from __future__ import annotations

from sqlalchemy.exc import SQLAlchemyError

from ..evidence.store import BlobStore
from ..governance.pull_back import Pulled, in_words, pull_back, way_back
from ..governance.reconcile import SlotState, observe
from ..inventory.register import Register
from ..targets import Observation, Target, strengths
from .second_look import doubts


def trouble_of(slot: SlotState, target: Target, shown: Observation) -> str:
    """What speaks against the live version of a slot that is on trial, in words; empty where nothing does, or there is no trial.

    Args:
        shown: what the slot's place has just shown.

    Raises:
        TargetError: the place cannot be asked; that ends no trial, for better or worse.
    """
    return "" if slot.trial is None else "; ".join([*_said_by_place(slot, target, shown), *slot.trial.failing])


def pull_from(
    register: Register, store: BlobStore, slot: SlotState, target: Target, why: str, approval_public: bytes | None = None
) -> Pulled | None:
    """Pull the live version of a slot back, and empty its place if none may come in its stead; None if it is another's turn by now.

    Args:
        approval_public: what approvals must be signed with to count; None if nothing is pinned.
    """
    if slot.live is None:
        return None
    pulled = pull_back(register, slot.live, why, strengths=strengths(), doubts=_against_before(register, store, slot.live), approval_public=approval_public)
    if pulled is not None and pulled.promotion is None:
        target.withdraw(slot.model, pulled.epoch)
    return pulled


def _against_before(register: Register, store: BlobStore, deployment: int) -> list[str]:
    """What speaks against the version that was live before; that it cannot be looked at keeps it away, and never the stop."""
    try:
        before = way_back(register, deployment)
        return doubts(register, store, before) if before is not None else []
    except SQLAlchemyError:  # the register's own trouble: the stop cannot be written either
        raise
    except Exception as error:
        return [in_words(error)]


def take_away(register: Register, slot: SlotState, target: Target) -> bool:
    """Empty a slot's place of what the register has out of service; answers whether there was something."""
    shown = target.observed(slot.model)
    if slot.wanted is not None or slot.pending is not None or shown.epoch > slot.epoch or shown.empty:
        return False
    shown = target.withdraw(slot.model, slot.epoch)
    if not shown.leaving:
        observe(register, slot, shown.artifact, dangling=shown.dangling)
    return True


def _said_by_place(slot: SlotState, target: Target, shown: Observation) -> list[str]:
    """What the place says against the very version that is on trial."""
    if shown.artifact != slot.wanted or shown.dangling:
        return [f"its place shows {shown.artifact or ('something that is not there' if shown.dangling else 'nothing')}, not {slot.wanted}"]
    held = [f"its runtime held it back: {shown.held}"] if shown.held and shown.epoch in slot.fences else []
    wrong = () if slot.trial is None or slot.trial.wrong_before else target.wrong(slot.model)
    return [*held, *wrong]
