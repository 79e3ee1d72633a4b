"""Definitions: what the model files say now, broken ones with their mistakes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..database import database_time
from ..digest import recorded
from ..inventory.register import Register
from ..inventory.tables import ModelRow
from ..ledger import append
from ..spec.governance_rules import folded
from .asks import ASKS, DEFINED, Asks, asks_on_record
from .documents import keep
from .legacy import DECLARED, declared_terms, terms_of
from .transaction import governed
from .versions import close_finding, live, open_finding

MISSING = "definition-missing"


@dataclass(frozen=True)
class Definition:
    """One model file as it stands.

    Attributes:
        model_id: the file's name; of a file whose name is no model id, a word and its digest.
        model: the canonical `model` section; None while the file is broken.
        canonical: the whole canonical file; None while it is broken.
        problems: located mistakes as JSON.
        dags: life cycle, DAG id and schedule of each of its DAGs.
        review_every: the shortest cadence of its policies, as an ISO 8601 duration.
        asks: what is asked of it; None while the file is broken.
        elsewhere: it declares a use in an environment that another installation answers for: nothing is declared of it here.
        commit, writers: of a file that declares a model in use and has changed: its last commit and who wrote it, as git has it.
    """

    model_id: str
    file: str
    text: str
    model: Mapping[str, Any] | None
    canonical: Mapping[str, Any] | None
    problems: Sequence[Mapping[str, Any]] = ()
    dags: Sequence[Mapping[str, Any]] = ()
    review_every: str | None = None
    commit: str = ""
    writers: Sequence[str] = ()
    elsewhere: bool = False
    asks: Asks | None = None

    @property
    def terms(self) -> str | None:
        """Digest of what the file declares here; None where it declares nothing."""
        return None if self.elsewhere else terms_of(self.model_id, self.canonical)


def define(register: Register, definitions: Sequence[Definition], by: str) -> list[str]:
    """Store what all model files say and what is asked of them; answers the ids of models of which either changed.

    A broken file keeps the last valid definition beside its mistakes. A file that is gone leaves its
    row, and a finding while a version is live.
    """
    with governed(register, DEFINED, by=by) as session:
        known, asked = {row.id: row for row in session.scalars(select(ModelRow))}, asks_on_record(session)
        changed = [one.model_id for one in definitions if _store(session, known.get(one.model_id), one, by, asked.get(one.model_id))]
        listed = {one.model_id for one in definitions}
        for row in known.values():
            if row.id not in listed and _gone(session, row, by):
                changed.append(row.id)
        return changed


def _store(session: Session, row: ModelRow | None, one: Definition, by: str, asked: Any) -> bool:
    digest = keep(session, one.canonical) if one.canonical is not None else None
    problems = [dict(problem) for problem in one.problems]
    if row is None:
        row = ModelRow(id=one.model_id, name=PurePosixPath(one.file).stem[:200], file=one.file, purpose="")
        session.add(row)
        same = False
    else:
        same = row.present and row.problems == problems and digest in (None, row.definition) and row.dags == (
            [dict(dag) for dag in one.dags] or row.dags) and (one.asks is None or one.asks.facts() == asked)
    row.present, row.problems, row.file, row.seen_at = True, problems, one.file, database_time(session)
    if one.model is not None:
        _describe(row, one, digest)
    if not same:
        close_finding(session, one.model_id, MISSING, f"the file {one.file}")
        if one.asks is not None:
            one.asks.keep(session)
        append(session, DEFINED, {**({ASKS: one.asks.facts()} if one.asks is not None else {}), "by": by, "definition": digest,
                                  "problems": len(problems)}, model_id=one.model_id)
    if one.canonical is not None and (not same or one.canonical.get("legacy") is not None) and one.terms != declared_terms(session, one.model_id):
        _declare(session, one, by)
    return not same


def _declare(session: Session, one: Definition, by: str) -> None:
    """Tell the ledger, today, what a file says of a use before this register; or that it says so no more."""
    canonical = one.canonical or {}
    legacy = {} if one.elsewhere else canonical.get("legacy") or {}
    append(session, DECLARED, {
        "artifact": legacy.get("digest"), "authors": sorted({recorded(folded(name)) for name in (*one.writers, *_makers(canonical.get("model") or {}))}), "by": by, "commit": one.commit or None,
        "environment": legacy.get("at"), "name": legacy.get("name"), "since": legacy.get("since"), "terms": one.terms,
        "until": (legacy.get("waiver") or {}).get("until"), "version": canonical["model"]["version"] if legacy else None,
    }, model_id=one.model_id)


def _makers(model: Mapping[str, Any]) -> list[str]:
    return [model["owner"], *model.get("developers", ())] if model else []


def _describe(row: ModelRow, one: Definition, digest: str | None) -> None:
    assert one.model is not None  # noqa: S101 - the caller has looked
    row.name, row.purpose, row.tier = one.model["name"], one.model["purpose"], one.model["tier"]
    row.owner, row.team, row.kind = one.model["owner"], one.model.get("team"), one.model["kind"]
    row.location, row.definition, row.source = one.model["location"], digest, one.text
    row.dags, row.review_every = [dict(dag) for dag in one.dags], one.review_every


def _gone(session: Session, row: ModelRow, by: str) -> bool:
    if not row.present:
        return False
    row.present = False
    if declared_terms(session, row.id) is not None:
        append(session, DECLARED, {"artifact": None, "authors": [], "by": by, "commit": None, "environment": None, "name": None, "since": None,
                                   "terms": None, "until": None, "version": None}, model_id=row.id)
    if live(session, row.id) is not None:
        open_finding(session, row.id, MISSING, "high",
                     f"{row.file} was deleted while a version is live; restore it or retire the model")
    append(session, "definition-missing", {"by": by}, model_id=row.id)
    return True
