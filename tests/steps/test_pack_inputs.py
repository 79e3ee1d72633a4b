"""Inputs are hashed again when a pack is made, and the population is what the model file names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bank import Bank
from modelops_airflow.data.dataset import Dataset, files_of
from modelops_airflow.digest import digest_bytes
from modelops_airflow.steps.pack_inputs import inputs_of, population_of
from modelops_airflow.steps.run import Interval, Run

NOW, THEN = b"a,b\n1,2\n", b"a,b\n3,4\n"


def statements(**inputs: str) -> dict[str, Any]:
    rows = [{"name": "rows", "where": {"side": side}, "value": 1.0} for side in inputs]
    return {"profile": {"body": {"predicate": {"measurement": {"inputs": inputs, "metrics": rows}}}}}


MEASURED = statements(baseline=digest_bytes(THEN), current=digest_bytes(NOW))


@pytest.fixture
def run(bank: Bank) -> Run:
    (bank.root / "data").mkdir()
    (bank.root / "data" / "now.csv").write_bytes(NOW)
    (bank.root / "data" / "then.csv").write_bytes(THEN)
    return with_data(bank.run(bank.pin()), {"current": "data/now.csv", "baseline": "data/then.csv"})


def with_data(run: Run, data: Mapping[str, Any], **plan: Any) -> Run:
    return replace(run, plan=replace(run.plan, data=data, **plan))


def states(run: Run, told: Mapping[str, Any] = MEASURED) -> dict[str, str]:
    return {one["name"]: one["state"] for one in inputs_of(run, told)}


def test_inputs_that_are_as_they_were_can_be_measured_again(run: Run) -> None:
    assert states(run) == {"artifact": "readable", "baseline": "readable", "current": "readable"}


def test_inputs_that_changed_or_went_are_named(run: Run) -> None:
    (run.project.root / "data" / "now.csv").write_bytes(NOW + b"5,6\n")
    (run.project.root / "data" / "then.csv").unlink()
    assert states(run) == {"artifact": "readable", "baseline": "gone", "current": "changed"}


def test_the_evidence_of_an_earlier_run_is_looked_for_in_the_store(run: Run) -> None:
    kept, lost = run.store.put(b"a statement"), digest_bytes(b"another")
    assert states(run, statements(**{"earlier:1": kept, "earlier:2": lost})) == {"artifact": "readable", "earlier:1": "readable", "earlier:2": "gone"}


def test_the_artifact_of_the_version_in_use_is_looked_for_in_the_store(run: Run) -> None:
    kept, lost = run.store.put(b"a model"), digest_bytes(b"another")
    assert [states(run, statements(champion=one))["champion"] for one in (kept, lost)] == ["readable", "gone"]


def test_the_answer_of_a_query_cannot_be_hashed_again(run: Run) -> None:
    query = with_data(run, {"current": {"connection": "warehouse", "sql": "SELECT 1"}})
    told = statements(current=digest_bytes(NOW))
    assert states(query, told)["current"] == "gone", "the control: without the connection there is nothing"
    assert states(replace(query, connections=lambda _: "sqlite://"), told)["current"] == "not pinned"
    assert population_of(query, told) == [{"side": "current", "source": "connection warehouse: SELECT 1", "filter": "all rows", "rows": 1.0}]


def test_files_of_a_store_are_copied_and_hashed_again(run: Run) -> None:
    lake = with_data(run, {"current": {"files": "data/now.csv", "connection": "lake"}, "baseline": {"files": "data/then.csv", "connection": "lake"}})
    here = replace(lake, connections=lambda _: run.project.root.as_uri())
    assert states(lake) == {"artifact": "readable", "baseline": "gone", "current": "gone"}, "the control: without the connection there is nothing"
    assert states(here) == {"artifact": "readable", "baseline": "readable", "current": "readable"}
    (run.project.root / "data" / "now.csv").write_bytes(NOW + b"5,6\n")
    assert states(here)["current"] == "changed"
    assert [one["source"] for one in population_of(here, MEASURED)] == ["connection lake: data/then.csv", "connection lake: data/now.csv"]


def test_the_population_says_source_rows_and_filter(run: Run) -> None:
    assert population_of(run, MEASURED) == [
        {"side": "baseline", "source": "data/then.csv", "filter": "all rows", "rows": 1.0},
        {"side": "current", "source": "data/now.csv", "filter": "all rows", "rows": 1.0},
    ]
    day = Interval(datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC))
    windowed = with_data(run, {**(run.plan.data or {}), "window": {"last": "P7D"}, "columns": {"time": "at"}}, on="schedule")
    assert population_of(replace(windowed, interval=day), MEASURED)[1]["filter"] == "the last P7D before 2026-11-02T00:00:00+00:00 by at"
    assert population_of(replace(run, plan=replace(run.plan, data=None)), MEASURED) == []


@pytest.mark.parametrize(("named", "first"), [("data/now.csv", "now.csv"), ("data", "now.csv"), ("data/*.csv", "now.csv"), ("model.md", None)])
def test_files_that_a_check_read_are_hashed_again(run: Run, named: str, first: str | None) -> None:
    (run.project.root / "model.md").write_bytes(NOW)
    path = run.project.root / ("data/" + first if first else named)
    digest = Dataset(named, files=files_of(named, run.project.resolve)).digest() if first else digest_bytes(NOW)
    told = statements(**{f"file:{named}": digest})
    assert states(run, told)[f"file:{named}"] == "readable"
    path.write_bytes(NOW + b"5,6\n")
    assert states(run, told)[f"file:{named}"] == "changed"
    path.unlink()
    assert states(run, told)[f"file:{named}"] in ("gone", "changed")
