"""Documents and blobs that the ledger names by digest, each read once and hashed again."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..digest import recorded
from ..errors import EvidenceError
from ..evidence.statement import read_measurement
from ..evidence.store import BlobStore
from ..governance.activate import governance_of
from ..governance.documents import fetch
from ..governance.doubts import doubts
from ..governance.signing import PERSON
from ..inventory.tables import DecisionRow, GovernanceRow, VersionRow
from ..inventory.tables import Document as Row
from ..measurement import Measurement
from ..spec.document import Document
from ..spec.policy import Policy
from ..spec.read import Source
from ..spec.types import Governance, ModelFile
from .record import Event, Record, recorded_between


class Reader:
    """Reads what events name; nothing that it answers changes with time, but that a document or blob may be gone."""

    def __init__(self, session: Session, store: BlobStore) -> None:
        self.session, self._store = session, store
        self._documents: dict[str, Any] = {}
        self._parsed: dict[str, Any] = {}
        self._measured: dict[str, Measurement | None] = {}
        self._results: dict[tuple[str, int, int], tuple[Event, ...]] = {}
        self._decisions: dict[str, list[DecisionRow]] = {}
        self._versions: dict[str, list[VersionRow]] = {}
        self._changers: dict[frozenset[str], list[str]] = {}
        self._kept: list[Row] = []

    def preload(self, many: Collection[Record]) -> None:
        """Read what many records name at once, so that a page of models takes few queries."""
        events = [event for record in many for event in record.events]
        digests = {str(event.facts[name]) for event in events for name in ("definition", "plan") if event.facts.get(name)}
        subjects = {str(event.facts["subject"]) for event in events if event.kind == "decided"}
        for part in _parts(digests):
            self._kept += self.session.scalars(select(Row).where(Row.digest.in_(part)))  # held, so that the session has them still
        self._read_decisions(subjects)
        self._read_versions({record.model for record in many})

    def document(self, digest: str) -> Any:
        """A document.

        Raises:
            EvidenceError: it is gone or changed.
        """
        if digest not in self._documents:
            self._documents[digest] = fetch(self.session, digest)
        return self._documents[digest]

    def model(self, digest: str) -> ModelFile:
        """A model file by the digest of its definition."""
        if digest not in self._parsed:
            self._parsed[digest] = ModelFile.model_validate_json(json.dumps(self.document(digest)))
        return self._parsed[digest]  # type: ignore[no-any-return]

    def governance(self, digest: str) -> Governance:
        """A governance by its digest."""
        if digest not in self._parsed:
            self._parsed[digest] = governance_of(self.document(digest))
        return self._parsed[digest]  # type: ignore[no-any-return]

    def pack(self, digest: str) -> Source[Policy]:
        """A policy pack by its digest."""
        if digest not in self._parsed:
            body = self.document(digest)
            self._parsed[digest] = Source(digest, "", Policy.model_validate_json(json.dumps(body)), Document(digest, body))
        return self._parsed[digest]  # type: ignore[no-any-return]

    def measurement(self, digest: str) -> Measurement | None:
        """What a statement in the store says; None where it cannot be read."""
        if digest not in self._measured:
            try:
                self._measured[digest] = read_measurement(self._store, digest)
            except (EvidenceError, KeyError, ValueError):
                self._measured[digest] = None
        return self._measured[digest]

    def results(self, model: str, pinned: int, decided: int) -> tuple[Event, ...]:
        """The results of a model's runs between two indexes: of a run's pin, and of its decision."""
        key = model, pinned, decided
        if key not in self._results:
            self._results[key] = tuple(recorded_between(self.session, *key))
        return self._results[key]

    def doubts(self, record: Record, subject: str, nth: Mapping[tuple[str, str], int], gates: Mapping[str, Mapping[str, Any]]) -> dict[tuple[str, str], str]:
        """Why signed decisions over a subject did not count, by (step, person).

        Args:
            nth: of each decision in force, the how-manieth it was of that person there.
        """
        places: dict[tuple[str, str], list[DecisionRow]] = {}
        if subject not in self._decisions:
            self._read_decisions({subject})
        for row in self._decisions[subject]:
            places.setdefault((row.step, row.person), []).append(row)
        there = {place: places.get(place, [])[number - 1:number] for place, number in nth.items()}
        rows = {row.id: place for place, found in there.items() for row in found}
        told = doubts(self.session, record.model, subject, [row for found in there.values() for row in found], gates, until=(record.index or 0) + 1)
        gone = {place: "its signature is gone" for place, found in there.items() if not found and gates.get(place[0], {}).get("signature") == PERSON}
        return gone | {rows[id]: why for id, why in told.items()}

    def names(self, model: str, artifact: str, told: frozenset[str]) -> list[str]:
        """The names behind those that the ledger has, which knows addresses as digests."""
        if model not in self._versions:
            self._read_versions({model})
        return sorted(told | {name for row in self._versions[model] if row.artifact == artifact for name, _ in row.authors if recorded(name) in told})

    def list_changers(self, governances: frozenset[str]) -> list[str]:
        """Who wrote the list of approvers in some governances."""
        if governances not in self._changers:
            rows = self.session.scalars(select(GovernanceRow).where(GovernanceRow.digest.in_(governances), GovernanceRow.state != "pending"))
            self._changers[governances] = sorted({name for row in rows for name in row.changed_by})
        return self._changers[governances]

    def _read_decisions(self, subjects: Collection[str]) -> None:
        self._decisions |= {subject: [] for subject in subjects}
        for part in _parts(subjects):
            for row in self.session.scalars(select(DecisionRow).where(DecisionRow.subject.in_(part)).order_by(DecisionRow.id)):
                self._decisions[row.subject].append(row)

    def _read_versions(self, models: Collection[str]) -> None:
        self._versions |= {model: [] for model in models}
        for part in _parts(models):
            for row in self.session.scalars(select(VersionRow).where(VersionRow.model_id.in_(part)).order_by(VersionRow.id)):
                self._versions[row.model_id].append(row)


def _parts(names: Collection[str]) -> Iterator[list[str]]:
    """Names in lists that are not too long for a query."""
    ordered = sorted(names)
    return (ordered[start:start + 500] for start in range(0, len(ordered), 500))
