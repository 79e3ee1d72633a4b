"""The outbox: nobody is told twice, nothing is lost, and a server that is down holds up nobody else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bank import Bank, governance
from modelops_airflow.governance import outbox
from modelops_airflow.governance.occasions import Around
from modelops_airflow.governance.outbox import claim, fill, sent, stuck
from modelops_airflow.inventory.register import Register
from modelops_airflow.inventory.tables import ModelRow, NoticeRow
from modelops_airflow.policy.occasion import Occasion
from modelops_airflow.steps.notify import notify

MAIL = {"notifier": "smtp", "connection": "mail", "to": ["risk@bank.example", "olaf@bank.example"], "about": ["gate-opened", "deployed"]}
SLACK = {"notifier": "slack", "connection": "slack_api", "to": ["#risk"], "about": ["gate-opened"]}
NOW = timedelta()


@pytest.fixture
def telling(bank: Bank) -> Bank:
    """A bank with two gates that wait, and three recipients of each."""
    bank.govern(governance(notify=[MAIL, SLACK]))
    with bank.register.write() as session:
        session.add(ModelRow(id="pricing", name="Pricing", file="dags/models/pricing.yaml", tier=2, owner="olaf"))
    bank.release()
    return bank


class Server:
    """Takes messages, or does not; several senders may use it at once."""

    def __init__(self, *down: str) -> None:
        self.down, self.taken, self._lock = set(down), list[tuple[str, str, str]](), threading.Lock()

    def __call__(self, one: outbox.Claimed) -> None:
        if one.connection in self.down:
            raise ConnectionRefusedError(111, "Connection refused by https://hooks.example/secret")
        with self._lock:
            self.taken.append((one.connection, one.recipient, one.message.sentence))


def states(bank: Bank) -> Counter[str]:
    with bank.register.read() as session:
        return Counter(session.scalars(select(NoticeRow.state)))


def now(bank: Bank) -> None:
    """What waits for a later try waits no more."""
    bank.sql("UPDATE modelops_notice SET next_at = at, claimed_until = NULL")


def test_each_recipient_is_told_of_each_gate_once_however_often_a_round_runs(telling: Bank) -> None:
    server = Server()
    for _ in range(4):
        notify(telling.register, server)
    assert len(server.taken) == 6 == len(set(server.taken)) and states(telling) == {"sent": 6}
    assert telling.events().count("notified") == 6


def test_eight_senders_at_once_tell_each_recipient_once(telling: Bank) -> None:
    server, start = Server(), threading.Barrier(8)

    def round_() -> None:
        start.wait()
        notify(Register(telling.url), server)

    workers = [threading.Thread(target=round_) for _ in range(8)]
    for one in workers:
        one.start()
    for one in workers:
        one.join(120)
    notify(telling.register, server)
    assert sorted(Counter(server.taken).values()) == [1] * 6


def test_without_the_claim_eight_senders_would_tell_twice(telling: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(telling.register)
    first, second = (claim(telling.register, who, lasts=NOW) for who in "ab")
    assert first == second
    third, fourth = (claim(telling.register, who) for who in "cd")
    assert third is not None and fourth is not None and third.id != fourth.id


def test_a_server_that_is_down_holds_up_only_its_own_connection(telling: Bank) -> None:
    server = Server("mail")
    done = notify(telling.register, server)
    assert [where for where, _, _ in server.taken] == ["slack_api"] * 2
    assert done.told == ["6 new", "2 sent through slack_api"]
    assert done.trouble == ["mail could not be used: ConnectionRefusedError: [Errno 111] Connection refused by <address>"]
    with telling.register.read() as session:
        assert [(one.connection, one.waiting) for one in stuck(session)] == [("mail", 1)]  # the others were not tried


def test_what_failed_is_tried_again_after_a_while_and_later_each_time(telling: Bank) -> None:
    server = Server("mail", "slack_api")
    waits = []
    for _ in range(12):
        now(telling)
        notify(telling.register, server, at_most=1)
        with telling.register.read() as session:
            row = session.scalars(select(NoticeRow).order_by(NoticeRow.attempts.desc())).first()
            waits.append(round((row.next_at - row.at).total_seconds() / 60))
    assert waits[:5] == [1, 2, 4, 8, 16] and waits[-1] == 360
    server.down.clear()
    assert notify(telling.register, server).told == ["2 sent through slack_api", "3 sent through mail"] or len(server.taken) == 5
    now(telling)
    notify(telling.register, server)
    assert len(server.taken) == 6 == len(set(server.taken))


def test_what_is_not_so_any_more_is_not_told(telling: Bank) -> None:
    server = Server("mail", "slack_api")
    notify(telling.register, server)
    with telling.register.read() as session:
        from modelops_airflow.inventory.tables import GateRow

        gates = session.scalars(select(GateRow.id)).all()
    for gate in gates:
        telling.forge("UPDATE modelops_gate SET state = 'approved' WHERE id = :gate", gate=gate)
    server.down.clear()
    now(telling)
    notify(telling.register, server)
    assert server.taken == [] and states(telling) == {"void": 6}
    telling.forge("UPDATE modelops_gate SET state = 'open' WHERE id = :gate", gate=gates[0])
    now(telling)
    notify(telling.register, server)
    assert len(server.taken) == 3, "what is so again is told after all"


def test_before_any_governance_and_where_it_tells_nobody_there_is_nothing(bank: Bank) -> None:
    bank.release()
    assert fill(bank.register).new == 0 and notify(bank.register, Server()).told == []


def test_a_recipient_is_in_the_ledger_as_a_digest(telling: Bank) -> None:
    notify(telling.register, Server())
    from modelops_airflow.ledger import EventRow

    with telling.register.read() as session:
        bodies = b"".join(session.scalars(select(EventRow.body).where(EventRow.kind == "notified")))
    assert b"bank.example" not in bodies and b"gate-opened" in bodies


KILLED = """
import os, signal, sys
from pathlib import Path
from modelops_airflow.inventory.register import Register
from modelops_airflow.steps.notify import notify

