"""Results of other tools: told apart as their files tell them, never better than they say, never older than agreed.

The files of Great Expectations and Evidently were made by the libraries (`imported/make.py`), that of dbt by `dbt build` of dbt-core 1.9.11 with DuckDB
(its arguments and SQL are taken out).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from imported.make import great_expectations
from worlds import profiles

from modelops_airflow.checks import CheckContext, run_check
from modelops_airflow.digest import canonical, digest_bytes
from modelops_airflow.evidence.page import page_of
from modelops_airflow.measurement import Measurement, Status, Verdict
from modelops_airflow.plan import Requirement
from modelops_airflow.policy.verdict import judge
from modelops_airflow.spec.project import Project

FILES = Path(__file__).parent / "imported"
DATA = profiles(pa.table({"x": [1.0] * 20}))
FORMATS = ("great_expectations", "dbt", "evidently")

Import = Callable[..., Measurement]


def body(form: str) -> Any:
    """The result file of a tool."""
    return json.loads((FILES / f"{form}.json").read_text())


@pytest.fixture
def imported(tmp_path: Path) -> Import:
    """The check on a file of this content."""

    def call(content: Any, form: str, *, now: datetime | None = None, **options: Any) -> Measurement:
        path = tmp_path / "result.json"
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        context = CheckContext(resolve=Project(tmp_path).resolve, now=lambda: now or datetime.now(UTC))
        return run_check("imported-results", DATA, {"file": "result.json", "format": form, "max_age": "any", **options}, context=context)

    return call


def values(measured: Measurement) -> dict[str, float | None]:
    """The counts."""
    assert measured.status is Status.MEASURED, measured.notes
    canonical(measured.to_json())
    return {row.name: row.value for row in measured.metrics if row.name.startswith("results")}


def verdict(measured: Measurement, metric: str, fail: str) -> Verdict:
    """What a requirement makes of it."""
    return judge([Requirement(metric, None, fail, {}, "model file", default=False)], measured).verdict


def test_great_expectations_errors_are_told_apart_from_failures(imported: Import) -> None:
    measured = imported(body("great_expectations"), "great_expectations")

    assert values(measured) == {"results": 5, "results_passed_share": 0.2, "results_failed": None, "results_warned": 1, "results_errored": 1, "results_skipped": 0}
    assert [(row.where["result"], row.where.get("column"), row.where["outcome"], row.value) for row in measured.metrics if row.name == "result_passed"] == [
        ("expect_column_values_to_be_between", "nope", "errored", None), ("expect_column_values_to_not_be_null", "a", "failed", 0.0),
        ("expect_column_values_to_be_between", "a", "warned", 0.0), ("expect_column_mean_to_be_between", "a", "failed", 0.0),
        ("expect_table_row_count_to_be_between", None, "passed", 1.0)]
    assert [(row.value, row.n) for row in measured.metrics if row.name == "unexpected_share"] == [(0.2, 20), (0.25, 16)]
    assert verdict(measured, "results_failed", "> 5") is Verdict.ERROR, "it could be six"
    assert verdict(measured, "results_errored", "> 0") is Verdict.FAIL


def _validated(kwargs: dict[str, Any], result: dict[str, Any], **more: Any) -> Any:
    """A validation result of one expectation that says success."""
    one = {"expectation_config": {"type": "expect_x", "kwargs": kwargs}, "success": True, "result": result, **more}
    return {**body("great_expectations"), "success": True, "results": [one], "statistics": {"evaluated_expectations": 1, "successful_expectations": 1}}


@pytest.mark.parametrize(("result", "outcome", "expected"), [
    ({"element_count": 0, "unexpected_count": 0, "unexpected_percent": None}, "skipped", Verdict.ERROR),
    ({"element_count": 1, "unexpected_count": 0, "unexpected_percent": 0.0}, "passed", Verdict.PASS), ({"observed_value": 0}, "passed", Verdict.PASS),
    ({}, "passed", Verdict.PASS), (None, "passed", Verdict.PASS),
])
def test_success_that_saw_no_row_is_no_success(result: dict[str, Any], outcome: str, expected: Verdict, imported: Import) -> None:
    measured = imported(_validated({}, result, exception_info=None), "great_expectations")

    (row,) = (row for row in measured.metrics if row.name == "result_passed")
    assert (row.where["outcome"], row.reason) == (outcome, "it saw no row" if outcome == "skipped" else None)
    assert verdict(measured, "results_failed", "> 0") is expected


@pytest.mark.parametrize(("kwargs", "percent", "told"), [
    ({}, 0.001, "says success with 0.001 % unexpected, where mostly 1 permits 0 %"), ({"mostly": None}, 40, "permits 0 %"), ({"mostly": 0.9}, 10.01, "mostly 0.9 permits 10 %"),
    ({"mostly": "0"}, 40, "mostly of expect_x is 0; expected 0 to 1"), ({"mostly": -1}, 40, "expected 0 to 1"), ({"mostly": True}, 0, "expected 0 to 1"),
    ({}, 0, ""), ({"mostly": 0.9}, 10, ""), ({"mostly": 0.7}, 30.000000000000004, ""), ({"mostly": 0}, 100, ""),
])
def test_success_with_more_unexpected_than_mostly_permits_contradicts_itself(kwargs: dict[str, Any], percent: float, told: str, imported: Import) -> None:
    measured = imported(_validated(kwargs, {"element_count": 10, "unexpected_percent": percent}), "great_expectations")

    assert (measured.status is Status.ERROR) == bool(told) and told in measured.notes[0], measured.notes


def test_what_the_installed_library_gives_is_what_is_read(imported: Import) -> None:
    result, _ = great_expectations()
    fresh, kept = imported(result, "great_expectations"), imported(body("great_expectations"), "great_expectations")

    assert fresh.metrics == kept.metrics and fresh.parameters["made_at"] != kept.parameters["made_at"]


def test_dbt_skipped_and_errored_tests_never_pass(imported: Import) -> None:
    measured = imported(body("dbt"), "dbt")

    assert values(measured) == {"results": 6, "results_passed_share": 1 / 6, "results_failed": None, "results_warned": 1, "results_errored": 1, "results_skipped": 2}
    assert {row.where["result"].rpartition(".")[0] or row.where["result"]: (row.where["outcome"], row.value, row.reason) for row in measured.metrics if row.name == "result_passed"} == {
        "test.bank.unique_loans_id": ("passed", 1.0, None), "test.bank.not_null_loans_amount": ("failed", 0.0, "1 failing rows"),
        "test.bank.accepted_values_loans_class__a__b": ("warned", 0.0, "1 failing rows"), "test.bank.not_null_loans_nope": ("errored", None, "errored"),
        "test.bank.unique_broken_x": ("skipped", None, "skipped"), "model.bank": ("skipped", None, "skipped")}
    assert "1 nodes that are no tests and succeeded are left out" in measured.notes


@pytest.mark.parametrize(("status", "expected"), [("pass", Verdict.PASS), ("fail", Verdict.FAIL), ("error", Verdict.ERROR), ("skipped", Verdict.ERROR), ("no-op", Verdict.ERROR), ("runtime error", Verdict.ERROR)])
def test_one_status_decides(status: str, expected: Verdict, imported: Import) -> None:
    told = body("dbt")
    told["results"] = [{"unique_id": "test.a", "status": "pass"}, {"unique_id": "test.b", "status": status}]

    assert verdict(imported(told, "dbt"), "results_failed", "> 0") is expected


@pytest.mark.parametrize("status", ["error", "skipped", "no-op", "partial success"])
def test_a_model_of_dbt_that_was_not_built_is_no_success(status: str, imported: Import) -> None:
    told = body("dbt")
    told["results"] = [{"unique_id": "test.a", "status": "pass"}, {"unique_id": "model.b", "status": status}]

    assert verdict(imported(told, "dbt"), "results_failed", "> 0") is Verdict.ERROR


def test_evidentlys_tests_and_numbers_are_read(imported: Import) -> None:
    measured = imported(body("evidently"), "evidently")

    assert values(measured) == {"results": 2, "results_passed_share": 0.5, "results_failed": 1, "results_warned": 0, "results_errored": 0, "results_skipped": 0}
    told = {(row.where["metric"].partition("(")[0], row.where.get("column"), row.where.get("part")): row for row in measured.metrics if row.name == "imported_value"}
    assert told["DriftedColumnsCount", None, "share"].value == 0.5 and told["QuantileValue", "x", None].value == 12
    counted = told["UniqueValueCount", "c", "counts.a"]
    assert (counted.value, counted.n) == (100, 100), "counts by label rest on so many rows, and few are not shown"


def test_a_snapshot_without_tests_passes_nothing(imported: Import) -> None:
    measured = imported({**body("evidently"), "tests": []}, "evidently")

    assert values(measured)["results"] == 0
    assert verdict(measured, "results_failed", "> 0") is Verdict.ERROR
    assert verdict(measured, "imported_value", "> 1e9") is Verdict.PASS, "the control: its numbers can be required"


@pytest.mark.parametrize("form", FORMATS)
def test_the_evidence_says_that_it_is_imported_and_names_the_file(form: str, imported: Import, tmp_path: Path) -> None:
    measured = imported(body(form), form)

    assert measured.parameters["origin"] == "imported" and measured.notes[0].startswith("origin: imported. ")
    assert measured.inputs["file:result.json"] == digest_bytes((tmp_path / "result.json").read_bytes())
    assert "origin: imported, not measured here" in page_source(measured)
    assert "origin: imported" not in page_source(run_check("performance", DATA, {})), "the control"


def page_source(measured: Measurement) -> str:
    """The part of a pack's page about a measurement."""
    from modelops_airflow.evidence import page

    assert page_of
    return page._measured("step", measured.to_json(), "")


