"""The lines that requirements draw: where they warn and where they fail."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ..measurement import Metric

_COMPARE = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq, "!=": operator.ne}


@dataclass(frozen=True)
class Limit:
    """A threshold to draw.

    Attributes:
        metric: whose.
        level: warn or fail.
        comparator: which side is caught, as `>`.
        where: narrows the rows it is for; empty: every row.
    """

    metric: str
    level: str
    comparator: str
    value: float
    where: Mapping[str, str] = field(default_factory=dict)

    def applies(self, row: Metric) -> bool:
        """Whether it is for a row of a measurement."""
        return row.judged and row.name == self.metric and all(row.where.get(key) == value for key, value in self.where.items())

    def catches(self, value: float) -> bool:
        """Whether a value is on its bad side."""
        return bool(_COMPARE[self.comparator](value, self.value))

    def __str__(self) -> str:
        narrowed = f" ({', '.join(f'{key} {value}' for key, value in self.where.items())})" if self.where else ""
        return f"{self.level}: {self.metric} {self.comparator} {self.value:.6g}{narrowed}"


def values_of(limits: Iterable[Limit]) -> tuple[float, ...]:
    """Where they stand."""
    return tuple(limit.value for limit in limits)


def limits_of(row: Metric, limits: Iterable[Limit]) -> tuple[Limit, ...]:
    """Those of a row."""
    return tuple(limit for limit in limits if limit.applies(row))
