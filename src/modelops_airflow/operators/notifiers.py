"""Airflow's own notifiers, with texts that are final: nothing of ours is ever rendered.

A notifier that is called renders its template fields; ours have none, and only `notify` is called.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..errors import ModelOpsError
from ..governance.outbox import Claimed
from ..policy.message import as_html, as_slack, subject
from ..steps.notify import Send

_SECONDS = 30
"""How long Slack may take to answer; of a mail server the connection says it, 30 seconds if it does not."""


def sending(base: str) -> Send:
    """What sends a message by the notifier that it names.

    Args:
        base: address of the server for links, without a slash at its end; empty if nobody told it.
    """

    def send(one: Claimed) -> None:
        try:
            _SENDERS[one.notifier](one, base)
        except ModuleNotFoundError as error:
            raise ModelOpsError(f"the notifier {one.notifier} needs {error.name}; install modelops-airflow[notify] where tasks run") from error

    return send


def _smtp(one: Claimed, base: str) -> None:
    from airflow.providers.smtp.notifications.smtp import SmtpNotifier
    from airflow.sdk import BaseHook

    sender = BaseHook.get_connection(one.connection).extra_dejson.get("from_email")
    if not sender:  # without it the notifier would look for one, and render that
        raise ModelOpsError(f"the connection {one.connection} has no sender; set from_email in its extra")
    _notify(SmtpNotifier(smtp_conn_id=one.connection, from_email=sender, to=one.recipient, subject=subject(one.message),
                         html_content=as_html(one.message, base)))


def _slack(one: Claimed, base: str) -> None:
    from airflow.providers.slack.notifications.slack import SlackNotifier

    _notify(SlackNotifier(slack_conn_id=one.connection, channel=one.recipient, text=as_slack(one.message, base), username="ModelOps",
                          timeout=_SECONDS, unfurl_links=False, unfurl_media=False))


def _slack_webhook(one: Claimed, base: str) -> None:
    from airflow.providers.slack.notifications.slack_webhook import SlackWebhookNotifier

    _notify(SlackWebhookNotifier(slack_webhook_conn_id=one.connection, text=as_slack(one.message, base), timeout=_SECONDS,
                                 unfurl_links=False, unfurl_media=False))


def _notify(notifier: Any) -> None:
    """Send what a notifier was given, as it is: it has nothing to render, and nothing asks it to."""
    notifier.template_fields = ()
    notifier.notify({})


_SENDERS: Mapping[str, Callable[[Claimed, str], None]] = {"smtp": _smtp, "slack": _slack, "slack-webhook": _slack_webhook}
