"""No record, no change: where the event cannot be written, nothing happens, in any verb."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from bank import GOVERNANCE, Bank, held, person
from modelops_airflow.digest import digest_of
from modelops_airflow.governance.activate import activate, propose
from modelops_airflow.governance.define import Definition, define
from modelops_airflow.governance.gate import open_gate
from modelops_airflow.governance.promote import confirm_live, fail, promote, publishing
from modelops_airflow.governance.reconcile import observe, slots
from modelops_airflow.governance.record import StepRecord, decide, packed, record
from modelops_airflow.governance.rollback import rollback
from modelops_airflow.governance.start import RunKey, pin, pin_in_use, request_run
from modelops_airflow.governance.stop import retire, suspend
from modelops_airflow.governance.vote import vote, withdraw
from modelops_airflow.inventory.tables import DecisionRow
from modelops_airflow.targets import strengths

MODULES = (
    "activate",
    "define",
    "gate",
    "promote",
    "reconcile",
    "record",
    "rollback",
    "start",
    "stop",
    "transaction",
    "vote",
)
OTHER = held(risk=["ruth"])
DIGEST = "sha256:" + "c" * 64


class DiskFull(Exception):
    """What the ledger answers in these tests."""


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From its call on no event can be written."""

    def refuse(*_arguments: Any, **_facts: Any) -> None:
        raise DiskFull

    def from_now_on() -> None:
        for name in MODULES:
            monkeypatch.setattr(importlib.import_module(f"modelops_airflow.governance.{name}"), "append", refuse)

    return from_now_on


def unchanged(bank: Bank, full: Callable[[], None], *verbs: Callable[[], Any]) -> None:
    """No verb changes anything once no event can be written."""
    before = bank.tables()
    full()
    for verb in verbs:
        with pytest.raises(DiskFull):
            verb()
        assert bank.tables() == before


def test_nothing_starts_without_a_record(bank: Bank, full: Callable[[], None]) -> None:
    plan, key = bank.plan().to_json(), RunKey("pricing.release", "manual__1.0.0")
    broken = Definition("pricing", "dags/models/pricing.yaml", "", None, None, [{"code": "SPEC001"}])
    unchanged(
        bank,
        full,
        lambda: propose(bank.register, OTHER, "sync"),
        lambda: define(bank.register, [broken], "sync"),
        lambda: request_run(bank.register, "pricing", key, person("dana")),
        lambda: pin(bank.register, key, plan, DIGEST, "pricing.yaml", "dana"),  # type: ignore[arg-type]
    )


def test_nothing_is_measured_or_decided_without_a_record(bank: Bank, full: Callable[[], None]) -> None:
    propose(bank.register, OTHER, "sync")
    key = bank.pin()
    bank.measure(key)
    unchanged(
        bank,
        full,
        lambda: propose(bank.register, GOVERNANCE, "sync"),
        lambda: activate(bank.register, digest_of(OTHER), person("vera")),
        lambda: record(bank.register, key, StepRecord("bias", "bias", "measured", "pass")),
        lambda: decide(bank.register, key, manifest=DIGEST, subject=DIGEST, verdict="pass", warned=False, reasons=[]),
        lambda: decide(
            bank.register, key, manifest=DIGEST, subject=DIGEST, verdict="fail", warned=False, reasons=["x"]
        ),
        lambda: packed(bank.register, key, DIGEST),
    )


def test_nobody_decides_without_a_record(bank: Bank, full: Callable[[], None]) -> None:
    key = bank.pin()
    bank.measure(key)
    bank.decide(key)
    release = bank.gates(key)
    bank.vote(release, "approve-risk", "rita")
    with bank.register.read() as session:
        mine = session.scalars(select(DecisionRow.id)).one()
    bank.forge("DELETE FROM modelops_gate WHERE step = 'approve-validation'")
    unchanged(
        bank,
        full,
        lambda: open_gate(bank.register, key, "approve-validation"),
        lambda: vote(bank.register, release.gates["approve-risk"], person("rolf"), "approve", "", release.subject),
        lambda: vote(bank.register, release.gates["approve-risk"], person("rolf"), "reject", "no", release.subject),
        lambda: withdraw(bank.register, mine, person("rita")),
    )


def test_nothing_is_promoted_without_a_record(bank: Bank, full: Callable[[], None]) -> None:
    bank.live("1.0.0")
    release = bank.approve(bank.release("1.1.0"))
    unchanged(
        bank,
        full,
        lambda: promote(bank.register, release.key, strengths=strengths()),
        lambda: suspend(bank.register, "pricing", "production", person("rita"), "it errs"),
        lambda: retire(bank.register, "pricing", person("rita"), "it is old"),
        lambda: define(bank.register, [], "sync"),
        lambda: observe(bank.register, slots(bank.register)[0], DIGEST),
        lambda: pin_in_use(bank.register, RunKey("pricing.monitor", "1"), bank.monitor(), "airflow"),
    )


def test_nothing_is_published_without_a_record(bank: Bank, full: Callable[[], None]) -> None:
    bank.live("1.0.0")
    bank.live("1.1.0")
    promotion = bank.promote(bank.approve(bank.release("1.2.0")))
    unchanged(bank, full, lambda: publishing(bank.register, promotion.deployment, promotion.epoch))


def test_nothing_is_live_or_goes_back_without_a_record(bank: Bank, full: Callable[[], None]) -> None:
    bank.live("1.0.0")
    bank.live("1.1.0")
    promotion = bank.promote(bank.approve(bank.release("1.2.0")))
    publishing(bank.register, promotion.deployment, promotion.epoch)
    unchanged(
        bank,
        full,
        lambda: confirm_live(bank.register, promotion.deployment, promotion.epoch, promotion.artifact),
        lambda: fail(bank.register, promotion.deployment, promotion.epoch, "no"),
        lambda: rollback(
            bank.register, "pricing", "production", "1.0.0", person("rita"), "worse", strengths=strengths()
        ),
    )


def test_a_refusal_that_cannot_be_recorded_is_still_a_refusal(bank: Bank, full: Callable[[], None]) -> None:
    release = bank.release()
    unchanged(bank, full, lambda: bank.promote(release), lambda: bank.vote(release, "approve-risk", "dana"))


def test_where_events_can_be_written_the_same_verbs_work(bank: Bank) -> None:
    """The negative control."""
    release = bank.release()
    before = bank.tables()
    bank.vote(release, "approve-risk", "rita")
    assert bank.tables() != before


def test_what_is_refused_is_recorded_as_refused_and_nothing_else_changes(bank: Bank) -> None:
    release = bank.release()
    before = bank.tables()
    refusals: list[Callable[[], Any]] = [
        lambda: bank.vote(release, "approve-risk", "dana"),
        lambda: bank.promote(release),
        lambda: suspend(bank.register, "pricing", "production", person("stranger"), "x"),
        lambda: retire(bank.register, "pricing", person("dana"), "x"),
        lambda: rollback(bank.register, "pricing", "production", "0.9.0", person("rita"), "x", strengths=strengths()),
        lambda: withdraw(bank.register, 99, person("rita")),
        lambda: activate(bank.register, DIGEST, person("dana")),
    ]
    from modelops_airflow.errors import Refused

    for one in refusals:
        with pytest.raises(Refused):
            one()
    after = bank.tables()
    assert {name for name in after if after[name] != before[name]} == {"modelops_event"}
    assert bank.events("denied") == [
        "decision",
        "promotion",
        "suspended",
        "retired",
        "rollback",
        "withdrawal",
        "governance-activated",
    ]
