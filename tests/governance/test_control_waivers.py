"""A control is waived by people of the control side for a while; what fails by it alone goes live meanwhile, and blocks again by itself."""

from __future__ import annotations

import multiprocessing
import os
import signal
from datetime import date

import pytest
from sqlalchemy import select

from bank import Bank, person
from modelops_airflow.database import database_time
from modelops_airflow.errors import PromotionRefused, Refused
from modelops_airflow.governance import obstacles, waive
from modelops_airflow.governance.control_waivers import judged_model, waivers_in_force
from modelops_airflow.governance.waiver_watch import FINDING
from modelops_airflow.inventory.register import Register
from modelops_airflow.inventory.tables import ModelRow, WaivedRow, WaiverRow
from modelops_airflow.ledger.verify import verify
from modelops_airflow.policy.waiver import ControlWaiver
from waiver_world import CONTROL, PACK, POLICIES, accept, ask, begin, day, later, waived_release, waiver


def code(call: object, *given: object, **named: object) -> str:
    with pytest.raises(Refused) as error:
        call(*given, **named)  # type: ignore[operator]
    return error.value.code


@pytest.fixture
def asked(bank: Bank) -> int:
    """A waiver that waits, of a model of tier 2."""
    bank.govern(POLICIES)
    begin(bank)
    return ask(bank)


def test_who_makes_the_model_asks_and_the_control_side_accepts(bank: Bank, asked: int) -> None:
    assert waiver(bank, asked).stored == "requested"
    assert accept(bank, asked, "rita") == "active"
    one = waiver(bank, asked)
    assert (one.pack, one.control, one.asked_by, one.accepted_by, one.until) == (PACK, CONTROL, "olaf", ("rita",), day())
    with bank.register.read() as session:
        assert [row.state for row in session.scalars(select(WaiverRow))] == ["active"]
        assert [one.reason for one in waivers_in_force(session, judged_model(session, session.get_one(ModelRow, "pricing")), "pricing", database_time(session))] == ["The sample of one branch is small."]
        assert verify(session) == []


def test_only_owner_and_developers_ask(bank: Bank, asked: int) -> None:
    assert [code(ask, bank, who) for who in ("vera", "rita", "nobody")] == ["role"] * 3


def test_the_maker_and_the_asker_do_not_accept_or_reject(bank: Bank, asked: int) -> None:
    for act in (waive.accept, waive.reject):
        assert [code(act, bank.desk, "pricing", asked, person(who), "yes") for who in ("dana", "olaf", "nobody")] == ["role"] * 3
    assert waiver(bank, asked).stored == "requested"


def test_whoever_owns_or_develops_does_not_decide_though_they_are_of_the_control_side(bank: Bank) -> None:
    bank.govern(POLICIES)
    begin(bank, owner="vera", developers=["dana"])
    number = ask(bank, "vera")
    assert code(waive.accept, bank.desk, "pricing", number, person("vera"), "mine") == "author"
    assert accept(bank, number, "rita") == "active"


