"""Labels that arrive late: a data set whose truth lies in a file of its own, joined by a key once its rows are mature.

A label is used for a row that was mature as of the run, and for no other, whatever the file already says. The file tells
no dates: that the truth of a mature row was known is the model file's own word, which a label that came later still breaks.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ..errors import DataError
from .columns import Columns, Lazy
from .dataset import Dataset
from .duration import before
from .label_file import Found, keys_of, read_labels
from .maturity import Maturity
from .room import needs
from .times import NEVER, as_array, microseconds, moment_of, since_1970

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    Ints = np.ndarray[Any, np.dtype[np.int64]]

_WIDTH = 64
"""Bytes a row that joining takes, about: key, time, place, truth, and what is between."""


@dataclass(frozen=True)
class Labels:
    """What is joined, and when.

    Attributes:
        source: the files of keys and truths.
        key: column that both sides have; target: column of the labels; time: column that tells a row's age.
        matures_after: ISO 8601 duration.
        until: as of when; None: the newest time of the data.
        now: no newest time may be later than this, or one slip of a date would make every row mature.
    """

    source: Dataset
    key: str
    target: str
    time: str
    matures_after: str
    until: datetime | None
    now: datetime = field(default_factory=lambda: datetime.now(UTC))


def keyless(columns: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """A `columns` section in which the key of labels is ignored: it says who a row is about, and a model must not see it unless its file says so.

    Raises:
        DataError: the column is something else too.
    """
    others = {columns.get(role): role for role in ("target", "time", "prediction", "score")} | dict.fromkeys(columns.get("protected", ()), "protected")
    if key in others:
        raise DataError(f"key {key!r} of the labels is the column of {others[key]} too; expected a column that only says which row a label is of")
    if key in (columns.get("key") or ()):
        return columns
    return {**columns, "ignore": tuple(dict.fromkeys([*columns.get("ignore", ()), key]))}


@dataclass(frozen=True)
class _Dated:
    """Rows whose ages are told: until when, matured when (microseconds), and each row's time, `NEVER` where it is missing."""

    until: int
    matured: int
    times: Ints

    @property
    def mature(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """For each row whether it is mature; a row without a time is not."""
        return self.times <= self.matured


@dataclass(frozen=True)
class LateDataset(Dataset):
    """A data set with the column of the truth joined to it; a truth that is not known is missing."""

    labels: Labels = field(kw_only=True)

    def read(self, *, threads: int = 2) -> pa.Table:
        """All rows, as `Dataset.read` has them, with the truth."""
        return self._joined(super().read(threads=threads))

    def read_columns(self, wanted: Collection[str], *, threads: int = 2) -> tuple[pa.Table, tuple[str, ...]]:
        """Some columns, as `Dataset.read_columns` has them, of which the truth may be one."""
        if self.query is not None:
            return super().read_columns(wanted, threads=threads)
        table, names = super().read_columns({*wanted, self.labels.key, self.labels.time}, threads=threads)
        self._demand(names)
        joined = self._joined(table) if self.labels.target in wanted else table
        return joined.select([name for name in joined.column_names if name in wanted]), (*names, self.labels.target)

    def columns(self, *, threads: int = 2) -> Columns:
        """All rows, as `Dataset.columns` has them, with the truth, which is in memory."""
        import pyarrow as pa

        found = super().columns(threads=threads)
        if not isinstance(found, Lazy):
            return found  # read above, and joined
        truth = self._truth(found)
        schema = found.schema.append(pa.field(self.labels.target, truth.type))
        return Lazy(self.name, schema, found.num_rows, lambda names: self._with(found, truth, names))

    def stamps(self) -> tuple[tuple[int, ...], ...]:
        """Those of the labels too."""
        return super().stamps() + self.labels.source.stamps()

    def maturity(self, rows: Columns) -> Maturity:
        """How much of the truth of these rows, which are this data set's, is known.

        Raises:
            DataError: a label would be of two rows, no key is in both, or the newest row is from the future.
        """
        import numpy as np

        dated, places = self._dated(rows), self._places(rows)
        mature, known = dated.mature, places >= 0
        if mature.any() and not known.any():
            raise DataError(f"no {self.labels.key} of data set {self.name} is in the labels {self.labels.source.name}; write both in the same form")
        often = np.bincount(places[known], minlength=len(self._labels.keys))
        if often.max() > 1:
            raise DataError(f"{int((often > 1).sum())} labels are of several rows of data set {self.name} by {self.labels.key}, one of {often.max()}; expected one row for each label")
        labelled = known & self._labels.known[places]
        return Maturity(
            moment_of(dated.until).isoformat(), moment_of(dated.matured).isoformat(), self.labels.matures_after, self.labels.key, self.labels.time,
            rows.num_rows, int(mature.sum()), int((dated.times == NEVER).sum()), int((mature & labelled).sum()), int((~mature & labelled).sum()), int((often == 0).sum()),
        )

    @cached_property
    def _labels(self) -> Found:
        return read_labels(self.labels.source, self.labels.key, self.labels.target)

    def _joined(self, table: pa.Table) -> pa.Table:
        return table.append_column(self.labels.target, self._truth(table))

    def _truth(self, rows: Columns) -> pa.ChunkedArray[Any]:
        """Each row's truth, missing where it is not known or the row is not mature."""
        import pyarrow as pa

        self._demand(rows.column_names)
        needs(_WIDTH * rows.num_rows, f"joining labels to data set {self.name} ({rows.num_rows:,} rows)", "give it more memory, or look at fewer rows")
        mature, places = self._dated(rows).mature, self._places(rows)
        ripe: Any = pa.array(places, mask=~mature | (places < 0))
        found: Any = self._labels.values.take(ripe)
        return pa.chunked_array([found])

    def _places(self, rows: Columns) -> Ints:
        """Where each row's key is in the labels; -1 where it is not."""
        import pyarrow.compute as pc

        keys = keys_of(rows[self.labels.key], self.labels.key, f"data set {self.name}")
        if keys.type != self._labels.keys.type:
            raise DataError(f"{self.labels.key} of data set {self.name} holds {keys.type} and that of the labels {self._labels.keys.type}; write both in the same form")
        found: Any = pc.index_in(keys, value_set=self._labels.keys)
        placed: Ints = found.fill_null(-1).to_numpy(zero_copy_only=False)
        return placed

    def _dated(self, rows: Columns) -> _Dated:
        """How old the rows are.

        Raises:
            DataError: there is no time at all, or the newest is from the future.
        """
        column, _zone = microseconds(rows[self.labels.time], self.labels.time)
        times = as_array(column, NEVER)
        if self.labels.until is not None:
            until = since_1970(self.labels.until)
        elif column.null_count == len(times):
            raise DataError(f"column {self.labels.time!r} of data set {self.name} has no time in {len(times)} rows, so no age of a row is known")
        else:
            until = int(times[times < NEVER].max())
            if until > since_1970(self.labels.now):
                raise DataError(f"the newest {self.labels.time} of data set {self.name} is {moment_of(until):%Y-%m-%d %H:%M:%S}, which is in the future; "
                                "mend it: as of that time more rows would be mature than are")
        return _Dated(until, since_1970(before(moment_of(until), self.labels.matures_after)), times)

    def _demand(self, names: Sequence[str]) -> None:
        """Refuse data that has a truth already, or cannot be joined or dated."""
        for name, what in ((self.labels.key, "key of the labels"), (self.labels.time, "time")):
            if name not in names:
                raise DataError(f"data set {self.name} has no column {name!r} ({what}); columns: {', '.join(names)}")
        if self.labels.target in names:
            raise DataError(f"data set {self.name} has a column {self.labels.target!r} already, and the truth is to come from the labels "
                            f"{self.labels.source.name}; take one of both out")

    def _with(self, found: Lazy, truth: pa.ChunkedArray[Any], names: Sequence[str]) -> Iterator[pa.Table]:
        """The named columns part by part, the truth cut to the rows of each."""
        start = 0
        for part in found.parts([name for name in names if name != self.labels.target] or [self.labels.key]):
            whole = part.append_column(self.labels.target, truth.slice(start, part.num_rows)) if self.labels.target in names else part
            start += part.num_rows
            yield whole.select(list(names))
