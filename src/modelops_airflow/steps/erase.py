"""erase: carry out the erasures that two people decided, and finish those that a kill broke off. Runs with every sync.

First an event that it begins, then the removal, then the tombstone: whatever is killed in between, the next round goes on from there.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass

from sqlalchemy import select

from ..digest import digest_bytes
from ..errors import EvidenceError, ModelOpsError, TargetError
from ..evidence.store import BlobStore
from ..evidence.verify import Wrong, unzipped
from ..governance.erase import begin, finish
from ..governance.erasures import Erasure, erasures
from ..governance.records import records_of
from ..inventory.register import Register
from ..inventory.tables import DeploymentRow, Document, ScoredRow
from ..policy.retention import Kind
from ..spec.project import Project
from ..targets import target_of
from ..targets.batch import Batch


def erase_approved(register: Register, store: BlobStore, project: Project) -> list[str]:
    """Carry out every approved erasure; answers one line for each thing that happened, or that stands against one."""
    with register.read() as session:
        waiting = [one for one in erasures(session) if one.state in ("approved", "begun")]
    told = []
    for one in waiting:
        try:
            told += _erase(Shelf(register, store, project), one)
        except (ModelOpsError, OSError) as error:  # no other erasure waits for this one
            told.append(f"erasure {one.id} of {one.digest}: {error}")
    return told


@dataclass(frozen=True)
class Shelf:
    """Every place where bytes are: the evidence store, the documents of the register, the files of scored rows."""

    register: Register
    store: BlobStore
    project: Project

    def there(self, digest: str) -> bool:
        """Whether bytes of a digest are anywhere."""
        return self._document(digest) is not None or self.store.has(digest) or bool(self._scored(digest))

    def state(self, digest: str, *, erased: bool) -> str:
        """intact; missing or changed, which nobody decided; erased; or back, where bytes that were erased were stored again.

        Args:
            erased: whether there is a tombstone.
        """
        if not self.there(digest):
            return "erased" if erased else "missing"
        if erased:
            return "back"
        try:
            return "intact" if digest_bytes(self.read(digest)) == digest else "changed"
        except EvidenceError:
            return "changed"

    def read(self, digest: str) -> bytes:
        """The bytes of a digest.

        Raises:
            EvidenceError: they are nowhere, or have changed.
        """
        scored = self._scored(digest)
        if scored:
            place, file = scored[0]
            return place.own.read(file, 1 << 32)
        return self._document(digest) or self.store.get(digest)

    def remove(self, digest: str) -> None:
        """Remove the bytes of a digest from store and scored files; documents are emptied in the register's transaction."""
        self.store.remove(digest)
        for place, file in self._scored(digest):
            place.own.remove(file)

    def copies(self, model: str, digest: str) -> list[str]:
        """The stored packs that hold a statement of this digest."""
        with self.register.read() as session:
            packs = sorted({one.digest for one in records_of(session, model) if one.kind is Kind.PACK})
        return [one for one in packs if one != digest and self.store.has(one) and _holds(self.store.get(one), digest)]

    def _document(self, digest: str) -> bytes | None:
        with self.register.read() as session:
            return session.scalar(select(Document.body).where(Document.digest == digest)) or None

    def _scored(self, digest: str) -> list[tuple[Batch, str]]:
        with self.register.read() as session:
            rows = session.execute(select(ScoredRow.file, DeploymentRow).join(DeploymentRow, DeploymentRow.id == ScoredRow.deployment)
                                   .where(ScoredRow.output == digest)).all()
        found = []
        for file, row in rows:
            place = target_of(row.target, row.options or {}, resolve=self.project.resolve)
            if not isinstance(place, Batch):
                raise TargetError(f"{file} is at {row.target}, from which nothing is erased here")
            if place.own.digest(file) == digest:
                found.append((place, file))
        return found


def _erase(shelf: Shelf, one: Erasure) -> list[str]:
    if one.state == "approved":
        if not shelf.there(one.digest):
            raise EvidenceError("the bytes are missing, and no tombstone says why; find out who removed them")
        data = shelf.read(one.digest)
        sizes = [(one.digest, len(data)), *((copy, len(shelf.store.get(copy))) for copy in shelf.copies(one.model, one.digest))]
        if against := begin(shelf.register, one.id, sizes, _media_type(data)):
            return [f"erasure {one.id} of {one.digest} waits: {against}"]
    return finish(shelf.register, one.id, shelf.there, shelf.remove)


def _holds(pack: bytes, digest: str) -> bool:
    """Whether a pack has a statement of this digest in it; what cannot be read as a pack may have anything."""
    try:
        members = unzipped(pack)
        return any(digest_bytes(base64.b64decode(json.loads(data)["payload"])) == digest for name, data in members.items() if name.startswith("statements/"))
    except (Wrong, ValueError, KeyError, TypeError):
        return True


def _media_type(data: bytes) -> str:
    try:
        json.loads(data)
    except ValueError:
        return "application/zip" if data[:4] == b"PK\3\4" else "application/octet-stream"
    return "application/json"
