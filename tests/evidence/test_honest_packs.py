"""What honest people do before and after a release never makes its pack fail, and the gates are told as they stood."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select
from test_replayed_decisions import SOURCE, bank_decision, house, named, packed, said_by, state_of

from bank import GATES, Bank, Candidate, governance, held, person
from modelops_airflow.digest import digest_of
from modelops_airflow.errors import Refused
from modelops_airflow.evidence import verify as verifier
from modelops_airflow.governance.activate import activate, propose
from modelops_airflow.governance.break_glass import break_glass
from modelops_airflow.governance.rollback import rollback
from modelops_airflow.governance.stop import hold_back, retire, suspend
from modelops_airflow.governance.vote import vote, withdraw
from modelops_airflow.inventory.tables import DeploymentRow, ResultRow
from modelops_airflow.settings import settings_from
from modelops_airflow.signing.ed25519 import generate, raw_public, write_public
from modelops_airflow.steps.evidence_pack import pack_of
from modelops_airflow.targets import strengths

__all__ = ["house"]
EMERGENCY = governance(break_glass={"roles": ["risk"], "within": "P5D"})


def new_governance(bank: Bank, body: dict, by: str = "vera", **facts: list[str]) -> None:
    """Another governance is in force."""
    propose(bank.register, body, "sync", **facts)
    for name in by.split():
        activate(bank.register, digest_of(body), person(name))


def an_approver_writes_the_next_list(bank: Bank, release: Candidate) -> None:
    new_governance(bank, held(risk=["rita", "rolf"]), "vera", changed_by=["rita@bank.example"])


def an_approver_starts_another_run(bank: Bank, release: Candidate) -> None:
    bank.pin("1.0.0", run="again", by="rita", tier=1)


def it_is_stopped(bank: Bank, release: Candidate) -> None:
    suspend(bank.register, "pricing", "production", person("rita"), "complaints")


def its_runtime_holds_it_back(bank: Bank, release: Candidate) -> None:
    with bank.register.read() as session:
        live = session.scalars(select(DeploymentRow).where(DeploymentRow.state == "live")).one().id
    assert hold_back(bank.register, live, "it fails")


def it_is_retired(bank: Bank, release: Candidate) -> None:
    retire(bank.register, "pricing", person("vera"), "replaced", "1.0.0")


def its_approval_is_taken_back(bank: Bank, release: Candidate) -> None:
    withdraw(bank.register, bank_decision(bank, "rita"), person("rita"))


def it_is_superseded(bank: Bank, release: Candidate) -> None:
    bank.live("1.1.0")


def it_comes_back(bank: Bank, release: Candidate) -> None:
    bank.live("1.1.0")
    rollback(bank.register, "pricing", "production", "1.0.0", person("rita"), "worse", strengths=strengths())
    bank.converge()


LATER: list[Callable[[Bank, Candidate], None]] = [
    an_approver_writes_the_next_list, an_approver_starts_another_run, it_is_stopped, its_runtime_holds_it_back, it_is_retired, its_approval_is_taken_back,
    it_is_superseded, it_comes_back,
]


@pytest.mark.parametrize("happens", LATER, ids=lambda one: one.__name__)
def test_what_happens_after_a_deployment_does_not_touch_its_pack(
    bank: Bank, house: Ed25519PrivateKey, tmp_path: Path, happens: Callable[[Bank, Candidate], None]
) -> None:
    release = bank.live("1.0.0")
    happens(bank, release)
    data = packed(bank, release, tmp_path)
    assert said_by(SOURCE, data, [named(house)]) == []
    assert state_of(data) == ["approved", "approved"]


@pytest.mark.parametrize("followed", [True, False])
def test_the_pack_of_an_emergency_says_that_it_was_one(bank: Bank, house: Ed25519PrivateKey, tmp_path: Path, followed: bool) -> None:
    new_governance(bank, EMERGENCY, "vera ines")
    release = bank.release()
    break_glass(bank.register, "pricing", "1.0.0", person("rita"), "It prices at zero.", release.subject, strengths=strengths())
    bank.converge()
    if followed:
        bank.vote(release, "approve-validation", "vera")
        bank.vote(release, "approve-risk", "rolf")
        bank.vote(release, "approve-risk", "ruth")
    data = packed(bank, release, tmp_path)
    told = verifier.verify(data, [named(house)])
    assert (told["problems"], state_of(data)) == ([], ["approved" if followed else "open"] * 2)
    assert "rita released it in an emergency, before its approvals" in told["established"]
    assert any("break-glass: rita released it in an emergency at" in gap for gap in told["gaps"])


def signing(root: Path) -> tuple[Ed25519PrivateKey, dict[str, str]]:
    """An approval key, and the settings by which it is pinned."""
    key = generate(root / "approval.pem")
    write_public(root / "approval.pub.pem", raw_public(key))
    return key, {"root": str(root), "checkpoint_key": "house.pem", "approval_public_key": "approval.pub.pem"}


def test_approvals_older_than_the_approval_key_are_told_as_unsigned(bank: Bank, house: Ed25519PrivateKey, tmp_path: Path) -> None:
    release = bank.live("1.0.0")
    _, settings = signing(tmp_path)
    data = bank.store.get(pack_of(replace(bank.run(release.key), settings=settings_from(settings))))
    told = verifier.verify(data, [named(house)])
    assert told["problems"] == []
    assert "gate approve-validation is approved by vera, signed by nobody whose key is here" in told["established"]


def test_an_unsigned_approval_given_again_with_a_signature_is_counted_once(bank: Bank, house: Ed25519PrivateKey, tmp_path: Path) -> None:
    release = bank.release()
    bank.vote(release, "approve-validation", "vera")
    key, settings = signing(tmp_path)
    withdraw(bank.register, 1, person("vera"))
    for gate, who in (("approve-validation", "vera"), ("approve-risk", "rita"), ("approve-risk", "rolf")):
        vote(bank.register, release.gates[gate], person(who), "approve", "Read.", release.subject, approval_key=key)
    bank.deploy(release)
    data = bank.store.get(pack_of(replace(bank.run(release.key), settings=settings_from(settings))))
    told = verifier.verify(data, [named(house)])
    assert told["problems"] == []
    assert "gate approve-validation is approved by vera, signed by the server alone" in told["established"]


SIGNED_GATE = {**GATES, "approve-risk": {**GATES["approve-risk"], "signature": "person"}}


def test_a_gate_for_signatures_of_persons_is_not_approved_by_anybody_else(
    bank: Bank, house: Ed25519PrivateKey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Past the rules: an approval without a signature, and a deployment that counts it."""
    release = bank.release(gates=SIGNED_GATE)
    monkeypatch.setattr("modelops_airflow.governance.vote.sign_decision", lambda session, row, model, until, **_: _numbered(session, row, model))
    bank.approve(release)
    monkeypatch.setattr("modelops_airflow.governance.gate.doubts", lambda *_, **__: {})
    bank.deploy(release)
    data = packed(bank, release, tmp_path)
    assert state_of(data) == ["approved", "open"], "the house's own code says what counts"
    assert said_by(SOURCE, data, [named(house)]) == ["it was deployed without the approvals that its plan demands"]
    monkeypatch.setattr("modelops_airflow.steps.pack_decisions.doubts", lambda *_, **__: {})
    forged = packed(bank, release, tmp_path)
    assert said_by(SOURCE, forged, [named(house)]) == ["gate approve-risk is open by its decisions, not approved"]
    asked = '(BY_PERSON if asked.get("signature") == "person" else GOOD)'
    assert SOURCE.count(asked) == 1
    assert said_by(SOURCE.replace(asked, "GOOD"), forged, [named(house)]) == [], "the control"


