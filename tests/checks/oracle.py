"""Data sets of edge values and every native expectation about them, met and unmet."""

from __future__ import annotations

import datetime
import decimal
from collections.abc import Iterator
from typing import Any

import pyarrow as pa

NAN, INF = float("nan"), float("inf")

DATA: dict[str, pa.Table] = {
    "plain": pa.table({
        "whole": [1, 2, 3, 4, 5, 6], "other": [1, 3, 2, 4, 6, 5], "real": [0.5, 1.0, 1.5, 2.0, 2.5, 1e300], "text": ["a", "bb", "é", "", "a b", "1"],
        "word": ["a", "b", "é", "", "x", "1"], "truth": [True, False, True, True, False, True], "same": [7, 7, 7, 7, 7, 7],
        "day": [datetime.date(2020, 1, n) for n in range(1, 7)], "time": pa.array([datetime.datetime(2020, 1, 1)] * 6, pa.timestamp("us")),
    }),
    "gaps": pa.table({
        "whole": pa.array([1, None, 3, 3, None, -2]), "other": pa.array([None, None, 3, 4, 0, -2]), "real": [0.1, NAN, 0.1, None, 0.3, -0.0],
        "text": ["a", None, "a", "bb", None, "ccc"], "word": [None, None, "a", "b", "x", "ccc"], "truth": [True, None, None, True, False, True],
        "same": pa.array([None, 7, None, 7, 7, 7]), "day": [None, *[datetime.date(2020, 1, 1)] * 5],
        "time": pa.array([None, *[datetime.datetime(2020, 1, 1)] * 5], pa.timestamp("us")),
    }),
    "infinite": pa.table({
        "whole": [2**53 - 1, -(2**53) + 1, 0, 0, 1, 1], "other": pa.array([0, 0, 1, 1, 255, 255], pa.uint8()), "real": [INF, -INF, INF, NAN, 0.0, -0.0],
        "text": ["nan", "inf", "None", "null", "\n", "ａ"], "word": ["nan", "NaN", "None", "null", "\n", "ａ\u0301"], "truth": [True] * 6,
        "same": [INF] * 6, "day": [datetime.date.max] * 6, "time": pa.array([datetime.datetime(1970, 1, 1)] * 6, pa.timestamp("s")),
    }),
    "nothing": pa.table({
        "whole": pa.nulls(4, pa.int64()), "other": pa.nulls(4, pa.int64()), "real": [NAN, NAN, None, None], "text": pa.nulls(4, pa.string()),
        "word": pa.nulls(4, pa.string()), "truth": pa.nulls(4, pa.bool_()), "same": pa.nulls(4, pa.float64()), "day": pa.nulls(4, pa.date32()),
        "time": pa.nulls(4, pa.timestamp("us")),
    }),
    "one row": pa.table({
        "whole": [3], "other": [3], "real": [0.1], "text": ["a"], "word": ["b"], "truth": [False], "same": [7], "day": [datetime.date(2020, 1, 1)],
        "time": pa.array([datetime.datetime(2020, 1, 1)], pa.timestamp("us")),
    }),
    "other kinds": pa.table({
        "whole": pa.array([1, 2, None], pa.int8()), "other": pa.array([1.5, None, 2.5], pa.float32()), "real": pa.array([decimal.Decimal("1.5"), None, decimal.Decimal(2)]),
        "text": pa.array(["a", None, "b"]).dictionary_encode(), "word": pa.array(["a", "b", None], pa.large_string()), "truth": pa.array([b"a", None, b"b"]),
        "same": [[1], None, [2]], "day": pa.nulls(3), "time": pa.array([datetime.timedelta(1), None, datetime.timedelta(2)]),
    }),
}
_GAPS = DATA["gaps"]
DATA["categories"] = _GAPS.set_column(3, "text", _GAPS["text"].dictionary_encode()).set_column(
    4, "word", pa.DictionaryArray.from_arrays(pa.array([None, None, 1, 0, 3, 2], pa.int8()), ["b", "a", "ccc", "x", "not used"]))
DATA["no row"] = DATA["plain"].slice(0, 0)

COLUMNS = ("whole", "other", "real", "text", "word", "truth", "same", "day", "time")
NUMERIC = ("whole", "other", "real", "same")


def _one(kind: str, **kwargs: Any) -> dict[str, Any]:
    return {"type": kind, "kwargs": kwargs}


def suite() -> list[dict[str, Any]]:
    """Every native type, each on every kind of column it could be asked about."""
    return [*_of_table(), *_of_columns(), *_of_numbers(), *_of_sets(), *_of_texts(), *_of_types(), *_of_pairs(), *_of_several()]


