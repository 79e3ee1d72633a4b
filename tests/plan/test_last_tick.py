"""When a schedule last fell due, against the library that Airflow itself asks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from croniter import croniter
from hypothesis import given
from hypothesis import strategies as st

from modelops_airflow.plan.schedule import CRON, last_tick, schedule_problem

NOW = datetime(2026, 3, 4, 10, 17, 30, tzinfo=UTC)


def oracle(text: str, until: datetime) -> datetime:
    """croniter answers what is before a moment: before the next microsecond, what is not after this one."""
    return croniter(CRON.get(text, text), until + timedelta(microseconds=1)).get_prev(datetime)


@pytest.mark.parametrize("text", [*CRON, "*/5 * * * *", "17 10 * * *", "18 10 * * *", "0 6 1 1 *", "0 6 1 */6 *", "30 4 1,15 * 5", "0 0 * * 7", "0 0 29 2 *",
                                  "0 0 31 * *", "5-10/2 0-6 * * 1-5", "0 22 */2 * *"])
@pytest.mark.parametrize("until", [NOW, datetime(2026, 1, 1, tzinfo=UTC), datetime(2028, 2, 29, tzinfo=UTC), datetime(2027, 12, 31, 23, 59, tzinfo=UTC)])
def test_it_is_what_croniter_says(text: str, until: datetime) -> None:
    assert last_tick(text, until) == oracle(text, until)


def field(low: int, high: int) -> st.SearchStrategy[str]:
    number = st.integers(low, high)
    span = st.tuples(number, number).filter(lambda two: two[0] < two[1]).map(lambda two: f"{two[0]}-{two[1]}")  # croniter reads 0-0 as the whole week
    part = st.one_of(st.just("*"), number.map(str), span, st.integers(1, 5).map(lambda step: f"*/{step}"))
    return st.lists(part, min_size=1, max_size=2).map(",".join)


@given(st.tuples(field(0, 59), field(0, 23), field(1, 28), field(1, 12), field(0, 6)).map(" ".join), st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1)))
def test_it_is_what_croniter_says_of_any_schedule(text: str, naive: datetime) -> None:
    assert schedule_problem(text) == ""
    until = naive.replace(tzinfo=UTC)
    assert last_tick(text, until) == oracle(text, until)


def test_a_day_that_never_comes_has_no_tick() -> None:
    assert last_tick("0 0 31 2 *", NOW) is None
