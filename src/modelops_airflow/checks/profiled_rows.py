"""Rows of the data that was profiled: for what no profile can answer."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from ..data.late import LateDataset
from ..data.profile import Profiles
from ..errors import CheckError

if TYPE_CHECKING:
    import pyarrow as pa

    from ..data.dataset import Dataset
    from ..digest import Digest

Found = TypeVar("Found")

_NOTES: ContextVar[dict[str, None] | None] = ContextVar("_NOTES", default=None)


@contextmanager
def noted() -> Iterator[dict[str, None]]:
    """What a reader must know of the rows that are read inside, each told once; no check can forget it."""
    notes = dict[str, None]()
    token = _NOTES.set(notes)
    try:
        yield notes
    finally:
        _NOTES.reset(token)


@contextmanager
def unchanged(dataset: Dataset) -> Iterator[Digest]:
    """The digest of what is read inside.

    Raises:
        CheckError: somebody wrote into a file after it was hashed.
        DataError: a file is gone.
    """
    stamps = dataset.stamps()
    yield dataset.digest()
    if dataset.stamps() != stamps:
        raise CheckError(f"{dataset.name} was written to while it was read; run it again when the files are whole")


def as_profiled(profiles: Profiles, dataset: Dataset, side: str, read: Callable[[Dataset], tuple[Found, int]]) -> tuple[Found, int]:
    """What is read of a side, if it is what was profiled: the evidence names that.

    Of files their bytes must be those. Of a query, which a database may answer otherwise each time, as many rows must
    come as were profiled; that they were asked for again is noted.

    Args:
        read: gives what it found, and how many rows the data has.

    Raises:
        CheckError: the data is another than what was profiled, or changes while it is read.
        DataError: it cannot be read.
    """
    stated = profiles.inputs.get(side)
    with unchanged(dataset) as digest:
        if dataset.query is None and stated not in (None, digest):
            raise CheckError(f"{dataset.name} is no longer the data that was profiled ({stated}); run the life cycle again")
        if isinstance(dataset, LateDataset) and profiles.inputs.get("labels") not in (None, dataset.labels.source.digest()):
            raise CheckError(f"the labels {dataset.labels.source.name} are no longer those that were profiled; run the life cycle again")
        found, rows = read(_as_of(profiles, dataset))
    if dataset.query is not None:
        _asked_again(profiles, dataset, side, rows)
    return found, rows


def _as_of(profiles: Profiles, dataset: Dataset) -> Dataset:
    """The data set as of the moment it was profiled: a query may have a newer row by now, and other rows would be mature."""
    maturity = profiles.current.maturity
    if not isinstance(dataset, LateDataset) or maturity is None:
        return dataset
    return replace(dataset, labels=replace(dataset.labels, until=datetime.fromisoformat(maturity.until)))


def _asked_again(profiles: Profiles, dataset: Dataset, side: str, rows: int) -> None:
    profile = profiles.current if side == "current" else profiles.baseline
    profiled = 0 if profile is None else profile.rows
    if rows != profiled:
        raise CheckError(f"{dataset.name} answers {rows} rows of the {side} data, and {profiled} were profiled; "
                         "bind the query to what no longer changes, such as {start} and {end}, and run the life cycle again")
    notes = _NOTES.get()
    if notes is not None:
        notes[f"{side}: rows of a query, asked again"] = None


def read_all(profiles: Profiles, dataset: Dataset, side: str) -> pa.Table:
    """Every row of a side, with the errors of `as_profiled`."""

    def read(one: Dataset) -> tuple[pa.Table, int]:
        table = one.read()
        return table, table.num_rows

    return as_profiled(profiles, dataset, side, read)[0]


def read_columns(profiles: Profiles, dataset: Dataset, side: str, wanted: Collection[str]) -> tuple[pa.Table, tuple[str, ...]]:
    """Some columns of every row of a side and the names of all, with the errors of `as_profiled`."""

    def read(one: Dataset) -> tuple[tuple[pa.Table, tuple[str, ...]], int]:
        table, names = one.read_columns(wanted)
        return (table, names), table.num_rows

    return as_profiled(profiles, dataset, side, read)[0]


def read_column(profiles: Profiles, dataset: Dataset | None, side: str, name: str) -> pa.ChunkedArray[Any]:
    """One column of all rows of a side.

    Raises:
        CheckError: there are no rows to read, they have changed since, or the column is not there.
    """
    if dataset is None:
        raise CheckError(f"the rows of the {side} data cannot be read here, and column {name!r} is needed")
    table, names = read_columns(profiles, dataset, side, [name])
    if name not in names:
        raise CheckError(f"{dataset.name} has no column {name!r}; columns: {', '.join(names)}")
    return table[name]
