"""Reports of Evidently: the library's own numbers on a seeded sample, and nothing else than its metrics can be named."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from modelops_airflow.checks import CheckContext, run_check
from modelops_airflow.checks.attachment import demand_attachable
from modelops_airflow.data.dataset import Dataset
from modelops_airflow.data.prepare import profiles_of
from modelops_airflow.digest import canonical, digest_bytes
from modelops_airflow.errors import CheckError
from modelops_airflow.evidence.store import BlobStore
from modelops_airflow.measurement import Measurement, Status, Verdict
from modelops_airflow.plan import Requirement
from modelops_airflow.policy.verdict import judge
from modelops_airflow.testing import check_errors, check_fails, check_passes

N = 400
DICE = np.random.default_rng(3)
BASE = pa.table({"x": DICE.normal(size=N), "c": ["a", "b", "c", "a"] * (N // 4), "y": [0, 1] * (N // 2), "p": DICE.integers(0, 2, N), "q": DICE.random(N)})
MOVED = BASE.set_column(0, "x", pa.array(np.array(BASE["x"]) + 1))
PSI = {"ValueDrift": {"column": "x", "method": "psi"}}


def measured(tmp_path: Path, metrics: Any, current: pa.Table = MOVED, baseline: pa.Table | None = BASE, columns: Any = None, **options: Any) -> Measurement:
    """The check on two tables as files."""
    sides = {}
    for side, table in (("current", current), ("baseline", baseline)):
        if table is not None:
            pq.write_table(table, tmp_path / f"{side}.parquet")
            sides[side] = Dataset(side, files=(tmp_path / f"{side}.parquet",))
    both = profiles_of(sides["current"], sides.get("baseline"), columns or {})
    context = CheckContext(dataset=sides["current"], baseline=sides.get("baseline"), keep=BlobStore(str(tmp_path / "store")).put)
    found = run_check("evidently", both, {"metrics": metrics, **options}, context=context)
    canonical(found.to_json())
    return found


def evidently(metrics: list[Any], current: pa.Table, baseline: pa.Table | None, **definition: Any) -> list[dict[str, Any]]:
    """The library itself: the oracle."""
    os.environ["DO_NOT_TRACK"] = "1"
    from evidently import DataDefinition, Dataset, Report

    sides = [None if one is None else Dataset.from_pandas(one.to_pandas(), DataDefinition(**definition)) for one in (current, baseline)]
    return list(json.loads(Report(metrics).run(*sides).json())["metrics"])


def numbers(value: Any) -> list[float]:
    """Every number in a value, in order."""
    if isinstance(value, dict):
        return [one for inner in value.values() for one in numbers(inner)]
    return [value]


def test_the_numbers_are_evidentlys(tmp_path: Path) -> None:
    from evidently.metrics import MissingValueCount, QuantileValue, UniqueValueCount, ValueDrift
    from evidently.presets import DataDriftPreset

    found = measured(tmp_path, ["DataDriftPreset", PSI, {"QuantileValue": {"column": "x", "quantile": 0.9}}, {"MissingValueCount": {"column": "x"}}, {"UniqueValueCount": {"column": "c"}}])
    theirs = evidently([DataDriftPreset(), ValueDrift(column="x", method="psi"), QuantileValue(column="x", quantile=0.9), MissingValueCount(column="x"),
                        UniqueValueCount(column="c")], MOVED, BASE)

    assert found.status is Status.MEASURED, found.notes
    assert [row.value for row in found.metrics] == [one for metric in theirs for one in numbers(metric["value"])]
    assert {row.name for row in found.metrics} == {"evidently_value"} and all(row.n for row in found.metrics)
    row = next(row for row in found.metrics if row.where.get("parameters") == "column=x,method=psi,threshold=0.1")
    assert (row.where["metric"], row.where["column"]) == ("ValueDrift", "x") and row.value and row.value > 0.25


def test_a_preset_for_classification_takes_truth_and_prediction_of_the_data(tmp_path: Path) -> None:
    from evidently import BinaryClassification
    from evidently.presets import ClassificationQuality

    found = measured(tmp_path, ["ClassificationQuality"], columns={"target": "y", "prediction": "p"})
    theirs = evidently([ClassificationQuality()], MOVED, BASE, classification=[BinaryClassification(target="y", prediction_labels="p", pos_label=1)])
    ours = {(row.where["metric"], row.where.get("part")): row.value for row in found.metrics}

    assert ours["Accuracy", None] == next(one["value"] for one in theirs if one["metric_name"].startswith("Accuracy"))


def test_columns_that_the_life_cycle_ignores_are_not_seen(tmp_path: Path) -> None:
    """On the way to production the data's own predictions are ignored: the artifact never made them."""
    found = measured(tmp_path, ["Accuracy"], columns={"target": "y", "ignore": ["p"]})
    assert found.status is Status.ERROR and "columns: x, c, y, q" in found.notes[0]
    assert measured(tmp_path, ["Accuracy"], columns={"target": "y", "prediction": "p"}).status is Status.MEASURED, "the control"


