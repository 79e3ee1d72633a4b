"""What is to be put right about legacy models, as findings: a waiver that does not count, and other bytes at the place than declared."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..database import database_time
from ..inventory.register import Register
from ..inventory.tables import FindingRow
from ..ledger import append
from .legacy import ENDED, NOT_WAIVED, Legacy, Standing, legacy_models
from .transaction import governed
from .versions import close_finding, finding_in, message_of_finding, open_finding

DIFFERS, UNSEEN = "legacy-differs", "legacy-unseen"


def watch_legacy(register: Register) -> list[str]:
    """Open and close the findings of waivers, and close all of models that are legacy no more; one line each."""
    with register.read() as session:
        legacy, at = legacy_models(session), database_time(session)
        wanted = {(one.model, found[0]): found for one in legacy.values() if (found := one.finding(at)) is not None}
        there = _open(session)
    told = []
    over = [(model, kind) for model, kind in there if (model, kind) not in wanted and (kind in (NOT_WAIVED, ENDED) or model not in legacy)]
    for model, kind in over:
        with governed(register, "observed", by="system", model_id=model) as session:
            if close_finding(session, model, kind, "what is declared and accepted"):
                append(session, "observed", {"finding": kind, "open": False}, model_id=model)
    for (model, kind), (_, severity, message) in wanted.items():
        if (model, kind) not in there:
            with governed(register, "observed", by="system", model_id=model) as session:
                if open_finding(session, model, kind, severity, message):
                    append(session, "observed", {"finding": kind, "open": True}, model_id=model)
            told.append(f"{model}: {message}")
    return told


def legacy_at(register: Register, environment: str) -> list[Legacy]:
    """The legacy models that are declared in use in an environment."""
    with register.read() as session:
        return [one for one in legacy_models(session).values() if one.environment == environment]


def observe_legacy(register: Register, legacy: Legacy, shown: str | None, trouble: str = "") -> bool:
    """Note what a place shows for a legacy model; answers whether its waiver covers that, or another finding says what is wrong.

    Args:
        shown: digest of the bytes that are there; None for nothing.
        trouble: why it cannot be looked at; empty if it was.
    """
    where = legacy.environment
    unknown = trouble or ("" if legacy.artifact is not None else "its file declares no digest, so nothing can be compared with it")
    differs = "" if unknown or shown == legacy.artifact else f"{where} shows {shown or 'nothing'}, and its file declares {legacy.artifact} in use"
    told = {finding_in(where, UNSEEN): f"{where}: {unknown}"[:2000] if unknown else ""}
    if not unknown:  # what cannot be looked at stays as it was last seen
        told[finding_in(where, DIFFERS)] = differs
    with register.read() as session:
        changed = {kind: words for kind, words in told.items() if message_of_finding(session, legacy.model, kind) != (words or None)}
        waived = legacy.standing(database_time(session)) is Standing.WAIVED
    if changed:
        with governed(register, "observed", by="system", model_id=legacy.model) as session:
            for kind, words in changed.items():
                if words:
                    open_finding(session, legacy.model, kind, "critical" if kind.startswith(DIFFERS) else "high", words)
                else:
                    close_finding(session, legacy.model, kind, f"the scan of {where}")
            append(session, "observed", {"environment": where, "legacy": True, "same": not unknown and not differs, "shown": shown}, model_id=legacy.model)
    return waived and not unknown


def _open(session: Session) -> set[tuple[str, str]]:
    rows = session.execute(select(FindingRow.model_id, FindingRow.kind).where(FindingRow.kind.like("legacy-%"), FindingRow.closed_at.is_(None)))
    return {(model, kind) for model, kind in rows}
