"""Rows of the data that was profiled: for what no profile can answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..data.profile import Profiles
from ..errors import CheckError

if TYPE_CHECKING:
    import pyarrow as pa

    from ..data.dataset import Dataset


def demand_what_was_profiled(profiles: Profiles, dataset: Dataset | None, side: str = "current") -> None:
    """The evidence names the data that was profiled; rows read since then must be of that data."""
    stated = profiles.inputs.get(side)
    if stated is None or dataset is None or dataset.query is not None:
        return  # what a query answered is known by its profile alone, and the evidence says so
    if dataset.digest() != stated:
        raise CheckError(f"{dataset.name} is no longer the data that was profiled ({stated}); run the life cycle again")


def read_column(profiles: Profiles, dataset: Dataset | None, side: str, name: str) -> pa.ChunkedArray[Any]:
    """One column of all rows of a side.

    Raises:
        CheckError: there are no rows to read, they have changed since, or the column is not there.
    """
    if dataset is None:
        raise CheckError(f"the rows of the {side} data cannot be read here, and column {name!r} is needed")
    demand_what_was_profiled(profiles, dataset, side)
    table, names = dataset.read_columns([name])
    if name not in names:
        raise CheckError(f"{dataset.name} has no column {name!r}; columns: {', '.join(names)}")
    return table[name]
