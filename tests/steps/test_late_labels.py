"""A life cycle of a model whose labels arrive late: joined as of the run's interval, named in the evidence, never a pass without a mature row."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
import yaml

from late_world import credit
from modelops_airflow.data.late import LateDataset
from modelops_airflow.digest import digest_file
from modelops_airflow.errors import DataError
from modelops_airflow.evidence.statement import read_measurement, read_statement
from modelops_airflow.evidence.store import BlobStore
from modelops_airflow.measurement import Measurement, Status
from modelops_airflow.spec.project import Project
from modelops_airflow.steps.datasets import columns_of, current_dataset
from modelops_airflow.steps.folder_journal import FolderJournal
from modelops_airflow.steps.local import attempt, plan_from_files, run_local
from modelops_airflow.steps.pack_inputs import inputs_of
from modelops_airflow.steps.pin import store_artifact
from modelops_airflow.steps.run import Interval, Run, StepResult

OUTCOMES = {"uses": "monitor", "schedule": "@monthly", "remove": ["validate-data", "bias", "drift"],
            "steps": {"performance": {"with": {"by_vintage": "quarter", "min_coverage": 0.5}, "require": {"accuracy": {"fail": "< 0.5"}}}}}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return with_data(credit(tmp_path / "bank"))


def with_data(root: Path, lifecycle: Mapping[str, Any] = OUTCOMES, **data: Any) -> Path:
    """The project with late labels in its model file."""
    file = root / "dags/models/credit-risk.yaml"
    body = yaml.safe_load(file.read_text())
    body["data"] = {
        "baseline": "examples/credit/baseline.parquet", "current": "examples/credit/current.parquet",
        "columns": {"target": "defaulted", "favourable": 0, "protected": ["sex", "age_band"], "time": "scored_at"},
        "labels": {"path": "examples/credit/outcomes.parquet", "key": "application_id", "matures_after": "P12M"}, **data,
    }
    body["lifecycles"] = {"release": {"uses": "standard-release"}, "outcomes": dict(lifecycle)}
    file.write_text(yaml.safe_dump(body))
    return root


def run_of(root: Path, state: Path, lifecycle: str = "outcomes", end: datetime | None = None) -> Run:
    """A run as a task of Airflow has it, with a data interval of a month."""
    project = Project(root)
    plan, roots = plan_from_files(project, "credit-risk", lifecycle)
    store = BlobStore(str(state / "evidence"))
    artifact = store_artifact(plan, project, roots, store)
    interval = None if end is None else Interval(end.replace(day=1, month=end.month - 1), end)
    return Run(plan, artifact.digest, artifact.name, project, roots, store, FolderJournal(state / "run", plan, artifact.digest), interval)


def walk(run: Run) -> dict[str, StepResult]:
    """Every step up to the decision."""
    found = {}
    for step in run.plan.steps:
        if step.uses != "pin" and step.phase in ("prepare", "check", "decide"):
            found[step.id] = attempt(run, step)
            run.journal.record(step, found[step.id])
    return found


def measured(run: Run, results: Mapping[str, StepResult], step: str) -> Measurement:
    evidence = results[step].evidence
    assert evidence is not None
    return read_measurement(run.store, evidence)


def values(measurement: Measurement) -> dict[tuple[str, str], float | None]:
    return {(row.name, row.where.get("vintage", "")): row.value for row in measurement.metrics}


def test_a_monitor_measures_what_is_mature_at_the_end_of_its_interval(root: Path, tmp_path: Path) -> None:
    end = datetime(2025, 7, 1, tzinfo=UTC)
    run = run_of(root, tmp_path / "state", end=end)
    results = walk(run)
    found = measured(run, results, "performance")
    times = pq.read_table(root / "examples/credit/current.parquet")["scored_at"].to_pandas()
    assert found.status is Status.MEASURED, found.notes
    assert found.parameters["as_of"] == end.isoformat()
    assert values(found)["mature_share", ""] == pytest.approx((times <= "2024-07-01").mean())
    assert values(found)["labelled_share", ""] == 1.0
    assert {vintage for name, vintage in values(found) if name == "auc"} == {"", "2024-Q1", "2024-Q2"}
    assert results["decide"].judgement is not None and results["decide"].judgement.verdict.value == "pass"

    later = run_of(root, tmp_path / "later", end=datetime(2025, 10, 1, tzinfo=UTC))
    assert values(measured(later, walk(later), "performance"))["auc", "2024-Q3"] is not None


def test_the_labels_are_an_input_of_the_evidence_and_a_pack_looks_for_them(root: Path, tmp_path: Path) -> None:
    run = run_of(root, tmp_path / "state", end=datetime(2025, 7, 1, tzinfo=UTC))
    results = walk(run)
    file = root / "examples/credit/outcomes.parquet"
    for step in ("profile", "performance"):
        found = measured(run, results, step)
        assert found.inputs["labels"] == digest_file(file) and found.parameters["as_of"] == "2025-07-01T00:00:00+00:00"
    evidence = results["performance"].evidence
    assert evidence is not None
    told = {"performance": {"body": read_statement(run.store, evidence)}}

    def states() -> dict[str, str]:
        return {one["name"]: one["state"] for one in inputs_of(run, told)}

    assert states()["labels"] == states()["current"] == "readable"
    table = pq.read_table(file)
    pq.write_table(table.slice(1), file)
    assert (states()["labels"], states()["current"]) == ("changed", "readable")
    file.unlink()
    assert states()["labels"] == "gone"


def test_without_a_mature_row_a_monitor_errs_and_its_other_checks_go_on(root: Path, tmp_path: Path) -> None:
    with_data(root, {**OUTCOMES, "remove": ["validate-data", "drift"]})
    run = run_of(root, tmp_path / "state", end=datetime(2024, 12, 1, tzinfo=UTC))
    results = walk(run)
    assert measured(run, results, "performance").status is Status.ERROR
    assert "no row is mature: as of 2024-12-01T00:00:00+00:00: 0 of 400 rows" in measured(run, results, "performance").notes[0]
    assert measured(run, results, "bias").status is Status.MEASURED
    assert results["decide"].judgement is not None and results["decide"].judgement.verdict.value == "error"


def test_the_labels_of_rows_that_are_not_mature_change_no_number_of_any_step(root: Path, tmp_path: Path) -> None:
    with_data(root, {**OUTCOMES, "remove": []})
    end = datetime(2025, 7, 1, tzinfo=UTC)
    honest = run_of(root, tmp_path / "honest", end=end)
    before = walk(honest)
    file = root / "examples/credit/outcomes.parquet"
    table, rows = pq.read_table(file), pq.read_table(root / "examples/credit/current.parquet")
    young = pc.greater(rows["scored_at"], pa.scalar(datetime(2024, 7, 1), pa.timestamp("us")))
    pq.write_table(table.set_column(1, "defaulted", pc.if_else(young, pc.subtract(1, table["defaulted"]), table["defaulted"])), file)
    lied = run_of(root, tmp_path / "lied", end=end)
    after = walk(lied)
    for step in ("validate-data", "performance", "bias", "drift"):
        assert measured(lied, after, step).metrics == measured(honest, before, step).metrics, step

    pq.write_table(table.set_column(1, "defaulted", pc.subtract(1, table["defaulted"])), file)
    control = run_of(root, tmp_path / "control", end=end)
    assert measured(control, walk(control), "performance").metrics != measured(honest, before, "performance").metrics


def test_a_release_is_as_of_the_newest_row_with_or_without_an_interval(root: Path, tmp_path: Path) -> None:
    local = run_local(root, "credit-risk", folder=tmp_path / "local")
    in_airflow = walk(run_of(root, tmp_path / "airflow", "release", datetime(2026, 3, 1, tzinfo=UTC)))
    assert {step: result.evidence for step, result in in_airflow.items() if step != "decide"} == {
        step: digest for step, digest in local.evidence.items() if step != "decide"}
    store = BlobStore(str(tmp_path / "local/evidence"))
    assert read_measurement(store, local.evidence["performance"]).parameters["as_of"] == "2025-11-26T00:00:00+00:00"


def test_the_model_never_sees_key_time_or_truth(root: Path, tmp_path: Path) -> None:
    run = run_of(root, tmp_path / "state", end=datetime(2025, 7, 1, tzinfo=UTC))
    assert "application_id" in columns_of(run)["ignore"]
    profile = json.loads(run.store.get(_profiled(run)))
    assert "application_id" not in profile["current"]["columns"]
    assert {name for name, role in profile["roles"].items() if role in ("feature", "protected")} == set(
        pq.read_table(root / "examples/credit/current.parquet").column_names) - {"application_id", "scored_at"}


def _profiled(run: Run) -> Any:
    for step in run.plan.steps:
        if step.id in ("scan-artifact", "profile"):
            run.journal.record(step, attempt(run, step))
    return run.product("profile", "profiles")


def test_the_window_of_a_life_cycle_takes_the_place_of_that_of_the_data(root: Path, tmp_path: Path) -> None:
    with_data(root, {**OUTCOMES, "window": {"last": "P540D"}}, window={"last": "P1D"})
    run = run_of(root, tmp_path / "state", end=datetime(2025, 10, 1, tzinfo=UTC))
    dataset = current_dataset(run)
    assert isinstance(dataset, LateDataset) and dataset.span is not None
    assert (dataset.span.start, dataset.span.end) == (datetime(2024, 4, 9, tzinfo=UTC), datetime(2025, 10, 1, tzinfo=UTC))
    assert {vintage for name, vintage in values(measured(run, walk(run), "performance")) if name == "auc"} == {"", "2024-Q2", "2024-Q3"}
    assert run_of(root, tmp_path / "release", "release").plan.data == {**(run.plan.data or {}), "window": {"last": "P1D"}}


def test_a_query_whose_rows_are_read_is_joined_and_one_whose_rows_stay_is_refused(root: Path, tmp_path: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    with duckdb.connect(str(tmp_path / "w.duckdb")) as database:
        database.execute(f"CREATE TABLE scored AS SELECT * FROM '{root / 'examples/credit/current.parquet'}'")
    query = {"sql": "SELECT * FROM scored WHERE scored_at < {end} ORDER BY application_id", "connection": "warehouse"}
    run = run_of(with_data(root, current=query), tmp_path / "state", end=datetime(2025, 7, 1, tzinfo=UTC))
    asked = Run(**{**vars(run), "connections": lambda _name: f"duckdb:///{tmp_path / 'w.duckdb'}"})
    found = measured(asked, walk(asked), "performance")
    assert found.status is Status.MEASURED, found.notes
    files = run_of(with_data(root), tmp_path / "files", end=datetime(2025, 7, 1, tzinfo=UTC))
    assert values(found)["auc", "2024-Q1"] == pytest.approx(values(measured(files, walk(files), "performance"))["auc", "2024-Q1"])
    assert "labels" in found.inputs

    from modelops_airflow.data.prepare import profiles_of

    stays = current_dataset(Run(**{**vars(asked), "plan": type(run.plan)(**{**vars(run.plan), "data": {**(run.plan.data or {}), "current": {**query, "push_down": True}}})}))
    with pytest.raises(DataError, match="labels that arrive late cannot be joined in the warehouse"):
        profiles_of(stays, None, columns_of(run))