def test_a_sample_is_the_same_for_the_same_seed_and_another_for_another(tmp_path: Path) -> None:
    asked = [{"MeanValue": {"column": "x"}}, {"ValueDrift": {"column": "x", "method": "empirical_mmd"}}]
    first, again, other = (measured(tmp_path, asked, sample=100, seed=seed) for seed in (1, 1, 2))

    assert first == again and [row.value for row in first.metrics] != [row.value for row in other.metrics]
    assert {row.n for row in first.metrics} == {100} and "100 of current rows, 100 of baseline rows, sampled with seed 1" in first.notes[0]
    rows = np.sort(np.random.default_rng(1).choice(N, 100, replace=False))
    from evidently.metrics import MeanValue

    assert first.metrics[0].value == evidently([MeanValue(column="x")], MOVED.take(rows), BASE.take(rows))[0]["value"]


def test_the_shared_generator_is_left_as_it_was(tmp_path: Path) -> None:
    np.random.seed(5)
    before = np.random.get_state()[1].tolist()
    measured(tmp_path, [PSI], sample=100)

    assert np.random.get_state()[1].tolist() == before


def test_the_report_is_kept_by_its_digest(tmp_path: Path) -> None:
    found = measured(tmp_path, [PSI])
    kept = BlobStore(str(tmp_path / "store")).get(found.parameters["report"])

    assert digest_bytes(kept) == found.parameters["report"]
    assert json.loads(kept)["metrics"][0]["value"] == found.metrics[0].value and json.loads(kept)["tests"] == []
    assert found.notes[0].endswith("; the report's JSON is kept by its digest")


def test_evidentlys_page_is_kept_only_where_it_is_asked_for_and_in_no_digest(tmp_path: Path) -> None:
    kept: dict[str, bytes] = {}
    context = replace(_context(tmp_path), attach=kept.__setitem__)
    plain = run_check("evidently", _profiles(), {"metrics": [PSI]}, context=context)
    assert kept == {} and not any("HTML" in note for note in plain.notes), "the control"

    first, again = ([run_check("evidently", _profiles(), {"metrics": [PSI], "html": True}, context=context), dict(kept)] for _ in range(2))
    page = kept["evidently.html"]
    assert list(kept) == ["evidently.html"] and page.lstrip().startswith(b"<") and b"<script" in page
    assert first[0] == again[0] and first[1] != again[1], "the page differs from run to run, and no measurement tells"
    assert digest_bytes(page) not in str(first[0].to_json()) and first[0].metrics == plain.metrics
    assert first[0].notes[1] == "Evidently's own HTML is kept beside the result: a page of others, no measurement, and in no pack"


def test_a_page_that_is_too_large_or_has_another_name_is_not_kept() -> None:
    with pytest.raises(CheckError, match="expected at most 50,000,000"):
        demand_attachable("evidently", "evidently.html", bytes(50_000_001))
    with pytest.raises(CheckError, match="may not keep 'profiles'"):
        demand_attachable("evidently", "profiles", b"")
    with pytest.raises(CheckError, match=r"check late-payments may not keep 'evidently\.html'; expected no attachment"):
        demand_attachable("late-payments", "evidently.html", b"")
    demand_attachable("evidently", "evidently.html", bytes(50_000_000))


def test_a_report_that_nothing_keeps_is_not_said_to_be_kept(tmp_path: Path) -> None:
    context = replace(_context(tmp_path), keep=None)
    assert "kept" not in run_check("evidently", _profiles(), {"metrics": [PSI]}, context=context).notes[0]


def test_counts_of_labels_with_few_rows_are_not_shown() -> None:
    rare = {"c": ["a"] * 30 + ["b"] * 5}
    limit = {"evidently_value": {"fail": "> 100", "where": {"part": "counts.a"}}}
    check_passes("evidently", rare, require=limit, metrics=[{"UniqueValueCount": {"column": "c"}}])
    check_errors("evidently", rare, require={"evidently_value": {**limit["evidently_value"], "where": {"part": "counts.b"}}},
                 metrics=[{"UniqueValueCount": {"column": "c"}}], match="fewer than 10 rows are not shown")


def test_a_requirement_decides_over_one_number() -> None:
    limit = {"evidently_value": {"fail": ">= 0.25", "where": {"metric": "ValueDrift", "column": "x"}}}
    check_fails("evidently", MOVED, BASE, require=limit, metrics=[PSI])
    check_passes("evidently", BASE, BASE, require=limit, metrics=[PSI])


