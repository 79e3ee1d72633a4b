"""Erasing: asked by one person, approved by another of the control side, begun on record, removed, and told by a tombstone.

What stands against it is looked at when it is asked, approved, begun and removed: a hold that comes between wins while the bytes are
there. The bytes are removed while the ledger's turn is held, so no hold comes between that look and the removal; a kill after it
leaves an erasure that has begun, and the next round finishes it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..approvals.identity import acting_roles, is_among, person_of
from ..errors import Refused
from ..inventory.register import Register
from ..inventory.tables import ModelRow, VersionRow
from ..ledger import append
from ..policy.erasure import obstacle
from ..spec.types import Governance
from .acting import known_as
from .activate import active
from .blank import blank
from .documents import fetch
from .erasures import APPROVED, ASKED, BEGUN, ERASED, Erasure, erasures
from .holds import controller, last_index, require_model, words
from .records import records_under
from .retention import standing_of
from .transaction import Actor, governed


def ask(register: Register, model_id: str, digest: str, actor: Actor, ground: str, reason: str) -> int:
    """Ask that bytes be erased; answers the number of the request.

    Raises:
        Refused: no reason or role, nothing of the model is kept under the digest, it was asked already, or something stands against it.
    """
    with governed(register, ASKED, by=actor.label, model_id=model_id, digest=digest, ground=ground) as session:
        rules = active(session)
        person = person_of(rules, actor.manager, actor.user_id)
        if person is None or not acting_roles(rules, person):
            raise Refused("only a person with a role in governance.yaml asks for an erasure", "unknown-person" if person is None else "role")
        require_model(session, model_id)
        if model_id not in {one.model for one in records_under(session, digest)}:
            raise Refused(f"nothing of {model_id} is kept under {digest} that could be erased", "nothing")
        if any(one.digest == digest and one.state != "erased" for one in erasures(session)):
            raise Refused(f"the erasure of {digest} is asked for already", "state")
        _require_free(session, ground, [digest])
        append(session, ASKED, {"by": person, "digest": digest, "ground": ground, "reason": words(session, reason)}, model_id=model_id)
        return last_index(session)


def approve(register: Register, model_id: str, number: int, actor: Actor, reason: str) -> Erasure:
    """Approve an erasure that somebody else asked for, as the control side; the next round removes the bytes.

    Raises:
        Refused: no reason, not of the control side, the asker, owner or an author themselves, not asked or approved already, or something
            stands against it.
    """
    with governed(register, APPROVED, by=actor.label, model_id=model_id, ask=number) as session:
        person = controller(session, actor, "approves an erasure")
        one = next((one for one in erasures(session) if (one.id, one.model) == (number, model_id)), None)
        if one is None:
            raise Refused(f"nobody asked for an erasure {number} of {model_id}", "nothing")
        if one.state != "asked":
            raise Refused(f"erasure {number} is {one.state} already", "state")
        if person == one.asked_by:
            raise Refused(f"{person} asked for erasure {number}; a second person of the control side approves it", "author")
        for model in sorted({record.model for record in records_under(session, one.digest)}):
            if _had_a_hand(session, model, person, known_as(active(session), actor)):
                raise Refused(f"{person} owns, developed or registered {model}; somebody else of the control side approves it", "author")
        _require_free(session, one.ground, [one.digest])
        append(session, APPROVED, {"ask": one.id, "by": person, "digest": one.digest, "reason": words(session, reason)}, model_id=model_id)
        return one


def begin(register: Register, number: int, sizes: Sequence[tuple[str, int]], media_type: str) -> str:
    """Put on record that an approved erasure begins; answers what stands against it, and nothing is written then, or an empty text.

    Args:
        sizes: digest and size of the bytes, first of those that were asked for, then of every stored copy of them.
    """
    with governed(register, BEGUN, by="system", ask=number) as session:
        one = _known(session, number)
        if one.state != "approved":
            return f"erasure {number} is {one.state}"
        against = _against(session, one.ground, [digest for digest, _ in sizes], asked=one.digest)
        if against is None:
            append(session, BEGUN, {"ask": number, "digest": one.digest, "digests": [list(each) for each in sizes], "media_type": media_type},
                   model_id=one.model)
        return "" if against is None else against[1]


def finish(register: Register, number: int, there: Callable[[str], bool], remove: Callable[[str], None]) -> list[str]:
    """Remove what an erasure that has begun leaves, and write the tombstones; answers what happened, a line for each digest.

    Under a hold that came between, or where something rests on it by now, what is still there stays; what is gone is told, as gone
    under that hold.
    """
    with governed(register, ERASED, by="system", ask=number) as session:
        one = _known(session, number)
        if one.state != "begun":
            return []
        told = []
        for digest, size in one.digests:
            if digest in one.erased:
                continue
            against = _against(session, one.ground, [digest], asked=one.digest) if there(digest) else None
            if against is not None:
                told.append(f"{digest} is kept: {against[1]}, which came before it was removed")
                continue
            held = list(standing_of(session, [digest])[0].held)
            blank(session, digest, {one.model, *(record.model for record in records_under(session, digest))})
            remove(digest)
            told.append(_entomb(session, one, digest, size, held))
        return told


def _entomb(session: Session, one: Erasure, digest: str, size: int, held: Sequence[str]) -> str:
    facts: dict[str, Any] = {
        "approval": one.approved, "approved_by": one.approved_by, "ask": one.id, "asked_by": one.asked_by, "begun": one.begun,
        "copy_of": None if digest == one.digest else one.digest, "digest": digest, "ground": one.ground, "held": list(held),
        "media_type": one.media_type if digest == one.digest else "application/zip", "size": size}
    for model in sorted({record.model for record in records_under(session, digest)} | ({one.model} if digest == one.digest else set())):
        append(session, ERASED, facts, model_id=model)
    return f"{digest} is erased, tombstone at index {last_index(session)}" + (f"; it was gone when {held[0]} came" if held else "")


def _known(session: Session, number: int) -> Erasure:
    found = next((one for one in erasures(session) if one.id == number), None)
    if found is None:
        raise Refused(f"nobody asked for an erasure {number}", "nothing")
    return found


def _require_free(session: Session, ground: str, digests: Sequence[str]) -> None:
    against = _against(session, ground, digests, asked=digests[0])
    if against is not None:
        raise Refused(f"{digests[0]} is not erased: {against[1]}", against[0])


def _against(session: Session, ground: str, digests: Sequence[str], asked: str) -> tuple[str, str] | None:
    """What stands against erasing bytes; against their copies, which can be made again without them, only a hold does."""
    standing, ended = standing_of(session, [asked])
    copies = [held for digest in digests if digest != asked for held in standing_of(session, [digest])[0].held]
    if copies:
        return "hold", f"a stored copy is under legal hold: {copies[0]}"
    return obstacle(ground, standing, ended=ended)


def _had_a_hand(session: Session, model_id: str, person: str, rules: Governance) -> bool:
    """Whether a person owns a model, develops it, or is an author of a version of it."""
    model = session.get_one(ModelRow, model_id)
    developers = fetch(session, model.definition)["model"].get("developers", ()) if model.definition is not None else ()
    authors = [name for row in session.scalars(select(VersionRow).where(VersionRow.model_id == model_id)) for name, _ in row.authors]
    return person == model.owner or is_among(rules, person, [*developers, *authors])
