"""Three Postgres roles and re-certification: tasks queue and start, the API server pauses and retries, and neither does the other's part."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DatabaseError
from test_roles import Parted, parted, parted_url

from bank import person
from modelops_airflow.digest import digest_of
from modelops_airflow.errors import Refused
from modelops_airflow.governance.campaign import Affected, Campaign, record_campaign
from modelops_airflow.governance.claim import claim
from modelops_airflow.governance.pause import pause, resume
from modelops_airflow.governance.retry import retry
from modelops_airflow.governance.settle import settle
from modelops_airflow.inventory.register import Register
from modelops_airflow.inventory.tables import RecertificationRow, RunRow

__all__ = ["parted", "parted_url"]


def queue(parted: Parted, register: Register) -> None:
    parted.live()
    with register.read() as session:
        run = session.scalars(select(RunRow)).one()
    one = Affected("pricing", 2, run.id, run.approved_plan, "sha256:1", "pass", "fail", (), "pricing.review")
    record_campaign(register, Campaign(digest_of(1), "", 1, (one,)), "sync")


def tomorrow() -> datetime:
    return datetime.now(UTC) + timedelta(days=1)


def test_each_role_does_its_part(parted: Parted) -> None:
    queue(parted, parted.register)
    pause(parted.desk, person("vera"), "month end", tomorrow())
    assert claim(parted.register, "one") == []
    resume(parted.desk, person("rita"), "over")
    (first,) = claim(parted.register, "one")
    settle(parted.register, lambda _dag, _run: "failed")
    assert retry(parted.desk, "pricing", person("olaf")) == 2
    (second,) = claim(parted.register, "two")
    assert first.run_id != second.run_id


@pytest.mark.parametrize("what", ["pause", "resume", "retry"])
def test_a_task_cannot_tell_what_people_do(parted: Parted, what: str) -> None:
    queue(parted, parted.register)
    if what == "retry":
        claim(parted.register, "one")
        settle(parted.register, lambda _dag, _run: "failed")
    elif what == "resume":
        pause(parted.desk, person("vera"), "month end", tomorrow())
    acts = {"pause": lambda: pause(parted.register, person("vera"), "quiet", tomorrow()),
            "resume": lambda: resume(parted.register, person("vera"), "quiet"), "retry": lambda: retry(parted.register, "pricing", person("olaf"))}
    with pytest.raises((Refused, DatabaseError)):
        acts[what]()


def test_the_api_server_can_neither_queue_nor_start(parted: Parted) -> None:
    queue(parted, parted.register)
    with pytest.raises((Refused, DatabaseError)):
        record_campaign(parted.desk, Campaign(digest_of(2), "", 1, ()), "sync")
    with pytest.raises((Refused, DatabaseError)):
        claim(parted.desk, "one")
    with parted.register.read() as session:
        assert session.scalars(select(RecertificationRow.state)).all() == ["waiting"]
