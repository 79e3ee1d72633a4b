"""The commands of docs/how-to/handle-findings.md work as written, in their order, against the API over a bank's register."""

from __future__ import annotations

import json
import re
import shlex
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "ui"))

from airflow.api_fastapi.auth.managers.simple.simple_auth_manager import SimpleAuthManager
from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
from airflow.api_fastapi.core_api import security
from fastapi import FastAPI
from fastapi.testclient import TestClient
from ui_bank import OWNERS, USERS, Bank

from modelops_airflow.cli import finding_acts, main
from modelops_airflow.cli.server import Server
from modelops_airflow.evidence.store import BlobStore
from modelops_airflow.inventory.register import Register
from modelops_airflow.policy.finding_rules import SEVERITIES
from modelops_airflow.ui import viewer
from modelops_airflow.ui.app import make_app

PAGE = (Path(__file__).parents[2] / "docs/how-to/handle-findings.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
COMMANDS = [line for block in BLOCKS for line in block.splitlines() if line.startswith("modelops")]


class Manager(SimpleAuthManager):
    """Airflow's simple auth manager, without a metadata database."""

    def get_authorized_dag_ids(self, *, user: Any, method: Any = "GET", session: Any = None) -> set[str]:
        """Everybody reads every DAG."""
        return {f"{model}.release" for model in OWNERS}


@pytest.fixture
def bank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bank:
    """A bank whose API the acts reach as the user whom they name; what is read is read from its register here."""
    url = f"sqlite:///{tmp_path / 'register.db'}"
    Register(url).migrate()
    one = Bank(Register(url), BlobStore(str(tmp_path / "evidence"))).open()
    manager = Manager()
    for module in (security, viewer):
        monkeypatch.setattr(module, "get_auth_manager", lambda: manager)
    app, airflow = make_app(one.register, one.store), FastAPI()
    airflow.mount("/modelops", app)

    def server(_url: str, user: str, _token: object) -> Server:
        app.dependency_overrides[security.get_user] = lambda: SimpleAuthManagerUser(username=user, role=USERS[user])
        found = Server("http://testserver", "a token")
        found._client = TestClient(airflow, headers={"Authorization": "Bearer a token"})
        return found

    monkeypatch.setattr(finding_acts, "server_for", server)
    monkeypatch.setenv("AIRFLOW__MODELOPS__DATABASE_URL", url)
    monkeypatch.setenv("AIRFLOW__MODELOPS__EVIDENCE", str(tmp_path / "evidence"))
    return one


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[[str], str]:
    """Calls a line of the page; answers what it printed."""

    def called(line: str) -> str:
        monkeypatch.setattr("sys.argv", shlex.split(line))
        capsys.readouterr()
        try:
            main()
        except SystemExit as end:
            assert not end.code, (line, capsys.readouterr())
        return capsys.readouterr().out

    return called


def day(days: float) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).date().isoformat()


def test_the_commands_work_in_their_order(bank: Bank, call: Callable[[str], str]) -> None:
    said: list[str] = []
    for line in COMMANDS:
        asked = json.loads(call("modelops findings show 2 --json"))["proposal"] if "sha256:..." in line else {"terms": ""}
        said.append(call(line.replace("sha256:...", asked["terms"]).replace("LATER", day(200)).replace("SOON", day(100))))
    assert len(COMMANDS) == 19
    assert "finding 2 of pricing-rules is open; next: the owner and the control side agree on a plan by" in said[0]
    found = {one["id"]: one["state"] for one in json.loads(call("modelops findings list --model pricing-rules --json"))}
    assert found == {2: "closed", 3: "risk_accepted", 4: "withdrawn"}
    assert "All 4,096 pairs agree." in call("modelops findings show 2")


def test_the_page_has_every_act_and_every_severity_as_the_rules_have_it() -> None:
    from typer.main import get_command

    from modelops_airflow.cli.findings import findings

    named = {shlex.split(line)[2] for line in COMMANDS}
    assert named == set(get_command(findings).commands)  # type: ignore[attr-defined]
    for name, one in SEVERITIES.items():
        most = f"{one.accepted_for.days} days" if one.accepted_for else ""
        assert re.search(rf"\| {name} \| {one.due.days} days \|.*\| {most} ?\|", PAGE), name


def test_a_refusal_is_one_line_and_exit_code_1(bank: Bank, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.argv", ["modelops", "findings", "open", "pricing-rules", "--severity", "low", "--title", "t", "--text", "t", "--user", "credit-dev"])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 1
    assert "a person of the control side opens a finding" in capsys.readouterr().err


@pytest.mark.parametrize(("line", "told"), [
    ("modelops findings list --severity hihg", "did you mean"), ("modelops findings list --model pricing", "the register has no model 'pricing'"),
    ("modelops findings show 99", "the register has no finding 99"), ("modelops findings extend 1 --comment c --until soon --user risk-1", "is no moment"),
])
def test_wrong_input_is_told_with_the_next_step(bank: Bank, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], line: str, told: str) -> None:
    monkeypatch.setattr("sys.argv", shlex.split(line))
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 2
    assert told in capsys.readouterr().err
