"""Doubts: why the signatures of decisions do not hold. Read from rows, ledger and pinned keys; nobody is believed.

A row is compared with the statement inside its envelope, the statement with the ledger, the key with
its enrolment. So a row that was copied, flipped, reworded or replayed does not count, whoever wrote it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..digest import digest_bytes
from ..errors import SigningError
from ..inventory.tables import DecisionRow, KeyRow
from ..ledger.append import instant
from ..signing.dsse import signed_payload
from ..signing.ed25519 import fingerprint
from ..signing.proof import proven
from ..signing.statement import payload_of, read_payload
from .key_record import KeyOnRecord, key_doubt, keys_on_record
from .signing import PERSON, RECORD, Told, record_of, statement_of, told_decisions


@dataclass(frozen=True)
class _Known:
    """What decisions over one subject are compared with."""

    told: Mapping[tuple[str, str], list[Told]]
    rows: Mapping[str, KeyRow]
    record: Mapping[str, KeyOnRecord]
    approval_public: bytes | None


def doubts(
    session: Session, model_id: str, subject: str, decisions: Iterable[DecisionRow], gates: Mapping[str, Mapping[str, Any]],
    approval_public: bytes | None = None, sure_of: int | None = None, until: int | None = None,
) -> dict[int, str]:
    """Why decisions over a subject do not count, by row id; only those in doubt are named.

    Args:
        decisions: those in force.
        gates: the rules of the plan's gates by step.
        approval_public: the pinned public half of the key that signs approvals; None if none is pinned.
        sure_of: the row that was verified in this transaction, whose event is appended at its end.
        until: how the ledger stood before this index; None for now.
    """
    asked = [row for row in decisions if row.id != sure_of and (
        approval_public is not None or row.envelope or gates.get(row.step, {}).get("signature") == PERSON)]
    if not asked:
        return {}
    keys = {row.fingerprint: row for row in session.scalars(select(KeyRow))}
    known = _Known(told_decisions(session, model_id, subject, until), keys, keys_on_record(session), approval_public)
    found = {row.id: _doubt(row, gates.get(row.step, {}).get("signature") == PERSON, known) for row in asked}
    return {id: why for id, why in found.items() if why}


def _doubt(row: DecisionRow, by_person: bool, known: _Known) -> str:
    if not row.envelope:
        return "not signed by the approval key" if known.approval_public is not None else f"not signed by a key of {row.person}"
    try:
        said = signed_payload(row.envelope)
        why = _differs(row, said, known.told.get((row.step, row.person), []))
        if not why and known.approval_public is not None:
            why = _unrecorded(row, known.approval_public)
        return why or (_unsigned(row, known) if by_person or row.envelope["signatures"] else "")
    except SigningError as error:
        return str(error)


def _differs(row: DecisionRow, said: bytes, told: list[Told]) -> str:
    """Whether row, statement and ledger say different things."""
    predicate = read_payload(said).get("predicate")
    until = predicate.get("until") if isinstance(predicate, dict) else None
    if said != payload_of(statement_of(row, until)) or digest_bytes(said) != row.statement:
        return "the signed statement says something else than the row"
    if until is not None and (row.expires_at is None or instant(row.expires_at) != until):
        return "the signed statement has another end than the row"
    if row.nth != len(told) or told[-1].statement != row.statement:
        return "the signed statement is not the person's last one there"
    return ""


def _unrecorded(row: DecisionRow, approval_public: bytes) -> str:
    record = (row.envelope or {}).get(RECORD)
    name = fingerprint(approval_public)
    if not isinstance(record, dict) or not proven(record, name, "ed25519", approval_public):
        return "not signed by the approval key"
    if signed_payload(record) != payload_of(record_of(row)):
        return "the approval key signed another role, log-in, time or end"
    return ""


def _unsigned(row: DecisionRow, known: _Known) -> str:
    """Why no signature in the envelope is one of the person's."""
    at = known.told[row.step, row.person][-1].index
    envelope = row.envelope or {}
    why = f"not signed by a key of {row.person}"
    for one in envelope["signatures"]:
        key = known.rows.get(one["keyid"])
        doubt = key_doubt(key, known.record.get(one["keyid"]), row.person, at, known.approval_public)
        if not doubt and key is not None and proven(envelope, key.fingerprint, key.kind, key.public):
            return ""
        why = doubt or "the signature does not hold"
    return why
