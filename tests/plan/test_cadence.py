"""How often a review starts: as the strictest policy in force asks, never later, and many models on many nights."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

from modelops_airflow.data.duration import after
from modelops_airflow.plan import make_plan
from modelops_airflow.plan.cadence import rarest, spread
from modelops_airflow.plan.schedule import gaps, last_tick
from modelops_airflow.spec.problem import SpecError
from modelops_airflow.spec.read import parse_model, read_governance

GOVERNANCE = read_governance(Path(__file__).parents[1] / "bad" / "governance.yaml").spec
BANK = {"sector": "bank", "generative": False, "agentic": False, "origin": "in-house"}
IDS = [f"model-{number}" for number in range(1000)]
TEXTS: list[str] = []
"""The model files that were planned."""
START, END = datetime(2024, 1, 1, tzinfo=UTC), datetime(2029, 1, 1, tzinfo=UTC)


def schedule_of(tier: int = 2, *, model_id: str = "credit-risk", policies: tuple[str, ...] = ("house",), **review: Any) -> str | None:
    body = {
        "modelops": 1,
        "model": {"name": "Retail credit default", "purpose": "Decides.", "tier": tier, "owner": "credit-owner", "developers": ["credit-dev"],
                  "kind": "skops", "version": "3.2.0", "artifact": "examples/credit/model-3.2.0.skops",
                  **({"facts": BANK} if policies != ("house",) else {})},
        "data": {"baseline": "b.parquet", "current": "c.parquet", "columns": {"target": "defaulted", "favourable": 0}},
        "policies": list(policies), "lifecycles": {"review": {"uses": "periodic-review", **review}},
    }
    TEXTS.append(yaml.safe_dump(body))
    return make_plan(parse_model(TEXTS[-1], f"{model_id}.yaml"), GOVERNANCE, "review").schedule


def starts(schedule: str) -> list[datetime]:
    found, at = [], END
    while (tick := last_tick(schedule, at)) is not None and tick >= START:
        found.append(tick)
        at = tick - timedelta(minutes=1)
    return found[::-1]


@pytest.mark.parametrize("period", ["P10D", "P180D", "P1M", "P1Y", "P2M", "P2Y", "P365D", "P3M", "P6M", "P7D"])
def test_no_two_starts_are_further_apart_than_the_period(period: str) -> None:
    for model_id in IDS[:40]:
        schedule = spread(period, model_id)
        assert all(other <= after(one, period) for one, other in pairwise(starts(schedule))), schedule
        assert rarest(schedule, period) is None


def test_a_thousand_models_are_reviewed_on_many_nights_and_no_night_has_many() -> None:
    nights = Counter(night.date() for model_id in IDS for night in starts(spread("P1Y", model_id)) if night.year == 2025)

    assert sum(nights.values()) == 1000
    assert len(nights) > 300 and max(nights.values()) <= 12
    halves = Counter(night.date() for model_id in IDS for night in starts(spread("P6M", model_id)) if night.year == 2025)
    assert sum(halves.values()) == 2000 and max(halves.values()) <= 20


def test_the_night_is_the_models_own_and_the_same_in_every_process() -> None:
    assert spread("P1Y", "credit-risk") == "19 5 6 6 *" and spread("P1Y", "card-fraud") != spread("P1Y", "credit-risk")


def test_the_strictest_of_tier_and_packs_says_how_often() -> None:
    assert schedule_of(1) == spread("P6M", "credit-risk") == "19 5 6 6,12 *"
    assert schedule_of(2) == schedule_of(3) == spread("P1Y", "credit-risk")
    assert schedule_of(1, policies=("house", "sr-11-7")) == spread("P1M", "credit-risk"), "SR117-MON-1 asks for it each month"


def test_a_schedule_that_is_written_counts_where_it_is_not_rarer() -> None:
    assert schedule_of(2, schedule="@quarterly") == "@quarterly"
    assert schedule_of(2, schedule="0 6 1 1 *") == "0 6 1 1 *"


@pytest.mark.parametrize(("review", "told"), [
    ({"tier": 1, "schedule": "@yearly"}, "house, tier 1 asks for a review within P6M, and schedule '@yearly' is rarer"),
    ({"tier": 2, "schedule": "0 6 29 2 *"}, "found 2024-02-29 and then 2028-02-29"),
    ({"tier": 2, "schedule": "@once"}, "found one review, and no other"),
    ({"tier": 1, "schedule": "@quarterly", "policies": ("house", "sr-11-7")}, "sr-11-7 SR117-MON-1 asks for a review within P1M"),
])
def test_a_schedule_that_is_rarer_than_a_policy_asks_is_an_error_at_its_line(review: dict[str, Any], told: str) -> None:
    with pytest.raises(SpecError) as one:
        schedule_of(review.pop("tier"), **review)

    schedule_line = 1 + next(number for number, line in enumerate(TEXTS[-1].splitlines()) if "schedule:" in line)
    problem, = (problem for problem in one.value.problems if problem.code == "PLAN034")
    assert told in str(problem) and "credit-risk.yaml:" in str(problem) and problem.line == schedule_line


@pytest.mark.parametrize(("review", "told"), [
    ({"remove": ["opinion"]}, "house, tier 1 asks for a review, and nobody of the control side decides in this one"),
    ({"remove": ["opinion"], "steps": {"again": {"uses": "approval", "with": {"roles": {"validator": 1}}, "insert": {"after": "decide"}}}}, ""),
    ({"remove": ["opinion"], "steps": {"attest": {"with": {"roles": {"owner": 1, "validator": 1}}}}}, ""),
])
def test_a_review_in_which_the_owner_alone_decides_is_an_error_where_a_policy_asks_for_one(review: dict[str, Any], told: str) -> None:
    try:
        schedule_of(1, **review)
        said = ""
    except SpecError as error:
        said = " ".join(str(problem) for problem in error.problems if problem.code == "PLAN039")
    assert told in said and bool(told) == bool(said)


def test_the_gaps_of_a_schedule_are_those_of_its_starts() -> None:
    for schedule in ("0 6 1 */6 *", "30 4 1,15 * 5", "@weekly", "0 1,13 * * *"):
        days = [one for one in pairwise(starts(schedule)) if one[0].date() != one[1].date()]
        assert set(days) <= set(gaps(schedule))


def test_after_downtime_a_missed_review_runs_once_and_not_once_for_each_tick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Airflow's own timetable, as the DAG has it, is asked as the scheduler asks it: after the last run, with the present moment."""
    airflow = pytest.importorskip("airflow.timetables.interval")
    from airflow.timetables.base import DataInterval, TimeRestriction
    from pendulum import instance

    table = airflow.CronDataIntervalTimetable(spread("P6M", "credit-risk"), timezone="UTC")  # 6 June and 6 December
    restriction = TimeRestriction(instance(datetime(2026, 1, 1, tzinfo=UTC)), None, catchup=False)
    last = DataInterval(instance(datetime(2025, 12, 6, 5, 19, tzinfo=UTC)), instance(datetime(2026, 6, 6, 5, 19, tzinfo=UTC)))
    back = instance(datetime(2028, 1, 15, 12, tzinfo=UTC))  # a year and a half later; three ticks were missed
    monkeypatch.setattr("airflow.timetables.interval.utcnow", lambda: back)

    missed = table.next_dagrun_info(last_automated_data_interval=last, restriction=restriction)
    assert missed is not None and missed.run_after <= back
    assert missed.data_interval.end == instance(datetime(2027, 12, 6, 5, 19, tzinfo=UTC)), "the last tick"
    following = table.next_dagrun_info(last_automated_data_interval=missed.data_interval, restriction=restriction)
    assert following is not None and following.run_after == instance(datetime(2028, 6, 6, 5, 19, tzinfo=UTC)), "and then the next that is to come"
