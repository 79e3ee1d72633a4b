"""Expectations evaluated on an Arrow table, as Great Expectations evaluates them on the same table through pandas.

    told = evaluate(Frame(table), {"type": "expect_column_values_to_be_unique", "kwargs": {"column": "id"}})
    told.summary()  # {"element_count": 400, "unexpected_count": 2, ...}: the numbers of the library's SUMMARY

The library is the oracle: what is answered here is compared with it field by field in the tests. What
cannot be answered exactly as it answers is not answered at all: a keyword that is not honoured, a kind of
column whose rules are pandas' own, a result so close to its bound that rounding would decide it.
Then `evaluate` gives None and the caller runs the library.
"""

from __future__ import annotations

from .evaluate import NATIVE, columns_asked, evaluate
from .frame import Frame
from .result import Result

__all__ = ["NATIVE", "Frame", "Result", "columns_asked", "evaluate"]
