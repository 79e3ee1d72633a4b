"""A data set: files below the project, or one SELECT over a named connection."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..digest import Digest, digest_file, digest_of
from ..errors import DataError
from .columns import Columns, Lazy
from .parquet import Parquet
from .whole import csv_table, parquet_table

if TYPE_CHECKING:
    import pyarrow as pa

_SUFFIXES = {".parquet": "parquet", ".csv": "csv"}
_ROW_CAP = 20_000_000
_BATCH = 50_000


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
        sql, url: the query and its database; empty for files.
        bounds: values of `{start}` and `{end}`.
        span: rows to keep by time, None for all.
    """

    name: str
    files: tuple[Path, ...] = ()
    sql: str = ""
    url: str = ""
    bounds: Mapping[str, datetime] | None = None
    span: Span | None = None

    def digest(self, profile: Mapping[str, Any] | None = None) -> Digest:
        """Files: sha256 of the bytes (of a folder, of sorted names and digests). SQL: text, bounds and profile."""
        if self.sql:
            bounds = {key: value.isoformat() for key, value in (self.bounds or {}).items()}
            return digest_of({"sql": self.sql, "bounds": bounds, "profile": profile, "pinned": False})
        if len(self.files) == 1:
            return digest_file(self.files[0])
        return digest_of([[path.name, digest_file(path)] for path in self.files])

    def read(self, *, threads: int = 2) -> pa.Table:
        """All rows, in the order of files and rows.

        Raises:
            DataError: nothing to read, unreadable, or no rows in the span.
        """
        return self._in_span(self._from_sql() if self.sql else self._from_files(threads)[0])

    def read_columns(self, wanted: Collection[str], *, threads: int = 2) -> tuple[pa.Table, tuple[str, ...]]:
        """Some columns of all rows, and the names of every column; a wanted one that is not there is left out.

        Of files nothing else is read; a query is asked as it is.

        Raises:
            DataError: nothing to read, unreadable, or no rows in the span.
        """
        if self.sql:
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
        if self.sql or self.files[0].suffix.lower() != ".parquet":
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
        form = _SUFFIXES[self.files[0].suffix.lower()]
        asked = None if wanted is None or self.span is None else {*wanted, self.span.column}
        with self._readable(form):
            return (csv_table if form == "csv" else parquet_table)(self.name, self.files, asked or wanted, threads)

    def _from_sql(self) -> pa.Table:
        import pyarrow as pa
        from sqlalchemy import create_engine, text
        from sqlalchemy.exc import SQLAlchemyError

        statement, values = bound(self.sql, self.bounds or {})
        engine = create_engine(self.url)
        parts, total = list[pa.Table](), 0
        try:
            with engine.connect().execution_options(stream_results=True) as connection:
                result = connection.execute(text(statement), values)
                names = list(result.keys())
                if len(set(names)) < len(names):
                    raise DataError(f"query of {self.name} gives two columns of one name; give each a name with AS")
                while rows := result.fetchmany(_BATCH):
                    parts.append(_part(names, rows))
                    total += len(rows)
                    if total > _ROW_CAP:
                        raise DataError(f"query of {self.name} gives more than {_ROW_CAP} rows; narrow it")
        except (SQLAlchemyError, pa.ArrowException) as error:
            raise DataError(f"query of {self.name} failed: {str(error.__cause__ or error).splitlines()[0]}") from None
        finally:
            engine.dispose()
        return pa.concat_tables(parts, promote_options="permissive") if parts else _part(names, [])


def _part(names: list[str], rows: Sequence[Any]) -> pa.Table:
    import pyarrow as pa

    columns = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    return pa.table({name: pa.array(list(column)) for name, column in zip(names, columns, strict=True)})


def open_dataset(
    source: str | Mapping[str, Any],
    *,
    resolve: Callable[[str], Path],
    connections: Callable[[str], str],
    interval: tuple[datetime, datetime] | None = None,
    span: Span | None = None,
) -> Dataset:
    """The data set that a model file names.

    Raises:
        DataError: no such file, a mixed folder, or a format other than Parquet and CSV.
    """
    if isinstance(source, Mapping):
        bounds = {"start": interval[0], "end": interval[1]} if interval else {}
        return Dataset(f"connection {source['connection']}", sql=str(source["sql"]), url=connections(source["connection"]),
                       bounds=bounds, span=None)
    return Dataset(source, files=files_of(source, resolve), span=span)


def files_of(text: str, resolve: Callable[[str], Path]) -> tuple[Path, ...]:
    """The files behind a path: itself, a folder's, or a glob's.

    Raises:
        DataError: no such file, a URL, a folder within the folder, or other formats than Parquet and CSV or both.
    """
    if "://" in text:
        raise DataError(f"data set {text!r} is a URL; expected a file, folder or pattern below the project root, or {{sql, connection}}; "
                        "copy or mount the files there")
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
    found = [path for path in found if not path.name.startswith((".", "_"))]
    if inner := sorted(path.name for path in found if path.is_dir()):
        raise DataError(f"data set {text!r} has folders within it ({', '.join(inner[:3])}), which are not read; "
                        "put the files into one folder, or name a pattern that leaves the folders out, such as *.parquet")
    files = tuple(sorted(path for path in found if path.is_file()))
    if not files:
        raise DataError(f"data set {text!r} is not there; expected a file, folder or pattern below the project root")
    if len({path.suffix.lower() for path in files}) > 1 or files[0].suffix.lower() not in _SUFFIXES:
        raise DataError(f"data set {text!r} has files of {sorted({p.suffix for p in files})}; expected all .parquet or all .csv")
    return files


def bound(sql: str, bounds: Mapping[str, datetime]) -> tuple[str, dict[str, datetime]]:
    """The statement with `{start}` and `{end}` as bound parameters; nothing else is replaced.

    Raises:
        DataError: a bound the run does not have, or more than one statement.
    """
    if ";" in sql.rstrip().rstrip(";") or not sql.lstrip().lower().startswith(("select", "with")):
        raise DataError("the query must be a single SELECT")
    statement, values = sql.replace(":", "\\:"), dict[str, datetime]()
    for name in ("start", "end"):
        if f"{{{name}}}" in statement:
            if name not in bounds:
                raise DataError(f"the query needs {{{name}}}, and this run has no data interval; release runs use all data")
            statement = statement.replace(f"{{{name}}}", f":{name}")
            values[name] = bounds[name]
    return statement, values


_UNITS = {"W": "weeks", "D": "days", "H": "hours", "M": "minutes", "S": "seconds"}


def duration(text: str) -> timedelta:
    """A timedelta from an ISO 8601 duration; a year counts 365 days, a month 30."""
    date, _, time = text.removeprefix("P").partition("T")
    total, number = timedelta(), ""
    for part, in_time in ((date, False), (time, True)):
        for sign in part:
            if sign.isdigit():
                number += sign
                continue
            count, number = int(number), ""
            if not in_time and sign in "YM":
                total += timedelta(days=count * (365 if sign == "Y" else 30))
            else:
                total += timedelta(**{_UNITS[sign]: count})
    return total


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
