"""Who is told of what, when, and that the same thing always has the same key."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from modelops_airflow.policy.notice import notices
from modelops_airflow.policy.occasion import Occasion
from modelops_airflow.spec.types import Notify

DUE = datetime(2026, 5, 4, 12, tzinfo=UTC)
GATE = Occasion("gate", "gate 7", "A gate waits.", "risk", "decide", "/p", "pricing", 2, DUE)
LIVE = Occasion("deployed", "event 9", "It is live.", "nobody", "nothing", "/p", "pricing", 2)
BOTH = ("deployed", "gate-due", "gate-overdue")


def entry(**changes):
    given = {"notifier": "smtp", "connection": "mail", "to": ("risk@bank.example",), "about": BOTH} | changes
    return Notify.model_validate(given)


def told(occasion, now=DUE, **changes):
    return sorted((one.about, one.level, one.connection, one.recipient) for one in notices([occasion], [entry(**changes)], now).values())


@pytest.mark.parametrize(("before", "levels"), [
    (timedelta(days=3, seconds=1), []), (timedelta(days=3), ["due"]), (timedelta(seconds=1), ["due"]), (timedelta(), ["overdue"]), (-timedelta(days=99), ["overdue"]),
])
def test_it_is_told_ahead_of_its_due_date_and_when_it_is_over(before, levels):
    assert [level for _, level, _, _ in told(GATE, DUE - before)] == levels


def test_what_has_happened_is_told_at_once():
    assert told(LIVE) == [("deployed", "happened", "mail", "risk@bank.example")]


@pytest.mark.parametrize(("changes", "number"), [
    ({"about": ("gate-due",)}, 0), ({"about": ("gate-overdue",)}, 1), ({"tiers": (1,)}, 0), ({"tiers": (1, 2)}, 1), ({"models": ("other",)}, 0),
    ({"models": ("pricing",)}, 1),
])
def test_only_what_an_entry_asks_for_is_told(changes, number):
    assert len(told(GATE, **changes)) == number


def test_a_model_of_unknown_tier_is_told_to_whoever_asks_for_a_tier():
    unknown = Occasion("file-broken", "file x", "It is broken.", "its owner", "mend it", "/p", "x", None)
    assert len(told(unknown, about=("file-broken",), tiers=(1,))) == 1


def test_what_is_of_no_model_is_not_told_to_whoever_asks_for_models():
    waits = Occasion("governance-waits", "governance x", "It waits.", "control", "read it", "/p")
    assert len(told(waits, about=("governance-waits",))) == 1
    assert told(waits, about=("governance-waits",), models=("pricing",)) == []


@pytest.mark.parametrize(("late", "who"), [
    (timedelta(days=2, hours=23), ["risk@bank.example"]), (timedelta(days=3), ["head@bank.example", "risk@bank.example"]),
    (timedelta(days=90), ["head@bank.example", "risk@bank.example"]),
])
def test_what_is_overdue_for_long_goes_to_the_next_in_line(late, who):
    up = {"after": "P3D", "to": ("head@bank.example",)}
    assert sorted(recipient for *_, recipient in told(GATE, DUE + late, escalate=up)) == who


def test_it_is_escalated_once_however_long_it_stays_overdue():
    up = {"after": "P3D", "to": ("head@bank.example",)}
    keys = [set(notices([GATE], [entry(escalate=up)], DUE + timedelta(days=days))) for days in (3, 4, 40)]
    assert keys[0] == keys[1] == keys[2] and len(keys[0]) == 2


def test_an_escalation_may_take_another_connection():
    up = {"after": "P3D", "connection": "boss"}
    assert ("gate-overdue", "escalated", "boss", "") in told(GATE, DUE + timedelta(days=4), notifier="slack-webhook", to=(), escalate=up)


def test_two_entries_that_say_the_same_tell_once():
    assert len(notices([GATE], [entry(), entry(tiers=(2,))], DUE)) == 1


def test_another_level_subject_or_recipient_is_another_notice():
    due, overdue = notices([GATE], [entry()], DUE - timedelta(days=1)), notices([GATE], [entry()], DUE)
    again = notices([Occasion(**{**GATE.__dict__, "subject": "gate 7 anew"})], [entry()], DUE)
    other = notices([GATE], [entry(to=("rolf@bank.example",))], DUE)
    assert len({*due, *overdue, *again, *other}) == 4


def test_other_words_of_the_same_occasion_are_the_same_notice():
    assert set(notices([Occasion(**{**GATE.__dict__, "sentence": "Renamed."})], [entry()], DUE)) == set(notices([GATE], [entry()], DUE))
