"""The same on SQLite and on Postgres, with their own clocks: a second before an event is before it."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from past_world import COVERED, bodies
from sqlalchemy import select
from test_as_of import take_back_in

from bank import Bank
from modelops_airflow.digest import digest_of
from modelops_airflow.governance.asks import Asks, asks_on_record, readable_digest
from modelops_airflow.governance.define import Definition, define
from modelops_airflow.history.fleet import fleet, models_on_record
from modelops_airflow.history.reader import Reader
from modelops_airflow.history.record import records
from modelops_airflow.history.series import series
from modelops_airflow.ledger import EventRow


def test_a_minute_of_the_bank_is_told_second_by_second(bank: Bank) -> None:
    define_own(bank)
    time.sleep(1.1)
    release = bank.release(gates=COVERED)
    time.sleep(1.1)
    for gate, who in (("approve-validation", "vera"), ("approve-risk", "rita"), ("approve-risk", "rolf"), ("attest-audit", "ines")):
        bank.vote(release, gate, who)
    bank.deploy(release)
    time.sleep(1.1)
    take_back_in(bank, "attest-audit", "ines")
    decided, attested, taken = (when(bank, kind) for kind in ("decided", "decision", "withdrawal"))
    assert {name: statuses(bank, at) for name, at in (("decided", decided), ("attested", attested), ("before", taken - timedelta(microseconds=1)), ("taken", taken))} == {
        "decided": {"OWN-1": "satisfied", "OWN-2": "not tested", "OWN-3": "not tested"}, "attested": {"OWN-1": "satisfied", "OWN-2": "satisfied", "OWN-3": "satisfied"},
        "before": {"OWN-1": "satisfied", "OWN-2": "satisfied", "OWN-3": "satisfied"}, "taken": {"OWN-1": "satisfied", "OWN-2": "satisfied", "OWN-3": "not tested"}}
    with bank.register.read() as session:
        found = series(records(session, ["pricing"])["pricing"], Reader(session, bank.store), None, taken + timedelta(days=1))
        assert [one.status for one in found["own", "OWN-3"]] == ["not tested", "not tested", "satisfied", "not tested"], "asked, waiting, attested, taken back"
        assert models_on_record(session) == ["pricing"]


def define_own(bank: Bank) -> None:
    model = {name: value for name, value in bank.plan().model.items() if name != "facts"}
    packs = bodies(bank.root, 1)
    with bank.register.read() as session:
        asks = Asks(readable_digest(session), {name: digest_of(body) for name, body in packs.items()}, packs, {"release": "release", "review": "review"})
    file = Definition("pricing", "f", "x", model, {"modelops": 1, "model": model, "policies": ["own", "dated"]}, (), [], asks=asks)
    assert (define(bank.register, [file], "sync"), define(bank.register, [file], "sync")) == (["pricing"], [])
    with bank.register.read() as session:
        assert asks_on_record(session) == {"pricing": asks.facts()}


def when(bank: Bank, kind: str) -> datetime:
    with bank.register.read() as session:
        return session.scalars(select(EventRow.at).where(EventRow.kind == kind, EventRow.outcome == "done").order_by(EventRow.index.desc())).first()  # type: ignore[return-value]


def statuses(bank: Bank, at: datetime) -> dict[str, str]:
    with bank.register.read() as session:
        pack = fleet(session, bank.store, ["pricing"], at)[0].pack("own")
    return {one.status.control: one.status.status for one in pack.controls} if pack is not None else {}
