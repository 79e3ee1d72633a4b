"""Rows for checks that no profile can answer: a bounded, seeded sample of the very data that was profiled."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..data.columns import parts
from ..data.prepare import PREDICTION, SCORE, features_of
from ..errors import CheckError
from ..evidence.floor import LEAST_ROWS
from .profiled_rows import as_profiled

if TYPE_CHECKING:
    import pyarrow as pa

    from ..data.dataset import Dataset
    from ..data.profile import Outcomes, Profiles
    from .check import CheckContext

MOST_AT_ONCE = 10_000_000


@dataclass(frozen=True)
class Sample:
    """Rows of one side.

    Attributes:
        table: all columns of the sampled rows, in the order of the data.
        features: what the model may see of them.
        truth: labels; None where no target is named or the side has none.
        whole: rows of the side.
        outcomes: of all rows of the side, where truth and answers were profiled.
        keys: features that only say which row it is.
    """

    table: pa.Table
    features: pa.Table
    truth: pa.ChunkedArray[Any] | None
    whole: int
    outcomes: Outcomes | None
    keys: Collection[str] = ()

    def columns(self, named: Sequence[str] | None) -> list[str]:
        """The features that are asked for, all of them but keys for None.

        Raises:
            CheckError: one is no feature, or there is none.
        """
        there = [name for name in self.features.column_names if name not in self.keys]
        for name in named or ():
            if name not in there:
                raise CheckError(f"column {name!r} is not among the features; expected some of {', '.join(there)}")
        found = there if named is None else list(dict.fromkeys(named))
        if not found:
            raise CheckError("no column is named, or the model sees none")
        return found

    def demand_times(self, times: int, option: str) -> None:
        """Refuse to ask about more rows at once than memory may hold.

        Raises:
            CheckError: the sample so many times over is too much.
        """
        if self.table.num_rows * times > MOST_AT_ONCE:
            raise CheckError(f"{self.table.num_rows} rows with {option} {times} are {self.table.num_rows * times} questions at once; "
                             f"expected at most {MOST_AT_ONCE}: lower rows or {option}")

    def told(self, side: str, seed: int) -> str:
        """For the notes: which rows these are."""
        if self.table.num_rows == self.whole:
            return f"{side}: all {self.whole} rows"
        return f"{side}: {self.table.num_rows} of {self.whole} rows, drawn with seed {seed}"


def sample(profiles: Profiles, context: CheckContext, rows: int, seed: int, *, side: str = "current") -> Sample:
    """At most `rows` rows of a side, drawn without replacement.

    Raises:
        CheckError: the side is not there, has fewer than ten rows, or is no longer what was profiled; `rows` or
            `seed` is out of range.
        DataError: it cannot be read.
    """
    dataset = dataset_of(context, side)
    table, whole = as_profiled(profiles, dataset, side, lambda one: draw(one, rows, seed))
    if whole < LEAST_ROWS:
        raise CheckError(f"{dataset.name} has {whole} rows; expected at least {LEAST_ROWS}")
    features = features_seen(table, profiles, context)
    keys = frozenset(context.columns.get("key", ()))
    if strange := [name for name in features.column_names if name not in profiles.current.columns and name not in keys]:
        raise CheckError(f"{dataset.name} has columns that were not profiled: {', '.join(strange)}; run the life cycle again")
    profile = profiles.current if side == "current" else profiles.baseline
    return Sample(table, features, truth_of(table, context), whole, profile.outcomes if profile is not None else None, keys)


def dataset_of(context: CheckContext, side: str) -> Dataset:
    """The data of a side, to be read by `as_profiled`.

    Raises:
        CheckError: there is none.
    """
    dataset = context.dataset if side == "current" else context.baseline
    if dataset is None:
        raise CheckError(f"there are no rows of the {side} data here; name data.{side} in the model file, or --{side} on the command line")
    return dataset


def features_seen(table: pa.Table, profiles: Profiles, context: CheckContext) -> pa.Table:
    """What the model may see: never answers, also those that stand in the data under the usual names."""
    features = features_of(table, context.columns)
    return features.select([name for name in features.column_names if profiles.roles.get(name) not in (PREDICTION, SCORE)])


def truth_of(table: pa.Table, context: CheckContext) -> pa.ChunkedArray[Any] | None:
    """The column of labels, if one is named and there."""
    target = context.columns.get("target")
    return table[target] if target in table.column_names else None


def draw(dataset: Dataset, rows: int, seed: int, named: Collection[str] | None = None) -> tuple[pa.Table, int]:
    """At most `rows` rows of a data set, in its order, and how many it has.

    Args:
        named: columns to read, all for None; one that is not there is left out.

    Raises:
        CheckError: `rows` or `seed` is out of range, or there are no rows.
        DataError: it cannot be read.
    """
    import numpy as np
    import pyarrow as pa

    columns = dataset.columns()
    wanted = [name for name in columns.column_names if named is None or name in named]
    whole = columns.num_rows
    if not whole:
        raise CheckError(f"{dataset.name} has no rows")
    places = np.arange(whole) if whole <= rows else np.sort(np.random.default_rng(seed).choice(whole, rows, replace=False))
    drawn, start = [], 0
    for part in parts(columns, wanted):
        first, end = np.searchsorted(places, (start, start + part.num_rows))
        drawn.append(part.take(places[first:end] - start))
        start += part.num_rows
    return pa.concat_tables(drawn).combine_chunks(), whole
