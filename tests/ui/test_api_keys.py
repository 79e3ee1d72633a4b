"""Keys over the API: proposed as oneself, confirmed by somebody else, and then they sign decisions."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI
from fastapi.testclient import TestClient
from ui_bank import Bank

from modelops_airflow.inventory.tables import DecisionRow, KeyRow
from modelops_airflow.signing.dsse import sign, signed_payload, signers
from modelops_airflow.signing.ed25519 import fingerprint, generate, raw_public
from modelops_airflow.ui.approval_keys import ApprovalKeys
from soft_passkey import SoftPasskey

Login = Callable[[str], TestClient]

API = "/api/v1"
ORIGIN = "http://testserver"


@pytest.fixture
def key(tmp_path: Path) -> Ed25519PrivateKey:
    return generate(tmp_path / "mine.pem")


def propose(client: TestClient, key: Ed25519PrivateKey, label: str = "laptop") -> Any:
    asked = client.post(f"{API}/keys/enrolment", json={}).json()
    signature = sign(base64.b64decode(asked["payload"]), [key])["signatures"][0]
    return client.post(f"{API}/keys", json={
        "public": base64.b64encode(raw_public(key)).decode(), "signature": signature, "label": label})


def confirm(client: TestClient, named: str) -> Any:
    return client.post(f"{API}/keys/{named}/confirmation", json={})


def enrolled(login: Login, who: str, key: Ed25519PrivateKey) -> str:
    named = propose(login(who), key).json()["fingerprint"]
    assert confirm(login("validator-1"), named).status_code == 201
    return str(named)


def offered(client: TestClient, bank: Bank, **changes: Any) -> Any:
    gate = client.get(f"{API}/approvals/{bank.gates['credit']}").json()
    body = {"decision": "approve", "comment": "Yes.", "subject": gate["subject"], **changes}
    return client.post(f"{API}/approvals/{bank.gates['credit']}/statement", json=body), body


def test_a_key_is_proposed_confirmed_listed_and_revoked(login: Login, key: Ed25519PrivateKey) -> None:
    told = propose(login("risk-1"), key)
    assert told.status_code == 201
    named = told.json()["fingerprint"]
    assert (told.json()["state"], named) == ("pending", fingerprint(raw_public(key)))
    seen = login("validator-1").get(f"{API}/keys").json()
    assert [one["fingerprint"] for one in seen["others"]] == [named] and seen["may_confirm"]
    assert confirm(login("validator-1"), named).json()["state"] == "active"
    assert login("risk-1").get(f"{API}/keys").json()["mine"][0]["state"] == "active"
    assert login("risk-1").post(f"{API}/keys/{named}/revocation", json={}).json()["state"] == "revoked"
    assert login("validator-1").get(f"{API}/keys").json()["others"] == []


def test_who_decides_nothing_sees_no_key_of_others(login: Login, key: Ed25519PrivateKey) -> None:
    propose(login("risk-1"), key)
    for who in ("credit-dev", "stranger", "auditor-1", "admin"):
        seen = login(who).get(f"{API}/keys").json()
        assert (seen["mine"], seen["others"], seen["may_confirm"]) == ([], [], False)


@pytest.mark.parametrize(("who", "status", "code"), [
    ("risk-1", 403, "author"), ("credit-dev", 403, "role"), ("auditor-1", 403, "role"), ("stranger", 403, "unknown-person"),
])
def test_a_key_is_not_confirmed_by_its_holder_or_by_the_wrong_side(
    login: Login, key: Ed25519PrivateKey, who: str, status: int, code: str
) -> None:
    named = propose(login("risk-1"), key).json()["fingerprint"]
    answer = confirm(login(who), named)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


@pytest.mark.parametrize("body", [
    {}, {"public": "?", "signature": {"keyid": "sha256:" + "0" * 64, "sig": "AA=="}},
    {"public": "AA==", "signature": {"keyid": "sha256:" + "0" * 64, "sig": "AA=="}},
    {"public": "AAA", "signature": {"keyid": "sha256:" + "0" * 64, "sig": "AA=="}},
    {"public": "AA==", "signature": {"keyid": "x", "sig": "AA=="}}, {"public": "AA==", "signature": None},
    {"public": "AA==", "signature": {"keyid": "sha256:" + "0" * 64, "sig": "AA==", "more": 1}},
])
def test_a_broken_proposal_is_bad_input(login: Login, body: dict[str, Any]) -> None:
    assert login("risk-1").post(f"{API}/keys", json=body).status_code == 422


@pytest.mark.parametrize("named", ["x", "sha256:" + "A" * 64, "sha256:" + "0" * 64])
def test_a_key_that_is_not_there_is_never_a_fault(login: Login, named: str) -> None:
    for step in ("confirmation", "revocation"):
        assert login("validator-1").post(f"{API}/keys/{named}/{step}", json={}).status_code in (404, 422)


def test_the_statement_says_what_was_shown_and_its_signature_is_kept(login: Login, bank: Bank, key: Ed25519PrivateKey) -> None:
    named = enrolled(login, "risk-1", key)
    answer, body = offered(login("risk-1"), bank)
    told = answer.json()
    predicate = told["statement"]["predicate"]
    assert (predicate["person"], predicate["step"], predicate["decision"], predicate["nth"]) == ("risk-1", "approve-risk", "approve", 1)
    assert told["keys"][0]["fingerprint"] == named and told["passkey"] is None
    signature = sign(base64.b64decode(told["payload"]), [key])["signatures"][0]
    made = login("risk-1").post(f"{API}/approvals/{bank.gates['credit']}/decisions", json={**body, "signature": signature})
    assert made.status_code == 201
    assert made.json()["decisions"][-1]["signed"]
    with bank.register.read() as session:
        envelope = session.query(DecisionRow).where(DecisionRow.person == "risk-1").order_by(DecisionRow.id.desc()).first().envelope
    assert signers(envelope, {named: raw_public(key)}) == {named}
    assert "record" not in envelope


def test_a_signature_over_another_comment_is_refused(login: Login, bank: Bank, key: Ed25519PrivateKey) -> None:
    enrolled(login, "risk-1", key)
    answer, body = offered(login("risk-1"), bank)
    signature = sign(base64.b64decode(answer.json()["payload"]), [key])["signatures"][0]
    path = f"{API}/approvals/{bank.gates['credit']}/decisions"
    refused = login("risk-1").post(path, json={**body, "comment": "No.", "signature": signature})
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "signature")
    assert login("risk-1").post(path, json={**body, "signature": signature}).status_code == 201


@pytest.mark.parametrize(("who", "changes", "status"), [
    ("stranger", {}, 403), ("risk-1", {"subject": "sha256:" + "0" * 64}, 409), ("risk-1", {"decision": "maybe"}, 422),
    ("risk-1", {"decision": "reject", "conditions": ["later"]}, 422),
])
def test_no_statement_is_handed_out_over_something_else(
    login: Login, bank: Bank, who: str, changes: dict[str, Any], status: int
) -> None:
    assert offered(login(who), bank, **changes)[0].status_code == status


# Passkeys


def page(login: Login, who: str) -> TestClient:
    client = login(who)
    client.headers["Origin"] = ORIGIN
    return client


def challenge(options: dict[str, Any]) -> bytes:
    text = options["challenge"]
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def test_a_passkey_is_enrolled_by_the_page_and_signs_a_decision(login: Login, bank: Bank) -> None:
    device, mine = SoftPasskey(origin=ORIGIN, host="testserver"), page(login, "risk-1")
    options = mine.post(f"{API}/keys/enrolment", json={}).json()["passkey"]
    assert options["rp"]["id"] == "testserver"
    made = mine.post(f"{API}/keys/passkeys", json={"response": device.create(challenge(options)), "label": "phone"})
    assert made.status_code == 201, made.text
    named = made.json()["fingerprint"]
    confirm(page(login, "validator-1"), named)
    answer, body = offered(page(login, "risk-1"), bank)
    told = answer.json()
    assert told["keys"] == [{"fingerprint": named, "kind": "passkey", "label": "phone", "credential": told["passkey"]["allowCredentials"][0]["id"]}]
    signature = device.get(challenge(told["passkey"]), named)
    path = f"{API}/approvals/{bank.gates['credit']}/decisions"
    stolen = SoftPasskey(origin="https://evil.example", host="testserver")
    stolen.key, stolen.credential = device.key, device.credential
    evil = stolen.get(challenge(told["passkey"]), named)
    assert page(login, "risk-1").post(path, json={**body, "signature": evil}).json()["error"]["code"] == "signature"
    assert page(login, "risk-1").post(path, json={**body, "signature": signature}).status_code == 201
    with bank.register.read() as session:
        assert session.get_one(KeyRow, named).counter == 1


def test_a_passkey_is_of_the_public_address_whatever_host_is_asked(login: Login, monkeypatch: pytest.MonkeyPatch) -> None:
    client = login("risk-1")
    evil = {"Origin": "http://evil.example", "Host": "evil.example", "Sec-Fetch-Site": "same-origin"}
    assert client.post(f"{API}/keys/enrolment", json={}, headers=evil).json()["passkey"]["rp"]["id"] == "evil.example"  # the negative control
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", "https://airflow.bank.example")
    assert client.post(f"{API}/keys/enrolment", json={}, headers=evil).json()["error"]["code"] == "cross_site"
    ours = {"Origin": "https://airflow.bank.example", "Host": "evil.example"}
    assert client.post(f"{API}/keys/enrolment", json={}, headers=ours).json()["passkey"]["rp"]["id"] == "airflow.bank.example"


def test_a_program_without_a_page_is_given_no_passkey_options(login: Login) -> None:
    assert login("risk-1").post(f"{API}/keys/enrolment", json={}).json()["passkey"] is None
    answer = login("risk-1").post(f"{API}/keys/passkeys", json={"response": {}})
    assert answer.status_code == 422


def test_a_device_of_another_page_is_not_enrolled(login: Login) -> None:
    mine = page(login, "risk-1")
    asked = challenge(mine.post(f"{API}/keys/enrolment", json={}).json()["passkey"])
    for device in (SoftPasskey(origin="https://evil.example", host="testserver"), SoftPasskey(origin=ORIGIN, host="evil.example"),
                   SoftPasskey(origin=ORIGIN, host="testserver", verified=False)):
        answer = mine.post(f"{API}/keys/passkeys", json={"response": device.create(asked)})
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "signature")


# The server's own key


def test_the_server_signs_the_record_where_it_has_a_key(app: FastAPI, login: Login, bank: Bank, tmp_path: Path) -> None:
    house = generate(tmp_path / "approval.pem")
    app.state.approval = ApprovalKeys(tmp_path / "approval.pem")
    _, body = offered(login("risk-1"), bank)
    assert login("risk-1").post(f"{API}/approvals/{bank.gates['credit']}/decisions", json=body).status_code == 201
    with bank.register.read() as session:
        envelope = session.query(DecisionRow).where(DecisionRow.person == "risk-1").order_by(DecisionRow.id.desc()).first().envelope
    named = fingerprint(raw_public(house))
    assert envelope["signatures"] == [] and signers(envelope["record"], {named: raw_public(house)}) == {named}
    assert b'"auth":"simple:risk-1"' in signed_payload(envelope["record"])


def test_nothing_is_recorded_where_the_servers_key_cannot_be_read(app: FastAPI, login: Login, bank: Bank, tmp_path: Path) -> None:
    app.state.approval = ApprovalKeys(tmp_path / "missing.pem")
    before = len(bank.decisions(bank.gates["credit"]))
    _, body = offered(login("risk-1"), bank)
    answer = login("risk-1").post(f"{API}/approvals/{bank.gates['credit']}/decisions", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "signing")
    assert len(bank.decisions(bank.gates["credit"])) == before