MADE = datetime.fromisoformat(body("dbt")["metadata"]["generated_at"])
NOW = MADE + timedelta(days=1)


@pytest.mark.parametrize(("max_age", "now", "told"), [
    ("P2D", NOW, ""), ("PT24H", NOW, ""), ("any", NOW + timedelta(days=5000), ""), ("P1D", NOW + timedelta(seconds=1), "longer than max_age P1D before now"),
    ("PT1H", NOW, "longer than max_age PT1H"), ("P7D", NOW - timedelta(days=2), "which is in the future"), ("any", NOW - timedelta(days=2), "which is in the future"),
    ("1 day", NOW, "expected an ISO 8601 duration such as P1D, or any"), ("P9999M9999M9999M", NOW, ""), ("P-1D", NOW, "expected an ISO 8601 duration"),
])
def test_a_result_that_is_too_old_or_from_the_future_is_an_error(max_age: str, now: datetime, told: str, imported: Import) -> None:
    measured = imported(body("dbt"), "dbt", max_age=max_age, now=now)

    assert (measured.status is Status.ERROR) == bool(told) and told in measured.notes[0]
    assert measured.status is Status.ERROR or MADE.isoformat() in measured.notes[0]


def test_the_evidence_does_not_depend_on_when_a_fresh_file_is_read(imported: Import) -> None:
    first, second = (imported(body("dbt"), "dbt", max_age="P7D", now=NOW + timedelta(hours=hours)) for hours in (0, 5))

    assert first == second


