"""Since when answers differ: runs that say nothing about it are not taken for agreement, nor for difference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from modelops_airflow.checks import CheckContext, Earlier
from modelops_airflow.checks.canary_history import Change, Replayed, change_of
from modelops_airflow.digest import digest_of
from modelops_airflow.measurement import Measurement, Metric

ASKED = {"file": "c.parquet", "mode": "exact"}
ROWS = digest_of("rows")
NOW = Replayed(True, "7", ROWS, datetime(2026, 3, 9, tzinfo=UTC))


def found(share: float | None, said: str = "7", **other: Any) -> Measurement:
    measured = Measurement.of("replay", [Metric("answers_changed_share", share, reason="why")])
    return replace(measured, inputs={"file:c.parquet": ROWS}, parameters=ASKED | ({"answered_by": said} if said else {}), **other)


def change(*before: Measurement | None, now: Replayed = NOW) -> Change:
    """Of runs before this one, newest first; each a day apart."""
    told = [None if one is None else Earlier(digest_of(one.to_json()), one, datetime(2026, 3, 8 - day, tzinfo=UTC)) for day, one in enumerate(before)]
    return change_of(now, ASKED, CheckContext(earlier=lambda most: told[:most]), 400, 1)


def silent(one: Change) -> float | None:
    return list(one.rows(9))[1].value


AGREED, DIFFERED = found(0.0), found(0.2)
UNKNOWN: Sequence[Measurement | None] = [
    None, found(None), Measurement.error("replay", "the service was away"), found(0.0, version=2), replace(AGREED, inputs={"file:c.parquet": digest_of("others")}),
    replace(AGREED, parameters={**ASKED, "mode": "rank"}), replace(AGREED, metrics=()), replace(AGREED, inputs={}), replace(AGREED, parameters={}),
]


def test_the_first_that_differed_and_the_last_that_agreed_are_named() -> None:
    one = change(DIFFERED, DIFFERED, AGREED, DIFFERED, AGREED)
    assert (one.runs, one.unknown, silent(one)) == (3, 0, 1)
    assert "2026-03-06" in one.told and "2026-03-07" in one.told and "2026-03-08" not in one.told and "2026-03-05" not in one.told
    assert one.inputs() == {"last-agreed": digest_of(AGREED.to_json()), "first-changed": digest_of(DIFFERED.to_json())}


@pytest.mark.parametrize("unknown", UNKNOWN)
def test_a_run_that_says_nothing_is_neither(unknown: Measurement | None) -> None:
    one = change(unknown, AGREED)
    assert (one.runs, one.unknown, silent(one)) == (1, 1, 1) and "between them of which nothing is known: 1" in one.told
    assert change(AGREED).unknown == 0, "the control"
    one = change(unknown, DIFFERED, AGREED)
    assert (one.runs, one.unknown) == (2, 0), "what is unknown after the change leaves no doubt of its date"
    alone = change(unknown)
    assert alone.agreed is None and silent(alone) is None and alone.inputs() == {}


def test_where_nothing_agreed_before_nobody_says_silent() -> None:
    for one in (change(), change(DIFFERED), change_of(NOW, ASKED, CheckContext(), 400, 1), change_of(NOW, ASKED, CheckContext(earlier=lambda _: ()), 0, 1)):
        assert silent(one) is None and "or longer" in one.told
    assert "no register knows" in change_of(NOW, ASKED, CheckContext(), 400, 1).told


@pytest.mark.parametrize(("before", "now", "value", "told"), [
    ("7", "7", 1, "version 7 before and after"), ("6", "7", 0, "version 6, then 7"), ("", "", 1, "does not say which version"), ("", "7", 0, "(none), then 7"),
    ("7", "", 0, "7, then (none)"),
])
def test_a_change_is_silent_where_the_version_did_not_change(before: str, now: str, value: float, told: str) -> None:
    one = change(found(0.0, before), now=replace(NOW, said=now))
    assert silent(one) == value and told in one.told


def test_agreement_is_never_dated_and_reads_no_earlier_run() -> None:
    def read(_most: int) -> Sequence[Earlier | None]:
        raise AssertionError("nobody asked")

    one = change_of(replace(NOW, changed=False), ASKED, CheckContext(earlier=read), 400, 1)
    assert (one.told, one.inputs(), [row.value for row in one.rows(9)]) == ("", {}, [0, 0])
