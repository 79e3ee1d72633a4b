"""Of all that was ever promised the longest counts; what is not known keeps."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelops_airflow.policy.erasure import GROUNDS, Standing, obstacle
from modelops_airflow.policy.retention import (
    NOBODY_SAYS,
    Kept,
    Kind,
    Moments,
    Promise,
    holding,
    kept_until,
    promises_of,
    strictest,
)

MADE = datetime(2024, 2, 29, tzinfo=UTC)
ALL_PAST = Moments(MADE, MADE, MADE, MADE)
KEEPS, SINCE, BASES = ("P10Y", "P1Y", "P4Y", "P6M"), ("last-use", "placed-on-market", "record", "retirement"), ("industry", "law", "project default", "supervisory")
PROMISES = st.builds(Promise, st.sampled_from(["a", "b"]), st.just("A-1"), st.sampled_from(KEEPS), st.sampled_from(SINCE), st.sampled_from(BASES))


def promise(keep: str = "P4Y", since: str = "record", basis: str = "law") -> Promise:
    return Promise("own", "ONE-1", keep, since, basis)


def test_a_promise_ends_by_the_calendar() -> None:
    assert kept_until([promise("P1Y")], ALL_PAST).until == datetime(2025, 2, 28, tzinfo=UTC)


@pytest.mark.parametrize("since", ["last-use", "placed-on-market", "retirement", "something-new"])
def test_a_moment_that_has_not_come_or_is_not_known_keeps(since: str) -> None:
    found = kept_until([promise("P1Y"), promise("P6M", since)], Moments(MADE))
    assert found.until is None and f"P6M since {since}" in found.why


def test_no_promise_keeps() -> None:
    assert kept_until([], ALL_PAST) == NOBODY_SAYS and not NOBODY_SAYS.ended(datetime.max.replace(tzinfo=UTC))


@given(st.frozensets(PROMISES, max_size=5), PROMISES)
def test_a_further_promise_never_shortens(promises: frozenset[Promise], one: Promise) -> None:
    before, after = kept_until(promises, ALL_PAST), kept_until(promises | {one}, ALL_PAST)
    assert not promises or (before.until is not None and after.until is not None and after.until >= before.until)


@given(st.frozensets(PROMISES, max_size=5), st.datetimes(datetime(2024, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)))
def test_it_has_ended_exactly_when_no_promise_holds(promises: frozenset[Promise], now: datetime) -> None:
    assert kept_until(promises, ALL_PAST).ended(now) is (bool(promises) and not holding(promises, ALL_PAST, now))


def test_records_of_the_same_bytes_are_kept_as_long_as_the_longest() -> None:
    early, late = Kept(MADE, "early"), Kept(MADE.replace(year=2030, day=28), "late")
    assert strictest([late, early]) == late and strictest([early, NOBODY_SAYS, late]) == NOBODY_SAYS and strictest([]) == NOBODY_SAYS


def test_only_controls_that_apply_promise() -> None:
    kept = {"keep": "P4Y", "since": "record", "basis": "law"}
    plan = {"packs": {"own": {"controls": {"A-1": {"applies": True, "retention": kept}, "A-2": {"applies": False}, "A-3": {"applies": True}}}}}
    assert promises_of(plan) == {Promise("own", "A-1", "P4Y", "record", "law")} and promises_of({"packs": None}) == frozenset()


@pytest.mark.parametrize("basis", BASES)
@pytest.mark.parametrize("ground", sorted(GROUNDS))
def test_which_ground_beats_which_promise(ground: str, basis: str) -> None:
    standing = Standing(frozenset({Kind.WORDS}), (), (), Kept(None, "x"), (promise(basis=basis),))
    beaten = obstacle(ground, standing, ended=False) is None
    assert beaten is {"retention-ended": False, "data-subject": basis != "law", "order": True}[ground]


@pytest.mark.parametrize("ground", sorted(GROUNDS))
def test_no_ground_beats_a_hold_or_what_is_needed(ground: str) -> None:
    for held, needed, code in ((("hold 3",), (), "hold"), ((), ("version 1 is in_use",), "in-use"), (("hold 3",), ("version 1 is in_use",), "hold")):
        found = obstacle(ground, Standing(frozenset({Kind.WORDS}), held, needed, Kept(MADE, "x"), ()), ended=True)
        assert found is not None and found[0] == code


@pytest.mark.parametrize("kind", sorted(Kind))
def test_a_person_has_words_and_predictions_erased_and_nothing_else(kind: Kind) -> None:
    found = obstacle("data-subject", Standing(frozenset({kind}), (), (), Kept(None, "x"), ()), ended=False)
    assert (found is None) is (kind in (Kind.WORDS, Kind.PREDICTIONS))
    assert obstacle("data-subject", Standing(frozenset({kind, Kind.ARTIFACT}), (), (), Kept(None, "x"), ()), ended=False) is not None
