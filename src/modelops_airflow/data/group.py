"""What is counted about one group of people, and the median that its scores are counted by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Group:
    """Outcomes of one group of people; positive is the favourable label.

    Attributes:
        where: protected column -> label.
        n: rows.
        selected: rows with the favourable prediction; None without predictions or a favourable label.
        tp, fp, tn, fn: among rows with a known label; None without labels.
        above: rows whose score is strictly above the profile's median; None where that is not known.
    """

    where: Mapping[str, str]
    n: int
    selected: int | None = None
    tp: int | None = None
    fp: int | None = None
    tn: int | None = None
    fn: int | None = None
    above: int | None = None


@dataclass(frozen=True)
class Median:
    """The median of the score of one side.

    Attributes:
        value: exact over all rows (the mean of the two middle ones), or None with a `reason`.
    """

    value: float | None
    reason: str | None = None
