"""modelops.notify as Airflow runs it: its DAG, its operator, real connections, and a server that is down."""

from __future__ import annotations

import json

import pytest
from airflow.sdk.exceptions import AirflowException
from message_servers import Mails, Slack
from sqlalchemy import select
from workbench import Bench

from modelops_airflow import dag as ours
from modelops_airflow.governance.activate import activate, propose
from modelops_airflow.governance.transaction import Actor
from modelops_airflow.inventory.tables import ModelRow, NoticeRow
from modelops_airflow.operators.notify import NotifyOperator
from modelops_airflow.spec.read import read_governance

NOTIFY = """
notify:
  - {notifier: smtp, connection: mail, to: [risk@bank.example], about: [file-broken]}
  - {notifier: slack, connection: slack_api, to: ["#model-risk"], about: [file-broken]}
"""


@pytest.fixture
def telling(bench: Bench) -> Bench:
    """The example project with `notify`, and a model whose file is broken."""
    file = bench.root / "dags" / "governance.yaml"
    file.write_text(file.read_text() + NOTIFY)
    source = read_governance(file)
    propose(bench.register, source.canonical, "sync")
    for who in ("validator-1", "risk-1"):
        if activate(bench.register, source.digest, Actor("simple", who, who)) == "active":
            break
    with bench.register.write() as session:
        session.add(ModelRow(id="broken", name="{{ 7*7 }}", file="dags/models/broken.yaml", problems=[{"code": "SPEC009"}], owner="olaf"))
    return bench


def states(bench: Bench) -> list[tuple[str, str]]:
    with bench.register.read() as session:
        return [(row.connection, row.state) for row in session.scalars(select(NoticeRow).order_by(NoticeRow.connection))]


def test_a_round_tells_by_mail_and_slack_and_the_next_one_nobody(telling: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    mails, slack = Mails(), Slack()
    monkeypatch.setenv("AIRFLOW_CONN_MAIL", mails.connection(mails.start()))
    monkeypatch.setenv("AIRFLOW_CONN_SLACK_API", slack.api())
    task = ours.notify_dag().get_task("notify")
    assert task.execute({}) == "2 new; 1 sent through mail; 1 sent through slack_api"
    assert task.execute({}) == "nothing to tell"
    assert mails.taken[0][2]["Subject"] == "ModelOps: The file of {{ 7*7 }} (broken) has 1 mistake."
    assert "{{ 7*7 }} (broken)" in slack.taken[0][2]["text"]
    mails.stop()
    slack.shutdown()
    slack.server_close()


def test_a_dead_mail_server_fails_the_task_after_slack_was_told(telling: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    slack = Slack()
    monkeypatch.setenv("AIRFLOW_CONN_MAIL", Mails().connection(9))
    monkeypatch.setenv("AIRFLOW_CONN_SLACK_API", slack.api())
    with pytest.raises(AirflowException, match="mail could not be used"):
        NotifyOperator(task_id="notify").execute({})
    assert states(telling) == [("mail", "waiting"), ("slack_api", "sent")]
    slack.shutdown()
    slack.server_close()


def test_doctor_shows_what_waits_and_why(telling: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    from modelops_airflow.cli.doctor import look
    from modelops_airflow.cli.here import here

    monkeypatch.chdir(telling.root)
    assert next(one for one in look(here()) if one.what == "notices").state == "warned"  # what is to be told is in no outbox yet
    monkeypatch.setenv("AIRFLOW_CONN_MAIL", Mails().connection(9))
    monkeypatch.setenv("AIRFLOW_CONN_SLACK_API", json.dumps({"conn_type": "slack"}))
    with pytest.raises(AirflowException):
        NotifyOperator(task_id="notify").execute({})
    found = next(one for one in look(here()) if one.what == "notices")
    assert found.state == "bad" and "1 wait for the connection mail" in found.message and "ConnectionRefused" in found.message


def test_the_dag_is_there_where_governance_tells_anybody_and_a_worker_opens_no_file_for_it(telling: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__CORE__DAGS_FOLDER", str(telling.root / "dags"))
    dag = ours.dags_here()[ours.NOTIFY]
    assert dag.max_active_runs == 1 and dag.get_task("notify").execution_timeout.total_seconds() == 600 and not dag.get_task("notify").template_fields

    class Asked:
        dag_id = ours.NOTIFY

    monkeypatch.setattr(ours, "get_parsing_context", lambda: Asked)
    monkeypatch.setattr(ours, "_governance", None)
    assert list(ours.dags_here()) == [ours.NOTIFY]


def test_where_governance_tells_nobody_there_is_no_such_dag(bench: Bench) -> None:
    assert ours.NOTIFY not in ours.dags_here() and ours.SYNC in ours.dags_here()
