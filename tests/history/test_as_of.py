"""A model on a day: what the register knew then, and nothing that came later."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import naive
import pytest
from past_world import START, Past
from sqlalchemy import select

from bank import Bank, held, person
from modelops_airflow.errors import ModelOpsError
from modelops_airflow.governance.stop import suspend
from modelops_airflow.governance.vote import withdraw
from modelops_airflow.history.as_of import AsOf
from modelops_airflow.history.reader import Reader
from modelops_airflow.history.record import Record, records
from modelops_airflow.history.series import Stretch, series
from modelops_airflow.inventory.tables import DecisionRow


def take_back(past: Past, gate: str, who: str) -> None:
    """Somebody's last decision at a gate, by themselves."""
    take_back_in(past.bank, gate, who)


def take_back_in(bank: Bank, gate: str, who: str) -> None:
    with bank.register.read() as session:
        id = session.scalars(select(DecisionRow.id).where(DecisionRow.step == gate, DecisionRow.person == who).order_by(DecisionRow.id.desc())).first()
    assert id is not None
    withdraw(bank.desk, id, person(who))


def flat(state: AsOf) -> dict[tuple[str, str], tuple[str, frozenset[str]]]:
    """What the code under test says, in the words of the independent reading."""
    return {(pack.name, one.status.control): (one.status.status, frozenset(proof.digest for proof in one.proofs if proof.digest and ": " in proof.what))
            for pack in state.packs for one in pack.controls}


def read_apart(past: Past) -> naive.Naive:
    return naive.Naive(Path(past.bank.url.removeprefix("sqlite:///")), past.bank.root / "evidence")


def stretches(past: Past, until: datetime, since: datetime | None = None) -> dict[tuple[str, str], list[Stretch]]:
    with past.bank.register.read() as session:
        return series(records(session, ["pricing"])["pricing"], Reader(session, past.bank.store), since, until)


def three_versions(past: Past) -> dict[str, datetime]:
    """A year: three versions of the pack, approvals, a withdrawal, an expiry, a review, a broken file. Answers what happened when."""
    days: dict[str, datetime] = {}

    def look(name: str, after: int) -> None:
        days[name] = past.clock.go(days=after)
        past.clock.go(hours=1)

    look("before", 1)
    past.define(1)
    look("defined", 1)
    release = past.attested(past.release(ratio=0.92))
    past.bank.deploy(release)
    look("in use", 20)
    past.define(2)
    look("stricter", 10)
    take_back(past, "approve-risk", "rita")
    look("taken back", 30)
    past.bank.vote(release, "approve-risk", "ruth")
    look("approved again", 5)
    look("expired", 65)
    past.attested(past.review(ratio=0.97))
    look("reviewed", 40)
    past.define(3)
    look("a control more", 30)
    past.define(None)
    look("broken", 3)
    past.define(3)
    look("mended", 1)
    look("a year later", 400)
    return days


EXPECTED: dict[str, dict[str, str]] = {
    "before": {},
    "defined": {"OWN-1": "not tested", "OWN-2": "not tested", "OWN-3": "not tested"},
    "in use": {"OWN-1": "satisfied", "OWN-2": "satisfied", "OWN-3": "satisfied"},
    "stricter": {"OWN-1": "not satisfied", "OWN-2": "satisfied", "OWN-3": "satisfied"},
    "taken back": {"OWN-1": "not satisfied", "OWN-2": "not tested", "OWN-3": "satisfied"},
    "approved again": {"OWN-1": "not satisfied", "OWN-2": "satisfied", "OWN-3": "satisfied"},
    "expired": {"OWN-1": "not satisfied", "OWN-2": "not tested", "OWN-3": "satisfied"},
    "reviewed": {"OWN-1": "satisfied", "OWN-2": "not tested", "OWN-3": "satisfied"},
    "a control more": {"OWN-1": "satisfied", "OWN-2": "not tested", "OWN-3": "satisfied", "OWN-4": "satisfied"},
    "broken": {"OWN-1": "not known", "OWN-2": "not known", "OWN-3": "not known", "OWN-4": "not known"},
    "mended": {"OWN-1": "satisfied", "OWN-2": "not tested", "OWN-3": "satisfied", "OWN-4": "satisfied"},
    "a year later": {"OWN-1": "overdue", "OWN-2": "not tested", "OWN-3": "not tested", "OWN-4": "not tested"},
}


