"""SHAP values of any model, by the library shap, whose permutation explainer asks about rows mixed with rows of a background.

The library is given the places of rows for their cells: it takes numbers alone, and two that are equal to five digits for equal, which places
below 100,000 are not. It is called twice for each row, first to hear its questions and then with the answers, so that a model in a jail or
behind an address is asked about many at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import CheckError
from .answers import is_amount
from .permutation_importance import Study

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    from ..data.profile import Profiles

    Floats = np.ndarray[Any, np.dtype[np.float64]]

MOST_QUESTIONS = 20_000_000
_AT_ONCE = 200_000
_TOLERANCE = 1e-5
"""Of the largest answer; a model that computes in single precision answers a row a little differently among other rows."""
_ROUNDING = 1e-6
_LEAST = 1e-300
"""Below, numbers have no digits to be near with."""


@dataclass(frozen=True)
class Shapley:
    """How SHAP values are sampled.

    Attributes:
        explained: rows whose answers are explained, at most.
        background: rows of the same sample that a feature's values come from where it is taken away, at most.
        permutations: orders in which features are added, each there and back.
    """

    explained: int
    background: int
    permutations: int
    seed: int

    def of(self, study: Study, profiles: Profiles) -> ShapValues:
        """SHAP values of a sample's answers.

        Raises:
            CheckError: the library is not there, answers are labels alone, there are too many questions, the model does not answer one, or
                values and mean do not add up to the answer.
        """
        import numpy as np

        shap = _library()
        answers, features = study.answers.numbers, study.drawn.features
        if answers is None or not (study.answers.scored or is_amount(study.answers, profiles)):
            raise CheckError("SHAP values are of a score or an amount; the model gives labels alone: set method: permutation")
        generator, n = np.random.default_rng(self.seed), features.num_rows
        explained, background = (np.sort(generator.choice(n, min(most, n), replace=False)) for most in (self.explained, self.background))
        self._demand(len(explained), len(background), features.num_columns)
        seeds = np.random.SeedSequence(self.seed).generate_state(len(explained)).tolist()
        values = _Game.of(shap, study, explained, background, self.permutations).values(seeds)
        gap = _gap(values, answers[background], answers[explained])
        bound = max(_TOLERANCE * float(np.max(np.abs(answers))), _LEAST)
        if not gap <= bound:
            raise CheckError(f"SHAP values of the {study.side} and the mean answer are up to {gap:.3g} away from the answers; expected at most {bound:.3g}: "
                             f"the model answers the same row differently among other rows, or its numbers are too large to add up")
        told = f"SHAP values: of the {'score' if study.answers.scored else 'amount'} of {len(explained)} rows, over {len(background)} others"
        return ShapValues(tuple(features.column_names), values, gap, told)

    def _demand(self, explained: int, background: int, width: int) -> None:
        questions = explained * background * self.permutations * (2 * width + 1)
        if questions > MOST_QUESTIONS:
            raise CheckError(f"SHAP values of {explained} rows over {background} others, {width} features and repeats {self.permutations} take {questions} questions; "
                             f"expected at most {MOST_QUESTIONS}: lower explained, background or repeats")


@dataclass(frozen=True)
class ShapValues:
    """SHAP values.

    Attributes:
        values: a row for each explained row, a column for each feature, in units of the answer.
        gap: how far a row's values and the mean answer to the background are from its answer, at most.
        told: for the notes, what was explained.
    """

    names: tuple[str, ...]
    values: Floats
    gap: float
    told: str

    @property
    def strengths(self) -> Floats:
        """Mean absolute value of each feature; 0 where it is so small beside the largest that it may be rounding, whose order means nothing."""
        import numpy as np

        found: Floats = np.abs(self.values).mean(axis=0)
        return np.where(found > _ROUNDING * found.max(), found, 0.0)


@dataclass(frozen=True)
class _Game:
    """What the library and the model are asked.

    Attributes:
        rows: those to explain, followed by those of the background; a row's place stands for each of its cells.
        explainer: the library's, of the background, for an answering function and a seed.
        questions: to the model about each row.
    """

    study: Study
    rows: pa.Table
    explained: int
    explainer: Callable[[Callable[[Any], Any], int], Any]
    evaluations: int
    questions: int

    @classmethod
    def of(cls, shap: Any, study: Study, explained: Any, background: Any, permutations: int) -> _Game:
        """For places of rows in a sample."""
        import numpy as np

        features = study.drawn.features
        width, evaluations = features.num_columns, permutations * (2 * features.num_columns + 1)
        places = np.arange(len(explained), len(explained) + len(background), dtype=np.float64)
        masker = shap.maskers.Independent(np.repeat(places[:, None], width, axis=1), max_samples=len(places))
        rows = features.take(np.concatenate([explained, background])).combine_chunks()
        return cls(study, rows, len(explained), lambda answer, seed: shap.PermutationExplainer(answer, masker, seed=seed), evaluations, evaluations * len(background))

    def values(self, seeds: Sequence[int]) -> Floats:
        """SHAP values of all rows, some rows at a time."""
        import numpy as np

        step = max(1, _AT_ONCE // self.questions)
        with _random_state_kept():
            found = [self._block(range(start, min(start + step, self.explained)), seeds) for start in range(0, self.explained, step)]
        return np.concatenate(found)

    def _block(self, places: range, seeds: Sequence[int]) -> Floats:
        import numpy as np

        questions: list[Any] = []

        def heard(cells: Any) -> Any:
            questions.append(cells.astype(np.int32))
            return np.zeros(len(cells))

        for place in places:
            self._explained(place, seeds[place], heard)
        answers = self.study.asked(self._table(np.concatenate(questions)), f"{self.study.side} with features of other rows").numbers
        assert answers is not None  # noqa: S101 - for the type checker; they are of the same form
        told = iter(np.split(answers, np.cumsum([len(one) for one in questions])[:-1]))
        return np.stack([self._explained(place, seeds[place], lambda _: next(told)) for place in places])

    def _explained(self, place: int, seed: int, answer: Callable[[Any], Any]) -> Floats:
        """One row by the library; the same seed puts the same questions."""
        import numpy as np

        cells = np.full((1, self.rows.num_columns), float(place))
        values: Floats = self.explainer(answer, seed)(cells, max_evals=self.evaluations, silent=True).values[0]
        return values

    def _table(self, places: Any) -> pa.Table:
        import pyarrow as pa

        return pa.table({name: self.rows[name].take(pa.array(places[:, at])) for at, name in enumerate(self.rows.column_names)}, schema=self.rows.schema)


def _gap(values: Floats, background: Floats, explained: Floats) -> float:
    """How far values and mean are from the answers, at most; infinite where they are too large to add up."""
    import numpy as np

    with np.errstate(over="ignore", invalid="ignore"):
        gap, whole = np.max(np.abs(values.sum(axis=1) + background.mean() - explained)), np.abs(values).sum()
    return float(gap) if np.isfinite(whole) and np.isfinite(gap) else float("inf")


@contextmanager
def _random_state_kept() -> Iterator[None]:
    """The library draws from numpy's one generator of the process; others find it as it was."""
    import numpy as np

    kept = np.random.get_state()
    try:
        yield
    finally:
        np.random.set_state(kept)


def _library() -> Any:
    try:
        import shap
    except ImportError as error:
        raise CheckError(f"method: shap is unavailable ({error}); run: pip install 'modelops-airflow[shap]', or set method: permutation") from None
    return shap
