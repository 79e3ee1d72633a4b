"""A version is watched after the switch: in trouble it goes back by itself, once, and only to what is still approved."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from bank import Bank, person
from canaries import (
    THROUGH,
    WATCHED,
    approved,
    bakes,
    corrupt,
    done,
    facts,
    hold,
    later,
    monitor,
    slots,
    told,
    with_canary,
)
from modelops_airflow.errors import PromotionRefused, Refused, TargetError
from modelops_airflow.governance import pull_back as module
from modelops_airflow.governance.rollback import rollback
from modelops_airflow.governance.trial import trial_of
from modelops_airflow.governance.vote import withdraw
from modelops_airflow.inventory.tables import DeploymentRow
from modelops_airflow.ledger import verify
from modelops_airflow.targets import strengths
from modelops_airflow.targets.folder import Folder


@pytest.fixture(autouse=True)
def opened(bank: Bank) -> None:
    with_canary(bank)


def silent(bank: Bank) -> None:
    """A place says that something else is wrong with it."""
    bank.watched.setattr(Folder, "wrong", lambda self, model: ("device till-7: behind",))  # type: ignore[attr-defined]


HARMS: dict[str, tuple[Callable[[Bank], None], str]] = {
    "held back": (lambda bank: hold(bank, "live"), "its runtime held it back: 3 of its 3 requests failed"),
    "other bytes": (lambda bank: corrupt(bank, "live"), "its place shows sha256:"),
    "a monitor": (lambda bank: monitor(bank, "fail"), "its monitor scheduled__1 did not meet what is required"),
    "devices": (silent, "device till-7: behind"),
}


@pytest.mark.parametrize("harm", HARMS)
def test_in_trouble_it_goes_back_to_the_version_before_by_itself_and_once(bank: Bank, monkeypatch: pytest.MonkeyPatch, harm: str) -> None:
    old = bank.live("1.0.0")
    new = approved(bank, "1.1.0", **WATCHED)
    bank.deploy(new)
    assert (bank.converge(), told(bank)) == ([], {})
    bank.watched = monkeypatch  # type: ignore[attr-defined]
    HARMS[harm][0](bank)

    line, = bank.converge()

    assert HARMS[harm][1] in line and line.endswith("version 1.0.0, whose approvals hold, was permitted in its place")
    assert bank.shown() == old.artifact
    assert slots(bank) == {"production": [(1, "release", "superseded"), (2, "release", "withdrawn"), (4, "rollback", "live")]}
    assert (bank.state("1.0.0"), bank.state("1.1.0")) == ("in_use", "suspended")
    assert told(bank)["pulled-back-production"] == ("critical", line)
    assert done(bank, "pulled-back", "live") == ["live", "live", "pulled-back", "live"]
    assert facts(bank, "pulled-back") | {"reason": ""} == {
        "deployment": 2, "environment": "production", "epoch": 4, "reason": "", "subject": new.subject, "to": "1.0.0", "version": "1.1.0"}
    bank.converge()  # what the place says now is not on trial
    assert slots(bank)["production"][-1] == (4, "rollback", "live") and done(bank, "pulled-back") == ["pulled-back"]
    with pytest.raises(PromotionRefused, match="pulled back from service"):
        bank.deploy(new)
    with pytest.raises(Refused, match="never live"):
        rollback(bank.register, "pricing", "production", "1.1.0", person("olaf"), "it was good", strengths=strengths())
    with bank.register.read() as session:
        assert verify(session) == []


def test_a_monitor_for_a_past_day_that_fails_pulls_nothing_back(bank: Bank) -> None:
    bank.live("1.0.0")
    new = approved(bank, "1.1.0", **WATCHED)
    bank.deploy(new)
    bank.converge()
    monitor(bank, "fail", "backfill__1", as_of="2025-01-31")

    assert (bank.converge(), bank.shown(), told(bank)) == ([], new.artifact, {})


def test_a_version_before_whose_approvals_no_longer_hold_does_not_come_back(bank: Bank) -> None:
    bank.live("1.0.0")
    withdraw(bank.register, 2, person("rita"))
    new = approved(bank, "1.1.0", **WATCHED)
    bank.deploy(new)
    hold(bank, "live")

    line, = bank.converge()

    assert "version 1.0.0 may not come back" in line and "gate approve-risk is open" in line and line.endswith("out of service there")
    assert (bank.shown(), bank.state("1.1.0"), bank.state("1.0.0")) == (None, "suspended", "approved")
    assert told(bank)["pulled-back-production"] == ("critical", line)
    assert facts(bank, "pulled-back")["to"] is None
    assert bank.converge() == []


def test_without_the_evidence_of_the_version_before_it_does_not_come_back(bank: Bank) -> None:
    old = bank.live("1.0.0")
    bank.deploy(approved(bank, "1.1.0", **WATCHED))
    bank.lose_evidence(old.key)
    hold(bank, "live")

    line, = bank.converge()

    assert "version 1.0.0 may not come back" in line
    assert bank.shown() is None


def test_what_the_database_refuses_does_not_come_back_and_the_stop_stands(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    bank.live("1.0.0")
    withdraw(bank.register, 2, person("rita"))
    bank.deploy(approved(bank, "1.1.0", **WATCHED))
    monkeypatch.setattr("modelops_airflow.governance.promote.obstacles", lambda *_: [])
    hold(bank, "live")

    line, = bank.converge()

    assert "may not come back: the database refuses the deployment: approvals are missing" in line
    assert (bank.shown(), slots(bank)["production"]) == (None, [(1, "release", "superseded"), (2, "release", "withdrawn")])


def test_the_first_version_of_all_is_taken_out_of_service(bank: Bank) -> None:
    bank.deploy(approved(bank, "1.0.0", **WATCHED))
    hold(bank, "live")

    line, = bank.converge()

    assert line.endswith("no other version was live there before it; the model is out of service there")
    assert (bank.shown(), bank.state()) == (None, "suspended")


def test_after_the_watch_nothing_goes_back_by_itself(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    bank.live("1.0.0")
    new = approved(bank, "1.1.0", **WATCHED)
    bank.deploy(new)
    later(monkeypatch, 31)
    assert bank.converge() == []
    assert done(bank, "watched") == ["watched"]
    corrupt(bank, "live")

    line, = bank.converge()

    assert "the register says" in line and "pulled back" not in line
    assert slots(bank)["production"][-1] == (2, "release", "live") and list(told(bank)) == ["target-differs-production"]
    assert done(bank, "watched", "pulled-back") == ["watched"]


def test_a_watch_that_nobody_kept_ends_with_the_first_look_and_not_with_its_time(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    old = bank.live("1.0.0")
    bank.deploy(approved(bank, "1.1.0", **WATCHED))
    hold(bank, "live")
    later(monkeypatch, 600)  # modelops.sync did not run for ten hours

    line, = bank.converge()

    assert "pulled back" in line and bank.shown() == old.artifact


@pytest.mark.parametrize("verdict", ["pass", "error"])
def test_a_monitor_that_passes_or_cannot_measure_takes_nothing_back(bank: Bank, verdict: str) -> None:
    bank.live("1.0.0")
    new = approved(bank, "1.1.0", **WATCHED)
    bank.deploy(new)
    monitor(bank, verdict)
    bank.converge()
    assert bank.shown() == new.artifact


def test_what_a_monitor_found_of_the_version_before_is_not_this_ones(bank: Bank) -> None:
    bank.live("1.0.0")
    monitor(bank, "fail")
    new = approved(bank, "1.1.0", **WATCHED)
    bank.deploy(new)
    bank.converge()
    assert bank.shown() == new.artifact


@pytest.mark.parametrize("about", ["devices", "scoring"])
def test_a_place_that_was_in_trouble_before_the_switch_does_not_speak_against_the_version(bank: Bank, monkeypatch: pytest.MonkeyPatch, about: str) -> None:
    bank.live("1.0.0")
    monkeypatch.setattr(Folder, "about", about)
    monkeypatch.setattr(Folder, "wrong", lambda self, model: ("device till-7: stale",))
    bank.converge()
    new = approved(bank, "1.1.0", **WATCHED)
    bank.deploy(new)
    bank.converge()
    assert bank.shown() == new.artifact


def test_without_a_watch_a_version_stays(bank: Bank) -> None:
    bank.live("1.0.0")
    new = bank.live("1.1.0")
    monitor(bank, "fail")
    bank.converge()
    assert bank.shown() == new.artifact


def test_a_look_that_is_older_than_a_later_release_takes_nothing_back(bank: Bank) -> None:
    bank.live("1.0.0")
    bank.deploy(approved(bank, "1.1.0", **WATCHED))
    latest = approved(bank, "1.2.0", **WATCHED)
    bank.promote(latest)  # the fence is taken, nothing is published yet

    assert module.pull_back(bank.register, 2, "its place shows other bytes", strengths=strengths()) is None
    bank.deploy(latest)
    assert bank.shown() == latest.artifact
    assert module.pull_back(bank.register, 2, "its place shows other bytes", strengths=strengths()) is None


def test_a_later_release_that_failed_ends_no_watch(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    old = bank.live("1.0.0")
    bank.deploy(approved(bank, "1.1.0", **WATCHED))
    latest = approved(bank, "1.2.0", **WATCHED)
    with monkeypatch.context() as patch:
        patch.setattr(Folder, "_publish", lambda self, release: (_ for _ in ()).throw(OSError("the disk is full")))
        with pytest.raises(TargetError):
            bank.deploy(latest)
    hold(bank, "live")
    bank.converge()
    assert bank.shown() == old.artifact


def test_what_cannot_be_published_in_its_place_is_told_and_the_model_is_out_of_service(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    bank.live("1.0.0")
    bank.deploy(approved(bank, "1.1.0", **WATCHED))
    hold(bank, "live")
    with monkeypatch.context() as patch:
        patch.setattr(Folder, "_publish", lambda self, release: (_ for _ in ()).throw(OSError("the disk is full")))
        bank.converge()

    assert told(bank)["pulled-back-production"][1].endswith("; it was not published: the disk is full")
    bank.converge()
    assert (bank.shown(), slots(bank)["production"][-1][2]) == (None, "failed")


def test_a_release_through_a_canary_can_be_watched_too(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    old = bank.live("1.0.0")
    new = approved(bank, "1.1.0", **THROUGH, **WATCHED)
    bakes(bank, new)
    later(monkeypatch, 31)
    bank.deploy(new)
    later(monkeypatch, 0)
    hold(bank, "live")
    bank.converge()
    assert (bank.shown(), bank.shown("canary")) == (old.artifact, None)
    bank.deploy(approved(bank, "1.2.0", **WATCHED))
    assert told(bank) == {}


FIRST = "(SELECT min(id) FROM modelops_run)"
SPOILED: dict[str, Callable[[Bank], None]] = {
    "plan": lambda bank: bank.forge(f"UPDATE modelops_document SET body = :body WHERE digest = (SELECT plan FROM modelops_run WHERE id = {FIRST})", body=b'{"x":1}'),
    "manifest": lambda bank: bank.forge(f"UPDATE modelops_run SET manifest = :other WHERE id = {FIRST}", other="sha256:" + "f" * 64),
    "no plan of ours": lambda bank: bank.forge(f"UPDATE modelops_run SET plan = (SELECT digest FROM modelops_document WHERE digest NOT IN (SELECT plan FROM modelops_run) LIMIT 1) WHERE id = {FIRST}"),
    "ledger": lambda bank: bank.forge("UPDATE modelops_event SET body = :body WHERE idx = (SELECT min(idx) FROM modelops_event WHERE kind = 'decided')",
                                      body=b'{"facts":{}}'),
}


@pytest.mark.parametrize("what", SPOILED)
def test_whatever_is_wrong_with_the_version_before_the_stop_stands_and_is_told(bank: Bank, what: str) -> None:
    bank.live("1.0.0")
    bank.deploy(approved(bank, "1.1.0", **WATCHED))
    SPOILED[what](bank)
    hold(bank, "live")

    bank.converge()

    assert (bank.shown(), bank.state("1.1.0")) == (None, "suspended")
    severity, message = told(bank)["pulled-back-production"]
    assert severity == "critical" and "version 1.0.0 may not come back" in message and message.endswith("out of service there")


def said(patch: pytest.MonkeyPatch, *words: str) -> None:
    patch.setattr(Folder, "wrong", lambda self, model: words)


def test_a_trouble_that_was_calm_at_the_switch_counts_when_it_returns(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    old = bank.live("1.0.0")
    for words in (("device till-7: behind",), (), ("device till-7: behind",), ()):
        said(monkeypatch, *words)
        bank.converge()
    assert "devices-production" in told(bank)  # kept open by its coming and going
    bank.deploy(approved(bank, "1.1.0", **WATCHED))
    assert bank.converge() == []
    said(monkeypatch, "every device crashed on 1.1.0")
    bank.converge()
    assert (bank.shown(), bank.state("1.1.0")) == (old.artifact, "suspended")


def test_a_trouble_of_before_the_switch_counts_once_it_was_away(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    old = bank.live("1.0.0")
    said(monkeypatch, "device till-7: behind")
    bank.converge()
    new = approved(bank, "1.1.0", **WATCHED)
    bank.deploy(new)
    bank.converge()
    assert bank.shown() == new.artifact
    said(monkeypatch)
    bank.converge()
    said(monkeypatch, "every device crashed on 1.1.0")
    bank.converge()
    assert bank.shown() == old.artifact


@pytest.mark.parametrize("before", [True, False])
def test_the_end_of_a_watch_says_whether_the_place_was_in_its_old_trouble_still(bank: Bank, monkeypatch: pytest.MonkeyPatch, before: bool) -> None:
    bank.live("1.0.0")
    said(monkeypatch, *["device till-7: behind"] * before)
    bank.converge()
    bank.deploy(approved(bank, "1.1.0", **WATCHED))
    later(monkeypatch, 31)
    bank.converge()
    assert facts(bank, "watched")["troubled"] is before


def test_a_target_that_this_process_does_not_know_ends_no_round_for_others(bank: Bank) -> None:
    bank.deploy(approved(bank, "1.0.0", **WATCHED))
    bank.forge("UPDATE modelops_deployment SET target = 'acme'")
    line, = bank.converge()
    assert "acme" in line
    with bank.register.read() as session:  # as the page of the model asks, in a process that loads no extensions
        trial = trial_of(session, session.scalars(select(DeploymentRow)).one())
        assert trial is not None and trial.told.startswith("watched until")


def test_a_permission_whose_plan_cannot_be_read_is_a_finding_and_ends_no_round(bank: Bank) -> None:
    bank.promote(approved(bank, "1.0.0"))
    bank.forge("UPDATE modelops_document SET body = :body WHERE digest = (SELECT plan FROM modelops_run)", body=b'{"x":1}')
    line, = bank.converge()
    assert "is missing from the register or has changed" in line
    assert bank.shown() is None and "target-trouble-production" in told(bank)
