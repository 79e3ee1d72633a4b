"""What a model says in its own words, for checks that read texts; those stay out of the evidence, which has counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import CheckError
from .answers import told

if TYPE_CHECKING:
    import pyarrow as pa

    from .check import CheckContext

STATES = ("valid", "invalid", "refused")
NO_WORDS = "the model gives labels or numbers and no text"


@dataclass(frozen=True)
class Spoken:
    """Answers, one a row in order, as `Scorer.said` has them.

    Attributes:
        requests: names of the questions; another one has another.
        closed: the prediction is one of a list, and nothing else of the text counts.
        replayed: nobody asked the model.
    """

    requests: Sequence[str]
    answers: Sequence[str]
    states: Sequence[str]
    finishes: Sequence[str]
    prompt_tokens: Sequence[int | None]
    completion_tokens: Sequence[int | None]
    closed: Sequence[bool]
    replayed: Sequence[bool]


def speak(context: CheckContext, rows: pa.Table, check: str) -> Spoken | None:
    """The model's answers to rows; None of a model that has no words.

    Raises:
        CheckError: there is no model, it may not be opened, or it did not answer each row.
    """
    if context.said is None:
        raise CheckError(f"{check} asks the model, and there is none here; run it as a step of a life cycle, or name --kind and --artifact")
    try:
        table = context.said(rows)
        return None if table is None else _spoken(table, rows.num_rows)
    except CheckError:
        raise
    except Exception as error:  # a model raises what it likes over data it did not expect
        raise CheckError(f"the model did not answer: {told(error)}") from None


def _spoken(table: pa.Table, rows: int) -> Spoken:
    if table.num_rows != rows:
        raise CheckError(f"the model answered {table.num_rows} rows for {rows}")
    found = Spoken(*(_column(table, name, kind, may_lack) for name, kind, may_lack in (
        ("request", str, False), ("answer", str, False), ("state", str, False), ("finish", str, False), ("prompt_tokens", int, True), ("completion_tokens", int, True),
        ("closed", bool, False), ("replayed", bool, False))))
    if strange := sorted(set(found.states) - set(STATES)):
        raise CheckError(f"the model's answers have the state {strange[0]!r}; expected {', '.join(STATES)}")
    return found


def _column(table: pa.Table, name: str, kind: type, may_lack: bool) -> list[Any]:
    if name not in table.column_names:
        raise CheckError(f"the model's answers have no {name!r}")
    values: list[Any] = table[name].to_pylist()
    for place, value in enumerate(values):
        if not (value is None and may_lack) and type(value) is not kind:
            raise CheckError(f"row {place} of the model's answers has no usable {name!r}")
        if isinstance(value, int) and value < 0:
            raise CheckError(f"row {place} of the model's answers has a negative {name!r}")
    return values
