"""A data set: files below the project, or one SELECT over a named connection."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..digest import Digest, digest_file, digest_of
from ..errors import DataError
from .columns import Columns, Lazy
from .form import SUFFIXES, hidden, require_no_folders, require_one_form
from .parquet import Parquet
from .whole import csv_table, parquet_table

if TYPE_CHECKING:
    import pyarrow as pa

    from .query import Query
    from .remote import Remote


@dataclass(frozen=True)
class Span:
    """A stretch of time on a column: start inclusive, end exclusive, UTC."""

    column: str
    start: datetime
    end: datetime


@dataclass(frozen=True)
class Dataset:
    """What to read.

    Attributes:
        name: as the model file has it, for messages.
        files: sorted paths; empty for a query.
        query: what to ask a database; None for files.
        span: rows to keep by time, None for all.
    """

    name: str
    files: tuple[Path, ...] = ()
    query: Query | None = None
    span: Span | None = None

    def digest(self, profile: Mapping[str, Any] | None = None) -> Digest:
        """Files: sha256 of the bytes (of a folder, of sorted names and digests). SQL: text, bounds and profile."""
        if self.query is not None:
            bounds = {key: value.isoformat() for key, value in self.query.bounds.items()}
            return digest_of({"sql": self.query.sql, "bounds": bounds, "profile": profile, "pinned": False})
        if len(self.files) == 1:
            return digest_file(self.files[0])
        return digest_of([[path.name, digest_file(path)] for path in self.files])

    def read(self, *, threads: int = 2) -> pa.Table:
        """All rows, in the order of files and rows.

        Raises:
            DataError: nothing to read, unreadable, or no rows in the span.
        """
        return self._in_span(self._from_files(threads)[0] if self.query is None else self.query.read(self.name))

    def read_columns(self, wanted: Collection[str], *, threads: int = 2) -> tuple[pa.Table, tuple[str, ...]]:
        """Some columns of all rows, and the names of every column; a wanted one that is not there is left out.

        Of files nothing else is read; a query is asked as it is.

        Raises:
            DataError: nothing to read, unreadable, or no rows in the span.
        """
        if self.query is not None:
            table = self.read(threads=threads)
            names = tuple(table.column_names)
        else:
            table, names = self._from_files(threads, wanted)
            table = self._in_span(table)
        return table.select([name for name in table.column_names if name in wanted]), names

    def columns(self, *, threads: int = 2) -> Columns:
        """All rows; of Parquet files of one schema part by part as they are asked for.

        Raises:
            DataError: nothing to read, unreadable, or no rows in the span.
        """
        if self.query is not None or self.files[0].suffix.lower() != ".parquet":
            return self.read(threads=threads)
        with self._readable("parquet"):
            files = Parquet(self.files)
        if not files.alike:
            return self.read(threads=threads)
        rows = files.rows if self.span is None else sum(part.num_rows for part in self._parts(files, []))
        if not rows:
            raise self._no_rows()
        return Lazy(self.name, files.schema, rows, lambda names: self._parts(files, names))

    def _parts(self, files: Parquet, names: Sequence[str]) -> Iterator[pa.Table]:
        """Columns of the rows in the span, some rows at a time."""
        with self._readable("parquet"):
            if self.span is None:
                yield from files.parts(names)
                return
            if self.span.column not in files.schema.names:
                raise _no_time(self.name, self.span)
            for part in files.parts(list(dict.fromkeys([*names, self.span.column]))):
                yield _within(part, self.span, self.name).select(list(names))

    @contextmanager
    def _readable(self, form: str) -> Iterator[None]:
        """Arrow's errors as ours, with the data set's name."""
        import pyarrow as pa

        try:
            yield
        except (pa.ArrowException, OSError) as error:
            raise DataError(f"data set {self.name} cannot be read as {form}: {str(error).splitlines()[0]}") from None

    def stamps(self) -> tuple[tuple[int, ...], ...]:
        """What changes when somebody writes into the files: sizes, times, places on the disk.

        Raises:
            DataError: a file is gone.
        """
        try:
            return tuple((found.st_size, found.st_mtime_ns, found.st_ino) for found in map(Path.stat, self.files))
        except OSError as error:
            raise DataError(f"data set {self.name} is no longer there: {error.strerror}") from None

    def _in_span(self, table: pa.Table) -> pa.Table:
        if self.span is not None:
            table = _within(table, self.span, self.name)
        if table.num_rows == 0:
            raise self._no_rows()
        return table

    def _no_rows(self) -> DataError:
        return DataError(f"data set {self.name} has no rows" + (" in the window" if self.span else ""))

    def _from_files(self, threads: int, wanted: Collection[str] | None = None) -> tuple[pa.Table, tuple[str, ...]]:
        """The columns wanted (all if none are named) with that of the span, and the names of all."""
        form = SUFFIXES[self.files[0].suffix.lower()]
        asked = None if wanted is None or self.span is None else {*wanted, self.span.column}
        with self._readable(form):
            return (csv_table if form == "csv" else parquet_table)(self.name, self.files, asked or wanted, threads)


def open_dataset(
    source: str | Mapping[str, Any],
    *,
    resolve: Callable[[str], Path],
    connections: Callable[[str], str],
    interval: tuple[datetime, datetime] | None = None,
    span: Span | None = None,
    tag: str = "",
) -> Dataset:
    """The data set that a model file names.

    Args:
        tag: what a database's own log shows of where a query comes from.

    Raises:
        DataError: no such file, a mixed folder, a format other than Parquet and CSV, an option of a query that is none, or a store
            that does not answer.
    """
    if isinstance(source, Mapping) and "files" in source:
        remote = _remote_of(source, connections)
        return Dataset(remote.name, files=remote.copied(), span=span)
    if isinstance(source, Mapping):
        from .query import query_of

        bounds = {"start": interval[0], "end": interval[1]} if interval else {}
        return Dataset(f"connection {source['connection']}", query=query_of(source, connections(source["connection"]), bounds, tag))
    return Dataset(source, files=files_of(source, resolve), span=span)


def _remote_of(source: Mapping[str, Any], connections: Callable[[str], str]) -> Remote:
    unknown = sorted(set(source) - {"files", "connection"})
    if unknown or not isinstance(source["files"], str) or not isinstance(source.get("connection"), str):
        raise DataError(f"data of a store is {dict(source)!r}; expected the texts files and connection, and nothing else")
    from .remote import Remote

    return Remote(source["files"], source["connection"], connections(source["connection"]))


def files_of(text: str, resolve: Callable[[str], Path]) -> tuple[Path, ...]:
    """The files behind a path: itself, a folder's, or a glob's.

    Raises:
        DataError: no such file, a URL, a folder within the folder, or other formats than Parquet and CSV or both.
    """
    if "://" in text:
        raise DataError(f"data set {text!r} is a URL; expected a file, folder or pattern below the project root, {{files, connection}} "
                        "for a store, or {sql, connection}")
    if any(sign in text for sign in "*?["):
        folder, _, pattern = text.rpartition("/")
        if any(sign in folder for sign in "*?["):
            raise DataError(f"data set {text!r}: only the last part of a path may be a pattern")
        try:
            names = [path.name for path in resolve(folder or ".").glob(pattern)]
        except ValueError as error:  # such as a** in Python 3.11
            raise DataError(f"data set {text!r}: {pattern!r} is no pattern: {error}") from None
        found = [resolve(f"{folder}/{name}" if folder else name) for name in names]
    else:
        path = resolve(text)
        found = [resolve(str(Path(text) / one.name)) for one in path.iterdir()] if path.is_dir() else [path]
    found = [path for path in found if not hidden(path.name)]
    require_no_folders(text, [path.name for path in found if path.is_dir()])
    files = tuple(sorted(path for path in found if path.is_file()))
    require_one_form(text, [path.name for path in files])
    return files


def _within(table: pa.Table, span: Span, name: str) -> pa.Table:
    import pyarrow as pa
    import pyarrow.compute as pc

    if span.column not in table.column_names:
        raise _no_time(name, span)
    times = table[span.column]
    if not pa.types.is_timestamp(times.type):
        raise DataError(f"column {span.column!r} of {name} is no timestamp but {times.type}")
    start, end = (pa.scalar(when, pa.timestamp("us", "UTC")).cast(pa.timestamp("us", "UTC")) for when in (span.start, span.end))
    moments: Any = times.cast(pa.timestamp("us", times.type.tz or "UTC"))
    if times.type.tz is None:
        naive: Any = times.cast(pa.timestamp("us"))
        moments = pc.assume_timezone(naive, "UTC")
    return table.filter(pc.and_(pc.greater_equal(moments, start), pc.less(moments, end)))


def _no_time(name: str, span: Span) -> DataError:
    return DataError(f"data set {name} has no time column {span.column!r}")
