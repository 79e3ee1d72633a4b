"""Authors: everybody who had a hand in a version. They only grow, and never decide over it."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..inventory.tables import GovernanceRow, VersionRow, VersionState
from ..spec.governance_rules import folded

MACHINES = frozenset({"sync", "apply", "first use", "schedule", "system"})
"""Words under which our own tasks act; no person among them."""


def add_author(row: VersionRow, name: str, why: str) -> None:
    """Add a name to a version's authors, with the reason."""
    if [name, why] not in row.authors:
        row.authors = [*row.authors, [name, why]]
        row.folded_authors = sorted({*row.folded_authors, folded(name)})


def inherit_authors(session: Session, row: VersionRow) -> None:
    """The same bytes under another number have the same authors."""
    for other in session.scalars(select(VersionRow).where(
            VersionRow.model_id == row.model_id, VersionRow.artifact == row.artifact, VersionRow.version != row.version)):
        for name, _ in other.authors:
            add_author(row, name, f"author of version {other.version}, the same artifact")


def add_list_changers(session: Session, row: VersionRow) -> None:
    """Who wrote the list of approvers that is in force decides under it over nothing that is open."""
    active = session.scalars(select(GovernanceRow).where(GovernanceRow.state == "active")).first()
    for name in active.changed_by if active is not None else ():
        add_author(row, name, "changed the list of approvers")


def add_list_changers_everywhere(session: Session) -> None:
    """The same for every version that is not ended, when a changed list comes into force."""
    for row in session.scalars(select(VersionRow).where(VersionRow.state != VersionState.RETIRED.value)):
        add_list_changers(session, row)


def persons_among(names: Iterable[str]) -> list[str]:
    """Names without the words under which our own tasks act, each once."""
    return sorted({name for name in names if name.strip() and name not in MACHINES})
