"""What the inventory says, and to whom."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event
from ui_bank import Bank, unguarded

from modelops_airflow.governance.strays import observe_strays
from modelops_airflow.inventory.tables import ImportedPackRow, ModelRow, PackRow, ResultRow
from modelops_airflow.policy.place import Place

Login = Callable[[str], TestClient]


def ids(client: TestClient, query: str = "") -> list[str]:
    return [item["id"] for item in client.get(f"/api/v1/models?{query}").json()["items"]]


def test_a_user_sees_models_whose_dags_they_may_read_and_broken_files(login: Login) -> None:
    assert ids(login("risk-1")) == ["card-fraud", "churn", "credit-risk", "income-screen", "pricing-rules"]


def test_a_reader_sees_every_model(login: Login) -> None:
    assert "secret-model" in ids(login("auditor-1"))


def test_a_hidden_model_is_404_like_one_that_does_not_exist(login: Login) -> None:
    client = login("risk-1")
    hidden, absent = client.get("/api/v1/models/secret-model"), client.get("/api/v1/models/absent")
    assert hidden.status_code == absent.status_code == 404
    assert hidden.json()["error"]["message"].replace("secret-model", "") == absent.json()["error"]["message"].replace("absent", "")
    assert client.post("/api/v1/models/secret-model/release", json={}).status_code == 404


def test_a_foreign_dag_with_a_models_prefix_shows_nothing(login: Login, bank: Bank) -> None:
    with bank.register.write() as session:
        session.add(ModelRow(id="credit-risk2", name="x", file="x", dags=[{"lifecycle": "release", "dag_id": "credit-risk2.release"}]))
    assert "credit-risk2" not in ids(login("risk-1"))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("q=credit", ["credit-risk", "pricing-rules"]), ("q=RETAIL+default", ["credit-risk"]), ("q=nothing-like-it", []),
        ("tier=1", ["credit-risk", "income-screen"]), ("state=in_use", ["credit-risk", "pricing-rules"]),
        ("state=waiting", ["credit-risk", "pricing-rules"]), ("state=suspended", ["card-fraud"]),
        ("state=broken", ["churn"]), ("state=findings", ["card-fraud"]), ("overdue=true", ["pricing-rules"]),
        ("state=rejected&tier=1", ["income-screen"]),
    ],
)
def test_filters(login: Login, query: str, expected: list[str]) -> None:
    assert ids(login("risk-1"), query) == expected


def test_pages_by_key_give_every_model_once(login: Login) -> None:
    client, seen, after = login("auditor-1"), [], ""
    while True:
        page = client.get(f"/api/v1/models?limit=2{after}").json()
        seen += [item["id"] for item in page["items"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert seen == sorted(set(seen))
    assert len(seen) == page["counts"]["total"] == 6


def test_the_row_tells_state_approvers_failing_requirement_and_history(login: Login) -> None:
    items = {item["id"]: item for item in login("risk-1").get("/api/v1/models").json()["items"]}
    credit, income, pricing = items["credit-risk"], items["income-screen"], items["pricing-rules"]
    assert (credit["state"], credit["version"], credit["waiting"]) == ("in_use", "3.1.0", 1)
    assert [one["person"] for one in credit["approved_by"]] == ["risk-1", "risk-2"]
    assert (credit["environment"], credit["strength"]) == ("production", "gated")
    assert len(credit["last"]["drift"]["history"]) == 11  # of 3.1.0 alone, not of the candidate 3.2.0
    assert credit["last"]["performance"]["value"] < 0.78
    assert income["failing"] == ["impact_ratio"]
    assert income["last"]["bias"]["thresholds"] == [
        {"level": "warn", "op": "<", "value": 0.8}, {"level": "fail", "op": "<", "value": 0.7}]
    assert pricing["overdue"] == ["review", "approval"]
    assert items["churn"]["problems"][0]["line"] == 9


def test_a_page_takes_the_same_number_of_queries_for_one_model_and_for_a_hundred(login: Login, bank: Bank) -> None:
    client = login("risk-1")
    few = _queries(bank, lambda: client.get("/api/v1/models"))
    with bank.register.write() as session:
        for number in range(100):
            session.add(ModelRow(id=f"more-{number}", name="x", file="x", problems=[{"file": "x"}]))
    many = _queries(bank, lambda: client.get("/api/v1/models?limit=200"))
    assert len(client.get("/api/v1/models?limit=200").json()["items"]) == 105
    assert many == few


def _queries(bank: Bank, ask: Callable[[], object]) -> int:
    seen: list[str] = []

    def note(_c: object, _k: object, statement: str, *_: object) -> None:
        seen.append(statement)

    event.listen(bank.register.engine, "before_cursor_execute", note)
    ask()
    event.remove(bank.register.engine, "before_cursor_execute", note)
    return len(seen)


def test_a_models_page_has_its_versions_runs_results_gates_deployments_and_log(login: Login) -> None:
    page = login("risk-1").get("/api/v1/models/credit-risk").json()
    assert [version["version"] for version in page["versions"]] == ["3.2.0", "3.1.0"]
    assert page["runs"][0]["lifecycle"] == "release"
    assert {result["step"] for result in page["results"]} >= {"drift", "bias", "performance"}
    assert page["gates"][0]["roles"] == [{"role": "risk", "need": 2, "have": 0}]
    assert page["deployments"][0]["state"] == "live"
    assert page["next_due"]["what"] == "decision at approve-risk"
    assert {event["kind"] for event in page["events"]} == {"run-decided", "deployment-live"}


def test_a_champion_is_a_version_in_use(login: Login) -> None:
    client = login("risk-1")
    told = {id: client.get(f"/api/v1/models/{id}").json()["model"] for id in ("credit-risk", "income-screen", "card-fraud", "churn")}
    assert {id: one["champion"] for id, one in told.items()} == {
        "credit-risk": "3.1.0", "income-screen": None, "card-fraud": None, "churn": None}
    assert told["credit-risk"]["latest"] == {"version": "3.2.0", "state": "waiting"}
    assert told["income-screen"]["latest"] == {"version": "1.0.0", "state": "rejected"}
    assert told["churn"]["latest"] is None


def test_the_rows_of_a_result_come_worst_first(login: Login) -> None:
    page = login("risk-1").get("/api/v1/models/card-fraud").json()
    bias = next(result for result in page["results"] if result["step"] == "bias")
    assert [row["value"] for row in bias["judgements"]] == sorted(row["value"] for row in bias["judgements"])
    drift = next(result for result in page["results"] if result["step"] == "drift")
    assert [row["verdict"] for row in drift["judgements"]] == ["fail", "pass", "pass", "pass"]
    assert [row["value"] for row in drift["judgements"]] == sorted((row["value"] for row in drift["judgements"]), reverse=True)


def test_the_model_of_a_dag(login: Login) -> None:
    client = login("risk-1")
    assert client.get("/api/v1/dags/credit-risk.monitor").json()["model"]["id"] == "credit-risk"
    assert client.get("/api/v1/dags/other").status_code == 404
    assert client.get("/api/v1/dags/secret-model.release").status_code == 404


def test_a_result_has_its_measurement_and_distributions_without_small_categories(login: Login, bank: Bank) -> None:
    client = login("risk-1")
    run = client.get("/api/v1/models/credit-risk").json()["runs"][0]["id"]
    answer = client.get(f"/api/v1/models/credit-risk/runs/{run}/results/drift").json()
    assert answer["measurement"]["check"] == "drift"
    shown = {one["column"]: one for one in answer["histograms"]}
    assert shown["purpose"]["bins"] == ["car", "furniture", "radio", "repairs", "(other)"]
    assert sum(shown["duration"]["current"]) == pytest.approx(1)
    assert client.get(f"/api/v1/models/income-screen/runs/{run}/results/drift").status_code == 404


def test_a_picture_is_saved_and_shows_nobody_of_few(login: Login, bank: Bank) -> None:
    client = login("risk-1")
    run = client.get("/api/v1/models/credit-risk").json()["runs"][0]["id"]
    answer = client.get(f"/api/v1/models/credit-risk/runs/{run}/results/drift/picture")
    words = " ".join(ElementTree.fromstring(answer.text).itertext())
    assert answer.headers["Content-Type"].startswith("image/svg+xml")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "furniture" in words
    assert "values with fewer than 10 rows are among the others" in words
    for hidden in ("models/income-screen/runs/{}/results/drift", "models/credit-risk/runs/{}/results/pin", "models/credit-risk/runs/999999/results/drift"):
        assert client.get(f"/api/v1/{hidden.format(run)}/picture").status_code == 404


def test_a_file_kept_beside_a_result_is_saved_and_nothing_else_is_given_out_by_name(login: Login, bank: Bank) -> None:
    client = login("risk-1")
    run = client.get("/api/v1/models/credit-risk").json()["runs"][0]["id"]
    page = b"<script>alert(1)</script>"
    with bank.register.write() as session, unguarded(session):
        row = session.query(ResultRow).where(ResultRow.run == run, ResultRow.step == "drift").one()
        row.products = {"evidently.html": bank.store.put(page), "profiles": bank.store.put(b"{}")}
    address = f"/api/v1/models/credit-risk/runs/{run}/results/drift"
    assert client.get(f"{address}/files/evidently.html").status_code == 404, "drift keeps no page of Evidently, whatever stands under the name"
    assert client.get(address).json()["result"]["files"] == []
    with bank.register.write() as session, unguarded(session):
        session.query(ResultRow).where(ResultRow.run == run, ResultRow.step == "drift").one().uses = "evidently"
    answer = client.get(f"{address}/files/evidently.html")

    assert client.get(address).json()["result"]["files"] == ["evidently.html"]
    assert answer.content == page and answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="credit-risk-{run}-drift-evidently.html"'
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'" and answer.headers["X-Content-Type-Options"] == "nosniff"
    for hidden in (f"{address}/files/profiles", f"{address}/files/datasheet.md", f"/api/v1/models/income-screen/runs/{run}/results/drift/files/evidently.html"):
        assert client.get(hidden).status_code in (404, 422), hidden


def test_changed_evidence_is_an_error_and_not_a_number(login: Login, bank: Bank) -> None:
    client = login("risk-1")
    run = client.get("/api/v1/models/credit-risk").json()["runs"][0]["id"]
    with bank.register.write() as session, unguarded(session):
        row = session.query(ResultRow).where(ResultRow.run == run, ResultRow.step == "drift").one()
        row.evidence = "sha256:" + "0" * 64
    answer = client.get(f"/api/v1/models/credit-risk/runs/{run}/results/drift")
    assert answer.status_code == 422
    assert "not in the store" in answer.json()["error"]["message"]


def test_a_pack_is_served_only_as_a_pack_of_its_model(login: Login, bank: Bank) -> None:
    client = login("risk-1")
    with bank.register.read() as session:
        digest = session.query(PackRow).first().digest
        evidence = session.query(ResultRow).where(ResultRow.evidence.is_not(None)).first().evidence
    answer = client.get(f"/api/v1/models/credit-risk/packs/{digest}")
    assert answer.content.startswith(b"PK")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert client.get(f"/api/v1/models/income-screen/packs/{digest}").status_code == 404
    assert (answer.headers["Content-Type"], answer.headers["X-Content-Type-Options"]) == ("application/zip", "nosniff")
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert client.get(f"/api/v1/models/credit-risk/packs/{evidence}").status_code == 404


def test_a_pack_that_was_taken_in_is_on_the_page_of_its_model_and_served_as_its_alone(login: Login, bank: Bank) -> None:
    client = login("risk-1")
    digest = bank.store.put(b"PK, from stage")
    assert client.get(f"/api/v1/models/credit-risk/packs/{digest}").status_code == 404, "the store holds other things too"
    with bank.register.write() as session:
        session.add(ImportedPackRow(
            digest=digest, environment="stage", model_id="credit-risk", version="3.2.0", artifact="sha256:" + "1" * 64, signer="sha256:" + "2" * 64,
            subject="sha256:" + "3" * 64, verdict="pass", run="credit-risk.release/1", made_at=datetime(2026, 5, 1, tzinfo=UTC), imported_by="ops",
            told={"gates": {"approve-risk": "approved"}, "level": "L1", "ledger": "self-attested", "gaps": ["ledger: self-attested"]}))
    [shown] = client.get("/api/v1/models/credit-risk").json()["imported_packs"]
    assert (shown["environment"], shown["verdict"], shown["made_at"], shown["level"]) == ("stage", "pass", "2026-05-01T00:00:00Z", "L1")
    answer = client.get(f"/api/v1/models/credit-risk/packs/{digest}")
    assert (answer.content, answer.headers["Content-Security-Policy"]) == (b"PK, from stage", "sandbox; default-src 'none'")
    assert client.get(f"/api/v1/models/income-screen/packs/{digest}").status_code == 404
    assert client.get("/api/v1/models/income-screen").json()["imported_packs"] == []


def test_the_card_counts(login: Login) -> None:
    summary = login("risk-1").get("/api/v1/summary").json()
    expected = {"waiting_for_me": 1, "overdue": 1, "suspended": 1, "in_use": 2, "broken": 1}
    assert {key: summary[key] for key in expected} == expected
    assert login("stranger").get("/api/v1/summary").json()["waiting_for_me"] == 0


def test_who_am_i(login: Login) -> None:
    assert login("risk-1").get("/api/v1/me").json() == {
        "manager": "simple", "user_id": "risk-1", "user_name": "risk-1", "person": "risk-1", "roles": ["risk"], "may_see_all": False}
    assert login("stranger").get("/api/v1/me").json()["person"] is None


def test_a_model_that_no_file_describes_has_a_row_and_a_page_for_those_who_see_all(login: Login, bank: Bank) -> None:
    observe_strays(bank.register, "production", Place("folder", {"path": "live"}), ["shadow"])
    reader = login("auditor-1")

    [row] = reader.get("/api/v1/models?q=shadow").json()["items"]
    assert (row["present"], row["kind"], row["state"], row["findings"]) == (False, None, "no version", {"critical": 1})
    page = reader.get("/api/v1/models/shadow")
    assert (page.status_code, [one["kind"] for one in page.json()["findings"]]) == (200, ["unregistered-production"])
    assert login("risk-1").get("/api/v1/models/shadow").status_code == 404
