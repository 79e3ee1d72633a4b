"""Whoever can write the database still deploys nothing, unless every row and every event fits.

The register cannot stop its owner from writing rows (assurance level L0 says so); what these tests
show is that no single row, and no plausible set of rows, is an approval.
"""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from bank import Bank, Candidate, person
from modelops_airflow.errors import PromotionRefused, VoteRefused
from modelops_airflow.evidence.manifest import manifest, subject_of
from modelops_airflow.governance.record import decide
from modelops_airflow.governance.start import RunKey, request_run
from modelops_airflow.governance.stop import retire
from modelops_airflow.inventory.tables import ResultRow


def failed(bank: Bank) -> Candidate:
    """A release whose bias check failed, and with it the run."""
    key = bank.pin()
    bank.measure(key, ratio=0.5)
    assert bank.decide(key) == "fail"
    run = bank.run(key)
    return Candidate(key, "1.0.0", run.artifact, "", {})


def green(bank: Bank, release: Candidate) -> None:
    """Every result, the run and the version say that all is well, with a manifest that fits."""
    with bank.register.read() as session:
        evidence = {
            row.step: str(row.evidence)
            for row in session.scalars(select(ResultRow).where(ResultRow.current))
            if row.step in ("scan-artifact", "bias")
        }
    frozen = bank.store.put_json(manifest(evidence, verdict="pass", warned=False))
    subject = subject_of(bank.plan().to_json(), artifact=release.artifact, manifest=frozen)
    bank.forge("UPDATE modelops_result SET verdict = 'pass'")
    bank.forge("UPDATE modelops_version SET state = 'approved'")
    bank.forge(
        "UPDATE modelops_run SET verdict = 'pass', warned = :no, manifest = :m, subject = :s",
        no=False,
        m=frozen,
        s=subject,
    )


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE modelops_version SET state = 'approved'",
        "UPDATE modelops_version SET state = 'in_use'",
        "UPDATE modelops_gate SET state = 'approved'",
        "UPDATE modelops_gate SET meaning = 'attest'",
    ],
)
def test_one_forged_row_replaces_no_approval(bank: Bank, statement: str) -> None:
    release = bank.release()
    assert bank.forge(statement) > 0
    with pytest.raises(PromotionRefused, match=r"needs 1 more validator|rules of gate approve-validation differ"):
        bank.deploy(release)
    assert bank.shown() is None


def test_a_failed_run_that_is_marked_as_passed_is_not_the_one_in_the_ledger(bank: Bank) -> None:
    release = failed(bank)
    assert bank.forge("UPDATE modelops_run SET verdict = 'pass'") == 1
    with pytest.raises(PromotionRefused, match="decision is not the one in the ledger"):
        bank.deploy(release)


def test_a_failed_step_that_is_marked_as_passed_is_not_what_was_decided(bank: Bank) -> None:
    release = failed(bank)
    assert bank.forge("UPDATE modelops_run SET verdict = 'pass'") == 1
    assert bank.forge("UPDATE modelops_result SET verdict = 'pass'") > 0
    with pytest.raises(PromotionRefused, match="evidence changed after the decision"):
        bank.deploy(release)


def test_gates_marked_approved_without_decisions_are_not(bank: Bank) -> None:
    release = bank.release()
    bank.forge("UPDATE modelops_gate SET state = 'approved'")
    bank.forge("UPDATE modelops_version SET state = 'approved'")
    with pytest.raises(PromotionRefused, match=r"needs 1 more validator.*needs 2 more risk"):
        bank.deploy(release)


def test_a_run_made_green_in_every_row_is_not_the_one_in_the_ledger(bank: Bank) -> None:
    release = failed(bank)
    green(bank, release)
    opened = bank.approve(bank.gates(release.key))
    with pytest.raises(PromotionRefused, match="decision is not the one in the ledger"):
        bank.promote(opened)


def test_a_green_decision_over_red_evidence_is_judged_again(bank: Bank) -> None:
    """A task that may call the decision itself, over evidence that says otherwise, with people who believed it."""
    release = failed(bank)
    green(bank, release)
    with bank.register.read() as session:
        row = bank._run(session, release.key)
    decide(
        bank.register,
        release.key,
        manifest=str(row.manifest),
        subject=str(row.subject),
        verdict="pass",
        warned=False,
        reasons=[],
    )
    bank.forge("UPDATE modelops_version SET state = 'waiting'")
    opened = bank.approve(bank.gates(release.key))
    with pytest.raises(
        PromotionRefused, match=r"the stored evidence says something else than was decided.*impact_ratio"
    ):
        bank.deploy(opened)
    assert bank.shown() is None


