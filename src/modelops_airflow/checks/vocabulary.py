"""The words of Great Expectations 1.24: its types of expectation, and the keywords that each takes.

Written down because importing the library costs seconds and a suite is linted while its author waits.
A test compares every line with the library that is installed, so that the list cannot lie.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

SEVERITIES = ("critical", "warning", "info")

COMMON = frozenset({
    "batch_id", "catch_exceptions", "description", "id", "meta", "notes", "rendered_content", "result_format", "severity", "windows",
})
"""Keywords of every type; none of them changes what is counted."""

PARTS = frozenset({
    "type", "kwargs", "meta", "notes", "description", "severity", "success_on_last_run", "id", "expectation_context", "rendered_content",
})
"""What an expectation in a suite file may have; the library passes over anything else, such as `kwarg` with all that is in it."""


@dataclass(frozen=True)
class Keywords:
    """What a type of expectation takes beside the common keywords.

    Attributes:
        required: must be there and have a value.
    """

    required: frozenset[str]
    optional: frozenset[str]

    @property
    def known(self) -> frozenset[str]:
        """Every keyword that the library accepts."""
        return self.required | self.optional | COMMON


_ROWS = "row_condition condition_parser"
_MAP = f"mostly {_ROWS}"
_SEVERAL = f"{_MAP} ignore_row_if"
_BETWEEN = "min_value max_value strict_min strict_max"
_NUMBER = f"{_BETWEEN} {_ROWS}"
_LABELLED = "library_metadata"


def _takes(required: str, optional: str = "") -> Keywords:
    return Keywords(frozenset(required.split()), frozenset(optional.split()))


TYPES: Mapping[str, Keywords] = {
    "expect_column_distinct_values_to_be_in_set": _takes("column value_set", _ROWS),
    "expect_column_distinct_values_to_contain_set": _takes("column value_set", _ROWS),
    "expect_column_distinct_values_to_equal_set": _takes("column value_set", _ROWS),
    "expect_column_kl_divergence_to_be_less_than": _takes(
        "column", f"{_ROWS} partition_object threshold internal_weight_holdout tail_weight_holdout bucketize_data min_value max_value"),
    "expect_column_max_to_be_between": _takes("column", _NUMBER),
    "expect_column_mean_to_be_between": _takes("column", _NUMBER),
    "expect_column_median_to_be_between": _takes("column", _NUMBER),
    "expect_column_min_to_be_between": _takes("column", _NUMBER),
    "expect_column_most_common_value_to_be_in_set": _takes("column value_set", f"{_ROWS} ties_okay"),
    "expect_column_pair_values_a_to_be_greater_than_b": _takes("column_A column_B", f"{_SEVERAL} or_equal"),
    "expect_column_pair_values_to_be_equal": _takes("column_A column_B", _SEVERAL),
    "expect_column_pair_values_to_be_in_set": _takes("column_A column_B value_pairs_set", _SEVERAL),
    "expect_column_proportion_of_non_null_values_to_be_between": _takes("column", f"{_NUMBER} {_LABELLED}"),
    "expect_column_proportion_of_unique_values_to_be_between": _takes("column", f"{_NUMBER} {_LABELLED}"),
    "expect_column_quantile_values_to_be_between": _takes("column quantile_ranges", f"{_ROWS} allow_relative_error"),
    "expect_column_stdev_to_be_between": _takes("column", _NUMBER),
    "expect_column_sum_to_be_between": _takes("column", _NUMBER),
    "expect_column_to_exist": _takes("column", "column_index"),
    "expect_column_type_to_be": _takes("column type_"),
    "expect_column_unique_value_count_to_be_between": _takes("column", f"{_NUMBER} {_LABELLED}"),
    "expect_column_value_lengths_to_be_between": _takes("column", f"{_MAP} {_BETWEEN}"),
    "expect_column_value_lengths_to_equal": _takes("column value", _MAP),
    "expect_column_value_z_scores_to_be_less_than": _takes("column threshold double_sided", _MAP),
    "expect_column_values_to_be_between": _takes("column", f"{_MAP} {_BETWEEN}"),
    "expect_column_values_to_be_dateutil_parseable": _takes("column", f"{_MAP} {_LABELLED}"),
    "expect_column_values_to_be_decreasing": _takes("column", f"{_MAP} strictly {_LABELLED}"),
    "expect_column_values_to_be_in_set": _takes("column value_set", _MAP),
    "expect_column_values_to_be_in_type_list": _takes("column", f"{_MAP} type_list"),
    "expect_column_values_to_be_increasing": _takes("column", f"{_MAP} strictly {_LABELLED}"),
    "expect_column_values_to_be_json_parseable": _takes("column", f"{_MAP} {_LABELLED}"),
    "expect_column_values_to_be_null": _takes("column", _MAP),
    "expect_column_values_to_be_of_type": _takes("column type_", _MAP),
    "expect_column_values_to_be_unique": _takes("column", _MAP),
    "expect_column_values_to_match_json_schema": _takes("column json_schema", f"{_MAP} {_LABELLED}"),
    "expect_column_values_to_match_like_pattern": _takes("column like_pattern", f"{_MAP} escape"),
    "expect_column_values_to_match_like_pattern_list": _takes("column like_pattern_list", f"{_MAP} match_on escape"),
    "expect_column_values_to_match_regex": _takes("column", f"{_MAP} regex"),
    "expect_column_values_to_match_regex_list": _takes("column regex_list", f"{_MAP} match_on"),
    "expect_column_values_to_match_strftime_format": _takes("column strftime_format", _MAP),
    "expect_column_values_to_not_be_in_set": _takes("column value_set", _MAP),
    "expect_column_values_to_not_be_null": _takes("column", _MAP),
    "expect_column_values_to_not_be_outliers": _takes("column", f"{_MAP} method multiplier"),
    "expect_column_values_to_not_match_like_pattern": _takes("column like_pattern", f"{_MAP} escape"),
    "expect_column_values_to_not_match_like_pattern_list": _takes("column like_pattern_list", f"{_MAP} escape"),
    "expect_column_values_to_not_match_regex": _takes("column regex", _MAP),
    "expect_column_values_to_not_match_regex_list": _takes("column regex_list", _MAP),
    "expect_compound_columns_to_be_unique": _takes("column_list", _SEVERAL),
    "expect_multicolumn_sum_to_equal": _takes("column_list sum_total", _SEVERAL),
    "expect_multicolumn_values_to_be_equal": _takes("column_list", _SEVERAL),
    "expect_query_results_to_match_comparison": _takes("base_query comparison_data_source_name comparison_query", "mostly"),
    "expect_select_column_values_to_be_unique_within_record": _takes("column_list", _SEVERAL),
    "expect_table_column_count_to_be_between": _takes("", "min_value max_value"),
    "expect_table_column_count_to_equal": _takes("value"),
    "expect_table_columns_to_match_ordered_list": _takes("", "column_list"),
    "expect_table_columns_to_match_set": _takes("", "column_set exact_match"),
    "expect_table_row_count_to_be_between": _takes("", _NUMBER),
    "expect_table_row_count_to_equal": _takes("value", _ROWS),
    "expect_table_row_count_to_equal_other_table": _takes("other_table_name", _ROWS),
    "unexpected_rows_expectation": _takes("unexpected_rows_query"),
}
