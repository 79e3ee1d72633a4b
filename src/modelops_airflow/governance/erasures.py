"""What the ledger has of erasures: asked, approved, begun, and the tombstones of what is gone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from .holds import events_of

ASKED, APPROVED, BEGUN, ERASED = "erasure-asked", "erasure-approved", "erasure-begun", "erased"


@dataclass(frozen=True)
class Erasure:
    """One erasure that somebody asked for.

    Attributes:
        id: index of the event that asked.
        approved_by: None until somebody did; `approved` is the index of that event.
        digests: of the bytes to remove and of every stored copy of them, with their sizes; empty until it has begun.
    """

    id: int
    model: str
    digest: str
    ground: str
    asked_by: str
    asked_at: datetime
    approved_by: str | None = None
    approved: int | None = None
    begun: int | None = None
    media_type: str = ""
    digests: tuple[tuple[str, int], ...] = ()
    erased: frozenset[str] = frozenset()

    @property
    def state(self) -> str:
        """asked, approved, begun or erased."""
        if self.begun is None:
            return "asked" if self.approved_by is None else "approved"
        return "erased" if {digest for digest, _ in self.digests} <= self.erased else "begun"


@dataclass(frozen=True)
class Tombstone:
    """That some bytes were erased.

    Attributes:
        index: of its event in the ledger.
        copy_of: the digest whose copy was in these bytes; None where they themselves were asked for.
    """

    index: int
    digest: str
    size: int
    media_type: str
    asked_by: str
    approved_by: str
    ground: str
    at: datetime
    copy_of: str | None

    @property
    def told(self) -> str:
        """In words."""
        return f"erased, tombstone at index {self.index}: {self.ground}, asked by {self.asked_by}, approved by {self.approved_by}"


def erasures(session: Session) -> list[Erasure]:
    """Every erasure that was asked for, in order."""
    found: dict[int, Erasure] = {}
    for row, facts in events_of(session, ASKED, APPROVED, BEGUN, ERASED):
        if row.kind == ASKED:
            found[row.index] = Erasure(row.index, str(row.model_id), facts["digest"], facts["ground"], facts["by"], row.at)
        elif (one := found.get(facts["ask"])) is None:
            continue
        elif row.kind == APPROVED and facts["digest"] != one.digest:
            continue  # it is over something else than was asked for
        elif row.kind == APPROVED:
            found[one.id] = replace(one, approved_by=facts["by"], approved=row.index)
        elif row.kind == BEGUN:
            found[one.id] = replace(one, begun=row.index, media_type=facts["media_type"], digests=tuple((digest, size) for digest, size in facts["digests"]))
        else:
            found[one.id] = replace(one, erased=one.erased | {facts["digest"]})
    return list(found.values())


def tombstones(session: Session) -> Mapping[str, Tombstone]:
    """Digest -> its last tombstone; one counts only for what two people decided, since tasks write them."""
    found, decided = dict[str, Tombstone](), {one.id: one for one in erasures(session)}
    for row, facts in events_of(session, ERASED):
        if (one := decided.get(facts["ask"])) is not None and _decided(one, facts) and max(one.id, one.approved or 0) < row.index:
            found[facts["digest"]] = Tombstone(row.index, facts["digest"], facts["size"], facts["media_type"], facts["asked_by"], facts["approved_by"],
                                               facts["ground"], row.at, facts["copy_of"])
    return found


def _decided(one: Erasure, told: Mapping[str, Any]) -> bool:
    """Whether a tombstone tells of what was asked for and approved, by whom it was."""
    return one.approved is not None and one.asked_by != one.approved_by and (
        one.approved, one.digest, one.ground, one.asked_by, one.approved_by) == (
        told.get("approval"), told["copy_of"] or told["digest"], told["ground"], told["asked_by"], told["approved_by"])
