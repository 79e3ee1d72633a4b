"""The age of data at a known moment, whatever its zone; the future is told and never makes data young."""

from __future__ import annotations

import datetime
from datetime import UTC, timedelta, timezone

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from worlds import by_where

from modelops_airflow.checks import CheckContext, run_check
from modelops_airflow.data.dataset import Dataset
from modelops_airflow.data.prepare import profiles_of
from modelops_airflow.measurement import Status

END = datetime.datetime(2026, 3, 29, 12, tzinfo=UTC)
HOURS = [-30, -28, -3]


def _freshness(folder, times, options=None, until=END):
    path = folder / "current.parquet"
    pq.write_table(pa.table({"at": times, "x": [1.0] * len(times)}), path)
    now = Dataset("current", files=(path,))
    profiles = profiles_of(now, None, {"time": "at"})
    return run_check("freshness", profiles, options or {}, context=CheckContext(dataset=now, until=until))


def _values(measured):
    return {row.name: row.value for row in measured.metrics}


@pytest.mark.parametrize(("unit", "zone"), [("us", "UTC"), ("ns", "Europe/Berlin"), ("s", None), ("ms", "America/New_York")])
def test_age_and_gap_are_the_same_in_every_zone_and_unit(tmp_path, unit, zone):
    times = pa.array([END + timedelta(hours=hours) for hours in HOURS], pa.timestamp(unit, "UTC")).cast(pa.timestamp(unit, zone or "UTC"))
    measured = _freshness(tmp_path, times if zone else times.cast(pa.timestamp(unit)))
    assert _values(measured) == {"age_hours": 3.0, "future_rows": 0.0, "largest_gap_hours": 25.0, "time_missing_share": 0.0}
    assert any("taken as UTC" in note for note in measured.notes) is (zone is None)


def test_rows_from_the_future_are_counted_and_do_not_make_the_data_young(tmp_path):
    measured = _freshness(tmp_path, [END + timedelta(hours=hours) for hours in (-30, -10, 1, 500)])
    assert _values(measured)["future_rows"] == 2.0
    assert _values(measured)["age_hours"] == 10.0
    only = _freshness(tmp_path, [END + timedelta(hours=1)])
    assert by_where(only.metrics, "age_hours").reason == "every row is from the future"
    assert by_where(only.metrics, "largest_gap_hours").reason == "one row has no gap"
    assert _values(_freshness(tmp_path, [END]))["future_rows"] == 0.0, "the control: the end itself is not the future"


def test_a_date_is_its_first_moment_and_missing_times_are_told(tmp_path):
    measured = _freshness(tmp_path, pa.array([datetime.date(2026, 3, 28), None]))
    assert _values(measured)["age_hours"] == 36.0
    assert _values(measured)["time_missing_share"] == 0.5


@pytest.mark.parametrize(("times", "says"), [
    (pa.nulls(3, pa.timestamp("us")), "has no time in 3 rows"), (["a"], "expected timestamps or dates"), ([1.5], "expected timestamps or dates"),
    (pa.array([datetime.time(1)]), "expected timestamps or dates"),
])
def test_what_holds_no_time_is_an_error(tmp_path, times, says):
    measured = _freshness(tmp_path, times)
    assert measured.status is Status.ERROR and says in measured.notes[0]


def test_without_a_column_a_clock_or_rows_there_is_no_answer(tmp_path):
    assert "columns: at, x" in _freshness(tmp_path, [END], {"column": "zebra"}).notes[0]
    assert "not known here" in _freshness(tmp_path, [END], until=None).notes[0]
    now = Dataset("current", files=(tmp_path / "current.parquet",))
    context = CheckContext(dataset=now, until=END)
    assert "no time column" in run_check("freshness", profiles_of(now, None, {}), {}, context=context).notes[0]
    told = profiles_of(now, None, {"time": "at"})
    assert "cannot be read" in run_check("freshness", told, {}, context=CheckContext(until=END)).notes[0]
    pq.write_table(pa.table({"at": [END + timedelta(hours=-1)]}), tmp_path / "current.parquet")
    assert "no longer the data" in run_check("freshness", told, {}, context=context).notes[0]


def test_the_moment_that_the_age_was_measured_at_is_a_parameter_of_the_measurement(tmp_path):
    exact = datetime.datetime(2026, 3, 29, 14, 0, 0, 250_000, tzinfo=timezone(timedelta(hours=2)))
    measured = _freshness(tmp_path, [END + timedelta(hours=-1)], until=exact)
    assert measured.parameters == {"column": None, "until": "2026-03-29T12:00:00.250000+00:00"}
    again = _freshness(tmp_path, [END + timedelta(hours=-1)], until=datetime.datetime.fromisoformat(measured.parameters["until"]))
    assert again.to_json() == measured.to_json()