def test_without_that_rule_the_asker_still_does_not_by_the_machine_alone(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    bank.govern(POLICIES)
    begin(bank, owner="vera")
    number = ask(bank, "vera")
    monkeypatch.setattr(waive, "refusal", lambda *_: None)
    assert code(waive.accept, bank.desk, "pricing", number, person("vera"), "mine") == "author"
    monkeypatch.setattr(ControlWaiver, "accepted", lambda self, by, at: self)  # the negative control: without both it goes through
    assert waive.accept(bank.desk, "pricing", number, person("vera"), "mine").number == number


def test_what_no_waiver_can_be_is_refused(bank: Bank, asked: int) -> None:
    waive.reject(bank.desk, "pricing", asked, person("rita"), "not like this")
    for changes, why in (({"until": day(182)}, "expiry"), ({"until": day(-1)}, "expiry"), ({"reason": "  "}, "reason"), ({"compensating": [" "]}, "compensating"),
                         ({"pack": "sr-11-7"}, "pack"), ({"control": "FF-NONE"}, "control"),
                         ({"pack": "nyc-ll144", "control": "LL144-AUDIT-AGE"}, "not-waivable")):
        assert code(ask, bank, **changes) == why, changes
    assert ask(bank, until=day(180)) == asked + 1
    assert code(ask, bank) == "state"  # one waits already


def test_a_model_of_tier_1_takes_two_different_people(bank: Bank) -> None:
    bank.govern(POLICIES)
    begin(bank, tier=1)
    assert code(ask, bank, until=day(92)) == "expiry"
    number = ask(bank)
    assert accept(bank, number, "rita") == "requested"
    assert code(waive.accept, bank.desk, "pricing", number, person("rita"), "again") == "state"
    assert accept(bank, number, "rolf") == "active"


def test_anybody_of_the_control_side_revokes_and_one_is_enough(bank: Bank, asked: int) -> None:
    assert code(waive.revoke, bank.desk, "pricing", asked, person("ines"), "why") == "state"
    accept(bank, asked)
    assert code(waive.revoke, bank.desk, "pricing", asked, person("dana"), "why") == "role"
    assert code(waive.revoke, bank.desk, "pricing", asked, person("ines"), " ") == "reason"
    assert waive.revoke(bank.desk, "pricing", asked, person("ines"), "it is abused").stored == "revoked"
    assert code(waive.accept, bank.desk, "pricing", asked, person("rita"), "again") == "state"  # a renewal is a new waiver
    assert ask(bank) == asked + 1


def _accept_and_die(url: str, root: object, number: int, point: str) -> None:
    killed = {"before it is told": lambda *_args, **_named: os.kill(os.getpid(), signal.SIGKILL)}.get(point)
    if killed is not None:
        waive.append = killed  # type: ignore[assignment]
    waive.accept(Register(url), "pricing", number, person("rita"), "by hand")
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize(("point", "after"), [("before it is told", "requested"), ("after it is told", "active")])
def test_a_process_that_is_killed_between_acts_loses_nothing_and_leaves_no_half_of_one(bank: Bank, asked: int, point: str, after: str) -> None:
    process = multiprocessing.get_context("fork").Process(target=_accept_and_die, args=(bank.url, bank.root, asked, point))
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    with bank.register.read() as session:
        assert waiver(bank, asked).stored == after == session.get_one(WaiverRow, asked).state
        assert verify(session) == []
    if after == "requested":
        assert accept(bank, asked) == "active"


def test_every_refusal_is_on_record(bank: Bank, asked: int) -> None:
    code(waive.accept, bank.desk, "pricing", asked, person("olaf"), "mine")
    assert bank.events("denied")[-1:] == ["control-waiver-accepted"]


def test_what_fails_by_the_control_alone_is_decided_and_deployed_under_a_waiver(bank: Bank) -> None:
    release, number = waived_release(bank)
    bank.approve(release)
    bank.deploy(release)
    assert bank.state() == "in_use"
    with bank.register.read() as session:
        row, = session.scalars(select(WaivedRow))
        assert (row.step, row.pack, row.control, row.waiver, row.terms) == ("bias", PACK, CONTROL, number, waiver(bank, number).terms)


def test_without_a_waiver_it_is_rejected(bank: Bank) -> None:
    bank.govern(POLICIES)
    key = begin(bank)
    ask(bank)  # asked for is not accepted
    assert bank.decide(key) == "fail"
    assert bank.state() == "rejected"


def test_what_others_say_of_the_same_metric_still_holds(bank: Bank) -> None:
    from modelops_airflow.policy.merge import Said

    bank.govern(POLICIES)
    key = begin(bank, ratio=0.65, others=(Said("house, tier 2", None, "< 0.70"),))
    accept(bank, ask(bank))
    assert bank.decide(key) == "fail"
    again = begin(bank, ratio=0.75, run="second", others=(Said("house, tier 2", None, "< 0.70"),))
    assert bank.decide(again) == "pass"


def test_an_expired_waiver_blocks_again(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    release, number = waived_release(bank)
    bank.approve(release)
    later(monkeypatch, 32)
    with pytest.raises(PromotionRefused, match=rf"step bias rests on waiver {number} of {PACK} {CONTROL}, which ended with {day()}"):
        bank.promote(release)
    with pytest.raises(PromotionRefused, match="the stored evidence says something else than was decided"):
        bank.deploy(release)


def test_without_that_guard_it_would_go_live(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control."""
    release, _ = waived_release(bank)
    bank.approve(release)
    later(monkeypatch, 32)
    monkeypatch.setattr(obstacles, "lapsed", lambda *_: [])
    bank.promote(release)


def test_a_revoked_waiver_blocks_at_once_and_the_database_refuses_too(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    release, number = waived_release(bank)
    bank.approve(release)
    waive.revoke(bank.desk, "pricing", number, person("ines"), "it is abused")
    with pytest.raises(PromotionRefused, match="which is revoked"):
        bank.promote(release)
    monkeypatch.setattr(obstacles, "lapsed", lambda *_: [])
    with pytest.raises(Refused, match="a step that is judged has no result that passes"):
        bank.promote(release)


def test_a_waiver_that_is_forged_in_the_database_counts_nowhere(bank: Bank) -> None:
    release, number = waived_release(bank)
    bank.approve(release)
    waive.revoke(bank.desk, "pricing", number, person("ines"), "it is abused")
    bank.forge("UPDATE modelops_waiver SET state = 'active'")
    with pytest.raises(PromotionRefused, match="which is revoked"):
        bank.promote(release)


def test_what_a_decision_rests_on_cannot_be_left_out_or_added(bank: Bank) -> None:
    release, number = waived_release(bank)
    bank.approve(release)
    bank.forge("DELETE FROM modelops_waived")
    with pytest.raises(PromotionRefused, match="step bias is fail"):
        bank.promote(release)
    bank.forge("INSERT INTO modelops_waived (run, manifest, step, pack, control, waiver, terms) SELECT id, manifest, 'bias', 'four-fifths', 'FF-CAUTION', "
               f"{number}, 'sha256:0' FROM modelops_run")
    with pytest.raises(PromotionRefused, match=r"does not have so.*the evidence changed after the decision"):
        bank.promote(release)


def test_what_is_in_use_and_rests_on_an_ended_waiver_is_a_finding_until_there_is_another(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    release, number = waived_release(bank)
    bank.approve(release)
    bank.deploy(release)
    bank.converge()
    assert FINDING not in bank.findings()
    waive.revoke(bank.desk, "pricing", number, person("ines"), "it is abused")
    bank.converge()
    assert FINDING in bank.findings()
    before = bank.events()
    bank.converge()
    assert bank.events() == before  # once
    accept(bank, ask(bank))
    bank.converge()
    assert FINDING not in bank.findings()
    later(monkeypatch, 32)
    bank.converge()
    assert FINDING in bank.findings()


def test_the_last_day_counts_and_the_day_after_does_not() -> None:
    from datetime import UTC, datetime

    one = ControlWaiver(1, "m", "p", "C", "t", date(2027, 3, 31), 1, "olaf", datetime(2027, 1, 1, tzinfo=UTC), ("rita",), "active")
    assert one.in_force(datetime(2027, 3, 31, 23, 59, 59, tzinfo=UTC))
    assert one.state(datetime(2027, 4, 1, tzinfo=UTC)) == "expired"