def test_each_day_of_a_year_is_told_as_it_was_and_as_an_independent_reading_has_it(past: Past) -> None:
    """Asked at the end, when everything has happened; the withdrawal, the stricter pack and the review change nothing before them."""
    days = three_versions(past)
    assert {name: past.told(at) for name, at in days.items()} == EXPECTED
    apart = read_apart(past)
    for name, at in days.items():
        assert flat(past.state(at)) == apart.answer(at), name


@pytest.mark.parametrize("seed", range(8))
def test_whatever_people_do_both_readings_say_the_same_at_any_moment(past: Past, seed: int) -> None:
    chance = random.Random(seed)
    past.define(1)
    open_gates: list[Any] = []
    for _ in range(25):
        past.clock.go(hours=chance.choice((1, 30, 400, 1500)))
        one_thing(past, chance, open_gates)
    apart, end = read_apart(past), past.clock.go(days=10)
    span = (end - START) // timedelta(seconds=1)
    looked = [START + timedelta(seconds=chance.randrange(span)) for _ in range(40)]
    times = sorted({naive.moment(event["at"]) for event in apart.events})
    for at in [*looked, *chance.sample(times, min(20, len(times))), *(one - timedelta(seconds=1) for one in times[-5:])]:
        assert flat(past.state(at)) == apart.answer(at), at
    for key, each in stretches(past, end).items():
        for at in [moment for one in each for moment in (one.since, one.until - timedelta(seconds=1))]:
            [covering] = [one for one in each if one.since <= at < one.until]
            silence = "not known" if apart.broken(at) else "not asked"
            assert apart.answer(at).get(key, (silence,))[0] == covering.status, (key, at)


def one_thing(past: Past, chance: random.Random, candidates: list[Any]) -> None:
    """Something that somebody does, or may not do."""
    what = chance.choice(["release"] * 3 + ["review", "review", "vote", "vote", "vote", "attest", "attest", "take back", "define", "define", "deploy", "deploy",
                                             "suspend", "govern", "break"])
    version = chance.choice(("1.0.0", "2.0.0"))
    try:
        if what == "release":
            candidates.append(past.release(version, chance.choice((0.70, 0.83, 0.92, 0.97))))
        elif what == "review":
            candidates.append(past.review(version, chance.choice((0.70, 0.83, 0.92, 0.97))))
        elif what == "define":
            past.define(chance.choice((1, 2, 3)), version)
        elif what == "break":
            past.define(None)
        elif what == "suspend":
            suspend(past.bank.desk, "pricing", "production", person("ruth"), "it looks odd")
        elif what == "govern":
            past.bank.govern(held(validator=["vera"], risk=chance.sample(["rita", "rolf", "ruth"], 2)))
        elif what == "take back":
            take_back(past, chance.choice(("approve-risk", "attest-audit")), chance.choice(("rita", "rolf", "ruth", "ines")))
        elif candidates:
            of_candidate(past, chance, what, chance.choice(candidates[-2:]))
    except (AssertionError, FileNotFoundError, ModelOpsError):
        pass  # it was refused, or there was nothing to do it with


def of_candidate(past: Past, chance: random.Random, what: str, candidate: Any) -> None:
    if what == "deploy" and "approve-risk" in candidate.gates:
        past.bank.deploy(past.attested(candidate))
    elif what == "attest":
        past.attested(candidate)
    elif candidate.gates:
        gate = chance.choice(sorted(candidate.gates))
        past.bank.vote(candidate, gate, chance.choice(("vera", "rita", "rolf", "ruth", "ines")), chance.choice(("approve", "approve", "reject")))


def test_evidence_of_later_that_counted_would_be_seen(past: Past, monkeypatch: pytest.MonkeyPatch) -> None:
    """A negative control: an answer that takes what came later differs from the independent reading."""
    days, apart = three_versions(past), read_apart(past)
    monkeypatch.setattr(Record, "until", lambda self, at: self)
    differ = [name for name, at in days.items() if flat(past.state(at)) != apart.answer(at)]
    assert {"before", "defined", "in use", "stricter", "taken back", "broken"} <= set(differ)


def test_a_later_withdrawal_leaves_what_counted_then(past: Past) -> None:
    past.define(1)
    past.attested(past.release())
    then = past.clock.go(days=1)
    past.clock.go(days=1)
    take_back(past, "attest-audit", "ines")
    assert (past.told(then)["OWN-3"], past.told()["OWN-3"]) == ("satisfied", "not tested")


