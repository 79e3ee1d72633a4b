"""A statement: the model file's own query, as it was reviewed, inside what counts its rows."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ...errors import DataError
from ...spec.query import PLACEHOLDER
from .number import written

ROWS = "modelops_rows"
"""Name of the user's query inside ours."""

_COMPILERS = {"sqlite": "sqlite", "duckdb": "duckdb", "postgres": "postgres", "spark": "pyspark", "trino": "trino", "bigquery": "bigquery",
              "snowflake": "snowflake"}
"""Dialects that counting is compiled to -> Ibis's module."""


@dataclass(frozen=True)
class Statement:
    """A query and what stands around it.

    Attributes:
        query: as the model file has it, with `{start}` and `{end}`.
        before, after: our own text, in which nothing is replaced.
    """

    query: str
    before: str = ""
    after: str = ""

    @property
    def bounds(self) -> set[str]:
        """Which of `start` and `end` the query names."""
        return set(PLACEHOLDER.findall(self.query))

    def text(self, mark: Callable[[str], str], escape: Callable[[str], str] = str) -> str:
        """The text with a driver's marks for bound values.

        Args:
            mark: from `start` or `end` to how the driver writes a bound value.
            escape: of everything else, where the driver gives signs a meaning.
        """
        parts = PLACEHOLDER.split(self.query)  # text, name, text, name, text
        middle = "".join(mark(part) if place % 2 else escape(part) for place, part in enumerate(parts))
        return escape(self.before) + middle + escape(self.after)


def whole(query: str, tag: str) -> Statement:
    """The query as it is, with a tag for the database's own log."""
    return Statement(query, before=_comment(tag))


def around(query: str, expression: Any, dialect: str, tag: str) -> Statement:
    """An Ibis expression over a table named `modelops_rows` as one statement that has the query for that table.

    Raises:
        DataError: counting is not compiled to that dialect.
    """
    compiled = compiled_to(expression, dialect)
    name = _quoted(ROWS, dialect)
    # The bracket stands on a line of its own: the query may end in a comment.
    end = f"\n), {compiled.removeprefix('WITH ')}" if compiled.startswith("WITH ") else f"\n) {compiled}"
    return Statement(query.rstrip().rstrip(";"), before=f"{_comment(tag)}WITH {name} AS (\n", after=end)


def compiled_to(expression: Any, dialect: str) -> str:
    """SQL of an expression.

    Raises:
        DataError: counting is not compiled to that dialect, or Ibis is not installed.
    """
    if dialect not in _COMPILERS:
        raise DataError(f"push_down is not there for {dialect}; expected one of {', '.join(_COMPILERS)}; take push_down out")
    try:
        import ibis
    except ImportError:
        raise DataError("push_down needs Ibis; install modelops-airflow[warehouse]") from None

    if dialect == "spark":
        _ = ibis.pyspark  # declares the options that its compiler looks at
    compiler = importlib.import_module(f"ibis.backends.sql.compilers.{_COMPILERS[dialect]}").compiler
    return str(written(compiler.to_sqlglot(expression), compiler.dialect).sql(compiler.dialect))


def _quoted(name: str, dialect: str) -> str:
    from sqlglot import exp

    return exp.to_identifier(name, quoted=True).sql(dialect)


def _comment(tag: str) -> str:
    safe = re.sub(r"[^A-Za-z0-9 _.:=+-]", "_", tag).replace("--", "__")
    return f"/* modelops {safe} */ " if tag else ""
