"""Permutation importance: how much worse answers to a sample become when one of its features is shuffled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import CheckError
from .answers import Answers, Model, answers_of, ask, demand_same_form, demand_usable, outcomes_of
from .quality import QUALITY, fits, main_quality
from .sample import Sample

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    Floats = np.ndarray[Any, np.dtype[np.float64]]

CHANGE = "change"
"""The measure that needs no truth."""
_SEEDS = 2**31
"""How many seeds scikit-learn draws from."""


@dataclass(frozen=True)
class Study:
    """A sample with the model's answers to it, and what is measured of them."""

    model: Model
    drawn: Sample
    answers: Answers
    measure: str
    side: str

    @classmethod
    def of(cls, model: Model, drawn: Sample, measure: str, side: str) -> Study:
        """Ask about the rows as they are.

        Raises:
            CheckError: the answers cannot be used, or the measure has no value for them.
        """
        answers = ask(model, drawn.features)
        demand_usable(answers, side)
        if measure == CHANGE:
            return cls(model, drawn, answers, measure, side)
        if drawn.truth is None:
            raise CheckError(f"importance needs the truth, and the {side} has no labels; set measure: {CHANGE}")
        found = outcomes_of(drawn.truth, answers, drawn.outcomes)
        chosen = main_quality(found, scored=answers.scored) if measure == "auto" else measure
        if not fits(chosen, found):
            raise CheckError(f"measure is {chosen!r} but the labels are those of {found.task}")
        study = cls(model, drawn, answers, chosen, side)
        study.quality(answers)
        return study

    def asked(self, rows: pa.Table, what: str) -> Answers:
        """Answers to rows made of the sample's.

        Raises:
            CheckError: one cannot be used, or they are of another form than those to the sample as it is.
        """
        answers = ask(self.model, rows)
        demand_same_form(self.answers, answers)
        demand_usable(answers, what)
        return answers

    def quality(self, answers: Answers) -> float:
        """How good answers to the sample are; for `change` how little they differ from those as it is."""
        if self.drawn.truth is None or self.measure == CHANGE:
            return -self._changed(answers)
        value = QUALITY[self.measure](outcomes_of(self.drawn.truth, answers, self.drawn.outcomes))
        if value is None:
            raise CheckError(f"{self.measure} of the {self.side} is not known: its labels do not vary, or there are no scores")
        return value

    def _changed(self, answers: Answers) -> float:
        import numpy as np

        if self.answers.numbers is None or answers.numbers is None:
            return float(np.mean(answers.labels != self.answers.labels))
        return float(np.mean(np.abs(answers.numbers - self.answers.numbers)))

    def falls(self, repeats: int, seed: int) -> Floats:
        """By feature and shuffle: how much worse answers become. Shuffles are drawn as scikit-learn draws them."""
        import numpy as np

        draw = int(np.random.RandomState(seed).randint(_SEEDS))
        kept = self.quality(self.answers)
        return np.array([[kept - value for value in self._shuffled(name, repeats, draw)] for name in self.drawn.features.column_names])

    def _shuffled(self, name: str, repeats: int, draw: int) -> list[float]:
        import numpy as np
        import pyarrow as pa

        n = self.drawn.features.num_rows
        generator, places = np.random.RandomState(draw), np.arange(n)
        column, columns = np.arange(n), []
        for _ in range(repeats):
            generator.shuffle(places)
            column = column[places]  # each shuffle is of the shuffled column
            columns.append(column)
        stacked = pa.concat_tables([self.drawn.features] * repeats)
        moved = self.drawn.features[name].take(pa.array(np.concatenate(columns), pa.int64()))
        answers = self.asked(stacked.set_column(stacked.column_names.index(name), name, moved), f"{self.side} with {name} shuffled")
        return [self.quality(answers_of(answers.table.slice(turn * n, n), n)) for turn in range(repeats)]
