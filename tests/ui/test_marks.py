"""The row that stands for a result is the worst, by its requirement's direction."""

from __future__ import annotations

from typing import Any

import pytest

from modelops_airflow.ui.reads.marks import nearness, worst, worst_first


def row(value: float | None, condition: str = "warn < 0.8, fail < 0.7", verdict: str = "pass", *, warned: bool = False,
        metric: str = "impact_ratio") -> dict[str, Any]:
    return {"metric": metric, "where": {"group": str(value)}, "value": value, "condition": condition, "verdict": verdict, "warned": warned}


def values(rows: list[dict[str, Any]]) -> list[float | None]:
    return [one["value"] for one in worst_first(rows)]


def test_of_green_rows_the_one_nearest_to_its_threshold_stands_for_all() -> None:
    assert worst([row(1.0), row(0.82), row(0.9)])["value"] == 0.82  # type: ignore[index]
    psi = "warn >= 0.1, fail >= 0.25"
    assert worst([row(0.01, psi), row(0.09, psi), row(0.03, psi)])["value"] == 0.09  # type: ignore[index]


def test_errors_then_failures_then_warnings_then_the_nearest() -> None:
    rows = [row(1.0), row(0.75, warned=True), row(0.82), row(0.6, verdict="fail"), row(0.3, verdict="fail"),
            row(None, verdict="error"), row(0.72, warned=True), row(None, "", "not_applicable")]
    assert values(rows) == [None, 0.3, 0.6, 0.72, 0.75, 0.82, 1.0, None]


@pytest.mark.parametrize(("metric", "nearer", "farther"), [("untrusted_types", 2.0, 1.0), ("format_allowed", 0.0, 1.0)])
def test_where_the_condition_names_no_side_the_metric_does(metric: str, nearer: float, farther: float) -> None:
    assert nearness(row(nearer, "fail == 3", metric=metric)) > nearness(row(farther, "fail == 3", metric=metric))


def test_rows_without_a_threshold_keep_their_order() -> None:
    assert values([row(0.2, ""), row(0.1, ""), row(0.3, "")]) == [0.2, 0.1, 0.3]
