"""One run of modelops.notify by Airflow itself: its parser, its task runner, its connections, a mail server and a Slack."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from modelops_airflow.governance.activate import activate, propose
from modelops_airflow.governance.transaction import Actor
from modelops_airflow.inventory.register import Register
from modelops_airflow.inventory.tables import ModelRow
from modelops_airflow.spec.read import read_governance

PROJECT = Path(__file__).parents[2]
sys.path.append(str(PROJECT / "tests" / "operators"))

from message_servers import Mails, Slack  # noqa: E402 - they are kept beside the operators' tests

NOTIFY = """
notify:
  - {notifier: smtp, connection: mail, to: [risk@bank.example], about: [file-broken]}
  - {notifier: slack, connection: slack_api, to: ["#model-risk"], about: [file-broken]}
"""


@pytest.fixture
def servers() -> Iterator[tuple[Mails, Slack]]:
    """Both servers."""
    mails, slack = Mails(), Slack()
    mails.port = mails.start()
    yield mails, slack
    mails.stop()
    slack.shutdown()
    slack.server_close()


def _founded(root: Path, url: str) -> None:
    """The example project with `notify` in force, and a model whose file is broken and whose name is a template."""
    register = Register(url)
    register.migrate()
    file = root / "dags" / "governance.yaml"
    file.write_text(file.read_text() + NOTIFY)
    source = read_governance(file)
    propose(register, source.canonical, "sync")
    for who in ("validator-1", "risk-1"):
        activate(register, source.digest, Actor("simple", who, who))
    with register.write() as session:
        session.add(ModelRow(id="broken", name="{{ 7*7 }}", file="dags/models/broken.yaml", problems=[{"code": "SPEC009"}], owner="olaf"))
    register.engine.dispose()


def test_airflow_runs_the_dag_and_people_are_told_once(tmp_path: Path, servers: tuple[Mails, Slack]) -> None:
    mails, slack = servers
    root, url = tmp_path / "project", f"sqlite:///{tmp_path / 'register.db'}"
    for name in ("dags", "examples"):
        shutil.copytree(PROJECT / name, root / name)
    _founded(root, url)
    keep = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW__", "AIRFLOW_CONN_"))}
    environment = keep | {
        "AIRFLOW_HOME": str(tmp_path / "airflow"), "AIRFLOW__CORE__DAGS_FOLDER": str(root / "dags"), "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__MODELOPS__ROOT": str(root), "AIRFLOW__MODELOPS__DATABASE_URL": url, "AIRFLOW__API__BASE_URL": "http://airflow.bank.example",
        "AIRFLOW_CONN_MAIL": mails.connection(mails.port), "AIRFLOW_CONN_SLACK_API": slack.api(),
    }

    def airflow(*words: str) -> str:
        done = subprocess.run([sys.executable, "-m", "airflow", *words], env=environment, capture_output=True, text=True, timeout=400, check=False)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout

    airflow("db", "migrate")
    for _ in range(2):
        airflow("dags", "test", "modelops.notify")
    assert [(to, mail["Subject"]) for _, to, mail in mails.taken] == [(["risk@bank.example"], "ModelOps: The file of {{ 7*7 }} (broken) has 1 mistake.")]
    assert [body["channel"] for _, _, body in slack.taken] == ["#model-risk"]
    assert "Page: http://airflow.bank.example/plugin/models?model=broken" in slack.taken[0][2]["text"]
