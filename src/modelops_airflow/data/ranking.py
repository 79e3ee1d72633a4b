"""Rankings: how well scores order the rows of each query by their relevance, in sums over queries.

Rows of one score have no order: every measure is its expectation over all orders of them, so that nothing
depends on how a file happens to be sorted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import DataError
from .columns import Columns
from .gather import whole_columns
from .score_counts import Ranking
from .values import UNKNOWN, exact_sum, labels, numbers

if TYPE_CHECKING:
    import numpy as np

    Numbers = np.ndarray[Any, Any]

_WIDTH = 180
"""Bytes a row: relevance, score and query, as they are and in order, and for each row its places and its likes."""


@dataclass(frozen=True)
class Queries:
    """How rankings are measured.

    Attributes:
        column: says which query a row belongs to.
        k: rows at the top that are looked at.
        relevant_from: relevance from which on a row counts as relevant where that is asked as yes or no.
    """

    column: str
    k: int
    relevant_from: float

    @property
    def key(self) -> str:
        """Its name in a profile."""
        return f"{self.column}@{self.k}>={float(self.relevant_from)!r}"


def rankings(table: Columns, roles: Mapping[str, str], asked: Sequence[Queries]) -> dict[str, Ranking]:
    """The rankings that are asked for, or why there are none.

    Raises:
        DataError: the columns do not fit into memory.
    """
    names = {role: name for name, role in roles.items()}
    return {one.key: _ranking(table, names, one) for one in asked}


def _ranking(table: Columns, names: Mapping[str, str], asked: Queries) -> Ranking:
    target, score = names.get("target"), names.get("score") or names.get("prediction")
    if target not in table.column_names or score not in table.column_names:
        return Ranking(reason="the data has no relevance (target) or no score")
    if asked.column not in table.column_names:
        return Ranking(reason=f"the data has no column {asked.column!r}")
    rows = whole_columns(table, dict.fromkeys([target, score, asked.column]), _WIDTH, f"ranking by query in column {asked.column!r}")
    try:
        relevance, value = numbers(rows[target]), numbers(rows[score])
        queries, query = labels(rows[asked.column])
    except DataError as error:
        return Ranking(reason=f"relevance, score or query cannot be read: {error}")
    return _measured(relevance, value, query, queries.index(UNKNOWN) if UNKNOWN in queries else -1, asked)


def _measured(relevance: Numbers, value: Numbers, query: Numbers, unknown: int, asked: Queries) -> Ranking:
    import numpy as np

    judged = np.isfinite(relevance)
    unusable = int((judged & (~np.isfinite(value) | (query == unknown))).sum())
    if unusable:
        return Ranking(reason=f"{unusable} rows have a relevance and no finite score or no query")
    if not judged.any():
        return Ranking(reason="no row has a relevance")
    if relevance[judged].min() < 0:
        return Ranking(reason="a relevance is below 0")
    ordered = _Ordered(relevance[judged], value[judged], query[judged])
    gained = ordered.ndcg(asked.k)
    found = ordered.binary(ordered.relevance >= asked.relevant_from, asked.k)
    measures = {"ndcg": gained, **found}
    return Ranking(
        rows=int(judged.sum()), queries=ordered.queries, unjudged=len(judged) - int(judged.sum()),
        sums={name: (int(there.sum()), exact_sum(one[there]), exact_sum(one[there] ** 2)) for name, (one, there) in measures.items()},
    )


class _Ordered:
    """Rows by query and falling score, with the place of each and of those that share its score."""

    def __init__(self, relevance: Numbers, score: Numbers, query: Numbers) -> None:
        import numpy as np

        order = np.lexsort((-score, query))
        self.relevance, score, query = relevance[order], score[order], query[order]
        new = np.append(True, query[1:] != query[:-1])
        self.query = np.cumsum(new) - 1
        self.queries = int(self.query[-1]) + 1
        self.start = np.flatnonzero(new)
        self.place = np.arange(len(query)) - self.start[self.query]  # from 0
        tie = new | np.append(True, score[1:] != score[:-1])
        self.tie = np.cumsum(tie) - 1
        first = np.flatnonzero(tie)
        self.before = self.place[first][self.tie]  # rows with a better score
        self.alike = np.diff(np.append(first, len(query)))[self.tie]  # rows with the same score

    def ndcg(self, k: int) -> tuple[Numbers, Numbers]:
        """Discounted gain over that of the best order, and which queries have an order: of rows of one relevance none is better."""
        import numpy as np

        discount = np.where(self.place < k, 1 / np.log2(self.place + 2), 0.0)
        shared = np.bincount(self.tie, self.relevance)[self.tie] / self.alike
        best = self.relevance[np.lexsort((-self.relevance, self.query))]
        gain, ideal = (np.bincount(self.query, one * discount, self.queries) for one in (shared, best))
        there = np.maximum.reduceat(self.relevance, self.start) > np.minimum.reduceat(self.relevance, self.start)
        return np.divide(gain, ideal, out=np.zeros(self.queries), where=there), there

    def binary(self, hit: Numbers, k: int) -> dict[str, tuple[Numbers, Numbers]]:
        """Measures of relevant or not, and which queries have relevant and other rows."""
        import numpy as np

        alike = np.bincount(self.tie, hit)[self.tie]  # relevant ones with the same score
        running = np.cumsum(hit)
        within = running - (running - hit)[self.start][self.query]
        first = np.flatnonzero(np.append(True, self.tie[1:] != self.tie[:-1]))
        above = (within - hit)[first][self.tie]  # relevant ones with a better score
        chance = alike / self.alike
        total = np.bincount(self.query, hit, self.queries)
        there = (total > 0) & (total < np.bincount(self.query))
        top = np.bincount(self.query, np.where(self.place < k, chance, 0.0), self.queries)
        # Of the others with its score, so many of the relevant ones are expected before it.
        others = np.divide((self.place - self.before) * (alike - 1), self.alike - 1, out=np.zeros(len(hit)), where=self.alike > 1)
        precise = np.bincount(self.query, chance * (above + 1 + others) / (self.place + 1), self.queries)
        least = np.maximum(total, 1)
        return {
            "map": (precise / least, there), "mrr": (self._reciprocal(above, alike), there),
            "precision_at_k": (top / k, there), "recall_at_k": (top / least, there),
        }

    def _reciprocal(self, above: Numbers, alike: Numbers) -> Numbers:
        """Expected one over the place of the first relevant row, by query."""
        import numpy as np

        found = np.zeros(self.queries)
        rows = np.flatnonzero((above == 0) & (alike > 0) & (self.place == self.before))  # the first row of the first tie that has one
        found[self.query[rows]] = 1 / (self.place[rows] + 1)
        for row in rows[self.alike[rows] > 1]:
            found[self.query[row]] = _first_of(int(self.alike[row]), int(alike[row]), int(self.place[row]))
        return found


def _first_of(n: int, relevant: int, before: int) -> float:
    """Expected one over the place of the first relevant among n rows in random order, behind others."""
    import numpy as np

    later = np.arange(1, n - relevant + 1)
    chance = np.cumprod(np.append(relevant / n, (n - later - relevant + 1) / (n - later)))
    return exact_sum(chance / (before + 1 + np.arange(len(chance))))
