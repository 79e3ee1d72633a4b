"""Documents on the model's page: of a pack of this model alone, in a sandbox, and nobody's words become markup."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from ui_bank import Bank

from modelops_airflow.documents import DOCUMENTS
from modelops_airflow.inventory.tables import PackRow, RunRow

Login = Callable[[str], TestClient]


@pytest.fixture
def digest(bank: Bank, real_pack: bytes) -> str:
    """A pack of credit-risk that verifies."""
    digest = bank.store.put(real_pack)
    with bank.register.write() as session:
        run = session.scalars(select(RunRow.id).where(RunRow.model_id == "credit-risk")).first()
        session.add(PackRow(run=run, digest=digest))
    return digest


@pytest.mark.parametrize("kind", sorted(DOCUMENTS))
def test_a_document_is_a_page_in_a_sandbox_in_which_words_stay_words(login: Login, digest: str, kind: str) -> None:
    answer = login("risk-1").get(f"/api/v1/models/credit-risk/packs/{digest}/documents/{kind}")

    assert answer.status_code == 200 and answer.headers["Content-Type"] == "text/html; charset=utf-8"
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox; default-src 'none'") and "script" not in policy and "allow-" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff" and answer.headers["Cache-Control"] == "no-store"
    assert "&lt;script&gt;alert(1)" in answer.text and "<script" not in answer.text and "<img" not in answer.text


def test_only_a_pack_of_the_model_has_documents_and_only_kinds_that_there_are(login: Login, digest: str) -> None:
    client = login("risk-1")

    assert client.get(f"/api/v1/models/income-screen/packs/{digest}/documents/model-card").status_code == 404
    assert client.get(f"/api/v1/models/secret-model/packs/{digest}/documents/model-card").status_code == 404
    assert client.get(f"/api/v1/models/credit-risk/packs/{digest}/documents/poem").status_code == 404
    assert client.get(f"/api/v1/models/credit-risk/packs/{digest}/documents/..%2fmodel-card").status_code in (404, 422)


def test_a_pack_that_does_not_verify_has_no_document(login: Login, bank: Bank) -> None:
    with bank.register.read() as session:
        there = session.scalars(select(PackRow.digest).join(RunRow, RunRow.id == PackRow.run).where(RunRow.model_id == "credit-risk")).first()
    answer = login("risk-1").get(f"/api/v1/models/credit-risk/packs/{there}/documents/model-card")

    assert answer.status_code == 409 and answer.json()["error"]["code"] == "unverified"


def test_the_page_of_a_model_says_which_documents_there_are(login: Login) -> None:
    assert login("risk-1").get("/api/v1/models/credit-risk").json()["documents"] == list(DOCUMENTS)
