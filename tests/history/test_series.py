"""The history of controls: without gaps, exact to the second, and the same as asking at each moment."""

from __future__ import annotations

import itertools
import random
from datetime import timedelta

from past_world import Past
from test_as_of import stretches, three_versions


def test_a_year_of_a_control_is_told_by_what_changed_it(past: Past) -> None:
    days = three_versions(past)
    found = stretches(past, days["a year later"])
    assert [(one.status, one.why) for one in found["own", "OWN-1"]] == [
        ("not tested", "no step of kind bias was run in release"),
        ("satisfied", "by evidence of 2026-01-12"),
        ("not satisfied", "impact_ratio[sex=female] 0.92: fail (fail < 0.95; own OWN-1)"),
        ("satisfied", "by evidence of 2026-05-22"),
        ("not known", "its file was broken since 2026-07-31"),
        ("satisfied", "by evidence of 2026-05-22"),
        ("overdue", "was due on 2026-11-22"),
    ]
    assert [one.status for one in found["own", "OWN-4"]] == ["not asked", "satisfied", "not known", "satisfied", "not tested"]
    assert [(one.status, f"{one.since:%m-%d %H:%M}") for one in found["dated", "DAT-1"]][:2] == [("not asked", "01-11 10:00"), ("satisfied", "04-01 00:00")]
    overdue = found["own", "OWN-1"][-1]
    assert overdue.until == days["a year later"] and overdue.index == found["own", "OWN-1"][-2].index


def test_stretches_have_no_gap_and_say_at_each_moment_what_is_said_of_it(past: Past) -> None:
    days = three_versions(past)
    found, chance = stretches(past, days["a year later"]), random.Random(1)
    for key, each in found.items():
        assert all(before.until == after.since for before, after in itertools.pairwise(each)) and each[-1].until == days["a year later"]
        around = [moment for one in each[1:] for moment in (one.since - timedelta(seconds=1), one.since)]
        between = [one.since + (one.until - one.since) * chance.random() for one in each for _ in range(2)]
        for moment in [*around, *between]:
            [covering] = [one for one in each if one.since <= moment < one.until]
            assert past.told(moment, key[0]).get(key[1], "not asked") == covering.status, (key, moment)


def test_a_part_begins_and_ends_where_it_is_asked_to_and_a_day_to_come_says_what_falls_due(past: Past) -> None:
    past.define(1)
    past.attested(past.release())
    now = past.clock.go(days=1)
    ahead = stretches(past, now + timedelta(days=400), since=now)["own", "OWN-1"]
    assert [(one.status, one.since) for one in ahead] == [("satisfied", now), ("overdue", now + timedelta(days=180))]
    assert ahead[1].until == now + timedelta(days=400)
