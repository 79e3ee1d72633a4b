"""Working days: the same as NumPy counts them, with the holidays that states publish."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelops_airflow.policy.calendar import CALENDARS, Calendar, calendars_of
from modelops_airflow.spec.problem import SpecError
from modelops_airflow.spec.read import parse_governance

NYC = CALENDARS["nyc"]
PUBLISHED = {  # N.Y. General Construction Law section 24, the days of 2026
    date(2026, 1, 1), date(2026, 1, 19), date(2026, 2, 12), date(2026, 2, 16), date(2026, 5, 25), date(2026, 6, 19), date(2026, 7, 4),
    date(2026, 9, 7), date(2026, 10, 12), date(2026, 11, 3), date(2026, 11, 11), date(2026, 11, 26), date(2026, 12, 25),
}
DAYS = st.dates(date(2024, 1, 1), date(2028, 12, 31))
GOVERNANCE = """\
modelops: 1
people: {}
roles: {}
calendars:
"""


@pytest.mark.parametrize("day", sorted(PUBLISHED))
def test_nobody_works_on_a_published_holiday_of_new_york(day):
    assert not NYC.works(day)


@given(day=DAYS, number=st.integers(-60, 60).filter(bool), off=st.frozensets(DAYS, max_size=30))
def test_business_days_are_counted_as_numpy_counts_them(day, number, off):
    calendar = Calendar("own", "UTC", holidays=off)
    nearest = "backward" if number > 0 else "forward"
    expected = np.busday_offset(day, number, roll=nearest, holidays=sorted(off))
    assert calendar.counted(day, number) == expected.astype(date)


@given(day=DAYS, number=st.integers(1, 40))
def test_counting_there_and_back_passes_as_many_working_days(day, number):
    end = NYC.counted(day, number)
    between = [day + timedelta(days=one + 1) for one in range((end - day).days)]
    assert sum(NYC.works(one) for one in between) == number and NYC.works(end)


def test_a_calendar_of_no_working_day_is_told_and_not_searched_for_ever():
    never = Calendar("never", "UTC", holidays=frozenset(date(2026, 1, 1) + timedelta(days=one) for one in range(11_000)))
    with pytest.raises(ValueError, match="no such working day"):
        never.counted(date(2026, 1, 1), 1)


def test_which_day_it_is_is_said_where_the_authority_is():
    moment = datetime(2026, 3, 2, 3, 30, tzinfo=UTC)
    assert (NYC.day_of(moment), CALENDARS["eu"].day_of(moment)) == (date(2026, 3, 1), date(2026, 3, 2))


def test_a_day_that_is_an_hour_short_ends_at_its_own_midnight():
    assert NYC.end_of(date(2026, 3, 8)).astimezone(UTC) == datetime(2026, 3, 9, 4, tzinfo=UTC)


def test_governance_adds_holidays_and_changes_the_country_of_a_calendar():
    source = parse_governance(GOVERNANCE + '  nyc: {holidays: ["2026-12-24"]}\n  eu: {country: DE, subdivision: BY, timezone: Europe/Berlin}\n', "governance.yaml")
    found = calendars_of(source.spec)
    assert not found["nyc"].works(date(2026, 12, 24)) and not found["nyc"].works(date(2026, 11, 26))
    assert not found["eu"].works(date(2026, 1, 6)) and found["eu"].zone == "Europe/Berlin"
    assert CALENDARS["eu"].works(date(2026, 1, 6))


def test_a_day_of_the_calendar_counts_although_the_country_has_a_holiday():
    found = calendars_of(parse_governance(GOVERNANCE + '  nyc: {working: ["2026-02-12"]}\n', "governance.yaml").spec)
    assert found["nyc"].works(date(2026, 2, 12))


def test_all_mistakes_of_calendars_are_told_at_their_lines():
    text = GOVERNANCE + '  a: {country: QQ}\n  b: {country: US, subdivision: ZZ}\n  c: {timezone: Mars/Sea}\n  d: {subdivision: NY}\n  e: {holidays: ["2026-05-05"], working: ["2026-05-05"]}\n'
    with pytest.raises(SpecError) as told:
        parse_governance(text, "governance.yaml")
    assert [(one.line, one.code) for one in told.value.problems] == [(5, "SPEC015"), (6, "SPEC015"), (7, "SPEC015"), (8, "SPEC015"), (9, "SPEC015")]


def test_a_day_that_no_calendar_has_is_refused():
    with pytest.raises(SpecError, match="a day of the calendar"):
        parse_governance(GOVERNANCE + '  a: {holidays: ["2026-02-30"]}\n', "governance.yaml")
