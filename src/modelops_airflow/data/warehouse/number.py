"""Numbers inside expressions, exact to the last bit on every engine."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlglot import exp

_BITS, _CHUNK = 53, 62
LARGEST = math.ldexp(2**_BITS - 1, 971)
"""The largest finite float."""


def exact(value: float) -> Any:
    """A float in an expression; `written` writes it."""
    import ibis

    return ibis.literal(float(value), "float64")


def written(tree: exp.Expression, dialect: Any) -> exp.Expression:
    """A compiled statement in which every float is a whole number times or over powers of two.

    Decimals in SQL are read in other ways by other engines, some of them a bit off, and a row that lies on an edge
    would then change its bin.
    """
    from sqlglot import exp

    double = exp.DataType.build("double").sql(dialect)
    for node in tree.find_all(exp.Literal):
        if not node.is_string and not node.this.isdigit() and not node.this.startswith("("):  # some nodes stand in several places
            node.set("this", _powers(float(node.this), double))
    return tree


def _powers(value: float, double: str) -> str:
    mantissa, power = math.frexp(value)
    whole, power = int(mantissa * 2**_BITS), power - _BITS
    while whole and not whole % 2:
        whole, power = whole // 2, power + 1
    if not whole:
        power = 0
    if power >= 0 and whole << power < 2**_BITS:
        whole, power = whole << power, 0
    text, sign = f"CAST({whole} AS {double})", "*" if power > 0 else "/"
    for start in range(0, abs(power), _CHUNK):
        text += f" {sign} CAST({2 ** min(abs(power) - start, _CHUNK)} AS {double})"
    return f"({text})"


def finite(value: Any) -> Any:
    """Whether a float is a number and not infinite; by comparison, since engines disagree on what NaN is and on its tests."""
    return (value >= exact(-LARGEST)) & (value <= exact(LARGEST))


def if_finite(value: Any) -> Any:
    """The float, or null."""
    import ibis

    return finite(value).ifelse(value, ibis.null("float64"))


def rows_where(condition: Any) -> Any:
    """How many rows meet a condition; of an unknown one CASE takes the other branch."""
    return condition.ifelse(1, 0).sum()
