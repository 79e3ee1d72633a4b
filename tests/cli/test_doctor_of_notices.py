"""modelops doctor of messages: a sender that does not run is seen, whether anybody tried to send or not."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from bank import Bank, bank, governance, migrated, postgres, register_url
from modelops_airflow.cli.doctor import Finding, _notices
from modelops_airflow.cli.here import Here
from modelops_airflow.governance.outbox import claim, fill, sent

__all__ = ["bank", "migrated", "postgres", "register_url"]


@pytest.fixture
def telling(bank: Bank) -> Bank:
    """Two gates wait, and one recipient is to be told of each."""
    bank.govern(governance(notify=[{"notifier": "smtp", "connection": "mail", "to": ["risk@bank.example"], "about": ["gate-opened"]}]))
    bank.release()
    return bank


def seen(bank: Bank) -> Finding:
    return _notices(cast("Here", SimpleNamespace(register=bank.register)))


def test_what_nobody_put_into_the_outbox_is_told(telling: Bank) -> None:
    found = seen(telling)
    assert (found.state, found.message) == ("warned", "2 are to be told and not in the outbox") and "modelops.notify" in found.next_step


def test_what_waits_and_was_never_tried_is_told_after_ten_minutes(telling: Bank) -> None:
    fill(telling.register)
    assert seen(telling).state == "ok"
    telling.sql("UPDATE modelops_notice SET at = '2020-01-01 00:00:00'")
    found = seen(telling)
    assert (found.state, found.message) == ("bad", "2 wait for more than 10 minutes") and "modelops.notify" in found.next_step


def test_once_they_are_sent_nothing_is_told(telling: Bank) -> None:
    fill(telling.register)
    while (one := claim(telling.register, "a sender")) is not None:
        sent(telling.register, one.id)
    assert seen(telling) == Finding("notices", "ok", "none waits for its server")
