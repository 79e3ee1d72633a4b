"""An overlay has an owner, another person who approves it, an end, and exit criteria; what is renewed twice is a finding."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bank import Bank, person
from modelops_airflow.database import database_time
from modelops_airflow.errors import Refused
from modelops_airflow.governance import overlays as module
from modelops_airflow.governance.overlays import (
    APPROVED,
    EXITED,
    FINDING,
    REJECTED,
    RENEWED,
    Proposal,
    decide_overlay,
    overlays,
    propose_overlay,
)
from modelops_airflow.policy.model_overlay import ModelOverlay
from waiver_world import day

WORDS = {"what": "The price of one branch.", "why": "Its sample is small.", "size": "plus two percent", "method": "Expert judgement, minuted.", "exit": "A year of data."}


@pytest.fixture
def model(bank: Bank) -> Bank:
    """The bank with its model on record."""
    bank.pin()
    return bank


def propose(bank: Bank, who: str = "olaf", **changes: Any) -> ModelOverlay:
    asked = {"name": "uplift", "owner": "olaf", "approver": "rita", "start": day(0), "until": day(30), "words": WORDS, **changes}
    return propose_overlay(bank.desk, "pricing", person(who), Proposal(**asked))


def act(bank: Bank, kind: str, who: str, days: int | None = None, comment: str = "It was reviewed.") -> ModelOverlay:
    return decide_overlay(bank.desk, "pricing", "uplift", person(who), kind, comment, None if days is None else day(days))


def code(call: object, *given: object, **named: object) -> str:
    with pytest.raises(Refused) as error:
        call(*given, **named)  # type: ignore[operator]
    return error.value.code


def stands(bank: Bank) -> tuple[str, int]:
    with bank.register.read() as session:
        one = overlays(session, ["pricing"])["pricing", "uplift"]
        return one.state(module.database_time(session)), one.renewals


def test_it_is_proposed_approved_by_another_renewed_and_exited(model: Bank) -> None:
    propose(model)
    assert stands(model) == ("proposed", 0)
    assert [code(act, model, APPROVED, who) for who in ("olaf", "rolf", "nobody")] == ["role"] * 3
    act(model, APPROVED, "rita")
    assert code(act, model, RENEWED, "rita", 30) == "expiry"
    act(model, RENEWED, "rita", 60)
    assert stands(model) == ("active", 1)
    assert code(act, model, EXITED, "rita") == "role"
    act(model, EXITED, "olaf")
    assert stands(model) == ("exited", 1)
    assert code(act, model, RENEWED, "rita", 90) == "state"
    propose(model)  # the name is free again
    act(model, REJECTED, "rita")
    assert stands(model) == ("rejected", 0)


def test_what_no_overlay_can_be_is_refused(model: Bank) -> None:
    assert code(propose, model, "dana") == "role"
    assert [code(propose, model, **changes) for changes in (
        {"approver": "olaf"}, {"approver": "dana"}, {"owner": "stranger"}, {"owner": "rita"}, {"words": {**WORDS, "exit": " "}},
        {"until": day(-1)}, {"start": day(31)}, {"until": day(400)})] == ["approver"] * 4 + ["reason"] + ["expiry"] * 3
    propose(model)
    assert code(propose, model) == "state"
    assert code(act, model, APPROVED, "rita", None, " ") == "reason"


def test_what_is_renewed_twice_or_has_expired_is_a_medium_finding(model: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    propose(model)
    act(model, APPROVED, "rita")
    act(model, RENEWED, "rita", 40)
    model.converge()
    assert FINDING not in model.findings()
    act(model, RENEWED, "rita", 50)
    model.converge()
    assert FINDING in model.findings()
    act(model, EXITED, "olaf")
    model.converge()
    assert FINDING not in model.findings()
    propose(model)
    act(model, APPROVED, "rita")
    monkeypatch.setattr(module, "database_time", lambda session: database_time(session) + timedelta(days=32))
    assert stands(model)[0] == "expired"  # though nothing ran
    model.converge()
    assert FINDING in model.findings()
    before = model.events()
    model.converge()
    assert model.events() == before


def test_without_the_machine_the_owner_would_approve_his_own(model: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control."""
    propose(model, owner="rolf")
    assert code(act, model, APPROVED, "rolf") == "role"
    monkeypatch.setattr(ModelOverlay, "_by_approver", lambda *_: None)
    assert act(model, APPROVED, "rolf").stored == "active"


def test_who_proposes_owns_or_develops_does_not_approve(model: Bank) -> None:
    assert code(propose, model, "rita") == "approver"
    model.forge("UPDATE modelops_model SET owner = 'rita'")
    assert code(propose, model, "rita", approver="rita") == "approver"
    assert code(propose, model, "vera") == "approver"


def test_who_owns_the_model_by_now_does_not_approve(model: Bank) -> None:
    propose(model)
    model.forge("UPDATE modelops_model SET owner = 'rita'")
    assert code(act, model, APPROVED, "rita") == "author"
    assert stands(model) == ("proposed", 0)
