"""What an expectation came to, in the numbers of Great Expectations' SUMMARY; the values themselves are never in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Result:
    """An answer.

    Attributes:
        element_count: rows; None for expectations that count no rows.
        unexpected_count: of rows, or of distinct values; None if nothing is counted.
        missing_count: rows that do not count; None for expectations about missing values themselves.
        observed: `observed_value` of aggregates and tables, where it is shown.
        more: further counts by the library's own names.
    """

    success: bool
    element_count: int | None = None
    unexpected_count: int | None = None
    missing_count: int | None = None
    observed: Any = None
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def counted(self) -> int | None:
        """Rows that count."""
        return None if self.element_count is None else self.element_count - (self.missing_count or 0)

    @property
    def unexpected_percent(self) -> float | None:
        """Of the rows that count; None where there is none."""
        return None if self.unexpected_count is None else _percent(self.unexpected_count, self.counted)

    def summary(self) -> dict[str, Any]:
        """The library's `result` without lists of values."""
        if self.element_count is None:
            return {"observed_value": self.observed, **self.more}
        told: dict[str, Any] = {
            "element_count": self.element_count, "unexpected_count": self.unexpected_count, "unexpected_percent": self.unexpected_percent,
        }
        if self.missing_count is not None:
            told |= {
                "missing_count": self.missing_count,
                "missing_percent": _percent(self.missing_count, self.element_count),
                "unexpected_percent_total": _percent(self.unexpected_count or 0, self.element_count),
                "unexpected_percent_nonmissing": self.unexpected_percent,
            }
        return told


def mapped(rows: int, unexpected: int, mostly: float, *, missing: int | None = None) -> Result:
    """The answer of an expectation about each row: met if the share of fitting rows is at least `mostly`.

    Args:
        missing: rows that are left out; None if missing values are what it is about.
    """
    counted = rows - (missing or 0)
    met = counted == 0 or (counted - unexpected) / counted >= mostly
    return Result(met, rows, unexpected, missing)


def _percent(part: int, whole: int | None) -> float | None:
    return part / whole * 100 if whole else None