def _of_table() -> Iterator[dict[str, Any]]:
    for bounds in ({"min_value": 1}, {"min_value": 6, "max_value": 6}, {"max_value": 3}, {"min_value": 4, "strict_min": True}, {"max_value": 6, "strict_max": True}, {}):
        yield _one("expect_table_row_count_to_be_between", **bounds)
    for bounds in ({"min_value": 9}, {"min_value": 10, "max_value": 12}, {"max_value": 9}):
        yield _one("expect_table_column_count_to_be_between", **bounds)
    for value in (0, 1, 6, 9):
        yield _one("expect_table_row_count_to_equal", value=value)
        yield _one("expect_table_column_count_to_equal", value=value)
    for names in (list(COLUMNS), list(reversed(COLUMNS)), [*COLUMNS, "more"], ["whole"]):
        yield _one("expect_table_columns_to_match_ordered_list", column_list=names)
        yield _one("expect_table_columns_to_match_set", column_set=names)
        yield _one("expect_table_columns_to_match_set", column_set=names, exact_match=False)
    for name, place in (("whole", None), ("zebra", None), ("other", 1), ("other", 2), ("other", 0), ("time", -1), ("time", 99), ("time", -99)):
        yield _one("expect_column_to_exist", column=name, **({} if place is None else {"column_index": place}))


def _of_columns() -> Iterator[dict[str, Any]]:
    for name in COLUMNS:
        for mostly in ({}, {"mostly": 0.5}):
            yield _one("expect_column_values_to_not_be_null", column=name, **mostly)
            yield _one("expect_column_values_to_be_null", column=name, **mostly)
            if name != "same":
                yield _one("expect_column_values_to_be_unique", column=name, **mostly)
        for bounds in ({"min_value": 0.5}, {"max_value": 0}, {"min_value": 1, "strict_min": True}):
            yield _one("expect_column_proportion_of_non_null_values_to_be_between", column=name, **bounds)
            if name not in ("same", "truth"):
                yield _one("expect_column_proportion_of_unique_values_to_be_between", column=name, **bounds)
        for bounds in ({"min_value": 3}, {"max_value": 2, "strict_max": True}):
            yield _one("expect_column_unique_value_count_to_be_between", column=name, **bounds)


BOUNDS: tuple[dict[str, Any], ...] = (
    {"min_value": 0, "max_value": 5}, {"min_value": 1, "max_value": 6, "strict_min": True}, {"min_value": 1, "max_value": 6, "strict_max": True},
    {"min_value": 1, "max_value": 3, "strict_min": True, "strict_max": True}, {"min_value": -0.0}, {"max_value": 0}, {"max_value": 3.5, "strict_max": True},
    {"min_value": 3, "max_value": 3}, {"min_value": -1e308, "max_value": 1e308},
)


def _of_numbers() -> Iterator[dict[str, Any]]:
    for name in NUMERIC:
        for place, bounds in enumerate(BOUNDS):
            yield _one("expect_column_values_to_be_between", column=name, mostly=(1.0, 0.6)[place % 2], **bounds)
            for aggregate in ("min", "max", "mean", "median", "stdev", "sum") if place % 2 == 0 else ("min", "max"):
                yield _one(f"expect_column_{aggregate}_to_be_between", column=name, **bounds)
        for sides in (True, False):
            for threshold in (0.5, 1.9, 0, -1):
                yield _one("expect_column_value_z_scores_to_be_less_than", column=name, threshold=threshold, double_sided=sides, mostly=0.7)
        for strictly in ({}, {"strictly": True}, {"mostly": 0.5}):
            yield _one("expect_column_values_to_be_increasing", column=name, **strictly)
            yield _one("expect_column_values_to_be_decreasing", column=name, **strictly)
        for ranges in ([[0, 2], [None, 3.5], [1, None]], [[1, 1], [3, 3], [6, 6]], [[1.0001, 2], [-5, 2.9999], [None, 0]]):
            yield _one("expect_column_quantile_values_to_be_between", column=name,
                       quantile_ranges={"quantiles": [0, 0.5, 1], "value_ranges": ranges})


