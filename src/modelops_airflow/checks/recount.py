"""Recount: the outcomes of rows of which each counts so many times, without looking at the rows again.

What is counted is what `data.outcomes` counts, so every measure of a resample is that of `performance`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..data.outcomes import task_of
from ..data.prepare import PREDICTION
from ..data.profile import Outcomes
from ..data.ranks import CALIBRATION_BINS, Calibration
from ..data.values import UNKNOWN, labels, numbers

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    from .answers import Answers

    Floats = np.ndarray[Any, np.dtype[np.float64]]
    Numbers = np.ndarray[Any, Any]

Recount = Callable[["Floats"], Outcomes]
"""How often each row counts -> the outcomes; rows without a known truth count for nothing."""


MadeUp = Sequence[tuple[str, bool]]
"""Rows that come after the others: their truth, and whether the model is right about it."""


def recount_of(truth: pa.ChunkedArray[Any], answers: Answers, found: Outcomes, more: MadeUp = ()) -> Recount:
    """What counts these rows again.

    Args:
        found: their outcomes, every row counted once; every row with a truth has a usable answer.
        more: rows made up, where predictions are labels. Their score is the median of the rows of that truth, or of the others.
    """
    if found.task == "regression":
        return _Amounts.of(truth, answers)
    return _Labels.of(truth, answers, found, more)


def _sum(often: Floats, values: Floats) -> float:
    """Of values that count so often; a product of vectors would depend on the threads of the library behind it."""
    return float((often * values).sum())


@dataclass(frozen=True)
class _Amounts:
    """Truths and predictions that are numbers, of the rows at `known`."""

    known: Numbers
    truth: Floats
    error: Floats

    @classmethod
    def of(cls, truth: pa.ChunkedArray[Any], answers: Answers) -> _Amounts:
        import numpy as np

        values, guesses = numbers(truth), numbers(answers.table[PREDICTION])
        known = np.flatnonzero(np.isfinite(values))
        return cls(known, values[known], np.abs(values - guesses)[known])

    def __call__(self, times: Floats) -> Outcomes:
        import numpy as np

        often = times[self.known]
        n = float(often.sum())
        mean = _sum(often, self.truth) / n if n else 0.0
        deviation = self.truth - mean
        facts = {
            "squared": _sum(often, self.error * self.error), "absolute": _sum(often, self.error),
            "variation": _sum(often, deviation * deviation), "mean": mean,
            "relative": _sum(often, self.error / np.maximum(np.abs(self.truth), np.finfo(np.float64).eps)),
        }
        return Outcomes("regression", int(n), facts=facts)


@dataclass(frozen=True)
class _Labels:
    """Pairs of labels of the rows at `known`.

    Attributes:
        pairs: the pairs of truth and prediction that there are.
        place: which of them each row is.
    """

    found: Outcomes
    known: Numbers
    pairs: tuple[tuple[str, str], ...]
    place: Numbers
    scores: _Scores | None

    @classmethod
    def of(cls, truth: pa.ChunkedArray[Any], answers: Answers, found: Outcomes, more: MadeUp) -> _Labels:
        import numpy as np

        names, codes = labels(truth)
        known = np.flatnonzero(np.array([name != UNKNOWN for name in names])[codes])
        wanted = [*np.array(names, dtype=object)[codes[known]], *(name for name, _ in more)]
        given = [*answers.labels[known], *(name if right else _another(name, found) for name, right in more)]
        pairs = sorted(set(zip(wanted, given, strict=True)))
        index = {pair: number for number, pair in enumerate(pairs)}
        place = np.array([index[pair] for pair in zip(wanted, given, strict=True)])
        scores = None
        if found.task == "binary" and answers.scored and answers.numbers is not None:
            hit = np.array([name == found.positive for name in wanted])
            scores = _Scores.of(_with_made_up(answers.numbers[known], hit, more), hit)
        return cls(found, np.concatenate([known, len(codes) + np.arange(len(more))]), tuple(pairs), place, scores)

    def __call__(self, times: Floats) -> Outcomes:
        import numpy as np

        often = times[self.known]
        counts = np.bincount(self.place, often, len(self.pairs)).astype(np.int64).tolist()
        confusion = tuple((*pair, count) for pair, count in zip(self.pairs, counts, strict=True) if count)
        task, named, positive = task_of(confusion, self.found)
        facts, calibration = self.scores(often) if self.scores is not None else ({}, ())
        return Outcomes(task, sum(counts), named, positive, confusion, facts, calibration)


def _another(label: str, found: Outcomes) -> str:
    """A wrong answer."""
    others = [name for name in found.labels if name != label]
    return others[0] if others else "(another)"


def _with_made_up(scores: Floats, hit: Numbers, more: MadeUp) -> Floats:
    """The scores, and behind them those of the rows made up: as rows of their truth are scored, or as the others."""
    import numpy as np

    real = hit[: len(scores)]
    median = {side: float(np.median(scores[real == side] if (real == side).any() else scores)) for side in (True, False)}
    made = [median[bool(good) == right] for good, (_, right) in zip(hit[len(scores) :], more, strict=True)]
    return np.concatenate([scores, made])


@dataclass(frozen=True)
class _Scores:
    """Scores in ascending order with their truths.

    Attributes:
        order: places of the rows by score.
        last: of each different score, the last place in that order.
        sure: negative log-likelihood and squared error by place; None where scores are no probabilities.
        bins: of calibration, by place.
    """

    order: Numbers
    score: Floats
    hit: Floats
    last: Numbers
    sure: tuple[Floats, Floats] | None
    bins: Numbers

    @classmethod
    def of(cls, scores: Floats, hit: Numbers) -> _Scores:
        import numpy as np

        order = np.argsort(scores, kind="stable")
        score, good = scores[order], hit[order].astype(np.float64)
        last = np.append(np.flatnonzero(score[1:] != score[:-1]), len(score) - 1)
        sure = None
        if score[0] >= 0 and score[-1] <= 1:
            tiny = np.finfo(np.float64).eps
            sure = -np.log(np.clip(np.where(good > 0, score, 1 - score), tiny, 1 - tiny)), (score - good) ** 2
        bins = np.clip((score * CALIBRATION_BINS).astype(np.int64), 0, CALIBRATION_BINS - 1) if sure is not None else last
        return cls(order, score, good, last, sure, bins)

    def __call__(self, times: Floats) -> tuple[dict[str, float], Calibration]:
        import numpy as np

        often = times[self.order]
        good_to = np.cumsum(often * self.hit)[self.last]
        bad_to = np.cumsum(often)[self.last] - good_to
        positives, others = float(good_to[-1]), float(bad_to[-1])
        facts = {"scored": positives + others, "positives": positives}
        if not positives or not others:
            return facts, ()
        good, bad = np.diff(good_to, prepend=0.0), np.diff(bad_to, prepend=0.0)
        found = positives - good_to + good
        flagged = found + others - bad_to + bad
        precise = np.divide(found, flagged, out=np.zeros_like(found), where=flagged > 0)
        facts |= {
            "auc": float((good * (2 * bad_to - bad)).sum()) / (2 * positives * others),
            "ks": float(np.abs(good_to / positives - bad_to / others).max()),
            "average_precision": float((good * precise).sum()) / positives,
        }
        if self.sure is None:
            return facts, ()
        likelihood, squared = self.sure
        return facts | {"log_likelihood": _sum(often, likelihood), "squared": _sum(often, squared)}, self._calibration(often)

    def _calibration(self, often: Floats) -> Calibration:
        import numpy as np

        columns = (np.bincount(self.bins, weights, CALIBRATION_BINS).tolist() for weights in (often, often * self.score, often * self.hit))
        return tuple((int(n), total, int(positives)) for n, total, positives in zip(*columns, strict=True))
