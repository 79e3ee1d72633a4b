"""Real logins: Airflow's FAB auth manager, users made by `airflow users create`, passwords over HTTP.

Governance knows people by FAB's user id (`login: {fab: "3"}`). FAB does not go together with the
versions in constraints.txt, so this Airflow runs in an environment of its own: `make fab`.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import yaml
from airflow_client import Person, until
from airflow_world import World
from sqlalchemy import select

from modelops_airflow.cli.local_airflow import LocalAirflow
from modelops_airflow.cli.port import free_port
from modelops_airflow.inventory.tables import DecisionRow
from modelops_airflow.ledger import EventRow, verify

PROJECT = Path(__file__).parent.parent.parent
PYTHON = PROJECT / ".venv-fab" / "bin" / "python"
DAG = "pricing-rules.release"
CYRILLIC_A = chr(0x430)

USERS = {
    "credit-dev": "User", "credit-owner": "User", "validator-1": "Viewer", "risk-1": "Viewer", "risk-2": "Viewer",
    "legal-1": "Viewer", "auditor-1": "Viewer", "operator": "Op",
    f"v{CYRILLIC_A}lidator-1": "Viewer",  # looks the same
    "validator-1 jr": "Viewer",
}


class FabAirflow(LocalAirflow):
    """A local Airflow with FAB's users in place of the simple auth manager's."""

    def __init__(self, home: Path, root: Path, port: int) -> None:
        super().__init__(home, root, port, {})
        self.python = str(PYTHON)
        self.environment |= {
            "AIRFLOW__CORE__AUTH_MANAGER": "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager",
            "AIRFLOW__FAB__CACHE_TTL": "0",  # a user's state is read anew in every request
        }

    @property
    def database(self) -> Path:
        """Airflow's own database."""
        return self.home / "airflow.db"

    def run_users(self, *commands: list[str]) -> str:
        """Run `airflow users` commands."""
        done = subprocess.run(
            [self.python, str(Path(__file__).parent / "fab_users.py")], input="\n".join(map(json.dumps, commands)), text=True,
            env=self.environment, cwd=self.home, capture_output=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def create_users(self) -> dict[str, str]:
        """Create every user; answers FAB's ids by user name."""
        self.run_users(*(
            ["create", "--username", name, "--password", f"{name}-password", "--role", role, "--firstname", name,
             "--lastname", "Bank", "--email", f"{number}@bank.example"]
            for number, (name, role) in enumerate(USERS.items())))
        with sqlite3.connect(self.database) as connection:
            return {name: str(key) for key, name in connection.execute("SELECT id, username FROM ab_user")}


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """An Airflow with FAB, whose governance names its people by FAB's ids, founded by two of them."""
    if not PYTHON.exists():
        if os.environ.get("CI"):
            pytest.fail("CI must test FAB's logins; run: make fab")
        pytest.skip("no .venv-fab; run: make fab")
    root = tmp_path_factory.mktemp("fab-project")
    for name in ("dags", "examples"):
        shutil.copytree(PROJECT / name, root / name)
    for file in (root / "dags" / "models").glob("*.yaml"):
        if file.stem != "pricing-rules":
            file.unlink()
    airflow = FabAirflow(tmp_path_factory.mktemp("fab-airflow"), root, free_port())
    airflow.migrate()
    name_people_by_id(root / "dags" / "governance.yaml", airflow.create_users())
    try:
        airflow.start()
        airflow.wait_ready(240)
        world = World(airflow)
        world.found()
        yield world
    finally:
        airflow.stop()


def name_people_by_id(file: Path, ids: dict[str, str]) -> None:
    """Put FAB's ids, and nothing that people choose themselves, into the governance file."""
    body = yaml.safe_load(file.read_text())
    for name, person in body["people"].items():
        person["login"] = {"fab": ids[name], "username": name}
    file.write_text(yaml.safe_dump(body))


@pytest.fixture(scope="module")
def gate(bank: World) -> dict:
    """The gate of a release that its developer started."""
    developer = bank.person("credit-dev")
    until("the DAG is there", lambda: developer.airflow("GET", f"/dags/{DAG}").status_code == 200)
    developer.start(DAG)
    return dict(until("the gate is open", lambda: bank.person("risk-1").gate("pricing-rules", "approve-risk"), 150))


def change(bank: World, statement: str, *values: str) -> None:
    """What an administrator does on FAB's own pages, which change its tables."""
    with sqlite3.connect(bank.airflow.home / "airflow.db", timeout=30) as connection:
        assert connection.execute(statement, values).rowcount == 1


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def test_a_wrong_password_gives_no_token(bank: World) -> None:
    with pytest.raises(httpx.HTTPStatusError, match="401"):
        Person(bank.airflow.url, "risk-1", "a guess")
    with pytest.raises(httpx.HTTPStatusError, match="401"):
        Person(bank.airflow.url, "nobody", "nobody-password")


def test_people_are_known_by_fabs_id(bank: World) -> None:
    me = bank.person("risk-1").modelops("GET", "/me").json()
    assert (me["person"], me["roles"]) == ("risk-1", ["risk"])
    told = [(who, status) for who, status, _ in bank.founding]
    assert told == [("validator-1", 201), ("validator-1", 409), ("credit-dev", 403), ("risk-1", 201)]


def test_an_author_is_refused(bank: World, gate: dict) -> None:
    assert refusal(bank.person("credit-dev").decide(gate, "approve")) == (403, "author")


@pytest.mark.parametrize("name", [f"v{CYRILLIC_A}lidator-1", "validator-1 jr"])
def test_a_user_whose_name_only_looks_like_a_persons_is_nobody(bank: World, gate: dict, name: str) -> None:
    other = bank.person(name)
    assert other.modelops("GET", "/me").json()["person"] is None
    assert refusal(other.decide(gate, "approve")) == (403, "unknown-person")


def test_a_name_in_other_letters_is_the_same_login_or_none(bank: World, gate: dict) -> None:
    """FAB finds user names whatever their case, and takes no second user of one."""
    told = bank.airflow.run_users(
        ["create", "--username", "RISK-1", "--password", "other", "--role", "Viewer", "--firstname", "R", "--lastname", "B",
         "--email", "other@bank.example"])
    assert "already exist" in told
    with pytest.raises(httpx.HTTPStatusError, match="401"):
        Person(bank.airflow.url, "RISK-1", "other")
    same = Person(bank.airflow.url, "RISK-1", "risk-1-password")
    assert same.modelops("GET", "/me").json()["person"] == "risk-1"


def test_a_user_who_was_renamed_to_an_approvers_name_is_who_they_were(bank: World, gate: dict) -> None:
    developer = bank.person("credit-dev")
    change(bank, "UPDATE ab_user SET username = 'renamed' WHERE username = ?", "legal-1")
    change(bank, "UPDATE ab_user SET username = 'legal-1' WHERE username = ?", "credit-dev")
    try:
        assert developer.modelops("GET", "/me").json()["person"] == "credit-dev"
        assert refusal(developer.decide(gate, "approve")) == (403, "author")
    finally:
        change(bank, "UPDATE ab_user SET username = 'credit-dev' WHERE username = ?", "legal-1")
        change(bank, "UPDATE ab_user SET username = 'legal-1' WHERE username = ?", "renamed")


def test_a_user_who_was_deactivated_after_the_login_is_refused(bank: World, gate: dict) -> None:
    person = Person(bank.airflow.url, "risk-2", "risk-2-password")
    assert person.modelops("GET", f"/approvals/{gate['id']}").json()["may_decide"]
    change(bank, "UPDATE ab_user SET active = 0 WHERE username = ?", "risk-2")
    assert person.decide(gate, "approve").status_code in (401, 403)
    with pytest.raises(httpx.HTTPStatusError, match="401"):
        Person(bank.airflow.url, "risk-2", "risk-2-password")
    assert not decisions(bank)


def test_a_user_whose_airflow_role_was_taken_away_after_the_login_is_refused(bank: World, gate: dict) -> None:
    person = Person(bank.airflow.url, "legal-1", "legal-1-password")
    assert person.modelops("GET", f"/approvals/{gate['id']}").json()["may_decide"]
    bank.airflow.run_users(["remove-role", "--username", "legal-1", "--role", "Viewer"])
    assert person.decide(gate, "approve").status_code in (403, 404)
    assert not decisions(bank)


def test_an_approver_brings_the_version_live_under_their_id(bank: World, gate: dict) -> None:
    answer = bank.person("risk-1").decide(gate, "approve", "looked at the evidence")
    assert answer.status_code == 201, answer.text
    until("live", (bank.root / "live" / "live" / "pricing-rules.json").exists, 120)
    with sqlite3.connect(bank.airflow.home / "airflow.db") as connection:
        key = connection.execute("SELECT id FROM ab_user WHERE username = 'risk-1'").fetchone()[0]
    with bank.register.read() as session:
        told = [json.loads(body)["facts"] for body in session.scalars(
            select(EventRow.body).where(EventRow.kind == "decision", EventRow.outcome == "done"))]
        assert [(one["person"], one["auth"]) for one in told] == [("risk-1", f"fab:{key}")]
        denied = session.scalars(select(EventRow.body).where(EventRow.kind == "decision", EventRow.outcome == "denied")).all()
        codes = [json.loads(body)["facts"]["code"] for body in denied]
        assert codes == ["author", "unknown-person", "unknown-person", "author"]  # who was put out never reached us
        assert verify(session) == []


def decisions(bank: World) -> list[str]:
    """Who decided."""
    with bank.register.read() as session:
        return list(session.scalars(select(DecisionRow.person)))
