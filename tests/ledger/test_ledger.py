"""The ledger refuses to be changed, and shows it where its guards were taken off first."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

sys.path.insert(0, str(Path(__file__).parent))

from rfc6962 import tree_hash

from bank import FOUNDED, Bank
from modelops_airflow.digest import canonical
from modelops_airflow.errors import LedgerError
from modelops_airflow.ledger import EventRow, append, verify
from modelops_airflow.ledger.append import body_of
from modelops_airflow.ledger.tree import grown, leaf_hash
from modelops_airflow.ledger.walk import RawEvent, Walk

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


def test_an_event_that_is_too_large_or_too_deep_for_readers_is_not_appended(bank: Bank) -> None:
    def nested(depth: int) -> dict[str, Any]:
        inner: dict[str, Any] = {}
        for _ in range(depth - 1):
            inner = {"inner": [inner] if depth > 100 else inner}
        return inner

    for facts, reason in (({"long": "x" * 262_144}, "at most 262144"), (nested(20), "more than 20 deep"), (nested(4001), "more than 20 deep")):
        with pytest.raises(LedgerError, match=reason), bank.register.write() as session:
            append(session, "told", facts)
    with bank.register.write() as session:  # the negative control
        append(session, "told", {**nested(19), "long": "x" * 200_000})
    assert problems(bank) == []


def spelled(body: bytes) -> RawEvent:
    """The first event of a ledger, with a body of these bytes that was hashed as it is."""
    leaf = leaf_hash(body).hex()
    return RawEvent(0, "told", "done", None, body, leaf, json.dumps([leaf]), "2026-11-25T22:00:00.000000")


GOOD = ('{"at":"2026-11-25T22:00:00Z","facts":{%s},"index":0,"kind":"told","login":null,"model":null,"outcome":"done"}')


@pytest.mark.parametrize("facts", [
    '"a":1 ', '"a": 1', '"a":1,"a":1', '"a":2,"a":1', '"b":1,"a":2', '"a":1.0', '"a":1e2', '"a":-0', '"a":NaN', '"a":Infinity',
    '"a":12345678901234567890', '"a":1e16', '"a":"\\u0041"', '"a":"\\/"', '"a":"\\u001F"', '"a":"\\u00e4"', '"a":"\\ud83d\\ude00"',
    '"a":"\\ud800"', '"a":"\\u007f"', '"\uff5e":1,"\U0001f600":2', '"a":{"c":1,"b":2}', '"a":[{"x":1, "y":2}]',
])
def test_a_body_in_another_form_than_rfc_8785_is_found(facts: str) -> None:
    told = list(Walk().over([spelled((GOOD % facts).encode())]))

    assert len(told) == 1
    assert told[0].startswith(("event 0 is not in the one form", "event 0 is not readable"))


@pytest.mark.parametrize("facts", [
    "", '"a":1,"b":[]', '"a":1.5', '"a":1e+21', '"a":-7', '"a":9007199254740991', '"a":"\u00e4"', '"a":"\x7f"', '"a":"\\u001f\\n\\"\\\\"',
    '"\U0001f600":2,"\uff5e":1', '"a":true,"b":null,"c":{"d":false}',
])
def test_a_body_in_that_form_is_not_objected_to(facts: str) -> None:
    """The negative control, and both ways to find it agree with the library."""
    body = (GOOD % facts).encode()
    assert canonical(json.loads(body)) == body
    assert list(Walk().over([spelled(body)])) == []


@pytest.mark.parametrize("register_url", ["postgres"], indirect=True)
def test_what_the_function_of_postgres_takes_in_another_form_is_found_by_verifying(bank: Bank) -> None:
    with bank.register.write() as session:
        turn = session.execute(text("SELECT idx, at, login FROM modelops_turn()")).one()
        body = body_of(turn.idx, "told", {"a": 1}, model_id=None, outcome="done", at=turn.at, login=turn.login)
        session.execute(text("SELECT modelops_append(:body)"), {"body": body.replace(b'{"a":1}', b'{"a":2, "a":1}')})
    assert problems(bank) == [f"event {turn.idx} is not in the one form that events have: blanks, a key twice, or another order or spelling"]


@pytest.mark.parametrize("register_url", ["sqlite"], indirect=True)  # on Postgres a column of bytes holds bytes
def test_verifying_goes_on_after_an_event_that_is_no_bytes(told: Bank) -> None:
    unguarded(told)
    told.sql("UPDATE modelops_event SET body = CAST(body AS TEXT) WHERE idx = 4")
    told.sql("UPDATE modelops_event SET kind = 'x' WHERE idx = 7")
    assert problems(told) == ["event 4 is not readable", "event 7: its columns say something else than its body"]
