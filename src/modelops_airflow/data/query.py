"""A query over a named connection: reviewed, bound, read whole or counted where its rows are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ..errors import DataError
from ..spec.query import query_problem
from .duration import duration
from .warehouse.rows import Rows
from .warehouse.session import Session, dialect_of, opened
from .warehouse.statement import whole

if TYPE_CHECKING:
    import pyarrow as pa

MOST_ROWS = 20_000_000
"""Rows that are fetched at most, where the model file says nothing."""

LONGEST = timedelta(hours=1)
"""Time of one statement, where the model file says nothing."""

_BATCH = 50_000


@dataclass(frozen=True)
class Query:
    """What to ask which database.

    Attributes:
        sql: one SELECT, as the model file has it.
        url: of the database.
        bounds: values of `{start}` and `{end}`; empty where a run has no interval.
        push_down: whether rows are counted in the database wherever the data has the predictions.
        max_rows: fetched at most.
        timeout: of one statement.
        tag: what the database's own log shows of where a query comes from.
    """

    sql: str
    url: str
    bounds: Mapping[str, datetime] = field(default_factory=dict)
    push_down: bool = False
    max_rows: int = MOST_ROWS
    timeout: timedelta = LONGEST
    tag: str = ""

    def read(self, name: str) -> pa.Table:
        """All rows, in the order the database gives them.

        Raises:
            DataError: the query may not run, fails, or gives more rows than are fetched.
        """
        import pyarrow as pa

        with self._session(name) as session:
            answer = session.answer(whole(self.sql, self.tag), self.bounds, _BATCH)
            if len(set(answer.names)) < len(answer.names):
                raise DataError(f"query of {name} gives two columns of one name; give each a name with AS")
            parts, total = list[pa.Table](), 0
            try:
                for rows in answer.batches:
                    parts.append(_part(answer.names, rows))
                    total += len(rows)
                    if total > self.max_rows:
                        raise DataError(f"query of {name} gives more than {self.max_rows} rows; narrow it, or raise its max_rows")
                return pa.concat_tables(parts, promote_options="permissive") if parts else _part(answer.names, [])
            except pa.ArrowException as error:
                raise DataError(f"query of {name} failed: {str(error).splitlines()[0]}") from None

    @contextmanager
    def rows(self, name: str) -> Iterator[Rows]:
        """The rows where they are, to be counted.

        Raises:
            DataError: the query may not run.
        """
        with self._session(name) as session:
            yield Rows(session, self.sql, self.bounds, name, self.tag)

    @contextmanager
    def _session(self, name: str) -> Iterator[Session]:
        """Reviewed again here: a query may come from elsewhere than a model file, and its dialect is known only now."""
        problem = query_problem(self.sql, (dialect_of(self.url),))
        if problem:
            raise DataError(f"query of {name} may not run: {problem}")
        for bound in sorted(whole(self.sql, "").bounds - set(self.bounds)):
            raise DataError(f"the query needs {{{bound}}}, and this run has no data interval; release runs use all data")
        with opened(self.url, name, self.timeout) as session:
            yield session


def query_of(source: Mapping[str, Any], url: str, bounds: Mapping[str, datetime], tag: str) -> Query:
    """The query that a model file or an operator names.

    Raises:
        DataError: an option is none, or has no such value.
    """
    unknown = sorted(set(source) - {"sql", "connection", "push_down", "max_rows", "timeout"})
    if unknown:
        raise DataError(f"a query has no option {unknown[0]!r}; expected sql, connection, push_down, max_rows, timeout")
    push_down, max_rows, timeout = source.get("push_down", False), source.get("max_rows", MOST_ROWS), source.get("timeout")
    if not isinstance(push_down, bool):
        raise DataError(f"push_down of a query is {push_down!r}; expected true or false")
    if isinstance(max_rows, bool) or not isinstance(max_rows, int) or max_rows < 1:
        raise DataError(f"max_rows of a query is {max_rows!r}; expected a whole number, at least 1")
    longest = LONGEST if timeout is None else duration(str(timeout))
    if longest <= timedelta(0):
        raise DataError(f"timeout of a query is {timeout!r}; expected an ISO 8601 duration such as PT10M")
    return Query(str(source["sql"]), url, bounds, push_down, max_rows, longest, tag)


def _part(names: Sequence[str], rows: Sequence[Any]) -> pa.Table:
    import pyarrow as pa

    columns = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    return pa.table({name: pa.array(list(column)) for name, column in zip(names, columns, strict=True)})
