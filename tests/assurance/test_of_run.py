"""The level of a run is read from what a task noted and from the signatures of its approvals."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from bank import APPROVERS, Bank, person
from modelops_airflow.assurance.level import Level, SetUp, assurance_of
from modelops_airflow.assurance.look import airflow_settings, look_at_setup
from modelops_airflow.assurance.of_run import approvals_of, assurance_of_run, setup_on_record
from modelops_airflow.governance.assured import assurance_on_record, note_assurance
from modelops_airflow.governance.record import known_run
from modelops_airflow.governance.vote import vote
from modelops_airflow.settings import settings_from
from modelops_airflow.signing.ed25519 import generate, load_private, raw_public, write_public

ENTERPRISE = SetUp("postgresql", worker_role=True, own_processes=True, no_api_secret=True, asymmetric_tokens=True,
                   approval_key_pinned=True, no_approval_key=True, no_checkpoint_key=True)
SIGNED = {"file": "dags/models/pricing.yaml", "commit": "c", "authors": ["dana@bank.example"], "signed": True, "gap": ""}


def written(bank: Bank, provenance: list[Any]) -> None:
    bank.forge("UPDATE modelops_run SET provenance = :told", told=json.dumps(provenance))


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
    written(bank, [SIGNED])
    with bank.register.read() as session:
        signed, bare = known_run(session, release.key), known_run(session, plain.key)
        assert approvals_of(session, signed, public).server_signed == 3
        assert assurance_of_run(session, signed, public).level == Level.L2
        assert assurance_of_run(session, bare, public).level == Level.L1
        assert assurance_of_run(session, signed, None).level == Level.L1


@pytest.mark.parametrize(
    ("provenance", "unknown"),
    [
        ([SIGNED], ()),
        ([{**SIGNED, "authors": []}], ()),
        ([{**SIGNED, "authors": ["DANA@bank.example"]}], ()),
        ([], ("the model file",)),
        ([{**SIGNED, "gap": "the clone is shallow"}], ("dags/models/pricing.yaml",)),
        ([{**SIGNED, "signed": False}], ("dags/models/pricing.yaml",)),
        ([{**SIGNED, "authors": ["dana@bank.example", "ghost@nowhere.example"]}], ("dags/models/pricing.yaml",)),
    ],
)
def test_writers_whom_nobody_knows_cap_the_level(bank: Bank, tmp_path: Path, provenance: list[Any], unknown: tuple[str, ...]) -> None:
    key, public = tmp_path / "approval.pem", tmp_path / "approval.pub.pem"
    write_public(public, raw_public(generate(key)))
    noted(bank, ENTERPRISE)
    release = bank.release()
    for gate, who in APPROVERS:
        vote(bank.register, release.gates[gate], person(who), "approve", "Read.", release.subject, approval_key=load_private(key))
    written(bank, provenance)
    with bank.register.read() as session:
        run = known_run(session, release.key)
        assert approvals_of(session, run, public).unknown_authors == unknown
        found = assurance_of_run(session, run, public)
    assert found.level == (Level.L1 if unknown else Level.L2)
    assert [one for one in found.lacks if one.startswith("who wrote")] == [f"who wrote {one} is unknown" for one in unknown]


def test_without_a_governance_in_force_nobody_is_known(bank: Bank) -> None:
    release = bank.release()
    written(bank, [SIGNED])
    bank.forge("UPDATE modelops_governance SET state = 'superseded'")
    with bank.register.read() as session:
        assert approvals_of(session, known_run(session, release.key), None).unknown_authors == ("dags/models/pricing.yaml",)


def test_what_an_older_version_did_not_look_at_is_not_known(bank: Bank) -> None:
    told = {name: value for name, value in asdict(ENTERPRISE).items() if name != "no_checkpoint_key"}
    note_assurance(bank.register, {**assurance_of(ENTERPRISE).to_json(), "setup": {**told, "anchors": ["git remote"]}})
    with bank.register.read() as session:
        found = setup_on_record(session)
    assert found == replace(ENTERPRISE, no_checkpoint_key=None, anchors=("git remote",))
    assert any("signing packs" in one for one in assurance_of(found).forgers)


def test_what_this_process_can_reach_is_looked_at(bank: Bank, tmp_path: Path) -> None:
    secret = tmp_path / "jwt.pem"
    options = {"executor": "LocalExecutor", "jwt_private_key_path": str(secret)}
    assert airflow_settings(options).holds_secret is False
    secret.touch()
    assert airflow_settings(options).holds_secret is True
    with bank.register.read() as session:
        setup = look_at_setup(session, settings_from({}, cwd=tmp_path), airflow_settings(options))
    assert (setup.worker_role, setup.own_processes, setup.no_api_secret) == (False, False, False)


def test_a_checkpoint_key_within_reach_is_seen(bank: Bank, tmp_path: Path) -> None:
    key = tmp_path / "checkpoint.pem"
    settings = settings_from({"checkpoint_key": str(key)}, cwd=tmp_path)
    with bank.register.read() as session:
        assert look_at_setup(session, settings, None).no_checkpoint_key is True
        generate(key)
        assert look_at_setup(session, settings, None).no_checkpoint_key is False
