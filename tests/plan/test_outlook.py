"""What a change moves and brings forward is counted from what was approved, by the rules of either side."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from modelops_airflow.plan.outlook import APPROVALS, REVIEW, Due, Past, Work, falls_due

TODAY, DAY = date(2026, 11, 27), date(2027, 6, 1)
APPROVED = datetime(2026, 1, 31, 9, tzinfo=UTC)
PAST = Past({"m.release": Work(1.5, 30.0)}, {"m": APPROVED}, {"m": datetime(2027, 3, 1, 12, tzinfo=UTC)})


def test_a_shorter_time_between_reviews_moves_the_next_one_forward_by_the_calendar() -> None:
    [review] = falls_due(PAST, {"m": "P1Y"}, {"m": "P1M"}, TODAY, TODAY)
    assert review == Due("m", REVIEW, date(2027, 1, 31), date(2026, 2, 28))
    assert review.told(TODAY) == "the next review: due 2027-01-31 -> 2026-02-28 and is overdue then"


def test_by_a_day_to_come_what_falls_due_until_then_is_told_and_no_more() -> None:
    def due(day: date) -> set[str]:
        return {one.what for one in falls_due(PAST, {"m": "P1Y"}, {"m": "P1Y"}, TODAY, day)}

    assert due(TODAY) == due(date(2027, 1, 30)) == set()
    assert due(date(2027, 1, 31)) == {REVIEW}
    assert due(date(2027, 3, 1)) == due(DAY) == {REVIEW, APPROVALS}


def test_what_is_overdue_already_and_does_not_move_is_not_of_the_change() -> None:
    assert falls_due(PAST, {"m": "P1M"}, {"m": "P1M"}, TODAY, TODAY) == []


@pytest.mark.parametrize(("before", "after", "told"), [
    (None, "P1Y", "the next review: due at no time -> 2027-01-31"), ("P1Y", None, "the next review: due 2027-01-31 -> at no time")])
def test_a_review_that_nobody_asked_or_asks_any_more_is_told(before: str | None, after: str | None, told: str) -> None:
    [review] = falls_due(PAST, {"m": before}, {"m": after}, TODAY, TODAY)
    assert review.told(TODAY) == told


def test_a_model_that_never_went_live_has_no_next_review() -> None:
    assert falls_due(Past(), {"m": "P1Y"}, {"m": "P1M"}, TODAY, DAY) == []


def test_the_past_is_the_same_after_a_snapshot() -> None:
    assert Past.from_json(PAST.to_json()) == PAST