def _of_sets() -> Iterator[dict[str, Any]]:
    sets = {"whole": ([1, 2, 3, 4, 5, 6], [1, 3, -2], [1.0, 2.5], [3]), "other": ([1, 2, 3, 4, 5, 6], [0, 1, 255]), "real": ([0.1, 0.3, 0], [0.5, 1, 1.5, 2, 2.5, 1e300]),
            "text": (["a", "bb", "é", "", "a b", "1"], ["a"], ["nan", "None"]), "word": (["a", "b", "x", "ccc"],), "truth": ([True, False], [True]), "same": ([7], [7, 8])}
    for name, given in sets.items():
        for values in given:
            for kind in ("values_to_be_in_set", "values_to_not_be_in_set"):
                yield _one(f"expect_column_{kind}", column=name, value_set=values, mostly=0.4 if len(values) == 1 else 1)
            for kind in ("distinct_values_to_be_in_set", "distinct_values_to_contain_set", "distinct_values_to_equal_set", "most_common_value_to_be_in_set"):
                yield _one(f"expect_column_{kind}", column=name, value_set=values)
            yield _one("expect_column_most_common_value_to_be_in_set", column=name, value_set=values, ties_okay=True)


def _of_texts() -> Iterator[dict[str, Any]]:
    for name in ("text", "word"):
        for regex in ("^a", "a$", ".", "", r"\d", r"\w+", "^[a-z]{1,2}$", "(a|b)", r"\bN", "(?i)nan", r"^\s$"):
            yield _one("expect_column_values_to_match_regex", column=name, regex=regex)
            yield _one("expect_column_values_to_not_match_regex", column=name, regex=regex, mostly=0.5)
        for match_on in ({}, {"match_on": "all"}, {"match_on": "any"}):
            yield _one("expect_column_values_to_match_regex_list", column=name, regex_list=["a", "^.$"], **match_on)
        for bounds in ({"min_value": 1}, {"max_value": 1}, {"min_value": 1, "max_value": 3, "strict_max": True}, {"min_value": 0, "strict_min": True}):
            yield _one("expect_column_value_lengths_to_be_between", column=name, **bounds)
        for value in (1, 2, 0):
            yield _one("expect_column_value_lengths_to_equal", column=name, value=value, mostly=0.3)


def _of_types() -> Iterator[dict[str, Any]]:
    for name in COLUMNS:
        for kind in ("int", "float64", "float", "str", "bool", "uint8", "string_types", "long"):
            yield _one("expect_column_values_to_be_of_type", column=name, type_=kind)
        for kinds in (["int", "float"], ["str", "int64"], ["bool", "uint8"]):
            yield _one("expect_column_values_to_be_in_type_list", column=name, type_list=kinds)


def _of_pairs() -> Iterator[dict[str, Any]]:
    for ignored in ({}, {"ignore_row_if": "either_value_is_missing"}, {"ignore_row_if": "neither", "mostly": 0.5}):
        for first, second in (("whole", "other"), ("whole", "real"), ("real", "same"), ("text", "word"), ("other", "whole")):
            yield _one("expect_column_pair_values_to_be_equal", column_A=first, column_B=second, **ignored)
            if first != "text":
                for equal in ({}, {"or_equal": True}):
                    yield _one("expect_column_pair_values_a_to_be_greater_than_b", column_A=first, column_B=second, **ignored, **equal)
        for values in ([[1, 1], [2, 3], [3, 2], [3, 3], [None, 0]], [[-2, -2], [3, 4]]):
            yield _one("expect_column_pair_values_to_be_in_set", column_A="whole", column_B="other", value_pairs_set=values, **ignored)
        yield _one("expect_column_pair_values_to_be_in_set", column_A="whole", column_B="text", value_pairs_set=[[1, "a"], [2, "bb"], [3, "a"], [3, None]], **ignored)


def _of_several() -> Iterator[dict[str, Any]]:
    for ignored in ({}, {"ignore_row_if": "any_value_is_missing"}, {"ignore_row_if": "never", "mostly": 0.5}):
        for names in (["whole", "other"], ["whole", "text"], ["same", "truth"], ["real", "same"], ["truth", "text", "word"], ["text", "word"]):
            yield _one("expect_compound_columns_to_be_unique", column_list=names, **ignored)
        for names in (["whole", "other"], ["whole", "other", "same"], ["text", "word"], ["real", "whole"]):
            yield _one("expect_select_column_values_to_be_unique_within_record", column_list=names, **ignored)
            yield _one("expect_multicolumn_values_to_be_equal", column_list=names, **ignored)
        for names in (["whole", "other"], ["whole", "same", "other"], ["real", "whole"], ["real", "same", "whole"]):
            for total in (2, 6, 15, 1.5):
                yield _one("expect_multicolumn_sum_to_equal", column_list=names, sum_total=total, **ignored)
