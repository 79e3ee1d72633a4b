"""The ledger refuses to be changed, and shows it where its guards were taken off first."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DatabaseError

sys.path.insert(0, str(Path(__file__).parent))

from rfc6962 import tree_hash

from bank import FOUNDED, Bank
from modelops_airflow.digest import canonical
from modelops_airflow.ledger import EventRow, append, verify
from modelops_airflow.ledger.tree import grown, leaf_hash

OTHER = "f" * 64


def problems(bank: Bank) -> list[str]:
    """What `verify` says."""
    with bank.register.read() as session:
        return verify(session)


def rows(bank: Bank) -> list[EventRow]:
    """All events, in order."""
    with bank.register.read() as session:
        return list(session.scalars(select(EventRow).order_by(EventRow.index)))


@pytest.fixture
def told(bank: Bank) -> Bank:
    """A bank with seven events."""
    for number in range(6):
        with bank.register.write() as session:
            append(
                session,
                "told",
                {"number": number},
                model_id="pricing" if number % 2 else None,
                outcome="denied" if number == 3 else "done",
            )
    return bank


def unguarded(bank: Bank) -> None:
    """Take the triggers off, as the owner of the database can."""
    if bank.url.startswith("sqlite"):
        for name in ("update", "delete", "replace"):
            bank.sql(f"DROP TRIGGER modelops_event_no_{name}")
    else:
        bank.sql("ALTER TABLE modelops_event DISABLE TRIGGER ALL")


def test_an_untouched_ledger_has_no_problem_and_the_root_of_the_rfc(told: Bank) -> None:
    assert problems(told) == []
    events = rows(told)
    assert [event.index for event in events] == list(range(9))
    for event in events:
        assert event.root == tree_hash([one.body for one in events[: event.index + 1]]).hex()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE modelops_event SET kind = 'x'",
        "UPDATE modelops_event SET at = '2001-01-01 00:00:00.000000' WHERE idx = 3",
        "DELETE FROM modelops_event WHERE idx = 6",
        "DELETE FROM modelops_event",
    ],
)
def test_events_are_never_changed_or_deleted(told: Bank, statement: str) -> None:
    before = told.tables()
    with pytest.raises(DatabaseError, match="append-only"):
        told.sql(statement)
    assert told.tables() == before


def test_events_are_never_truncated_or_replaced(told: Bank) -> None:
    columns = "idx, kind, outcome, model_id, body, leaf, frontier, at"
    values = columns.replace("kind", "'x'")
    copy = f"modelops_event ({columns}) SELECT {values} FROM modelops_event WHERE idx = 2"
    attacks = [f"INSERT OR REPLACE INTO {copy}", f"INSERT INTO {copy} ON CONFLICT (idx) DO UPDATE SET kind = 'x'"]
    if not told.url.startswith("sqlite"):
        attacks = [
            "TRUNCATE modelops_event",
            "TRUNCATE modelops_event CASCADE",
            f"INSERT INTO {copy} ON CONFLICT (idx) DO UPDATE SET kind = 'x'",
        ]
    elif attacks:
        attacks[1] = attacks[1].replace("WHERE idx = 2", "WHERE idx = 2 AND true")
    for attack in attacks:
        with pytest.raises(DatabaseError, match="append-only"):
            told.sql(attack)
    assert problems(told) == []


def test_without_its_triggers_the_ledger_can_be_changed(told: Bank) -> None:
    """The negative control of both tests above."""
    unguarded(told)
    told.sql("UPDATE modelops_event SET kind = 'x' WHERE idx = 2")
    assert problems(told) != []


CHANGES: dict[str, Any] = {
    "kind": "other",
    "outcome": "denied",
    "model_id": "other",
    "body": b"{}",
    "leaf": OTHER,
    "frontier": f'["{OTHER}"]',
    "at": "2001-01-01 00:00:00.000000",
}


@pytest.mark.parametrize("column", CHANGES)
def test_any_edited_column_of_any_event_is_found(told: Bank, column: str) -> None:
    unguarded(told)
    before = {event.index: getattr(event, column) for event in rows(told)}
    for index in range(7):
        value: Any = "done" if column == "outcome" and before[index] == "denied" else CHANGES[column]
        told.sql(f"UPDATE modelops_event SET {column} = :value WHERE idx = :index", value=value, index=index)
        assert any(f"event {index}" in line for line in problems(told)), (column, index)
        with told.register.write() as session:
            setattr(session.get_one(EventRow, index), column, before[index])
    assert problems(told) == []


def test_bytes_of_a_body_that_still_parse_are_found(told: Bank) -> None:
    unguarded(told)
    for index, event in enumerate(rows(told)):
        for old, new in ((b'"number":', b'"numbes":'), (b'"kind":', b'"kind" :'), (b"}", b"} ")):
            if old in event.body:
                told.sql(
                    "UPDATE modelops_event SET body = :body WHERE idx = :i",
                    body=event.body.replace(old, new, 1),
                    i=index,
                )
                assert any(f"event {index}" in line for line in problems(told))
        told.sql("UPDATE modelops_event SET body = :body WHERE idx = :i", body=event.body, i=index)
    assert problems(told) == []


@pytest.mark.parametrize("body", [b"", b"\xff", b"[]", b"null", b'{"index":2}', b"{"])
def test_a_body_that_is_no_event_is_a_problem_and_not_a_crash(told: Bank, body: bytes) -> None:
    unguarded(told)
    told.sql("UPDATE modelops_event SET body = :body WHERE idx = 2", body=body)
    assert "event 2 is not readable" in problems(told)


@pytest.mark.parametrize("index", range(6))
def test_a_deleted_event_is_missed(told: Bank, index: int) -> None:
    unguarded(told)
    told.sql("DELETE FROM modelops_event WHERE idx = :index", index=index)
    assert problems(told) == [f"event {index} is missing; the next one is {index + 1}"]


def test_swapped_events_are_found(told: Bank) -> None:
    unguarded(told)
    for was, becomes in ((2, 99), (3, 2), (99, 3)):
        told.sql("UPDATE modelops_event SET idx = :becomes WHERE idx = :was", was=was, becomes=becomes)
    assert any("event 2" in line for line in problems(told))


def test_an_event_put_in_with_hashes_of_its_own_breaks_what_follows(told: Bank) -> None:
    unguarded(told)
    old = rows(told)[3]
    body = canonical(
        {"at": "2026-01-01T00:00:00Z", "facts": {}, "index": 3, "kind": "told", "model": None, "outcome": "done"}
    )
    frontier = grown([bytes.fromhex(part) for part in rows(told)[2].frontier], 3, leaf_hash(body))
    with told.register.write() as session:
        row = session.get_one(EventRow, old.index)
        row.body, row.leaf = body, leaf_hash(body).hex()
        row.frontier = [part.hex() for part in frontier]
    assert any("event 4 is not what was appended" in line for line in problems(told))


def test_what_no_json_can_say_is_not_appended(bank: Bank) -> None:
    for value in (float("nan"), float("inf"), 2**60, "\ud800"):
        with pytest.raises(ValueError, match=r"."), bank.register.write() as session:
            append(session, "told", {"value": value})
    assert bank.events() == FOUNDED


def test_an_outcome_is_done_or_denied(bank: Bank) -> None:
    with pytest.raises(DatabaseError), bank.register.write() as session:
        append(session, "told", {}, outcome="maybe")
