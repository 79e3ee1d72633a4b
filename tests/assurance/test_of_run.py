"""The level of a run is read from what a task noted and from the signatures of its approvals."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from bank import APPROVERS, Bank, person
from modelops_airflow.assurance.level import Level, SetUp, assurance_of
from modelops_airflow.assurance.look import airflow_settings, look_at_setup
from modelops_airflow.assurance.of_run import approvals_of, assurance_of_run
from modelops_airflow.governance.assured import assurance_on_record, note_assurance
from modelops_airflow.governance.record import known_run
from modelops_airflow.governance.vote import vote
from modelops_airflow.settings import settings_from
from modelops_airflow.signing.ed25519 import generate, load_private, raw_public, write_public

ENTERPRISE = SetUp("postgresql", worker_role=True, own_processes=True, no_api_secret=True, asymmetric_tokens=True,
                   approval_key_pinned=True, no_approval_key=True)


def noted(bank: Bank, setup: SetUp) -> bool:
    told = {**asdict(setup), "anchors": list(setup.anchors)}
    return note_assurance(bank.register, {**assurance_of(setup).to_json(), "setup": told})


def test_before_a_task_noted_anything_a_run_is_at_the_lowest_level(bank: Bank) -> None:
    release = bank.approve(bank.release())
    with bank.register.read() as session:
        assert assurance_of_run(session, known_run(session, release.key), None).level == Level.L0


def test_a_level_is_noted_when_it_changes_and_only_then(bank: Bank) -> None:
    assert noted(bank, SetUp("sqlite"))
    assert not noted(bank, SetUp("sqlite"))
    assert noted(bank, ENTERPRISE)
    assert bank.events("done").count("assurance") == 2
    with bank.register.read() as session:
        told = assurance_on_record(session)
    assert told is not None
    assert told["level"] == "L2"


def test_approvals_signed_by_the_server_reach_the_second_level_and_unsigned_ones_do_not(bank: Bank, tmp_path: Path) -> None:
    key, public = tmp_path / "approval.pem", tmp_path / "approval.pub.pem"
    write_public(public, raw_public(generate(key)))
    noted(bank, ENTERPRISE)
    release, plain = bank.release(), bank.approve(bank.release("2.0.0"))
    for gate, who in APPROVERS:
        vote(bank.register, release.gates[gate], person(who), "approve", "Read.", release.subject,
             approval_key=load_private(key))
    with bank.register.read() as session:
        signed, bare = known_run(session, release.key), known_run(session, plain.key)
        assert approvals_of(session, signed, public).server_signed == 3
        assert assurance_of_run(session, signed, public).level == Level.L2
        assert assurance_of_run(session, bare, public).level == Level.L1
        assert assurance_of_run(session, signed, None).level == Level.L1


def test_a_file_that_git_does_not_know_caps_the_level(bank: Bank) -> None:
    noted(bank, ENTERPRISE)
    release = bank.approve(bank.release())
    with bank.register.read() as session:
        run = known_run(session, release.key)
        session.expunge(run)
        run.provenance = [{"file": "dags/models/pricing.yaml", "commit": "", "authors": [], "signed": False, "gap": "unknown"}]
        found = assurance_of_run(session, run, None)
    assert found.level == Level.L1
    assert "who wrote dags/models/pricing.yaml is unknown" in found.lacks


def test_what_this_process_can_reach_is_looked_at(bank: Bank, tmp_path: Path) -> None:
    secret = tmp_path / "jwt.pem"
    options = {"executor": "LocalExecutor", "jwt_private_key_path": str(secret)}
    assert airflow_settings(options).holds_secret is False
    secret.touch()
    assert airflow_settings(options).holds_secret is True
    with bank.register.read() as session:
        setup = look_at_setup(session, settings_from({}, cwd=tmp_path), airflow_settings(options))
    assert (setup.worker_role, setup.own_processes, setup.no_api_secret) == (False, False, False)
