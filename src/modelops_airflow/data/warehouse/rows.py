"""The rows of a query, which stay where they are: what they are called, and what is asked about them."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar

from ...errors import DataError
from ..columns import Elsewhere
from .number import if_finite
from .session import Session
from .statement import ROWS, Statement, around, compiled_to
from .types import Kind, kind_of_type, kinds_of_sqlite

Key = TypeVar("Key", bound=Hashable)

_TYPES = {Kind.WHOLE: "int64", Kind.FLOAT: "float32", Kind.DECIMAL: "decimal(38, 9)", Kind.BOOLEAN: "boolean", Kind.TEXT: "string",
          Kind.TIME: "timestamp"}
"""What Ibis is told; of two sorts of float the shorter one, so that it always writes the cast to the longer."""

_AT_ONCE = 400
"""Facts in one query; Postgres gives 1,664 at most, SQLite 2,000, and others compile slowly."""

MOST_ANSWERS = 100_000
"""Rows of an aggregate query: groups, labels, edges."""


@dataclass
class Rows(Elsewhere):
    """A query in an open session.

    Attributes:
        query: the model file's, reviewed.
        values: of `{start}` and `{end}`.
        name: of the data set, for messages.
        tag: what the database's own log shows of where a query comes from.
    """

    session: Session
    query: str
    values: Mapping[str, datetime]
    name: str
    tag: str = ""
    _count: int | None = None

    @cached_property
    def kinds(self) -> dict[str, Kind | None]:
        """Columns in order and their sorts; None of what is neither number, category nor time.

        Raises:
            DataError: the query fails, or has two columns of one name.
        """
        compiled_to(_nothing(), self.session.dialect)  # so that a dialect that is not there is told first
        asked = Statement(self._inner, before="SELECT * FROM (\n", after=f"\n) AS {ROWS} LIMIT 0")
        answer = self.session.answer(asked, self.values, 1)
        for _ in answer.batches:
            pass
        if len(set(answer.names)) < len(answer.names):
            raise DataError(f"query of {self.name} gives two columns of one name; give each a name with AS")
        if self.session.dialect == "sqlite":
            return self._of_values(answer.names)
        return {name: kind_of_type(kind, self.session.dialect) for name, kind in zip(answer.names, answer.types, strict=True)}

    @property
    def column_names(self) -> list[str]:
        """Names, in order."""
        return list(self.kinds)

    @property
    def count(self) -> int:
        """How many rows there are.

        Raises:
            DataError: none.
        """
        if self._count is None:
            self.one({})
        assert self._count is not None  # noqa: S101 - it was just asked
        return self._count

    @cached_property
    def table(self) -> Any:
        """The rows as a table of Ibis's; columns of other sorts are not in it."""
        import ibis

        return ibis.table({name: _TYPES[kind] for name, kind in self.kinds.items() if kind is not None}, name=ROWS)

    def numbers(self, names: Iterable[str]) -> Any:
        """Some columns as floats, null where they are not finite."""
        return self.table.select(**{name: if_finite(self.table[name].cast("float64")) for name in names})

    def one(self, facts: Mapping[Key, Any], table: Any = None) -> dict[Key, Any]:
        """Aggregates over all rows.

        Args:
            table: what they are of, with as many rows as the query.

        Raises:
            DataError: there are no rows, or other rows than before.
        """
        source, found = self.table if table is None else table, dict[Key, Any]()
        keys = list(facts)
        for start in range(0, max(len(keys), 1), _AT_ONCE):
            part = keys[start : start + _AT_ONCE]
            asked = {f"a{place}": facts[key] for place, key in enumerate(part)}
            (answer,) = self.many(source.aggregate(modelops_count=source.count(), **asked))
            self._demand(int(answer[0]))
            found |= dict(zip(part, answer[1:], strict=True))
        return found

    def many(self, expression: Any, most: int = MOST_ANSWERS) -> list[tuple[Any, ...]]:
        """The rows of an aggregate expression.

        Raises:
            DataError: more than are fetched.
        """
        statement = around(self.query, expression, self.session.dialect, self.tag)
        found: list[tuple[Any, ...]] = []
        for batch in self.session.answer(statement, self.values, min(most + 1, 10_000)).batches:
            found += batch
            if len(found) > most:
                raise DataError(f"query of {self.name}: an aggregate has more than {most} rows")
        return found

    def _demand(self, count: int) -> None:
        if not count:
            raise DataError(f"data set {self.name} has no rows")
        if self._count is not None and count != self._count:
            raise DataError(f"data set {self.name} changed while it was counted: {self._count} rows, then {count}; run it again, "
                            "or let the query read what no longer changes")
        self._count = count

    @property
    def _inner(self) -> str:
        return self.query.rstrip().rstrip(";")

    def _of_values(self, names: Sequence[str]) -> dict[str, Kind | None]:
        found: dict[str, set[str]] = {name: set() for name in names}
        types = ("integer", "real", "text", "blob")
        pairs = [(name, one) for name in names for one in types]
        for start in range(0, len(pairs), _AT_ONCE):
            part = pairs[start : start + _AT_ONCE]
            facts = ", ".join(f"MAX(typeof({_quoted(name)}) = '{one}')" for name, one in part)
            asked = Statement(self._inner, before=f"SELECT {facts} FROM (\n", after=f"\n) AS {ROWS}")  # noqa: S608 - names are quoted
            for batch in self.session.answer(asked, self.values, 1).batches:
                for (name, one), there in zip(part, batch[0], strict=True):
                    if there:
                        found[name].add(one)
        return kinds_of_sqlite(found)


def _nothing() -> Any:
    import ibis

    return ibis.table({"a": "int64"}, name=ROWS).count().as_table()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
