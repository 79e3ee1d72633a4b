"""Expectations about the different values of a column. The values themselves are never in the answer."""

from __future__ import annotations

from typing import Any

from .arguments import Arguments
from .codes import codes_of, same_kind
from .frame import Frame
from .map import column_of
from .result import Result


def _both(frame: Frame, given: Arguments) -> tuple[set[Any], set[Any]]:
    column, permitted = column_of(frame, given), given.numbers_or_texts("value_set")
    same_kind(column, permitted)
    return set(codes_of(column)[1]), set(permitted)


def within_set(frame: Frame, given: Arguments) -> Result:
    """Every different value is in the set."""
    there, wanted = _both(frame, given)
    outside = len(there - wanted)
    return Result(outside == 0, unexpected_count=outside, more={"unexpected_count": outside})


def contains_set(frame: Frame, given: Arguments) -> Result:
    """Every value of the set occurs."""
    there, wanted = _both(frame, given)
    lacking = len(wanted - there)
    return Result(lacking == 0, more={"missing_count": lacking})


def equals_set(frame: Frame, given: Arguments) -> Result:
    """The different values are the set."""
    there, wanted = _both(frame, given)
    outside, lacking = len(there - wanted), len(wanted - there)
    return Result(outside == 0 == lacking, unexpected_count=outside, more={"unexpected_count": outside, "missing_count": lacking})


def most_common(frame: Frame, given: Arguments) -> Result:
    """The most common value is in the set; of several equally common ones any may be, with `ties_okay`."""
    import numpy as np

    column, permitted = column_of(frame, given), given.numbers_or_texts("value_set")
    same_kind(column, permitted)
    codes, different = codes_of(column)
    counts = np.bincount(codes) if len(codes) else np.zeros(0, dtype=np.int64)
    common = [different[place] for place in np.flatnonzero(counts == counts.max())] if len(counts) else []
    among = len(set(permitted).intersection(common))
    met = among > 0 if given.flag("ties_okay") else len(common) == 1 == among
    return Result(met)
