"""Coverage on the Models page: what nobody looked at lately, or could not read, is not counted as scanned."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import func, select
from ui_bank import Bank, unguarded

from modelops_airflow.database import database_time
from modelops_airflow.governance.activate import active
from modelops_airflow.inventory.tables import ScanRow
from modelops_airflow.policy.place import environments_of, place_in
from modelops_airflow.spec.types import Governance
from modelops_airflow.ui.reads.coverage import coverage

Login = Callable[[str], TestClient]


def asked(client: TestClient) -> dict[str, Any]:
    answer = client.get("/api/v1/coverage")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def looked(bank: Bank, ago: timedelta = timedelta(seconds=40), **facts: Any) -> None:
    with bank.register.write() as session, unguarded(session):
        at = database_time(session) - ago
        place = str(place_in(active(session), "production"))
        session.merge(ScanRow(**{"environment": "production", "place": place, "shown": 3, "strays": 1, "trouble": "", "looked_at": at, "scanned_at": at, **facts}))


def test_a_place_that_was_scanned_a_moment_ago_counts(login: Login, bank: Bank) -> None:
    looked(bank)
    found = asked(login("risk-1"))
    assert (found["total"], found["scanned"], found["partly"]) == (1, 1, 0)
    [item] = found["items"]
    assert (item["environment"], item["place"], item["target"], item["strength"]) == ("production", "folder (path live)", "folder", "gated")
    assert (item["state"], item["shown"], item["strays"], item["trouble"]) == ("scanned", 3, 1, "")
    assert found["scanned_at"] == item["scanned_at"]


@pytest.mark.parametrize(("facts", "state", "says"), [
    ({"ago": timedelta(minutes=5, seconds=5)}, "stale", "see whether modelops.sync runs"),
    ({"ago": -timedelta(minutes=10)}, "stale", "nobody looked since"),
    ({"trouble": "the disk is gone"}, "unreadable", "the disk is gone"),
    ({"trouble": "the disk is gone", "ago": timedelta(hours=1)}, "stale", "; then: the disk is gone"),
    ({"place": "folder (path elsewhere)"}, "never", "never looked at"),
    ({"shown": None}, "partly", "an unknown one would not be seen"),
])
def test_what_was_not_scanned_is_never_counted_as_scanned(login: Login, bank: Bank, facts: dict[str, Any], state: str, says: str) -> None:
    looked(bank, **facts)
    found = asked(login("risk-1"))
    [item] = found["items"]
    assert (found["scanned"], item["state"], found["scanned_at"]) == (0, state, None)
    assert says in item["trouble"]
    assert found["partly"] == (state == "partly")


def test_four_minutes_are_not_stale_and_time_alone_makes_it_so(login: Login, bank: Bank) -> None:
    """The register says the same as a moment before; nobody has to write anything for it to be stale."""
    looked(bank, ago=timedelta(minutes=4, seconds=50))
    assert asked(login("risk-1"))["scanned"] == 1
    with bank.register.read() as session:
        before = session.scalar(select(func.max(ScanRow.looked_at)))
    looked(bank, ago=timedelta(minutes=6))
    assert before is not None and asked(login("risk-1"))["scanned"] == 0


def test_a_place_that_was_never_looked_at_is_told(login: Login) -> None:
    found = asked(login("risk-1"))
    assert (found["total"], found["scanned"], found["items"][0]["state"]) == (1, 0, "never")


def test_whom_governance_does_not_know_sees_the_numbers_and_no_places(login: Login, bank: Bank) -> None:
    looked(bank)
    found = asked(login("stranger"))
    assert (found["total"], found["scanned"], found["items"]) == (1, 1, [])


def test_an_installation_answers_for_its_own_environment_and_its_canary_alone(bank: Bank) -> None:
    """What others release is scanned by theirs: it is no row that is red for ever. A setting that names nothing is red."""
    with bank.register.read() as session:
        rules = active(session)
    there = {name: {"target": "mark-only", "with": {"path": f"there/{name}"}} for name in ("stage", "canary")}
    more = rules.model_copy(update={"environments": Governance.model_validate(
        {**rules.model_dump(by_alias=True), "environments": {
            "production": {"target": "folder", "with": {"path": "live"}, "canary": "canary"}, **there}}).environments})
    assert environments_of(more) == ["production", "stage", "canary"]
    assert environments_of(more, "production") == ["production", "canary"]
    assert environments_of(more, "stage") == ["stage"]
    with bank.register.read() as session:
        assert [one["environment"] for one in coverage(session, "production")["items"]] == ["production"]
        nowhere = coverage(session, "prod")
    assert (nowhere["total"], nowhere["scanned"], [one["state"] for one in nowhere["items"]]) == (1, 0, ["never"])
    assert "[modelops] environment is 'prod'" in nowhere["items"][0]["trouble"]


def test_the_page_asks_for_the_environment_of_the_installation(login: Login, bank: Bank, app: FastAPI) -> None:
    assert [one["environment"] for one in asked(login("risk-1"))["items"]] == ["production"]
    app.state.environment = "nowhere"
    assert [one["environment"] for one in asked(login("risk-1"))["items"]] == ["nowhere"]
