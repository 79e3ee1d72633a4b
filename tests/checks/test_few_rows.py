"""Which parts of a whole tell of few rows, also by subtraction."""

from __future__ import annotations

import pytest

from modelops_airflow.checks.few_rows import rests_on


@pytest.mark.parametrize(("counts", "told"), [
    ({"a": 50, "b": 50}, {"a": 50, "b": 50}), ({"a": 100, "b": 0}, {"a": 100, "b": 100}),
    ({"a": 60, "b": 37, "c": 3}, {"a": 60, "b": 3, "c": 3}), ({"a": 88, "b": 6, "c": 6}, {"a": 88, "b": 6, "c": 6}),
    ({"a": 94, "b": 3, "c": 3}, {"a": 6, "b": 3, "c": 3}), ({"a": 5, "b": 4}, {"a": 5, "b": 4}), ({"a": 0}, {"a": 0}), ({}, {}),
])
def test_a_part_that_tells_of_few_rows_by_subtraction_rests_on_these(counts: dict[str, int], told: dict[str, int]) -> None:
    assert rests_on(counts) == told
