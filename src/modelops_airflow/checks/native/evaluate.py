"""From an expectation to the function that answers it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..vocabulary import TYPES
from . import aggregate, distinct, rows, table, types
from . import map as column_map
from .arguments import Arguments, NotNative
from .frame import Frame
from .result import Result

Judge = Callable[[Frame, Arguments], Result]

NATIVE: Mapping[str, Judge] = {
    "expect_column_to_exist": table.column_exists,
    "expect_table_row_count_to_be_between": table.row_count_between,
    "expect_table_row_count_to_equal": table.row_count_equals,
    "expect_table_column_count_to_be_between": table.column_count_between,
    "expect_table_column_count_to_equal": table.column_count_equals,
    "expect_table_columns_to_match_ordered_list": table.columns_in_order,
    "expect_table_columns_to_match_set": table.columns_as_set,
    "expect_column_values_to_not_be_null": column_map.not_null,
    "expect_column_values_to_be_null": column_map.null,
    "expect_column_values_to_be_between": column_map.each(column_map.between),
    "expect_column_values_to_be_in_set": column_map.each(column_map.in_set),
    "expect_column_values_to_not_be_in_set": column_map.each(column_map.not_in_set),
    "expect_column_values_to_be_unique": column_map.each(column_map.unique),
    "expect_column_values_to_match_regex": column_map.each(column_map.match_regex),
    "expect_column_values_to_not_match_regex": column_map.each(column_map.not_match_regex),
    "expect_column_values_to_match_regex_list": column_map.each(column_map.match_regex_list),
    "expect_column_value_lengths_to_be_between": column_map.each(column_map.length_between),
    "expect_column_value_lengths_to_equal": column_map.each(column_map.length_equals),
    "expect_column_values_to_be_increasing": column_map.each(column_map.increasing),
    "expect_column_values_to_be_decreasing": column_map.each(column_map.decreasing),
    "expect_column_value_z_scores_to_be_less_than": column_map.each(column_map.z_score),
    "expect_column_values_to_be_of_type": types.of_type,
    "expect_column_values_to_be_in_type_list": types.in_type_list,
    "expect_column_min_to_be_between": aggregate.number(aggregate.lowest),
    "expect_column_max_to_be_between": aggregate.number(aggregate.highest),
    "expect_column_mean_to_be_between": aggregate.number(aggregate.mean),
    "expect_column_median_to_be_between": aggregate.number(aggregate.median),
    "expect_column_stdev_to_be_between": aggregate.number(aggregate.stdev),
    "expect_column_sum_to_be_between": aggregate.number(aggregate.total),
    "expect_column_quantile_values_to_be_between": aggregate.quantiles,
    "expect_column_unique_value_count_to_be_between": aggregate.distinct_count,
    "expect_column_proportion_of_unique_values_to_be_between": aggregate.distinct_share,
    "expect_column_proportion_of_non_null_values_to_be_between": aggregate.present_share,
    "expect_column_distinct_values_to_be_in_set": distinct.within_set,
    "expect_column_distinct_values_to_contain_set": distinct.contains_set,
    "expect_column_distinct_values_to_equal_set": distinct.equals_set,
    "expect_column_most_common_value_to_be_in_set": distinct.most_common,
    "expect_column_pair_values_a_to_be_greater_than_b": rows.pair(rows.greater),
    "expect_column_pair_values_to_be_equal": rows.pair(rows.equal),
    "expect_column_pair_values_to_be_in_set": rows.pair(rows.pairs_in_set),
    "expect_compound_columns_to_be_unique": rows.several(rows.unique_rows),
    "expect_select_column_values_to_be_unique_within_record": rows.several(rows.all_different),
    "expect_multicolumn_values_to_be_equal": rows.several(rows.all_equal),
    "expect_multicolumn_sum_to_equal": rows.several(rows.sum_equals),
}

# What narrows the rows or changes the answer's form is the library's; a note changes nothing.
_HONOURED_NOTES = frozenset({"meta", "notes", "description"})
_NOT_HONOURED = frozenset({"row_condition", "condition_parser", "library_metadata"})


def evaluate(frame: Frame, one: Mapping[str, Any]) -> Result | None:
    """The answer to an expectation, or None if only the library can give it."""
    kind, kwargs = str(one["type"]), one.get("kwargs") or {}
    if kind not in NATIVE or not isinstance(kwargs, Mapping) or not _honoured(kind, kwargs):
        return None
    try:
        return NATIVE[kind](frame, Arguments(kwargs))
    except NotNative:
        return None


def _honoured(kind: str, kwargs: Mapping[str, Any]) -> bool:
    keywords = TYPES[kind]
    given = {name for name, value in kwargs.items() if value is not None}
    honoured = ((keywords.required | keywords.optional) - _NOT_HONOURED) | _HONOURED_NOTES
    return kwargs.keys() <= keywords.known and keywords.required <= given <= honoured


def columns_asked(expectations: Iterable[Mapping[str, Any]]) -> set[str]:
    """The columns that expectations speak of, of the types that are native."""
    found: set[str] = set()
    for one in expectations:
        kwargs = one.get("kwargs") or {}
        if one["type"] not in NATIVE or not isinstance(kwargs, Mapping):
            continue
        for keyword in ("column", "column_A", "column_B", "column_list"):
            told = kwargs.get(keyword)
            found |= {name for name in (told if isinstance(told, list) else [told]) if isinstance(name, str)}
    return found
