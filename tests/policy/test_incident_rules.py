"""Where an incident stands, which clocks run, and who may close it; without a register."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from modelops_airflow.policy.calendar import CALENDARS
from modelops_airflow.policy.incident import Act, Entry, Incident

KNOWN = datetime(2026, 3, 1, 9, tzinfo=UTC)
CONTROL, OWNERS = {"vera", "rita", "olaf"}, {"olaf"}
NOTICE = Entry(Act.NOTIFIED, "olaf", KNOWN + timedelta(days=3), clock="eu-serious-incident", sent_at=KNOWN + timedelta(days=2))
CAUSE, CORRECTED = Entry(Act.CAUSE, "dana", KNOWN), Entry(Act.CORRECTED, "dana", KNOWN)


def serious(*entries):
    return Incident("serious", "rita", KNOWN, entries)


def refused(incident, person):
    told = incident.why_not_closed(person, control=CONTROL, owners=OWNERS)
    return told[0] if told else ""


def test_its_state_is_the_last_one_that_was_said():
    assert serious().state == "reported"
    assert serious(Entry(Act.INVESTIGATING, "dana", KNOWN), CAUSE).state == "investigating"
    assert serious(NOTICE, Entry(Act.CONTAINED, "dana", KNOWN)).state == "contained"


def test_a_clock_runs_until_its_notice_is_on_record():
    running = serious().clocks(CALENDARS)[0]
    last_second = datetime(2026, 3, 16, 22, 59, tzinfo=UTC)
    assert (running.state(last_second), running.state(last_second + timedelta(minutes=1))) == ("running", "overdue")
    assert serious(NOTICE).clocks(CALENDARS)[0].state(last_second) == "met"


def test_a_notice_that_came_late_or_is_said_to_have_been_in_time_afterwards_is_told_apart():
    after = KNOWN + timedelta(days=30)
    late = Entry(Act.NOTIFIED, "olaf", after, clock="eu-serious-incident", sent_at=after)
    said = Entry(Act.NOTIFIED, "olaf", after, clock="eu-serious-incident", sent_at=KNOWN)
    assert serious(late).clocks(CALENDARS)[0].state(after) == "late"
    assert serious(said).clocks(CALENDARS)[0].state(after) == "met, recorded late"


def test_a_notice_for_another_clock_answers_none():
    other = Entry(Act.NOTIFIED, "olaf", KNOWN, clock="eu-death", sent_at=KNOWN)
    assert serious(other).clocks(CALENDARS)[0].entry is None


def test_another_kind_has_its_own_clock_from_the_same_moment():
    died = serious(NOTICE, Entry(Act.CLASSIFIED, "ines", KNOWN, kind="death"))
    assert [one.deadline.clock.name for one in died.clocks(CALENDARS)] == ["eu-death"]
    assert refused(Incident(died.kind, died.opened_by, KNOWN, (*died.entries, CAUSE, CORRECTED)), "vera") == "state"


def test_a_clock_of_the_kind_that_it_was_before_runs_until_its_notice_is_on_record():
    lesser = Incident("death", "dana", KNOWN, (Entry(Act.CLASSIFIED, "rita", KNOWN, kind="internal"), CAUSE, CORRECTED))
    assert [one.deadline.clock.name for one in lesser.clocks(CALENDARS)] == ["eu-death"]
    assert lesser.why_not_closed("vera", control=CONTROL, owners=OWNERS) == ("state", "not on record yet: the notice for the clock eu-death")
    sent = Incident("death", "dana", KNOWN, (*lesser.entries, Entry(Act.NOTIFIED, "olaf", KNOWN, clock="eu-death", sent_at=KNOWN)))
    assert (sent.clocks(CALENDARS), refused(sent, "vera")) == ([], "")


def test_whoever_said_what_kind_it_is_does_not_close_it():
    named = Incident("serious", "dana", KNOWN, (Entry(Act.CLASSIFIED, "rita", KNOWN, kind="serious"), NOTICE, CAUSE, CORRECTED))
    assert (refused(named, "rita"), refused(named, "vera")) == ("author", "")


@pytest.mark.parametrize(("person", "code"), [("vera", ""), ("rita", "author"), ("olaf", "author"), ("dana", "role"), (None, "role")])
def test_somebody_of_the_control_side_who_neither_opened_nor_owns_closes_it(person, code):
    assert refused(serious(NOTICE, CAUSE, CORRECTED), person) == code


@pytest.mark.parametrize("missing", [0, 1, 2])
def test_it_is_not_closed_while_cause_correction_or_notice_is_missing(missing):
    entries = [NOTICE, CAUSE, CORRECTED]
    del entries[missing]
    assert refused(serious(*entries), "vera") == "state"


def test_it_is_closed_once():
    assert refused(serious(NOTICE, CAUSE, CORRECTED, Entry(Act.CLOSED, "vera", KNOWN)), "vera") == "closed"
