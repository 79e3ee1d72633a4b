"""Emptying words: the document itself, and the columns of rows that repeat it."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..inventory.tables import Document, FindingRow, VersionRow
from ..ledger import EventRow
from .documents import GONE
from .restrictions import BY_PERSON

_OPENED = "finding-open"


def blank(session: Session, digest: str, models: Collection[str]) -> None:
    """Empty a document of words of some models; its row stays, so that what names it finds that it was there."""
    row = session.get(Document, digest)
    if row is None:
        return
    row.body = b""
    session.flush()
    for event in session.scalars(select(EventRow).where(EventRow.kind.in_((_OPENED, BY_PERSON)), EventRow.model_id.in_(models), EventRow.outcome == "done")):
        facts = json.loads(event.body)["facts"]
        if event.kind == _OPENED and facts["words"] == digest:
            _finding(session, facts)
        elif event.kind == BY_PERSON and facts["terms"] == digest:
            _restriction(session, str(event.model_id), str(facts["version"]))
    session.flush()


def _finding(session: Session, facts: Mapping[str, Any]) -> None:
    found = session.get_one(FindingRow, facts["finding"])
    found.title, found.message = GONE, GONE


def _restriction(session: Session, model_id: str, version: str) -> None:
    """The reason of the version and the findings that repeat its terms of use keep until when it was restricted."""
    for row in session.scalars(select(VersionRow).where(VersionRow.model_id == model_id, VersionRow.version == version)):
        row.reason = _without("", row.reason)
    for finding in session.scalars(select(FindingRow).where(FindingRow.model_id == model_id, FindingRow.kind == "restricted")):
        finding.message = _without(f"version {version} is ", finding.message)


def _without(before: str, told: str) -> str:
    head = before + "restricted until "
    return f"{told[:len(head) + 10]}: {GONE}" if told.startswith(head) else told
