"""An answer of ours beside Great Expectations' result, field by field."""

from __future__ import annotations

import pytest

from modelops_airflow.checks.great_expectations_engine import raised_in


def is_number(value):
    return isinstance(value, int | float) and not isinstance(value, bool)


def _equal(mine, theirs):
    if isinstance(mine, dict):
        return all(_equal(value, theirs.get(key)) for key, value in mine.items())
    if isinstance(mine, list):
        return len(mine) == len(theirs) and all(map(_equal, mine, theirs))
    if mine is None or theirs is None or not is_number(mine):
        return mine == theirs
    return mine == theirs or mine == pytest.approx(theirs, rel=1e-9, abs=0)


def differences(one, mine, theirs):
    """Fields in which two answers differ, those that only one has included; of lists only the columns' names are compared."""
    if raised_in(theirs):
        return [f"the library raised: {raised_in(theirs)}"]
    told = mine.summary()
    if one["type"] == "expect_column_most_common_value_to_be_in_set":
        told.pop("observed_value")  # the value itself, which we do not tell
    wrong = [] if mine.success == theirs["success"] else ["success"]
    wrong += [name for name, value in told.items() if not _equal(value, theirs["result"].get(name))]
    return wrong + [name for name, value in theirs["result"].items() if is_number(value) and name not in told]