def test_where_nothing_runs_any_more_what_falls_due_is_overdue(past: Past) -> None:
    """A dead scheduler: nothing is written for a year, and the answer of now says so."""
    past.define(1)
    past.attested(past.release())
    with past.bank.register.read() as session:
        before = session.connection().exec_driver_sql("SELECT count(*) FROM modelops_event").scalar()
    assert past.told(past.clock.go(days=180))["OWN-1"] == "satisfied"
    assert past.told(past.clock.go(days=185)) == {"OWN-1": "overdue", "OWN-2": "not tested", "OWN-3": "not tested"}
    with past.bank.register.read() as session:
        assert session.connection().exec_driver_sql("SELECT count(*) FROM modelops_event").scalar() == before


def test_what_the_record_cannot_tell_is_not_known_and_never_met(past: Past) -> None:
    past.define(1)
    release = past.attested(past.release())
    state = past.state(past.clock.go(days=1)).pack("own")
    assert state is not None and state.answer == "yes"

    past.bank.lose_evidence(release.key)
    lost = past.state().pack("own")
    assert lost is not None and (lost.answer, past.told()["OWN-1"], past.told()["OWN-2"]) == ("not known", "not known", "satisfied")
    assert "can no longer be read (sha256:" in lost.controls[0].status.why
    assert past.state(START - timedelta(days=1)).trouble == "the register did not know the model yet"


@pytest.mark.parametrize("what", ["governance", "model", "pack"])
def test_a_document_that_is_gone_or_changed_makes_everything_unknown(past: Past, what: str) -> None:
    past.define(1)
    past.attested(past.release())
    asked = past.state().asked
    assert asked is not None
    digest = {"governance": asked.governance, "model": asked.digest, "pack": asked.digests["own"]}[what]
    past.bank.sql("UPDATE modelops_document SET body = :body WHERE digest = :digest", body=b"{}", digest=digest)
    state = past.state()
    assert state.packs == () and re.search(r"document sha256:\w+ is missing from the register or has changed", state.trouble)


def test_a_pack_takes_effect_and_ends_by_its_own_dates_though_nobody_looked(past: Past) -> None:
    past.define(1)
    past.attested(past.release())
    answers = {day: past.state(datetime.fromisoformat(f"{day}T12:00:00+00:00")).pack("dated")
               for day in ("2026-03-31", "2026-04-01", "2026-09-30", "2026-10-01")}
    assert {day: (one.answer, one.told["standing"]) for day, one in answers.items() if one} == {
        "2026-03-31": ("not asked", "pending"), "2026-04-01": ("yes", "applies"), "2026-09-30": ("yes", "applies"), "2026-10-01": ("not asked", "ended")}


def test_a_review_for_a_past_day_speaks_for_no_later_one(past: Past) -> None:
    past.define(1)
    past.attested(past.release(ratio=0.83))
    past.clock.go(days=1)
    before = flat(past.state())
    past.attested(past.review(ratio=0.70, as_of="2025-01-01"))
    past.attested(past.review(ratio=0.92, as_of="2025-06-01"))
    assert flat(past.state()) == before


def test_without_packs_on_record_the_plans_of_runs_tell_what_was_asked(past: Past, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a register of before packs were kept: what a plan calls pending is not known later."""
    packs: dict[str, Any] = {}
    planned = past.bank.plan
    monkeypatch.setattr(past.bank, "plan", lambda *args, **more: replace(planned(*args, **more), packs=packs))
    control = {"applies": True, "why": "", "class": "risk", "ref": "a", "text": "Groups.", "how": "automated", "at": ["release"], "steps": ["bias"], "numbers": {}}
    told = {"title": "t", "version": 1, "digest": "sha256:1", "named_by": "model file", "why": "", "draft": False, "jurisdiction": "", "force": ""}
    packs |= {"own": {**told, "standing": "applies", "controls": {"OWN-1": control}}, "new": {**told, "standing": "pending", "controls": {}}}
    past.release()
    state = past.state(past.clock.go(days=1))
    assert state.asked is not None and state.asked.source == "plan"
    assert {one.name: one.answer for one in state.packs} == {"own": "yes", "new": "not known"}


def test_a_row_that_somebody_edits_changes_no_answer(past: Past) -> None:
    past.define(1)
    past.attested(past.release(ratio=0.83))
    past.define(2)
    before = flat(past.state())
    past.bank.sql("UPDATE modelops_result SET verdict = 'pass', evidence = NULL")
    past.bank.sql("UPDATE modelops_decision SET withdrawn_at = CURRENT_TIMESTAMP, decision = 'reject', role = 'x'")
    past.bank.sql("UPDATE modelops_gate SET state = 'open'")
    assert flat(past.state()) == before
    assert flat(past.state())["own", "OWN-1"][0] == "not satisfied"