def _numbered(session: object, row: object, model: str) -> None:
    from modelops_airflow.governance.documents import keep
    from modelops_airflow.governance.signing import next_nth, statement_of

    row.nth = next_nth(session, model, row.subject, row.step, row.person)
    row.statement = keep(session, statement_of(row, None))


def test_a_deployed_run_keeps_its_evidence_and_its_decision(bank: Bank, house: Ed25519PrivateKey, tmp_path: Path) -> None:
    """Somebody clears the steps of a deployed run, and its data has changed since."""
    release = bank.live("1.0.0")
    before = bank.tables()["modelops_result"]
    bank.measure(release.key)
    assert bank.tables()["modelops_result"] == before, "the same again is nothing new"
    with pytest.raises(Refused, match="start a new run"):
        bank.measure(release.key, ratio=0.7)
    assert bank.tables()["modelops_result"] == before
    assert bank.decide(release.key) == "pass"
    assert said_by(SOURCE, packed(bank, release, tmp_path), [named(house)]) == []


def test_an_undeployed_run_is_measured_again(bank: Bank) -> None:
    release = bank.release()
    bank.measure(release.key, ratio=0.7)
    with bank.register.read() as session:
        assert len(session.scalars(select(ResultRow).where(ResultRow.step == "bias")).all()) == 2
    assert bank.decide(release.key) == "fail"


def test_results_edited_in_the_register_are_not_what_a_pack_tells(bank: Bank, house: Ed25519PrivateKey, tmp_path: Path) -> None:
    release = bank.live("1.0.0")
    honest = packed(bank, release, tmp_path)
    bank.forge("UPDATE modelops_result SET judgements = '[]', warned = true, verdict = 'not_applicable' WHERE step = 'bias'")
    bank.forge("UPDATE modelops_result SET current = false WHERE step = 'scan-artifact'")
    forged = packed(bank, release, tmp_path)
    assert verifier.unzipped(forged)["results.json"] == verifier.unzipped(honest)["results.json"]
    assert said_by(SOURCE, forged, [named(house)]) == []


@pytest.mark.parametrize("edit", ["strength = 'enforced'", "target = 'vault'", "state = 'withdrawn'", "cause = 'rollback'"])
def test_a_deployment_edited_in_the_register_is_found(bank: Bank, house: Ed25519PrivateKey, tmp_path: Path, edit: str) -> None:
    release = bank.live("1.0.0")
    bank.forge(f"UPDATE modelops_deployment SET {edit}")
    assert "production" in said_by(SOURCE, packed(bank, release, tmp_path), [named(house)])[0]


def test_another_time_of_a_deployment_changes_nothing(bank: Bank, house: Ed25519PrivateKey, tmp_path: Path) -> None:
    release = bank.live("1.0.0")
    bank.forge("UPDATE modelops_deployment SET at = '2020-01-01 00:00:00'")
    assert said_by(SOURCE, packed(bank, release, tmp_path), [named(house)]) == []


def test_who_was_an_author_at_the_deployment_stays_one(bank: Bank, house: Ed25519PrivateKey, tmp_path: Path) -> None:
    """Rows forget an author; the records of the runs and the ledger of the deployment do not."""
    release = bank.live("1.0.0")
    honest = json.loads(verifier.unzipped(packed(bank, release, tmp_path))["run.json"])["authors"]
    bank.forge("UPDATE modelops_version SET authors = '[]', folded_authors = '[]'")
    data = packed(bank, release, tmp_path)
    assert said_by(SOURCE, data, [named(house)]) == []
    assert {name for name, _ in json.loads(verifier.unzipped(data)["run.json"])["authors"]} == {name for name, _ in honest} != set()
