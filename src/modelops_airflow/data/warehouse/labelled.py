"""Conditions on the label of a row, with the label forms of `data/values.py`."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Any

from ..values import UNKNOWN, label
from .number import exact, finite
from .rows import Rows
from .types import Kind

_LONGEST = 2**63


def is_label(rows: Rows, name: str, text: str) -> Any:
    """Whether a row's label is that text."""
    import ibis

    column, kind, never = rows.table[name], rows.kinds[name], ibis.literal(False)
    if kind is Kind.TEXT:
        return column == (UNKNOWN if text == label(UNKNOWN) else text)
    if kind is Kind.BOOLEAN:
        return {"true": column, "false": ~column}.get(text, never)
    if kind is Kind.WHOLE:
        number = int(text) if re.fullmatch(r"-?[0-9]+", text) else None
        return column == ibis.literal(number, "int64") if number is not None and str(number) == text and abs(number) < _LONGEST else never
    value = _number(text, kind)
    return never if value is None else column.cast("float64") == exact(value)


def is_known(rows: Rows, name: str) -> Any:
    """Whether a row has a category."""
    column, kind = rows.table[name], rows.kinds[name]
    return finite(column.cast("float64")) if kind in (Kind.FLOAT, Kind.DECIMAL) else column.notnull()


def _number(text: str, kind: Kind | None) -> float | None:
    """The number that has that text for its label."""
    try:
        value: Any = Decimal(text) if kind is Kind.DECIMAL else float(text)
    except (ValueError, InvalidOperation):
        return None
    return float(value) if label(value) == text else None