def test_a_file_that_does_not_say_its_time_is_an_error_unless_every_age_is_accepted(imported: Import) -> None:
    bare = body("evidently")
    assert "does not say when it was made" in imported(bare, "evidently", max_age="P7D").notes[0]
    assert imported(bare, "evidently", max_age="any").status is Status.MEASURED
    dated = bare | {"timestamp": "2026-11-25T08:00:00+01:00"}
    assert imported(dated, "evidently", max_age="P7D", now=NOW).status is Status.MEASURED
    assert "does not say its offset" in imported(bare | {"timestamp": "2026-11-20 08:00:00"}, "evidently", now=NOW).notes[0]
    assert "expected one such as" in imported(bare | {"timestamp": "yesterday"}, "evidently", now=NOW).notes[0]


def _without(form: str, *path: str) -> Any:
    told = body(form)
    inner = told
    for key in path[:-1]:
        inner = inner[key]
    del inner[path[-1]]
    return told


def _with(form: str, place: int, **more: Any) -> Any:
    told = body(form)
    (told["results"] if form != "evidently" else told["tests"])[place] |= more
    return told


@pytest.mark.parametrize(("content", "form", "told"), [
    (b"", "dbt", "it is no JSON"), (b"{", "dbt", "is it cut short?"), (b"\xff\xfe", "dbt", "it is no JSON"), (b"[" * 100_000, "evidently", "it is no JSON"),
    (b'{"a": ' + b"9" * 10_000 + b"}", "dbt", "it is no JSON"), (b'{"tests": [], "tests": [], "metrics": []}', "evidently", "a key stands twice"),
    (b"[]", "great_expectations", "expected 'results' to be a list, found nothing"), (b"null", "dbt", "expected 'metadata'"), (b'"x"', "evidently", "expected 'metrics'"),
    (json.dumps(body("dbt")).encode()[:-40], "dbt", "is it cut short?"), (body("dbt"), "evidently", "expected 'metrics' to be a list"),
    (body("evidently"), "great_expectations", "expected 'results' to be a list"), (body("great_expectations"), "dbt", "expected 'metadata' to be a dict"),
    ((FILES / "checkpoint.json").read_bytes(), "great_expectations", "this is the description of a checkpoint"),
    (_without("great_expectations", "statistics"), "great_expectations", "expected 'statistics'"),
    ({**body("great_expectations"), "results": body("great_expectations")["results"][1:]}, "great_expectations", "says evaluated_expectations: 5 and lists 4"),
    (_with("great_expectations", 3, success=True), "great_expectations", "says successful_expectations: 1 and lists 2"),
    ({**body("great_expectations"), "success": True}, "great_expectations", "says success: True and lists False"),
    ({**body("great_expectations"), "success": None}, "great_expectations", "expected 'success' to be a bool, found NoneType"),
    (_with("great_expectations", 0, exception_info="Traceback"), "great_expectations", "expected 'exception_info' to be an object or null, found str"),
    (_with("great_expectations", 0, exception_info=[]), "great_expectations", "expected 'exception_info' to be an object or null, found list"),
    (_with("great_expectations", 1, success="yes"), "great_expectations", "expected 'success' to be a bool, found str"),
    (_with("great_expectations", 1, success=None), "great_expectations", "expected 'success' to be a bool, found NoneType"),
    (_with("great_expectations", 1, expectation_config={"type": "x", "severity": "lax"}), "great_expectations", "expected one of critical, warning, info"),
    (_with("great_expectations", 1, expectation_config={"expectation_type": "x"}), "great_expectations", "names no expectation"),
    (_with("great_expectations", 1, result={"unexpected_percent": 120}), "great_expectations", "expected 0 to 100"),
    (_with("dbt", 3, status="green"), "dbt", "status 'green'; expected one of pass, fail, warn, error, runtime error, skipped, no-op"),
    (_with("dbt", 3, status="success"), "dbt", "status 'success'; expected one of pass"),
    (_with("dbt", 1, status="ok"), "dbt", "model.bank.loans: status 'ok'"),
    (_with("dbt", 1, unique_id=None), "dbt", "expected 'unique_id' to be a str"),
    ({**body("dbt"), "metadata": {"dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v12.json"}}, "dbt", "expected run-results v4 to v6"),
    ({**body("dbt"), "results": [{"unique_id": "test.a", "status": status} for status in ("fail", "pass")]}, "dbt", "results has test.a more than once"),
    ({**body("dbt"), "results": [{"unique_id": "model.a", "status": "success"}] * 2}, "dbt", "results has model.a more than once"),
    ({**body("dbt"), "results": [{"unique_id": "test.a", "status": "pass", "failures": 3}]}, "dbt", "test.a: status pass with 3 failures"),
    ({**body("dbt"), "results": []}, "dbt", "a file of nothing proves nothing"), ({**body("dbt"), "results": {}}, "dbt", "expected 'results' to be a list, found dict"),
    ({**body("dbt"), "results": body("dbt")["results"][1:2]}, "dbt", "a file of nothing proves nothing"),
    ({**body("dbt"), "results": [{"unique_id": f"test.{n}", "status": "pass"} for n in range(10_001)]}, "dbt", "expected at most 10000"),
    (_with("evidently", 0, status="PASSED"), "evidently", "expected one of SUCCESS, FAIL, WARNING, ERROR, SKIPPED"),
    ({"metrics": [{"value": 1}], "tests": []}, "evidently", "metrics[0] has no `metric_name` and `value`"),
    ({"metrics": [], "tests": []}, "evidently", "a file of nothing proves nothing"),
])
def test_what_is_no_such_result_is_an_error_that_says_what_was_expected(content: Any, form: str, told: str, imported: Import) -> None:
    measured = imported(content, form)

    assert measured.status is Status.ERROR and told in measured.notes[0], measured.notes


