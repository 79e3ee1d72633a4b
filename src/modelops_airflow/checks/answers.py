"""Answers of a model to rows: labels, numbers, and which of them can be used."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..data.outcomes import outcomes
from ..data.prepare import PREDICTION, SCORE
from ..data.profile import NUMERIC, Outcomes
from ..data.values import FEW_VALUES, UNKNOWN, kind_of, labels, numbers
from ..errors import CheckError, DataError, ModelOpsError

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    from ..data.profile import Profiles
    from .check import CheckContext

    Floats = np.ndarray[Any, np.dtype[np.float64]]
    Truths = np.ndarray[Any, np.dtype[np.bool_]]


Model = Callable[["pa.Table"], "pa.Table"]
"""Features in, a table with `prediction` and perhaps `score` out."""


@dataclass(frozen=True)
class Answers:
    """What the model said of each row, in order.

    Attributes:
        table: `prediction` and perhaps `score`, as the model gave them.
        labels: predictions as text; `(unknown)` where there is none.
        numbers: the score, or the prediction where that is a number and there is no score; None where neither is.
    """

    table: pa.Table
    labels: np.ndarray[Any, Any]
    numbers: Floats | None

    @property
    def scored(self) -> bool:
        """Whether there are scores beside the predictions."""
        return SCORE in self.table.column_names

    @property
    def form(self) -> tuple[bool, bool]:
        """Whether there are scores, and whether there are numbers at all."""
        return self.scored, self.numbers is not None

    @property
    def usable(self) -> Truths:
        """Rows with a prediction, and a finite number where numbers are given."""
        import numpy as np

        known: Truths = self.labels != UNKNOWN
        return known if self.numbers is None else known & np.isfinite(self.numbers)


def model_of(context: CheckContext, check: str) -> Model:
    """The model to ask about the rows of the data.

    Raises:
        CheckError: there is none.
    """
    if context.score is None:
        raise CheckError(f"{check} asks the model, and there is none here; run it as a step of a life cycle, or name --kind and --artifact")
    return context.score


def model_of_any_row(context: CheckContext, check: str) -> Model:
    """The model to ask about rows that are in no data set.

    Raises:
        CheckError: there is none, or it has answers to some rows alone: it would seem not to care what a row says.
    """
    model = model_of(context, check)
    try:
        why = context.fixed()
    except ModelOpsError as error:
        raise CheckError(f"the model did not answer: {told(error)}") from None
    if why:
        raise CheckError(f"{check} changes rows and asks the model again: {why}")
    return model


def ask(model: Model, rows: pa.Table) -> Answers:
    """The model's answers to rows.

    Raises:
        CheckError: its artifact may not be opened, or it did not answer each row.
    """
    try:
        return answers_of(model(rows), rows.num_rows)
    except CheckError:
        raise
    except DataError as error:
        raise CheckError(f"the model's answers cannot be read: {error}") from None
    except Exception as error:  # a model raises what it likes over data it did not expect
        raise CheckError(f"the model did not answer: {told(error)}") from None


def told(error: Exception) -> str:
    """An exception in one line."""
    return (str(error).strip() or type(error).__name__).splitlines()[0][:300]


def answers_of(table: pa.Table, rows: int) -> Answers:
    """A table of answers, read.

    Raises:
        CheckError: another number of rows, no prediction, or values that are no answer.
    """
    import numpy as np

    if PREDICTION not in table.column_names:
        raise CheckError(f"the model answered {', '.join(table.column_names) or 'nothing'}; expected a column {PREDICTION!r}")
    if table.num_rows != rows:
        raise CheckError(f"the model answered {table.num_rows} rows for {rows}")
    names, codes = labels(table[PREDICTION])
    given = np.array(names, dtype=object)[codes] if rows else np.array([], dtype=object)
    source = table[SCORE] if SCORE in table.column_names else table[PREDICTION]
    numeric = SCORE in table.column_names or kind_of(source) == NUMERIC
    return Answers(table, given, numbers(source) if numeric else None)


def demand_same_form(before: Answers, after: Answers) -> None:
    """Refuse labels beside scores: their difference would look small.

    Raises:
        CheckError: one side has scores, or numbers, and the other has not.
    """
    if after.form != before.form:
        raise CheckError("the answers are of another form than those to the rows as they are")


def demand_usable(answers: Answers, what: str) -> None:
    """Refuse answers of which some cannot be used: numbers over the rest would flatter the model.

    Raises:
        CheckError: there are such.
    """
    bad = int((~answers.usable).sum())
    if bad:
        raise CheckError(f"the model has no usable answer to {bad} of {len(answers.labels)} rows of the {what}")


def is_amount(answers: Answers, profiles: Profiles) -> bool:
    """Whether predictions are amounts (regression), not labels: as the profile's truth says, else by their number."""
    if profiles.current.outcomes is not None:
        return profiles.current.outcomes.task == "regression"
    return not answers.scored and answers.numbers is not None and len(set(answers.labels)) > FEW_VALUES


def outcomes_of(truth: pa.ChunkedArray[Any], answers: Answers, like: Outcomes | None) -> Outcomes:
    """How answers relate to the truth, exactly as `performance` has it.

    Args:
        like: outcomes of all rows that these are some of, whose task and positive label are kept; None where they are not known.

    Raises:
        CheckError: no row has a label, or labels and predictions are of another form.
    """
    import pyarrow as pa

    columns = {"truth": truth} | {name: answers.table[name] for name in (PREDICTION, SCORE) if name in answers.table.column_names}
    found = outcomes(pa.table(columns), {"truth": "target", PREDICTION: "prediction", SCORE: "score"}, like)
    if found is None or found.n == 0:
        raise CheckError("no row of the sample has both a label and a prediction")
    if strange := found.strangers():
        raise CheckError(strange)
    return found