@pytest.mark.parametrize(("metrics", "told"), [
    ([], "metrics names nothing"), ("DataDriftPreset", "expected a list"), ([3], "expected the name of a class"), ([{}], "expected the name of a class"),
    ([{"ValueDrift": {"column": "x"}, "RowCount": {}}], "expected the name of a class"), ([{"ValueDrift": 3}], "expected the name of a class"),
    (["DataDriftPrest"], "did you mean 'DataDriftPreset'"), (["os"], "no preset or metric 'os'"), (["os.system"], "no preset or metric"),
    (["evidently.metrics.RowCount"], "no preset or metric"), (["Metric"], "no preset or metric 'Metric'"), (["__builtins__"], "no preset or metric"), (["List"], "no preset or metric"),
    ([{"ValueDrift": {"column": "x", "methd": "psi"}}], "ValueDrift has no parameter 'methd' (did you mean 'method'?)"),
    ([{"ValueDrift": {"column": "x", "tests": []}}], "ValueDrift has no parameter 'tests'"), ([{"ValueDrift": {"type": "os:system"}}], "no parameter 'type'"),
    ([{"DataDriftPreset": {"per_column_method": {"type": "evil"}}}], "and no `type`"), ([{"DataDriftPreset": {"columns": [[[["x"]]]]}}], "expected texts"),
    ([{"ValueDrift": {}}], "ValueDrift cannot be made"), ([{"ValueDrift": {"column": 3}}], "which Evidently reads as '3'"),
    ([{"QuantileValue": {"column": "x", "quantile": "a"}}], "QuantileValue cannot be made"), ([{"QuantileValue": {"column": "x", "quantile": float("nan")}}], "expected texts"),
    ([{"ValueDrift": {"column": "zebra"}}], "Evidently cannot compute this report: KeyError"), ([{"ValueDrift": {"column": "x", "method": "zebra"}}], "No stattest found"),
    ([{"MeanValue": {"column": "c"}}], "Evidently cannot compute this report"),
])
def test_what_cannot_be_named_or_computed_is_an_error_that_says_what_was_expected(metrics: Any, told: str, tmp_path: Path) -> None:
    found = run_check("evidently", _profiles(), {"metrics": metrics}, context=_context(tmp_path))

    assert found.status is Status.ERROR and told in found.notes[0], found.notes


def _profiles() -> Any:
    from worlds import profiles

    return profiles(MOVED, BASE)


def _context(tmp_path: Path) -> CheckContext:
    found = {}
    for side, table in (("current", MOVED), ("baseline", BASE)):
        pq.write_table(table, tmp_path / f"{side}.parquet")
        found[side] = Dataset(side, files=(tmp_path / f"{side}.parquet",))
    return CheckContext(dataset=found["current"], baseline=found["baseline"])


@pytest.mark.parametrize(("options", "told"), [
    ({"sample": 0}, "sample: expected 1 to 1,000,000, found 0"), ({"sample": 10**7}, "expected 1 to 1,000,000"), ({"sample": 1.5}, "expected a whole number"),
    ({"seed": -1}, "seed: expected 0 to"), ({"seed": 2**32}, "expected 0 to"),
])
def test_an_option_out_of_its_range_is_an_error(options: dict[str, Any], told: str, tmp_path: Path) -> None:
    assert told in run_check("evidently", _profiles(), {"metrics": [PSI], **options}, context=_context(tmp_path)).notes[0]


def test_drift_without_a_baseline_is_an_error(tmp_path: Path) -> None:
    assert "there is no baseline" in measured(tmp_path, [PSI], baseline=None).notes[0]


def test_a_file_that_changed_since_it_was_profiled_is_an_error(tmp_path: Path) -> None:
    context = _context(tmp_path)
    assert context.dataset is not None
    both = profiles_of(context.dataset, context.baseline, {})
    assert run_check("evidently", both, {"metrics": [PSI]}, context=context).status is Status.MEASURED, "the control"
    pq.write_table(BASE, tmp_path / "current.parquet")
    assert "no longer the data that was profiled" in run_check("evidently", both, {"metrics": [PSI]}, context=context).notes[0]


def test_a_value_that_is_no_number_is_never_green(tmp_path: Path) -> None:
    empty = MOVED.set_column(0, "x", pa.array([float("nan")] * N))
    found = measured(tmp_path, [{"MeanValue": {"column": "x"}}], current=empty)
    rule = [Requirement("evidently_value", None, "> 1e9", {}, "model file", default=False)]

    assert judge(rule, found).verdict is Verdict.ERROR


def test_telemetry_is_off_before_the_library_is_imported() -> None:
    code = (
        "import os, sys; os.environ.pop('DO_NOT_TRACK', None)\n"
        "from modelops_airflow.checks.evidently_engine import asked_of\n"
        "assert 'evidently' not in sys.modules\n"
        "import builtins; real = builtins.__import__; seen = []\n"
        "def watch(name, *rest, **more):\n"
        "    if name.startswith('evidently'): seen.append(os.environ.get('DO_NOT_TRACK'))\n"
        "    return real(name, *rest, **more)\n"
        "builtins.__import__ = watch\nasked_of(['RowCount'])\nprint(set(seen))"
    )
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=False)

    assert done.stdout.strip().splitlines()[-1] == "{'1'}", done.stderr