def test_numbers_and_texts_that_evidence_cannot_hold_are_cleaned(imported: Import) -> None:
    bad = [{"metric_name": "\ud800\u202ex\n" + "y" * 500, "config": {"column": "\x1b[2J"}, "value": value}
           for value in (float("nan"), float("inf"), 10**400, "1.0", None, [1], {"a": {"b": {"c": {"d": {"e": 1}}}}}, True)]
    measured = imported(json.dumps({"metrics": bad, "tests": []}).encode(), "evidently")

    assert values(measured) and all(row.value is None and row.reason for row in measured.metrics if row.name == "imported_value")
    assert {len(row.where["metric"]) for row in measured.metrics if row.name == "imported_value"} == {200}


@pytest.mark.parametrize(("file", "told"), [("gone.json", "gone.json is not there"), ("../up.json", "leads outside the project root"), (".", ". is not there"), ("/etc/passwd", "is not permitted")])
def test_a_file_that_cannot_be_read_is_an_error(file: str, told: str, imported: Import) -> None:
    assert told in imported({}, "dbt", file=file).notes[0]


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "result.json").open("wb") as file:
        file.truncate(10_000_001)
    context = CheckContext(resolve=Project(tmp_path).resolve)
    measured = run_check("imported-results", DATA, {"file": "result.json", "format": "dbt"}, context=context)

    assert "has 10000001 bytes; expected at most 10000000 (10 MB)" in measured.notes[0]


@pytest.mark.parametrize(("options", "told"), [({"format": "soda"}, "expected one of great_expectations, dbt, evidently"), ({"file": 3}, "expected text"), ({"max_age": 3}, "expected text")])
def test_an_option_that_is_none_is_an_error(options: dict[str, Any], told: str, imported: Import) -> None:
    assert told in imported(body("dbt"), options.pop("format", "dbt"), **options).notes[0]
