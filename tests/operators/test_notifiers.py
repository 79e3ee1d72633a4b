"""Airflow's own notifiers over real sockets: what is sent arrives as it was written, and nothing of it is ever a template."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from email import policy
from typing import Any

import pytest
from message_servers import Mails, Slack

from modelops_airflow.errors import ModelOpsError
from modelops_airflow.governance.outbox import Claimed
from modelops_airflow.operators.notifiers import sending
from modelops_airflow.policy.message import Message

BASE = "https://airflow.bank.example"
NAME = "{{ 7*7 }} {% raw %} <!channel> & <b>größte</b>"


@pytest.fixture
def mails(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mails]:
    """A mail server behind the connection `mail`."""
    one = Mails()
    monkeypatch.setenv("AIRFLOW_CONN_MAIL", one.connection(one.start()))
    yield one
    one.stop()


@pytest.fixture
def slack(monkeypatch: pytest.MonkeyPatch) -> Iterator[Slack]:
    """A Slack behind the connections `slack_api` and `hook`."""
    one = Slack()
    monkeypatch.setenv("AIRFLOW_CONN_SLACK_API", one.api())
    monkeypatch.setenv("AIRFLOW_CONN_HOOK", one.webhook())
    yield one
    one.shutdown()
    one.server_close()


def message(notifier: str, connection: str, recipient: str, name: str = NAME) -> Claimed:
    said = Message("gate-overdue", "overdue", f"The gate approve-risk of {name} waits.", "1 of the role risk", "decide on its page", "/plugin/approvals?gate=7")
    return Claimed(1, notifier, connection, recipient, said)


def body_of(mail: Any) -> str:
    return str(next(part for part in mail.walk() if part.get_content_type() == "text/html").get_content())


def test_a_mail_arrives_with_its_sentence_next_step_and_link(mails: Mails) -> None:
    sending(BASE)(message("smtp", "mail", "risk@bank.example", "Pricing"))
    sender, to, mail = mails.taken[0]
    assert (sender, to, mail["Subject"]) == ("modelops@bank.example", ["risk@bank.example"], "ModelOps: Overdue: The gate approve-risk of Pricing waits.")
    assert "Next step: decide on its page" in body_of(mail) and f'href="{BASE}/plugin/approvals?gate=7"' in body_of(mail)


def test_a_template_in_a_models_name_arrives_as_it_is_by_mail(mails: Mails) -> None:
    sending(BASE)(message("smtp", "mail", "risk@bank.example"))
    _, _, mail = mails.taken[0]
    assert NAME in mail["Subject"]
    assert "{{ 7*7 }} {% raw %} &lt;!channel&gt; &amp; &lt;b&gt;größte&lt;/b&gt;" in body_of(mail)


def test_without_our_care_the_notifier_would_render_it(mails: Mails) -> None:
    """The control: called as Airflow calls it, the notifier takes the same name for a template."""
    from airflow.providers.smtp.notifications.smtp import SmtpNotifier

    SmtpNotifier(smtp_conn_id="mail", from_email="a@b.example", to="risk@bank.example", subject="{{ 7*7 }}", html_content="{{ 7*7 }}")({})
    assert mails.taken[0][2]["Subject"] == "49"


@pytest.mark.parametrize("name", ["x\r\nBcc: thief@evil.example", "x\nTo: thief@evil.example\n\nHello", "x\u2028Bcc: thief@evil.example", "x\x0bBcc: y"])
def test_no_name_makes_a_header_or_a_recipient(mails: Mails, name: str) -> None:
    sending(BASE)(message("smtp", "mail", "risk@bank.example", name))
    _, to, mail = mails.taken[0]
    assert to == ["risk@bank.example"] and mail["To"] == "risk@bank.example" and mail["Bcc"] is None
    assert policy.default.header_factory("Subject", mail["Subject"]).defects == () and len(mail.get_all("Subject")) == 1


def test_a_recipient_whom_the_server_refuses_is_an_error(mails: Mails) -> None:
    with pytest.raises(Exception, match="550"):
        sending(BASE)(message("smtp", "mail", "unknown@bank.example"))


def test_a_server_that_is_not_there_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setenv("AIRFLOW_CONN_DOWN", Mails().connection(free.getsockname()[1]))
    with pytest.raises(OSError, match="refused"):
        sending(BASE)(message("smtp", "down", "risk@bank.example"))


def test_a_connection_without_a_sender_or_that_does_not_exist_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_BARE", '{"conn_type": "smtp", "host": "127.0.0.1"}')
    with pytest.raises(ModelOpsError, match="set from_email in its extra"):
        sending(BASE)(message("smtp", "bare", "risk@bank.example"))
    with pytest.raises(Exception, match="none_such"):
        sending(BASE)(message("smtp", "none_such", "risk@bank.example"))


def test_a_message_arrives_in_the_channel_and_mentions_nobody(slack: Slack) -> None:
    sending(BASE)(message("slack", "slack_api", "#model-risk"))
    path, token, body = slack.taken[0]
    assert (path, token, body["channel"], body["unfurl_links"]) == ("/api/chat.postMessage", "Bearer xoxb-test", "#model-risk", False)
    assert "of {{ 7*7 }} {% raw %} &lt;!channel&gt; &amp; &lt;b&gt;größte&lt;/b&gt; waits." in body["text"]
    assert f"Page: {BASE}/plugin/approvals?gate=7" in body["text"]


def test_a_webhook_is_told_the_same(slack: Slack) -> None:
    sending(BASE)(message("slack-webhook", "hook", ""))
    path, _, body = slack.taken[0]
    assert path == "/services/T0/B0/secret" and "&lt;!channel&gt;" in body["text"] and "{{ 7*7 }}" in body["text"]


@pytest.mark.parametrize(("notifier", "connection"), [("slack", "slack_api"), ("slack-webhook", "hook")])
def test_what_slack_does_not_take_is_an_error(slack: Slack, notifier: str, connection: str) -> None:
    slack.error = "channel_not_found"
    with pytest.raises(Exception, match=r"channel_not_found|Webhook|status code"):
        sending(BASE)(message(notifier, connection, "#nowhere"))


def test_a_provider_that_is_not_installed_is_told_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    for name in [one for one in sys.modules if one.startswith("airflow.providers.slack")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "airflow.providers.slack.notifications.slack", None)
    with pytest.raises(ModelOpsError, match=r"modelops-airflow\[notify\]"):
        sending(BASE)(message("slack", "slack_api", "#model-risk"))
