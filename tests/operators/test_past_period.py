"""A backfill, or a manual run with a logical date, looks at the data of its interval under the policies of its day, and says so."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pendulum
import pytest
import review_world as world
import yaml
from airflow.sdk.exceptions import AirflowFailException
from airflow.timetables.interval import CronDataIntervalTimetable
from review_world import FRESH, key_of, plan_of, release, row_of, run, scheduled
from sqlalchemy import select, text
from workbench import Bench

from guards import guards_down
from modelops_airflow.governance.activate import activate, propose
from modelops_airflow.governance.transaction import Actor
from modelops_airflow.inventory.tables import ResultRow
from modelops_airflow.operators.measure import MeasureOperator
from modelops_airflow.operators.pin import PinOperator
from modelops_airflow.operators.run import interval_of, open_run, past_day
from modelops_airflow.plan import Plan
from modelops_airflow.plan.governance_file import governance_in
from modelops_airflow.policy.library import packs
from modelops_airflow.steps.run import Interval

PACK = """pack: {name}
version: 1
title: A pack of a test.
effective: {{{dates}, basis: project default}}
controls:
  - id: {control}
    ref: a test
    text: Numbers are looked at.
    class: it
    at: [review]
    steps: [{step}]
    numbers: {{{number}, basis: project default}}}}
"""
PACKS = {
    "began-later": PACK.format(name="began-later", dates='from: "2024-06-01"', control="LATE-1", step="data-quality", number='missing_cells_share: {fail: "> 0.5"'),
    "ended-since": PACK.format(name="ended-since", dates='from: "2020-01-01", to: "2024-05-31"', control="EARLY-1", step="volumetrics", number='row_ratio: {fail: "> 100"'),
}
THEN = datetime(2024, 5, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def dated(tmp_path: Path) -> Iterator[None]:
    """Two packs of the house: one that began after the period, one that ended since."""
    for name, body in PACKS.items():
        (tmp_path / f"{name}.yaml").write_text(body)
        packs().add(tmp_path / f"{name}.yaml")
    yield
    for name in PACKS:
        packs()._files.pop(name), packs()._read.pop(name)


@pytest.fixture
def released(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A model in use under both packs."""
    monkeypatch.syspath_prepend(str(bench.root / "site"))
    (bench.root / "checks").mkdir()
    (bench.root / "checks/volume.py").write_text(world.CHECK)
    world.install(bench, "1.0", "1.0")
    world.write(bench, FRESH)
    file = bench.root / world.FILE
    file.write_text(yaml.safe_dump({**yaml.safe_load(file.read_text()), "policies": ["house", *PACKS]}))
    release(bench)
    govern_since(bench, datetime(2020, 1, 1, tzinfo=UTC))
    return bench


def govern_since(bench: Bench, *moments: datetime) -> None:
    """Each governance so far was put in force at one of these moments, whatever the clock said."""
    with bench.register.engine.execution_options(modelops_write=True).begin() as connection, guards_down(connection):
        found = connection.execute(text("SELECT idx FROM modelops_event WHERE kind = 'governance-activated' AND outcome = 'done' ORDER BY idx")).scalars().all()
        for index, moment in zip(found, moments, strict=True):
            connection.execute(text("UPDATE modelops_event SET at = :at WHERE idx = :index"), {"at": f"{moment:%Y-%m-%d %H:%M:%S}", "index": index})


def own_pack(bench: Bench, version: int, number: str) -> None:
    """A pack of the project's own in a version of its own, named by governance and put in force."""
    (bench.root / "dags/policies").mkdir(exist_ok=True)
    (bench.root / "dags/policies/own.yaml").write_text(PACK.format(name="own", dates='from: "2020-01-01"', control="OWN-1", step="volumetrics",
                                                                   number=f'row_ratio: {{fail: "> {number}"').replace("version: 1", f"version: {version}"))
    file = bench.root / "dags/governance.yaml"
    file.write_text(yaml.safe_dump({**yaml.safe_load(file.read_text()), "policies": ["own"]}))
    source = governance_in(file)
    propose(bench.register, source.canonical, "sync")
    for who in ("validator-1", "risk-1"):
        if activate(bench.register, source.digest, Actor("simple", who, who)) == "active":
            return


