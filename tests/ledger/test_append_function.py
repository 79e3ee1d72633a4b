"""On Postgres the ledger is appended by a function that believes nothing: it counts, hashes, and asks clock and login."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import DatabaseError, DBAPIError

from bank import Postgres
from modelops_airflow.digest import canonical
from modelops_airflow.inventory.register import Register
from modelops_airflow.ledger import append, tip, verify
from modelops_airflow.ledger.append import MOST_BYTES, MOST_DEPTH, body_of

WRITERS, EACH = 8, 25


@pytest.fixture
def ledger(postgres: Postgres) -> Register:
    """A ledger of five events."""
    register = Register(postgres.emptied())
    for number in range(5):
        with register.write() as session:
            append(session, "told", {"number": number})
    return register


def changed(body: dict[str, Any], **fields: Any) -> bytes:
    """The canonical bytes of an event with some fields changed; `...` takes one away."""
    return canonical({key: value for key, value in {**body, **fields}.items() if value is not ...})


def tell(register: Register, make: Callable[[dict[str, Any]], bytes]) -> None:
    """Call the function with what `make` makes of a good body."""
    with register.engine.begin() as connection:
        turn = connection.execute(text("SELECT idx, at, login FROM modelops_turn()")).one()
        good = body_of(turn.idx, "told", {"number": 5}, model_id=None, outcome="done", at=turn.at, login=turn.login)
        connection.execute(text("SELECT modelops_append(:body)"), {"body": make(json.loads(good))})


def nested(depth: int) -> dict[str, Any]:
    """Facts of so many objects in each other; the event around them is one more."""
    return {"inner": nested(depth - 1)} if depth > 1 else {"text": "[[[{{{\\\""}


def deep(body: dict[str, Any], fact: bytes) -> bytes:
    """A body with a fact that no writer of ours could spell."""
    return canonical({**body, "facts": {}}).replace(b'"facts":{}', b'"facts":{"z":' + fact + b"}")


def at(**offset: float) -> str:
    """A time beside now, as a body says it."""
    return (datetime.now(UTC) + timedelta(**offset)).strftime("%Y-%m-%dT%H:%M:%SZ")


BAD: dict[str, tuple[Callable[[dict[str, Any]], bytes], str]] = {
    "an index that is taken": (lambda body: changed(body, index=4), "its index is 4, the next one is 5"),
    "an index that leaves a gap": (lambda body: changed(body, index=6), "its index is 6"),
    "an index that is a text": (lambda body: changed(body, index="five"), "its index is five"),
    "another login": (lambda body: changed(body, login="eve"), "it says login eve, the login is bank"),
    "no login": (lambda body: changed(body, login=None), "it says login none"),
    "an hour ago": (lambda body: changed(body, at=at(hours=-1)), "the database's clock says"),
    "in a minute": (lambda body: changed(body, at=at(minutes=1)), "the database's clock says"),
    "another form of time": (lambda body: changed(body, at=body["at"].replace("Z", "+00:00")), "its time is"),
    "no time": (lambda body: changed(body, at=None), "its time is none"),
    "no kind": (lambda body: changed(body, kind=""), "no kind"),
    "facts that are no object": (lambda body: changed(body, facts=[]), "no facts"),
    "one key too many": (lambda body: changed(body, more=1), "each once"),
    "one key too few": (lambda body: changed(body, model=...), "each once"),
    "a key twice": (lambda body: canonical(body).replace(b'"index"', b'"kind":"x","index"'), "each once"),
    "an outcome of its own": (lambda body: changed(body, outcome="perhaps"), "ck_modelops_event_outcome"),
    "too many bytes": (lambda body: changed(body, facts={"long": "x" * MOST_BYTES}), "at most 262144 are kept"),
    "a fact too deep": (lambda body: changed(body, facts=nested(MOST_DEPTH)), "nested more than 20 deep"),
    "a fact as deep as an attacker likes": (lambda body: deep(body, b"[" * 3000 + b"]" * 3000), "nested more than 20 deep"),
    "objects and lists in turn": (lambda body: deep(body, b'[{"a":' * 50 + b"1" + b"}]" * 50), "nested more than 20 deep"),
    "depth behind a key that is there twice": (lambda body: deep(body, b"[" * 30 + b"]" * 30 + b',"z":1'), "nested more than 20 deep"),
    "depth behind brackets in a text": (lambda body: deep(body, b'"]]]]\\"]]",' + b'"y":' + b"[" * 30 + b"]" * 30), "nested more than 20 deep"),
    "no JSON": (lambda body: b"{", "invalid input syntax"),
    "no text": (lambda body: b"\xff", "invalid byte sequence"),
}


def test_what_is_just_small_enough_is_appended(ledger: Register) -> None:
    """The negative control of the limits."""
    tell(ledger, lambda body: changed(body, facts=nested(MOST_DEPTH - 1)))
    tell(ledger, lambda body: changed(body, index=6, facts={"many": [[], {}, "]" * 100] * 500, "long": "x" * 150_000}))
    with ledger.read() as session:
        assert verify(session) == []


@pytest.mark.parametrize("what", BAD)
def test_an_event_that_does_not_fit_is_refused(ledger: Register, what: str) -> None:
    make, reason = BAD[what]
    with pytest.raises(DatabaseError, match=reason):
        tell(ledger, make)
    with ledger.read() as session:
        last = tip(session)
        assert last is not None
        assert last.index == 4


def test_an_event_that_fits_is_appended_with_the_hashes_of_the_rfc(ledger: Register) -> None:
    """The negative control; `verify` computes leaf and frontier in Python."""
    tell(ledger, canonical)
    for number in range(30):
        with ledger.write() as session:
            append(session, "told", {"number": number, "text": "Zoë \U0001f512 \\ \" \n"}, model_id="pricing", outcome="denied")
    with ledger.read() as session:
        assert verify(session) == []
        last = tip(session)
        assert last is not None
        assert (last.index, last.kind, last.outcome, last.model_id) == (35, "told", "denied", "pricing")


def race(engine: Engine) -> int:
    """Eight writers, no retry; answers how many appends were lost."""
    lost: list[int] = []

    def writer() -> None:
        for number in range(EACH):
            try:
                with engine.begin() as connection:
                    turn = connection.execute(text("SELECT idx, at, login FROM modelops_turn()")).one()
                    body = body_of(turn.idx, "told", {"n": number}, model_id=None, outcome="done", at=turn.at, login=turn.login)
                    connection.execute(text("SELECT modelops_append(:body)"), {"body": body})
            except DBAPIError:
                lost.append(number)

    threads = [threading.Thread(target=writer) for _ in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(lost)


def test_with_the_lock_no_append_is_lost_and_without_it_most_are(postgres: Postgres) -> None:
    url = postgres.new()
    engine = create_engine(url, pool_size=WRITERS)
    assert race(engine) == 0
    with engine.begin() as connection:
        for name in ("modelops_turn()", "modelops_append(bytea)"):
            made = connection.execute(text(f"SELECT pg_get_functiondef('{name}'::regprocedure)")).scalar_one()
            assert "PERFORM pg_advisory_xact_lock(7885631859322744947);" in made
            connection.exec_driver_sql(made.replace("PERFORM pg_advisory_xact_lock(7885631859322744947);", ""))
    lost = race(engine)
    print(f"without the lock {lost} of {WRITERS * EACH} appends were lost")
    assert lost > WRITERS * EACH // 4
    engine.dispose()


def test_a_function_of_ours_asks_no_table_of_the_callers_own(ledger: Register) -> None:
    """A temporary table in front of the ledger's name would say that the ledger is empty."""
    with ledger.engine.connect() as connection:
        connection.execute(text("CREATE TEMPORARY TABLE modelops_event (LIKE public.modelops_event)"))
        assert connection.execute(text("SELECT max(idx) FROM modelops_event")).scalar_one() is None
        assert connection.execute(text("SELECT idx FROM modelops_turn()")).scalar_one() == 5
