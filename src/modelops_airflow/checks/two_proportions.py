"""Two proportions: how likely is so large a difference where there is none?"""

from __future__ import annotations

import math

from .share import Share

_ENOUGH = 5
_SAME = 1 + 1e-7
"""Tables whose chances differ by less count as equally likely; rounding makes them differ."""


def two_proportions_p(one: Share, other: Share) -> float | None:
    """Two-sided p-value that two shares are of one rate; None where a side has no rows.

    The pooled z test where all four expected counts are at least five, else Fisher's exact test, which adds
    the chances of all tables that are no likelier than the one seen.

    Source: Fleiss, Levin, Paik 2003, sections 3.1 and 3.2; Fisher 1935.
    """
    if not one.whole or not other.whole:
        return None
    parts, rows = one.part + other.part, one.whole + other.whole
    expected = min(one.whole, other.whole) * min(parts, rows - parts) / rows
    return fisher_p(one, other) if expected < _ENOUGH else pooled_z_p(one, other)


def pooled_z_p(one: Share, other: Share) -> float:
    """Two-sided z test with the pooled variance; both shares need rows, and together neither none nor all."""
    pooled = (one.part + other.part) / (one.whole + other.whole)
    spread = math.sqrt(pooled * (1 - pooled) * (1 / one.whole + 1 / other.whole))
    z = (one.part / one.whole - other.part / other.whole) / spread
    return math.erfc(abs(z) / math.sqrt(2))


def fisher_p(one: Share, other: Share) -> float:
    """Fisher's exact two-sided test; both shares need rows."""
    parts = one.part + other.part
    first, last = max(0, parts - other.whole), min(parts, one.whole)
    mode = (parts + 1) * (one.whole + 1) // (one.whole + other.whole + 2)
    chances = {mode: 1.0}
    for part in range(mode, last):
        chances[part + 1] = chances[part] * _odds(part, one.whole, other.whole, parts)
    for part in range(mode, first, -1):
        chances[part - 1] = chances[part] / _odds(part - 1, one.whole, other.whole, parts)
    no_likelier = [chance for chance in chances.values() if chance <= chances[one.part] * _SAME]
    return min(1.0, math.fsum(no_likelier) / math.fsum(chances.values()))


def _odds(part: int, whole: int, other: int, parts: int) -> float:
    """How much likelier the table with `part + 1` is than that with `part`, margins held (hypergeometric)."""
    return (whole - part) * (parts - part) / ((part + 1) * (other - parts + part + 1))