def limits(bench: Bench, run_id: str) -> set[str]:
    """What a pinned plan fails of the ratio of rows."""
    return {str(one.fail) for step in plan_of(bench, key_of(run_id)).steps if step.uses == "volumetrics" for one in step.requirements}


def kinds(bench: Bench, run_id: str) -> set[str]:
    return {step.uses for step in plan_of(bench, key_of(run_id)).steps}


def test_a_pack_that_began_later_is_not_asked_and_one_in_force_then_is(released: Bench) -> None:
    run(released, scheduled("backfill__1", kind="backfill", end=THEN))
    plan = plan_of(released, key_of("backfill__1"))

    assert plan.to_json()["as_of"] == "2024-05-01"
    assert (plan.packs["began-later"]["standing"], plan.packs["ended-since"]["standing"]) == ("pending", "applies")
    assert "volumetrics" in kinds(released, "backfill__1") and "data-quality" not in kinds(released, "backfill__1")


def test_a_pack_of_the_project_is_asked_as_it_was_in_force_then(released: Bench) -> None:
    own_pack(released, 1, "50")
    own_pack(released, 2, "40")
    govern_since(released, datetime(2020, 1, 1, tzinfo=UTC), datetime(2024, 1, 1, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC))
    for run_id, end in (("backfill__1", THEN), ("backfill__2", datetime(2025, 6, 1, tzinfo=UTC))):
        PinOperator(task_id="pin", model_id=world.MODEL, lifecycle="review").execute(scheduled(run_id, kind="backfill", end=end))

    assert [plan_of(released, key_of(run_id)).packs["own"]["version"] for run_id in ("backfill__1", "backfill__2")] == [1, 2]
    assert any("50" in one for one in limits(released, "backfill__1")) and any("40" in one for one in limits(released, "backfill__2"))


def test_a_day_on_which_no_governance_was_in_force_is_refused(released: Bench) -> None:
    with pytest.raises(AirflowFailException, match="no governance was in force on 2019-12-31, so nobody can say what policies asked then"):
        PinOperator(task_id="pin", model_id=world.MODEL, lifecycle="review").execute(scheduled("backfill__1", kind="backfill", end=datetime(2019, 12, 31, tzinfo=UTC)))


def test_a_review_of_today_asks_the_packs_of_today(released: Bench) -> None:
    run(released, scheduled("scheduled__1", end=THEN))  # the scheduler starts late what it missed
    plan = plan_of(released, key_of("scheduled__1"))

    assert plan.as_of == "" and "as_of" not in plan.to_json()
    assert "data-quality" in kinds(released, "scheduled__1") and "volumetrics" not in kinds(released, "scheduled__1")


def test_what_no_task_measures_any_more_is_measured_before_the_decision(released: Bench) -> None:
    from modelops_airflow.operators.decide import DecideOperator
    from modelops_airflow.operators.profile import ProfileOperator
    from modelops_airflow.operators.scan_artifact import ScanArtifactOperator

    context = scheduled("backfill__1", kind="backfill", end=THEN)
    PinOperator(task_id="pin", model_id=world.MODEL, lifecycle="review").execute(context)
    ScanArtifactOperator(task_id="scan-artifact").execute(context)
    ProfileOperator(task_id="profile").execute(context)
    DecideOperator(task_id="decide").execute(context)
    with released.register.read() as session:
        results = {row.step: row.status for row in session.scalars(select(ResultRow).where(ResultRow.run == row_of(released, key_of("backfill__1")).id))}
    assert (results["volumetrics"], results["drift"], results["decide"]) == ("measured", "measured", "done")


def test_a_task_of_a_check_that_nobody_asked_for_then_is_skipped(released: Bench) -> None:
    from airflow.sdk.exceptions import AirflowSkipException

    context = scheduled("backfill__1", kind="backfill", end=THEN)
    run(released, context)
    with pytest.raises(AirflowSkipException, match="on 2024-05-01 no policy asked for data-quality"):
        MeasureOperator(task_id="data-quality").execute(context)


