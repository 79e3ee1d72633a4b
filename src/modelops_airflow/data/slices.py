"""Slices: outcomes of the rows of each label of a column."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..errors import DataError
from .columns import Columns
from .few import is_few
from .outcomes import Answers, answers_of
from .profile import NUMERIC, TIME, Outcomes, Slice, Slices
from .values import FEW_VALUES, Coded, kind_of, numbers

if TYPE_CHECKING:
    import numpy as np

MOST_SLICES = 200
"""Labels that a column of texts may have to be sliced by; numbers may have as many as are counted one by one."""


def slices(table: Columns, roles: Mapping[str, str], columns: Sequence[str], whole: Outcomes | None) -> dict[str, Slices]:
    """The slices of each column, or why there are none.

    Args:
        whole: outcomes of all rows; their task and positive label hold for every slice, whatever labels it has.
    """
    coded = Coded(table)
    answers = None if whole is None else answers_of(coded, roles)
    return {name: _sliced(coded, name, answers, whole) for name in columns}


def _sliced(coded: Coded, name: str, answers: Answers | None, whole: Outcomes | None) -> Slices:
    if answers is None:
        return Slices(reason="the data has no labels or no predictions")
    if name not in coded:
        return Slices(reason=f"the data has no column {name!r}")
    values = coded.table[name]
    kind = kind_of(values)
    if kind == TIME:
        return Slices(reason=f"column {name!r} holds times; expected labels")
    if kind == NUMERIC and not is_few(numbers(values)):
        return Slices(reason=f"column {name!r} has no numbers or more than {FEW_VALUES} different ones; expected labels or bands")
    try:
        labels, codes = coded[name]
    except DataError as error:
        return Slices(reason=f"column {name!r} cannot be read as labels: {error}")
    if len(labels) > MOST_SLICES:
        return Slices(reason=f"column {name!r} has {len(labels)} different values; expected at most {MOST_SLICES}")
    return Slices(tuple(Slice(labels[code], len(rows), answers.outcomes(rows, whole)) for code, rows in _rows(codes, len(labels))))


def _rows(codes: np.ndarray[Any, Any], labels: int) -> Iterator[tuple[int, np.ndarray[Any, Any]]]:
    """The rows of each label that is there, in their order."""
    import numpy as np

    order = np.argsort(codes, kind="stable")
    ends = np.cumsum(np.bincount(codes, minlength=labels))
    for code, rows in enumerate(np.split(order, ends[:-1])):
        if len(rows):
            yield code, rows
