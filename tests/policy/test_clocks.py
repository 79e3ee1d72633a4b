"""Clocks of statutory notices, against days counted by hand on a wall calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from modelops_airflow.policy.calendar import CALENDARS
from modelops_airflow.policy.clock import deadline
from modelops_airflow.policy.statutes import CLOCKS, INCIDENTS


def of(name, event):
    clock = CLOCKS[name]
    return deadline(clock, event, CALENDARS[clock.calendar])


@pytest.mark.parametrize(("name", "event", "last", "moved"), [
    ("eu-serious-incident", date(2026, 3, 1), date(2026, 3, 16), date(2026, 3, 16)),
    ("eu-death", date(2026, 2, 20), date(2026, 3, 2), date(2026, 3, 2)),
    ("eu-widespread", date(2026, 3, 5), date(2026, 3, 7), date(2026, 3, 9)),  # a Saturday, and the Monday after it
    ("ll144-data-request", date(2026, 6, 4), date(2026, 7, 4), date(2026, 7, 6)),  # Independence Day, a Saturday
    ("ll144-notice", date(2026, 6, 22), date(2026, 6, 5), date(2026, 6, 5)),  # a Monday; Juneteenth, Friday 19, does not count
    ("ll144-notice", date(2026, 6, 15), date(2026, 6, 1), date(2026, 6, 1)),  # two weeks without a holiday
    ("ll144-notice", date(2026, 11, 28), date(2026, 11, 13), date(2026, 11, 13)),  # a Saturday, two days after Thanksgiving
    ("co-adverse-outcome", date(2027, 1, 31), date(2027, 3, 2), date(2027, 3, 2)),
    ("reg-b-reasons", date(2028, 1, 31), date(2028, 3, 1), date(2028, 3, 1)),  # a leap year
])
def test_a_clock_ends_on_the_day_that_a_wall_calendar_shows(name, event, last, moved):
    found = of(name, event)
    assert (found.last_day, found.moved) == (last, moved)


def test_the_day_of_the_event_is_that_of_the_authority():
    late = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)  # already the second of March in Brussels
    assert of("eu-serious-incident", late).last_day == date(2026, 3, 17)
    assert of("ll144-data-request", datetime(2026, 6, 4, 3, 0, tzinfo=UTC)).last_day == date(2026, 7, 3)


def test_a_clock_is_overdue_from_the_midnight_after_its_last_day():
    found = of("eu-serious-incident", date(2026, 3, 1))
    last_second = datetime(2026, 3, 16, 22, 59, 59, tzinfo=UTC)  # 23:59:59 in Brussels
    midnight = datetime(2026, 3, 16, 23, 0, tzinfo=UTC)
    assert not found.overdue(last_second) and found.met(last_second) and found.days_left(last_second) == 0
    assert found.overdue(midnight) and not found.met(midnight) and found.days_left(midnight) == -1


def test_a_last_day_that_is_a_holiday_is_not_moved():
    saturday = of("eu-widespread", date(2026, 3, 5))
    assert saturday.overdue(datetime(2026, 3, 8, 12, tzinfo=UTC)) and saturday.moved == date(2026, 3, 9)


def test_what_was_not_read_says_so():
    assert {name for name, clock in CLOCKS.items() if clock.read} == {"eu-serious-incident", "eu-death", "co-adverse-outcome"}


def test_every_kind_of_incident_has_clocks_that_exist_and_every_clock_its_calendar():
    assert {name for names in INCIDENTS.values() for name in names} <= set(CLOCKS)
    assert {one.calendar for one in CLOCKS.values()} <= set(CALENDARS)
    assert all(one.law and one.section and one.duty and one.starts for one in CLOCKS.values())
