"""What is counted of scores where a step asked for it: in bins, and query by query. Plain counts and sums."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class ScoreBin:
    """Rows whose score lies in one bin.

    Attributes:
        yes, no: rows predicted positive, and all others; with the sums of their scores.
        labelled: rows with a known truth; positives: of these.
    """

    yes: int
    yes_sum: float
    no: int
    no_sum: float
    labelled: int
    positives: int


@dataclass(frozen=True)
class ScoreBins:
    """The scores of one side in the baseline's bins.

    Attributes:
        edges: ascending; bins are [a, b), the first one open below, and one more from the last edge on.
        silent: rows without a finite score or without a prediction, which are in no bin.
        positive: the label that counts as positive, the baseline's.
        reason: why nothing was counted; empty if it was.
    """

    edges: tuple[float, ...] = ()
    bins: tuple[ScoreBin, ...] = ()
    silent: int = 0
    positive: str = ""
    reason: str = ""

    @classmethod
    def from_json(cls, facts: Mapping[str, Any]) -> ScoreBins:
        """From the JSON form."""
        return cls(**{**facts, "edges": tuple(facts["edges"]), "bins": tuple(ScoreBin(**one) for one in facts["bins"])})


@dataclass(frozen=True)
class Ranking:
    """How well scores order the rows of each query.

    Attributes:
        rows: with a relevance; unjudged: without one, which are left out.
        sums: measure -> queries that it is known for, its sum over them, and the sum of its squares.
        reason: why nothing was measured; empty if it was.
    """

    rows: int = 0
    queries: int = 0
    unjudged: int = 0
    sums: Mapping[str, tuple[int, float, float]] = field(default_factory=dict)
    reason: str = ""

    @classmethod
    def from_json(cls, facts: Mapping[str, Any]) -> Ranking:
        """From the JSON form."""
        return cls(**{**facts, "sums": {name: (n, total, squares) for name, (n, total, squares) in facts["sums"].items()}})
