"""Decisions signed with a passkey: verified when they arrive, and again at promotion with the public key alone."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import select

from bank import Bank, Candidate, person
from modelops_airflow.approvals.rules import Standing
from modelops_airflow.errors import PromotionRefused, Refused, VoteRefused
from modelops_airflow.governance.keys import confirm, enrolment, propose_passkey
from modelops_airflow.governance.offer import statement_to_sign
from modelops_airflow.governance.signing import Signature
from modelops_airflow.governance.vote import vote
from modelops_airflow.inventory.tables import DecisionRow, KeyRow
from modelops_airflow.signing.passkey import Site, challenge_of
from modelops_airflow.signing.proof import message_of
from modelops_airflow.signing.statement import payload_of
from soft_passkey import SoftPasskey

STRICT = {"approve-risk": {"roles": {"risk": 1}, "valid": "P90D", "signature": "person"}}
SITE = Site("http://localhost:8080")


def enrol(bank: Bank, who: str, device: SoftPasskey) -> str:
    with bank.register.read() as session:
        _, payload = enrolment(session, person(who))
    named = propose_passkey(bank.register, person(who), device.create(challenge_of(message_of(payload))), SITE, "phone")
    confirm(bank.register, named, person("vera"))
    return str(named)


def assertion(bank: Bank, release: Candidate, who: str, device: SoftPasskey, named: str, comment: str = "Yes.") -> dict[str, Any]:
    with bank.register.read() as session:
        said = statement_to_sign(session, release.gates["approve-risk"], person(who), "approve", comment, release.subject)
    return device.get(challenge_of(message_of(payload_of(said))), named)


def decide(bank: Bank, release: Candidate, who: str, entry: dict[str, Any], site: Site | None = SITE) -> Standing:
    return vote(bank.register, release.gates["approve-risk"], person(who), "approve", "Yes.", release.subject,
                signature=Signature(entry, site))


@pytest.mark.parametrize("curve", ["p256", "ed25519"])
def test_a_passkeys_approval_goes_live(bank: Bank, curve: str) -> None:
    release, device = bank.release(gates=STRICT), SoftPasskey(curve=curve)
    named = enrol(bank, "rita", device)
    assert decide(bank, release, "rita", assertion(bank, release, "rita", device, named)).state == "approved"
    bank.deploy(release)
    assert bank.shown() == release.artifact
    with bank.register.read() as session:
        assert session.get_one(KeyRow, named).counter == 1


def refused(bank: Bank, release: Candidate, entry: dict[str, Any], site: Site | None = SITE) -> None:
    with pytest.raises(VoteRefused, check=lambda error: error.code == "signature"):
        decide(bank, release, "rita", entry, site)


def test_every_lie_of_a_device_or_page_is_refused(bank: Bank) -> None:
    release, device = bank.release(gates=STRICT), SoftPasskey()
    named = enrol(bank, "rita", device)
    refused(bank, release, assertion(bank, release, "rita", device, named, comment="No."))
    refused(bank, release, assertion(bank, release, "rita", device, named), site=None)
    refused(bank, release, assertion(bank, release, "rita", device, named), site=Site("https://other.example"))
    for lie in ({"verified": False}, {"present": False}, {"origin": "https://evil.example"}, {"host": "evil.example"}):
        for name, value in lie.items():
            before = getattr(device, name)
            setattr(device, name, value)
            refused(bank, release, assertion(bank, release, "rita", device, named))
            setattr(device, name, before)
    refused(bank, release, assertion(bank, release, "rita", SoftPasskey(), named))
    assert decide(bank, release, "rita", assertion(bank, release, "rita", device, named)).state == "approved"


def test_a_copied_device_that_counts_backwards_is_refused(bank: Bank) -> None:
    first, second, device = bank.release("1.0.0", gates=STRICT), bank.release("2.0.0", gates=STRICT), SoftPasskey()
    named = enrol(bank, "rita", device)
    device.counter = 7
    decide(bank, first, "rita", assertion(bank, first, "rita", device, named))
    device.counter = 3
    refused(bank, second, assertion(bank, second, "rita", device, named))
    device.counter = 8
    assert decide(bank, second, "rita", assertion(bank, second, "rita", device, named)).state == "approved"


def test_a_refused_decision_moves_no_counter(bank: Bank) -> None:
    release, device = bank.release(gates=STRICT), SoftPasskey()
    named = enrol(bank, "rita", device)
    refused(bank, release, assertion(bank, release, "rita", device, named, comment="No."))
    with bank.register.read() as session:
        assert session.get_one(KeyRow, named).counter == 0


def test_a_passkey_is_not_enrolled_over_another_persons_enrolment(bank: Bank) -> None:
    device = SoftPasskey()
    with bank.register.read() as session:
        _, payload = enrolment(session, person("rolf"))
    with pytest.raises(Refused, check=lambda error: error.code == "signature"):
        propose_passkey(bank.register, person("rita"), device.create(challenge_of(message_of(payload))), SITE)


@pytest.mark.parametrize("part", ["sig", "authenticatorData", "clientDataJSON"])
def test_an_assertion_of_another_device_in_the_row_does_not_count_at_promotion(bank: Bank, part: str) -> None:
    release, device = bank.release(gates=STRICT), SoftPasskey()
    named = enrol(bank, "rita", device)
    decide(bank, release, "rita", assertion(bank, release, "rita", device, named))
    assert bank.promote(release).epoch == 1
    other = SoftPasskey(verified=False)
    with bank.register.read() as session:
        envelope = dict(session.scalars(select(DecisionRow.envelope)).one() or {})
        entry = {**envelope["signatures"][0], part: other.get(challenge_of(b"else"), named)[part]}
    bank.forge("UPDATE modelops_decision SET envelope = :envelope", envelope=json.dumps({**envelope, "signatures": [entry]}))
    with pytest.raises(PromotionRefused, match="rita: the signature does not hold"):
        bank.promote(release)
