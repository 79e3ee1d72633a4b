"""The helpers for authors of checks: each says yes only where production says it, and each says no where it should."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from modelops_airflow.checks import CHECKS, check
from modelops_airflow.checks.drift import drift
from modelops_airflow.data.profile import Profiles
from modelops_airflow.digest import digest_bytes
from modelops_airflow.errors import CheckError
from modelops_airflow.evidence.statement import read_measurement
from modelops_airflow.evidence.store import BlobStore
from modelops_airflow.kinds import KINDS, scan, verify
from modelops_airflow.measurement import Measurement, Metric, Status
from modelops_airflow.plan import Requirement
from modelops_airflow.policy.verdict import judge
from modelops_airflow.steps.local import LocalRun, run_local
from modelops_airflow.testing import check_errors, check_fails, check_passes, measure

ROOT = Path(__file__).parents[1]
SAME = {"x": list(range(100))}
MOVED = {"x": [n + 60 for n in range(100)]}
PSI = {"psi": {"fail": ">= 0.25"}}


@pytest.fixture
def big() -> Iterator[str]:
    """A check of somebody's own: the largest number of a column."""

    @check("biggest", version=1, metrics=("biggest", "groups"))
    def biggest(profiles: Profiles, *, column: str = "x") -> Measurement:
        """The largest value of a column."""
        if column not in profiles.current.columns:
            raise CheckError(f"there is no column {column!r}")
        found = profiles.current.columns[column]
        return Measurement.of("biggest", [Metric("biggest", found.high, {"column": column}, n=found.valid, reason="no value")])

    yield "biggest"
    CHECKS._entries.pop("biggest")


def test_a_check_that_passes_passes() -> None:
    measured = check_passes("drift", SAME, SAME, require=PSI, method="psi")

    assert [(row.name, row.value) for row in measured.metrics if row.name == "psi"] == [("psi", 0.0)]


def test_a_check_that_fails_fails() -> None:
    check_fails("drift", MOVED, SAME, require=PSI, method="psi")


def test_passes_on_a_failing_check_is_an_assertion_error_that_tells_what_was_required_and_found() -> None:
    with pytest.raises(AssertionError) as told:
        check_passes("drift", MOVED, SAME, require=PSI, method="psi")

    text = str(told.value)
    assert text.startswith("check drift was expected to pass; verdict: fail\njudged:\n  psi[column=x] ")
    assert "fail (fail >= 0.25; test)" in text and "measured:\n  psi [column x] = " in text and "(n 100)" in text


def test_fails_on_a_passing_check_is_an_assertion_error() -> None:
    with pytest.raises(AssertionError, match="expected to fail; verdict: pass"):
        check_fails("drift", SAME, SAME, require=PSI, method="psi")


def test_an_error_neither_passes_nor_fails() -> None:
    for demand in (check_passes, check_fails):
        with pytest.raises(AssertionError, match=r"verdict: error(.|\n)*baseline"):
            demand("drift", SAME, require=PSI)


def test_an_error_errs_and_for_the_reason_that_is_asked_for() -> None:
    check_errors("drift", SAME, match="baseline")
    with pytest.raises(AssertionError, match="errs for another reason; expected one that matches 'zebra'"):
        check_errors("drift", SAME, match="zebra")


@pytest.mark.parametrize("current", [SAME, MOVED])
def test_what_was_judged_does_not_err(current: dict[str, list[int]]) -> None:
    with pytest.raises(AssertionError, match="expected to err"):
        check_errors("drift", current, SAME)
    with pytest.raises(AssertionError, match=r"expected to err; verdict: (pass|fail)"):
        check_errors("drift", current, SAME, require=PSI, method="psi")


def test_a_metric_without_a_row_to_judge_errs() -> None:
    check_errors("drift", SAME, SAME, require={"psi": {"fail": "> 1", "where": {"column": "zebra"}}}, method="psi", match="no row to judge")


def test_data_without_rows_errs_as_its_profile_does() -> None:
    check_errors("drift", {"x": pa.array([], pa.int64())}, SAME, match="has no rows")


def test_numbers_about_fewer_than_ten_rows_are_not_shown_and_do_not_pass(big: str) -> None:
    limit = {"biggest": {"fail": "> 100"}}
    check_passes(big, {"x": list(range(10))}, require=limit)
    with pytest.raises(AssertionError, match="fewer than 10 rows are not shown"):
        check_passes(big, {"x": list(range(9))}, require=limit)
    check_errors(big, {"x": list(range(9))}, require=limit, match="fewer than 10 rows")


@pytest.mark.parametrize("form", [dict, pa.table, pd.DataFrame])
def test_each_form_of_data_is_measured_alike(form: type, big: str) -> None:
    assert measure(big, form({"x": [float(n) for n in range(20)]})).metrics[0].value == 19


def test_a_function_is_as_good_as_its_name(big: str) -> None:
    assert measure(CHECKS[big].function, SAME) == measure(big, SAME)
    check_passes(drift, SAME, SAME, require=PSI, method="psi")


def test_an_option_whose_name_is_taken_goes_by_with() -> None:
    two = {"x": SAME["x"], "y": MOVED["x"]}
    measured = measure("drift", two, two, with_={"columns": ["y"]}, method="psi")

    assert {row.where.get("column") for row in measured.metrics} - {None} == {"y"}