def send(one):
    with Path(sys.argv[2]).open("a") as taken:
        taken.write(f"{one.id}\\n")
        taken.flush()
    if len(Path(sys.argv[2]).read_text().split()) == 3:
        os.kill(os.getpid(), signal.SIGKILL)  # the server took it, and nobody noted that

notify(Register(sys.argv[1]), send)
"""


def test_a_sender_killed_between_the_servers_yes_and_the_note_repeats_that_one_message_alone(telling: Bank, tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    ended = subprocess.run([sys.executable, "-c", KILLED, telling.url, str(taken)], env=os.environ, timeout=120, check=False)
    assert ended.returncode == -signal.SIGKILL
    assert states(telling) == {"sent": 2, "waiting": 4}

    def send(one: outbox.Claimed) -> None:
        with taken.open("a") as file:
            file.write(f"{one.id}\n")

    notify(telling.register, send)
    assert states(telling) == {"sent": 5, "waiting": 1}, "the one in flight waits until its claim is over"
    telling.sql("UPDATE modelops_notice SET claimed_until = at WHERE claimed_until IS NOT NULL")
    notify(telling.register, send)
    seen = Counter(taken.read_text().split())
    assert states(telling) == {"sent": 6} and sorted(seen.values()) == [1, 1, 1, 1, 1, 2]


def test_a_note_that_comes_twice_is_one_event(telling: Bank) -> None:
    fill(telling.register)
    one = claim(telling.register, "a")
    sent(telling.register, one.id)
    sent(telling.register, one.id)
    assert telling.events().count("notified") == 1


def test_a_gate_that_stays_overdue_goes_to_the_next_in_line_once(telling: Bank) -> None:
    up = {"notifier": "smtp", "connection": "mail", "to": ["risk@bank.example"], "about": ["gate-overdue"], "escalate": {"after": "P3D", "to": ["head@bank.example"]}}
    telling.govern(governance(notify=[up]))
    server = Server()
    assert notify(telling.register, server).told == [], "it is not due yet"
    ago = "CURRENT_TIMESTAMP - INTERVAL '{} days'" if telling.url.startswith("postgres") else "datetime('now', '-{} days')"
    for days, whom in ((2, ["risk@bank.example"]), (4, ["risk@bank.example", "head@bank.example"]), (9, ["risk@bank.example", "head@bank.example"])):
        telling.forge(f"UPDATE modelops_gate SET due_at = {ago.format(days)} WHERE due_at IS NOT NULL")
        notify(telling.register, server)
        assert [recipient for _, recipient, _ in server.taken] == whom
    with telling.register.read() as session:
        rows = session.scalars(select(NoticeRow).where(NoticeRow.about == "gate-overdue").order_by(NoticeRow.id))
        assert [row.message["level"] for row in rows] == ["overdue", "escalated"]


@pytest.mark.parametrize("rules", ["{}", "[]", '{"roles": 7}', '"x"', '{"roles": {"risk": "two"}}', '{"roles": {"risk": null}}'])
def test_a_gate_that_a_task_spoilt_is_told_and_holds_up_no_other(telling: Bank, rules: str) -> None:
    telling.sql("UPDATE modelops_gate SET rules = :rules WHERE step = 'approve-risk'", rules=rules)
    server = Server()
    assert notify(telling.register, server).trouble == []
    sentences = {sentence for _, _, sentence in server.taken}
    assert any("approve-validation of Pricing" in one and "waits for decisions" in one for one in sentences)
    assert any("approve-risk of Pricing" in one and "cannot be asked" in one for one in sentences)


def test_a_source_that_breaks_is_told_and_the_messages_of_the_others_are_sent_and_none_falls_away(telling: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server("mail")
    notify(telling.register, server)

    def gate_occasions(_around: object) -> list[object]:
        raise KeyError("meaning")

    def other_occasions(found: Around) -> list[Occasion]:
        return [found.of_model("pricing", "deployed", "x", "Pricing is live.", "olaf", "nothing")]

    monkeypatch.setattr(outbox, "SOURCES", (gate_occasions, other_occasions))
    server.down.clear()
    now(telling)
    done = notify(telling.register, server)
    assert done.trouble == ["what is told of gate: 'meaning'"]
    assert sum("Pricing is live" in sentence for _, _, sentence in server.taken) == 2
    assert states(telling) == {"sent": 8}, "what waited for a server was told, though nobody knows whether it is so still"
