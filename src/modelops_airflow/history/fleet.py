"""Many models at one moment."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..evidence.store import BlobStore
from ..inventory.tables import ModelRow
from .as_of import AsOf, as_of
from .reader import Reader
from .record import records


def models_on_record(session: Session) -> list[str]:
    """Every model that the register has, by id."""
    return list(session.scalars(select(ModelRow.id).order_by(ModelRow.id)))


def fleet(session: Session, store: BlobStore, models: Collection[str], at: datetime) -> list[AsOf]:
    """How each of some models stood at a moment, by id."""
    reader, found = Reader(session, store), records(session, models)
    reader.preload(list(found.values()))
    return [as_of(found[model], reader, at) for model in sorted(models)]
