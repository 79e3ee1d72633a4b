"""modelops keys and modelops approve --key against the real API: what was shown is signed, and nothing else."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from ui_bank import Bank

from modelops_airflow.cli.approve import decide
from modelops_airflow.cli.keys import propose
from modelops_airflow.cli.server import OURS, Server
from modelops_airflow.cli.signature import signature_of
from modelops_airflow.errors import Refused, SigningError
from modelops_airflow.inventory.tables import DecisionRow
from modelops_airflow.signing.ed25519 import fingerprint, generate, raw_public
from modelops_airflow.signing.statement import payload_of

Login = Callable[[str], TestClient]
Shell = Callable[..., Server]


class InProcess(Server):
    """The command's server, without a network between; `lie` changes the statement that it hands out."""

    def __init__(self, client: TestClient, lie: dict[str, Any]) -> None:
        self.url, self._client, self._lie = "in process", client, lie  # type: ignore[assignment]

    def post(self, path: str, body: dict[str, Any]) -> Any:
        told = super().post(path, body)
        if self._lie and path.endswith("/statement"):
            said = told["statement"]
            predicate = {**said["predicate"], **{key: value for key, value in self._lie.items() if key != "subject"}}
            subject = [{"name": "subject", "digest": {"sha256": self._lie["subject"]}}] if "subject" in self._lie else said["subject"]
            told["payload"] = base64.b64encode(payload_of({**said, "predicate": predicate, "subject": subject})).decode()
        return told


@pytest.fixture
def shell(app: FastAPI, login: Login) -> Shell:
    def as_user(name: str, **lie: Any) -> Server:
        outer = FastAPI()
        outer.mount("/modelops", app)
        login(name)
        return InProcess(TestClient(outer, raise_server_exceptions=False, headers={"Sec-Fetch-Site": "same-origin"}), lie)

    return as_user


@pytest.fixture
def mine(shell: Shell, tmp_path: Path) -> Path:
    """File of a key of risk-1 that validator-1 has confirmed."""
    file = tmp_path / "key.pem"
    named = fingerprint(raw_public(generate(file)))
    assert propose(shell("risk-1"), file, "laptop")["fingerprint"] == named
    shell("validator-1").post(f"{OURS}/keys/{named}/confirmation", {})
    return file


def shown(shell: Shell, bank: Bank) -> dict[str, Any]:
    return dict(shell("risk-1").get(f"{OURS}/approvals/{bank.gates['credit']}"))


def test_a_decision_signed_in_the_shell_is_recorded_with_its_signature(shell: Shell, bank: Bank, mine: Path) -> None:
    gate, terms = shown(shell, bank), {"conditions": ["Report in March."]}
    signature = signature_of(shell("risk-1"), gate, "approve", " Read. ", terms, mine)
    told = decide(shell("risk-1"), gate, "approve", " Read. ", terms | {"signature": signature})
    assert told["decisions"][-1]["signed"] and told["decisions"][-1]["comment"] == "Read."


def test_after_a_withdrawal_the_next_decision_is_the_second(shell: Shell, bank: Bank, mine: Path) -> None:
    gate = shown(shell, bank)
    first = signature_of(shell("risk-1"), gate, "approve", "Read.", {}, mine)
    told = decide(shell("risk-1"), gate, "approve", "Read.", {"signature": first})
    shell("risk-1").post(f"{OURS}/decisions/{told['decisions'][-1]['id']}/withdrawal", {})
    again = shown(shell, bank)
    with pytest.raises(Exception, match="not over this decision"):
        decide(shell("risk-1"), again, "approve", "Read.", {"signature": first})
    second = signature_of(shell("risk-1"), again, "approve", "Read.", {}, mine)
    decide(shell("risk-1"), again, "approve", "Read.", {"signature": second})
    with bank.register.read() as session:
        assert [row.nth for row in session.query(DecisionRow).where(DecisionRow.person == "risk-1", DecisionRow.envelope.is_not(None))
                .order_by(DecisionRow.id)][-2:] == [1, 2]


@pytest.mark.parametrize("lie", [
    {"decision": "reject"}, {"person": "risk-2"}, {"step": "approve-validation"}, {"meaning": "validate"}, {"nth": 2}, {"nth": 0},
    {"comment": "sha256:" + "0" * 64}, {"conditions": "sha256:" + "0" * 64}, {"until": "2030-01-01T00:00:00Z"},
    {"subject": "0" * 64}, {"more": "words"},
])
def test_a_server_that_asks_to_sign_something_else_gets_no_signature(
    shell: Shell, bank: Bank, mine: Path, lie: dict[str, Any]
) -> None:
    with pytest.raises(SigningError, match=f"something else than was shown.*{next(iter(lie))}.*nothing was signed"):
        signature_of(shell("risk-1", **lie), shown(shell, bank), "approve", "Read.", {}, mine)


def test_a_key_that_others_may_read_signs_nothing(shell: Shell, bank: Bank, mine: Path) -> None:
    mine.chmod(0o644)
    with pytest.raises(SigningError, match="chmod 600"):
        signature_of(shell("risk-1"), shown(shell, bank), "approve", "Read.", {}, mine)


def test_the_second_key_of_a_person_proves_itself_anew(shell: Shell, mine: Path, tmp_path: Path) -> None:
    generate(tmp_path / "second.pem")
    assert propose(shell("risk-1"), tmp_path / "second.pem", "phone")["state"] == "pending"
    with pytest.raises(Refused, match="enrolled already"):
        propose(shell("risk-1"), mine, "again")