@pytest.mark.parametrize(("kind", "at", "expected"), [
    ("backfill", THEN, THEN.date()), ("manual", THEN, THEN.date()), ("operator_triggered", THEN, THEN.date()), ("scheduled", THEN, None),
    ("manual", datetime.now(UTC) + timedelta(minutes=1), None),
])
def test_only_a_backfill_or_a_chosen_date_is_about_a_past_day(kind: str, at: datetime, expected: Any) -> None:
    assert past_day(scheduled("x", kind=kind, end=at)) == expected


NOW = datetime(2026, 11, 18, 10, 30, tzinfo=UTC)  # a Wednesday
OWN = Interval(THEN.replace(year=2023), THEN)
DAY_BEFORE = Interval(NOW - timedelta(days=1), NOW)


def planned(schedule: str | None, as_of: str = "") -> Plan:
    return Plan({}, None, "review", "periodic-review@1", "", schedule, (), {}, as_of=as_of)


@pytest.mark.parametrize(("kind", "plan", "expected"), [
    ("scheduled", planned("@weekly"), OWN),
    ("backfill", planned("@weekly", "2024-05-01"), OWN),
    ("manual", planned("@weekly", "2024-05-01"), OWN),
    ("manual", planned("@weekly"), Interval(datetime(2026, 11, 8, tzinfo=UTC), datetime(2026, 11, 15, tzinfo=UTC))),
    ("manual", planned("30 6 * * *"), Interval(datetime(2026, 11, 17, 6, 30, tzinfo=UTC), datetime(2026, 11, 18, 6, 30, tzinfo=UTC))),
    ("operator_triggered", planned("@weekly"), Interval(datetime(2026, 11, 8, tzinfo=UTC), datetime(2026, 11, 15, tzinfo=UTC))),
    ("asset_materialization", planned(None), DAY_BEFORE),
    ("manual", planned(None), DAY_BEFORE),
    ("manual", planned("@once"), DAY_BEFORE),
])
def test_the_data_is_that_of_the_interval_and_a_run_by_hand_that_speaks_for_today_chooses_none(kind: str, plan: Plan, expected: Interval) -> None:
    context = scheduled("x", kind=kind, end=THEN)  # whatever the caller says: the interval, and the moment to run after
    assert interval_of(context, plan, NOW) == expected


def test_a_run_by_hand_looks_where_airflow_itself_would() -> None:
    timetable = CronDataIntervalTimetable("15 4 1 */3 *", timezone="UTC")
    airflow = timetable.infer_manual_data_interval(run_after=pendulum.instance(NOW))
    assert interval_of(scheduled("x", kind="manual", end=THEN), planned("15 4 1 */3 *"), NOW) == Interval(airflow.start, airflow.end)


def test_a_run_that_speaks_for_today_does_not_see_the_good_days_that_its_starter_names(released: Bench) -> None:
    context = scheduled("manual__2", kind="manual", end=datetime.now(UTC) + timedelta(minutes=1))
    context["dag_run"].data_interval_start, context["dag_run"].data_interval_end = THEN - timedelta(days=1), THEN
    PinOperator(task_id="pin", model_id=world.MODEL, lifecycle="review").execute(context)
    assert plan_of(released, key_of("manual__2")).as_of == ""
    seen = open_run(context).interval
    assert seen is not None and seen.end > datetime.now(UTC) - timedelta(days=367)


def test_a_release_never_asks_the_policies_of_an_earlier_day(released: Bench) -> None:
    context = released.context(f"{world.MODEL}.release", "manual__2")
    context["dag_run"].logical_date = THEN
    run(released, context)
    with released.register.read() as session:
        from modelops_airflow.governance.start import RunKey, pinned

        about = pinned(session, RunKey(f"{world.MODEL}.release", "manual__2"))
    assert about is not None and "as_of" not in about.plan
