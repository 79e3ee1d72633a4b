"""Eight processes append at once: none is lost, none comes twice, and the tree is whole."""

from __future__ import annotations

import multiprocessing
import threading
from pathlib import Path

import pytest
from sqlalchemy import create_engine, event, select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from modelops_airflow.inventory.register import Register
from modelops_airflow.ledger import EventRow, append, verify

WRITERS, EACH = 8, 50
FORK = multiprocessing.get_context("fork")


def _write(url: str, writer: int) -> None:
    register = Register(url)
    for number in range(EACH):
        with register.write() as session:
            append(session, "told", {"number": number, "writer": writer})
    register.engine.dispose()


def _write_deferred(url: str, writer: int) -> None:
    """The way not to: SQLite's own BEGIN, which takes the lock only when it writes."""
    engine = create_engine(url, connect_args={"timeout": 30})
    event.listen(engine, "connect", lambda connection, _: setattr(connection, "isolation_level", None))
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    for number in range(10):
        try:
            with Session(engine) as session, session.begin():
                append(session, "told", {"number": number, "writer": writer})
        except DatabaseError:
            continue


def _all_at_once(write: object, url: str) -> None:
    workers = [FORK.Process(target=write, args=(url, writer)) for writer in range(WRITERS)]  # type: ignore[arg-type]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(120)
    assert [worker.exitcode for worker in workers] == [0] * WRITERS


def test_no_append_is_lost_and_the_index_has_no_gap(register_url: str) -> None:
    _all_at_once(_write, register_url)
    register = Register(register_url)
    with register.read() as session:
        assert list(session.scalars(select(EventRow.index).order_by(EventRow.index))) == list(range(WRITERS * EACH))
        assert verify(session) == []
        times = list(session.scalars(select(EventRow.at).order_by(EventRow.index)))
        assert times == sorted(times)
        told = {
            bytes(body).split(b'"facts":')[1].split(b',"index"')[0] for body in session.scalars(select(EventRow.body))
        }
        assert len(told) == WRITERS * EACH
    register.engine.dispose()


def test_a_deferred_begin_loses_appends(migrated: Path, tmp_path: Path) -> None:
    """The negative control: without BEGIN IMMEDIATE readers become writers and collide."""
    url = f"sqlite:///{tmp_path / 'register.db'}"
    for _ in range(10):  # on a busy machine the writers of one round may happen not to meet
        (tmp_path / "register.db").write_bytes(migrated.read_bytes())
        _all_at_once(_write_deferred, url)
        with Register(url).read() as session:
            kept = len(list(session.scalars(select(EventRow.index))))
            assert verify(session) == []
        if kept < WRITERS * 10:
            return
    raise AssertionError("in ten rounds nothing was lost, so the test with BEGIN IMMEDIATE shows nothing")


def test_a_writer_sees_what_the_one_before_wrote(register_url: str) -> None:
    """On both databases writers take turns from the first statement on, not only at the append."""
    register = Register(register_url)
    with register.write() as session:
        append(session, "told", {})
        other = threading.Thread(target=_write, args=(register_url, 1))
        other.start()
        other.join(0.5)
        assert other.is_alive()
        assert session.scalar(text("SELECT count(*) FROM modelops_event")) == 1
    other.join(60)
    with register.read() as session:
        assert session.scalar(text("SELECT count(*) FROM modelops_event")) == 1 + EACH
        assert verify(session) == []
    register.engine.dispose()


@pytest.mark.parametrize("read", [True, False])
def test_reading_waits_for_nobody_and_keeps_nothing(register_url: str, read: bool) -> None:
    register = Register(register_url)
    with register.write() as session:
        append(session, "told", {})
    if read:
        with register.read() as session:
            session.get_one(EventRow, 0)
            session.add(EventRow(index=1, kind="x", outcome="done", body=b"", leaf="", frontier=[]))
            session.flush()
    with register.read() as session:
        assert list(session.scalars(select(EventRow.index))) == [0]
    register.engine.dispose()
