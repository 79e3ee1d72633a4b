"""Strays: models that a target shows and that nobody ever released to its environment."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..database import database_time
from ..digest import digest_bytes
from ..inventory.register import Register
from ..inventory.tables import FindingRow, ModelRow, SlotRow
from ..ledger import append
from ..policy.place import Place, environments_of, place_in
from .activate import active, row_of
from .flap import came, is_calm, went
from .transaction import governed
from .versions import finding_in

ID = re.compile(r"[a-z0-9][a-z0-9-]{0,99}")
MOST = 50
"""Strays of an environment that are named each; a folder full of them is told by their number."""


def places(register: Register, here: str = "") -> dict[str, Place]:
    """Where governance has each environment; nothing before the first governance.

    Args:
        here: the environment of an installation that is one alone, which answers for its canary too.
    """
    with register.read() as session:
        if row_of(session, "active") is None:
            return {}
        rules = active(session)
        return {name: place for name in environments_of(rules, here) if (place := place_in(rules, name)) is not None}


def observe_strays(register: Register, environment: str, place: Place, shown: Sequence[str]) -> list[str]:
    """Note which models a place shows though the register never let any version of them go there; answers one line for each.

    Each becomes a finding, and a row of the inventory where there was none: what runs is seen, also if nobody described it, and
    whatever it is called.
    """
    kind, names = stray_of(environment), {stray_id(one): one for one in shown}
    with register.read() as session:
        every, told = _strays(session, environment, list(names)), _told(session, kind)
        back = [one for one in told & set(every) if is_calm(session, one, kind)]
    strays = sorted(every, key=lambda one: (one not in told, one))[:MOST]  # those that have a finding keep it
    beyond = [f"{len(every) - MOST} more models are at {place} that were never released there"] if len(every) > MOST else []
    if set(strays) == told and not back:
        return [*_lines(strays, names, place), *beyond]
    with governed(register, "observed", by="system", environment=environment) as session:
        for model_id in sorted(told - set(strays)):
            if went(session, model_id, kind, f"the scan of {environment}"):
                append(session, "observed", {"environment": environment, "stray": False}, model_id=model_id)
        for model_id in sorted({*strays} - told | {*back}):
            _seen(session, model_id, names[model_id], place)
            if came(session, model_id, kind, "critical",
                    f"{environment} ({place}) shows {_it(model_id, names[model_id])}, and no version of it was ever released there: take it away, or describe and release it"):
                append(session, "observed", {"environment": environment, "stray": True}, model_id=model_id)
    return [*_lines(strays, names, place), *beyond]


def stray_id(name: str) -> str:
    """The id under which a name that a place shows is in the inventory: itself, or where it can be none a word and its digest."""
    return name if ID.fullmatch(name) else f"no-id-{digest_bytes(name.encode(errors='surrogateescape'))[7:19]}"


def never_released(register: Register, environment: str, shown: Sequence[str]) -> int:
    """How many of what a place shows the register never let go there."""
    with register.read() as session:
        return len(_strays(session, environment, shown))


def stray_of(environment: str) -> str:
    """The kind of the finding of a model that nobody released to an environment."""
    return finding_in(environment, "unregistered")


def _strays(session: Session, environment: str, shown: Sequence[str]) -> list[str]:
    known = set(session.scalars(select(SlotRow.model_id).where(SlotRow.environment == environment)))
    return [one for one in shown if one not in known]


def _told(session: Session, kind: str) -> set[str]:
    return set(session.scalars(select(FindingRow.model_id).where(FindingRow.kind == kind, FindingRow.closed_at.is_(None))))


def _seen(session: Session, model_id: str, name: str, place: Place) -> None:
    """A row for a model that no file describes."""
    if session.get(ModelRow, model_id) is None:
        session.add(ModelRow(id=model_id, name=model_id if name == model_id else f"{name!a:.100}", purpose="", file=f"{place}"[:500], present=False, seen_at=database_time(session)))
        session.flush()


def _it(model_id: str, name: str) -> str:
    return "it" if name == model_id else f"{name!a:.100}"


def _lines(strays: Sequence[str], names: Mapping[str, str], place: Place) -> list[str]:
    return [f"{model_id if names[model_id] == model_id else _it(model_id, names[model_id])} is at {place}, and no version of it was ever released there" for model_id in strays]