@pytest.mark.parametrize(("check", "more", "wrong", "told"), [
    ("drfit", {}, TypeError, "did you mean 'drift'"),
    (len, {}, TypeError, "'len' is no check; decorate it"),
    ("drift", {"methd": "psi"}, TypeError, "no option 'methd' .did you mean 'method'"),
    ("drift", {"columns": {"traget": "x"}}, TypeError, "no meaning 'traget' .did you mean 'target'"),
    ("drift", {"require": {"pis": {"fail": "> 1"}}}, TypeError, "no metric 'pis' .did you mean 'psi'"),
    ("drift", {"require": {"psi": {"fial": "> 1"}}}, TypeError, "has no 'fial' .did you mean 'fail'"),
    ("drift", {"require": {"psi": {"fail": "< 0.1"}}}, ValueError, "wrong side; high values are bad"),
    ("drift", {"require": {"psi": {"fail": "> nan"}}}, ValueError, "not finite"),
    ("drift", {"require": {"psi": {}}}, ValueError, "neither warn nor fail"),
    ("drift", {"require": {}}, ValueError, "require names no metric"),
    ("drift", {"current": [1, 2]}, TypeError, "current data is list; expected an Arrow table"),
    ("drift", {"baseline": "file.csv"}, TypeError, "baseline data is str"),
])
def test_a_mistake_of_the_test_never_looks_like_a_result(check: object, more: dict[str, object], wrong: type[Exception], told: str) -> None:
    arguments = {"current": SAME, "baseline": SAME, "require": PSI, **more}
    for demand in (check_passes, check_fails) if "require" in more and not more["require"] else (check_passes, check_fails, check_errors):
        with pytest.raises(wrong, match=told):
            demand(check, **arguments)  # type: ignore[operator]


def test_the_verdict_is_that_of_a_run(tmp_path: Path) -> None:
    """The same check on the same data in a life cycle: same rows, same verdict."""
    run = run_local(ROOT, "credit-risk", folder=tmp_path)
    step = next(one for one in run.plan.steps if one.uses == "drift")
    sides = {side: pq.read_table(ROOT / str(run.plan.data[side])) for side in ("current", "baseline")}  # type: ignore[index]
    kept = read_measurement(BlobStore(str(tmp_path / "evidence")), run.evidence[step.id])
    here = measure("drift", sides["current"], sides["baseline"], columns=run.plan.data["columns"], **step.options)  # type: ignore[index]

    features = [row for row in kept.metrics if row.where.get("column") in sides["current"].column_names]
    assert features and all(row in here.metrics for row in features)
    rules = [Requirement(one.metric, one.warn, one.fail, one.where, "test", default=False) for one in step.requirements]
    assert judge(rules, here).verdict is run.results[step.id].judgement.verdict  # type: ignore[union-attr]


STEPS = {
    "by-sex": ("performance", {"by": ["sex"]}), "estimate": ("performance-estimate", {}), "order": ("ranking", {"query": "branch", "k": 5}),
    "new": ("freshness", {}), "backtest": ("backtest", {"min_group_size": 20}), "drivers": ("explainability", {"rows": 50, "repeats": 2}),
}


@pytest.fixture(scope="module")
def life_cycle(tmp_path_factory: pytest.TempPathFactory) -> tuple[LocalRun, Path, Path]:
    """A run of checks that ask the scan, the clock or the model, with its project and evidence."""
    root, state = tmp_path_factory.mktemp("project"), tmp_path_factory.mktemp("state")
    for name in ("dags", "examples"):
        shutil.copytree(ROOT / name, root / name)
    for side in ("baseline", "current"):
        path = root / "examples" / "credit" / f"{side}.parquet"
        table = pq.read_table(path)
        day = pa.array([datetime(2026, 1, 1) + timedelta(hours=n) for n in range(table.num_rows)])
        branch = pa.array([f"b{n % 40}" for n in range(table.num_rows)])
        pq.write_table(table.append_column("day", day).append_column("branch", branch), path)
    file = root / "dags" / "models" / "credit-risk.yaml"
    steps = "".join(f"      {name}: {{uses: {uses}, insert: {{after: performance}}, with: {json.dumps(options)}}}\n" for name, (uses, options) in STEPS.items())
    text = file.read_text().replace("ignore: [application_id]", "ignore: [application_id, branch], time: day")
    file.write_text(f"{text}\nlifecycles:\n  release:\n    uses: standard-release\n    steps:\n{steps}")
    return run_local(root, "credit-risk", folder=state), root, state


@pytest.mark.parametrize("name", STEPS)
def test_what_asks_the_scan_the_clock_or_the_model_measures_as_in_a_run(name: str, life_cycle: tuple[LocalRun, Path, Path]) -> None:
    run, root, state = life_cycle
    kept = read_measurement(BlobStore(str(state / "evidence")), run.evidence[name])
    data: Any = run.plan.data
    model = (root / str(run.plan.model["artifact"])).read_bytes()
    score = KINDS["skops"].load(verify("skops", model, digest_bytes(model), scan("skops", model, file="model.skops"))).score
    current, baseline = (pq.read_table(root / str(data[side])) for side in ("current", "baseline"))
    uses, options = STEPS[name]
    here = measure(uses, current, baseline, columns=data["columns"], model=score, **options)

    assert kept.status is here.status is Status.MEASURED, (kept.notes, here.notes)
    ages = {"age_hours"}  # of the data, by the clock
    assert [row for row in here.metrics if row.name not in ages] == [row for row in kept.metrics if row.name not in ages]