def test_forged_decisions_are_not_in_the_ledger(bank: Bank) -> None:
    release = bank.release()
    for gate, who, role in (
        ("approve-validation", "vera", "validator"),
        ("approve-risk", "rita", "risk"),
        ("approve-risk", "rolf", "risk"),
    ):
        bank.forge(
            "INSERT INTO modelops_decision (gate, step, subject, person, role, decision, meaning, comment, auth) "
            "VALUES (:gate, :step, :subject, :who, :role, 'approve', 'approve', '', 'simple')",
            gate=release.gates[gate],
            step=gate,
            subject=release.subject,
            who=who,
            role=role,
        )
    with pytest.raises(PromotionRefused, match="decisions of rita are not as the ledger has them"):
        bank.deploy(release)


def test_a_rejection_that_is_deleted_still_stands_in_the_ledger(bank: Bank) -> None:
    release = bank.approve(
        bank.release(gates={"approve-validation": {"roles": {"validator": 1}}, "approve-risk": {"roles": {"risk": 3}}})
    )
    bank.vote(release, "approve-risk", "ruth", "reject")
    bank.forge("UPDATE modelops_decision SET decision = 'approve' WHERE person = 'ruth'")
    bank.forge("UPDATE modelops_version SET state = 'approved'")
    with pytest.raises(PromotionRefused, match="decisions of ruth are not as the ledger has them"):
        bank.deploy(release)


def test_a_withdrawal_that_is_undone_in_the_row_still_stands_in_the_ledger(bank: Bank) -> None:
    from bank import person
    from modelops_airflow.governance.vote import withdraw
    from modelops_airflow.inventory.tables import DecisionRow

    release = bank.approve(bank.release())
    with bank.register.read() as session:
        mine = session.scalars(select(DecisionRow.id).where(DecisionRow.person == "rita")).one()
    withdraw(bank.register, mine, person("rita"))
    bank.forge("UPDATE modelops_decision SET withdrawn_at = NULL")
    with pytest.raises(PromotionRefused, match="decisions of rita"):
        bank.deploy(release)


def test_authors_taken_off_the_row_are_still_in_the_ledger(bank: Bank) -> None:
    release = bank.release(by="rita")
    bank.forge("UPDATE modelops_version SET authors = '[]'")
    for gate, who in (("approve-validation", "vera"), ("approve-risk", "rolf"), ("approve-risk", "ruth")):
        bank.vote(release, gate, who)
    with pytest.raises(PromotionRefused, match="the ledger has rita among the authors"):
        bank.deploy(release)


def test_two_live_rows_in_one_slot_are_refused_by_the_database(bank: Bank) -> None:
    bank.live("1.0.0")
    bank.live("1.1.0")
    with pytest.raises(IntegrityError):
        bank.forge("UPDATE modelops_deployment SET state = 'live'")


def test_two_active_governances_are_refused_by_the_database(bank: Bank) -> None:
    with pytest.raises(IntegrityError):
        bank.forge(
            "INSERT INTO modelops_governance (digest, state, proposed_by) "
            "SELECT digest, 'active', 'eve' FROM modelops_governance"
        )


def test_a_deployment_row_set_live_by_hand_does_not_change_the_target(bank: Bank) -> None:
    bank.live("1.0.0")
    second = bank.live("1.1.0")
    bank.forge("UPDATE modelops_deployment SET state = 'superseded'")
    bank.forge("UPDATE modelops_deployment SET state = 'live' WHERE epoch = 1")
    assert any("the register says" in line for line in bank.converge())
    assert bank.shown() == second.artifact
    assert bank.findings() == ["target-differs-production"]


def test_a_version_that_was_retired_does_not_come_back_by_its_row(bank: Bank) -> None:
    release = bank.approve(bank.release())
    retire(bank.register, "pricing", person("vera"), "No longer needed.")
    bank.forge("UPDATE modelops_version SET state = 'approved'")
    with pytest.raises(PromotionRefused, match="was retired"):
        bank.promote(release)


def test_a_vote_is_refused_where_the_gates_rules_are_not_the_plans(bank: Bank) -> None:
    release = bank.release()
    bank.forge("UPDATE modelops_gate SET rules = '{\"roles\": {\"risk\": 2}, \"valid\": \"P99Y\"}' WHERE step = 'approve-risk'")
    with pytest.raises(VoteRefused) as refused:
        bank.vote(release, "approve-risk", "rita")
    assert refused.value.code == "rules"


def test_who_asked_for_the_first_run_of_a_plan_must_be_among_the_authors(bank: Bank) -> None:
    key = RunKey("pricing.release", "manual__1.0.0")
    request_run(bank.register, "pricing", key, person("olaf"))
    release = bank.approve(bank.release())
    bank.promote(release)  # the negative control
    bank.forge("UPDATE modelops_version SET authors = '[[\"dana\", \"registered it\"]]'")
    with pytest.raises(PromotionRefused, match="asked for this run and is not among the authors"):
        bank.promote(release)
