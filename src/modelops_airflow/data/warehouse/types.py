"""What a column of a query is, by what its database calls its type."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum

from ...errors import DataError
from ..profile import CATEGORICAL, NUMERIC, TIME


class Kind(StrEnum):
    """A column's sort."""

    WHOLE = "whole"
    FLOAT = "float"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    TEXT = "text"
    TIME = "time"

    @property
    def of_profile(self) -> str:
        """numeric, categorical or time."""
        return TIME if self is Kind.TIME else NUMERIC if self in NUMBERS else CATEGORICAL


NUMBERS = (Kind.WHOLE, Kind.FLOAT, Kind.DECIMAL)

_NAMES: dict[Kind, str] = {
    Kind.WHOLE: "tinyint smallint int integer bigint hugeint utinyint usmallint uinteger ubigint uhugeint int2 int4 int8 int64 byte short long",
    Kind.FLOAT: "float double real float4 float8 float64 double_precision",
    Kind.DECIMAL: "decimal numeric bignumeric number",
    Kind.BOOLEAN: "bool boolean",
    Kind.TEXT: "varchar char character bpchar text string name enum null void",
    Kind.TIME: "date time timestamp datetime interval timetz timestamptz timestamp_ntz timestamp_ltz timestamp_tz timestamp_s timestamp_ms "
               "timestamp_ns",
}
_KINDS = {name: kind for kind, names in _NAMES.items() for name in names.split()}
_SNOWFLAKE = {"0": Kind.DECIMAL, "1": Kind.FLOAT, "2": Kind.TEXT, "3": Kind.TIME, "4": Kind.TIME, "6": Kind.TIME, "7": Kind.TIME,
              "8": Kind.TIME, "12": Kind.TIME, "13": Kind.BOOLEAN}
"""The codes that Snowflake's driver has for its types."""


def kind_of_type(name: str, dialect: str) -> Kind | None:
    """The sort of a type; None of what is neither number, category nor time."""
    if dialect == "snowflake":
        return _SNOWFLAKE.get(name)
    if name.endswith("[]"):
        return None
    word = re.match(r"[a-z_0-9]+", name.lower().replace("double precision", "double_precision"))
    return _KINDS.get(word.group()) if word else None


def kinds_of_sqlite(found: Mapping[str, set[str]]) -> dict[str, Kind | None]:
    """SQLite has types of values, not of columns.

    Args:
        found: column -> what `typeof` says of its values.

    Raises:
        DataError: a column has numbers and texts.
    """
    kinds: dict[str, Kind | None] = {}
    for name, types in found.items():
        if "text" in types and types & {"integer", "real"}:
            raise DataError(f"column {name!r} cannot be described: it has numbers and texts; cast it in the query")
        kinds[name] = (None if "blob" in types else Kind.FLOAT if "real" in types else Kind.WHOLE if "integer" in types else Kind.TEXT)
    return kinds
