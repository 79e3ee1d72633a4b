"""A gate waits for somebody while it is open over what its run came to last, and its version did not end: told, listed and counted alike."""

from __future__ import annotations

from sqlalchemy import select

from bank import Bank, Candidate, person
from modelops_airflow.governance.occasions import around
from modelops_airflow.governance.occasions.gates import gate_occasions
from modelops_airflow.governance.stop import retire
from modelops_airflow.governance.vote import withdraw
from modelops_airflow.inventory.tables import DecisionRow
from modelops_airflow.ui.reads.clock import now
from modelops_airflow.ui.reads.gates import waiting_gates
from modelops_airflow.ui.reads.overdue import open_gates


def waiting(bank: Bank) -> list[int]:
    """The gates that people are told of, see on the page of approvals, and find counted beside the model."""
    with bank.register.read() as session:
        told = {int(one.subject.split()[1]) for one in gate_occasions(around(session)) if one.about == "gate-opened"}
        listed = [gate.id for gate in waiting_gates(session, ["pricing"])]
        counted = open_gates(session, ["pricing"], now()).get("pricing", (0, 0))[0]
    assert (sorted(told), counted) == (listed, len(listed))
    return listed


def decided_anew(bank: Bank, release: Candidate) -> None:
    """Its run comes to something else, and its gates have not opened again yet."""
    bank.measure(release.key, ratio=0.95)
    assert bank.decide(release.key) == "pass"


def test_an_approval_that_is_taken_back_opens_no_gate_that_is_void(bank: Bank) -> None:
    release = bank.approve(bank.release())
    decided_anew(bank, release)
    with bank.register.read() as session:
        decisions = list(session.execute(select(DecisionRow.id, DecisionRow.person)))
    for number, who in decisions:
        assert withdraw(bank.desk, number, person(who)).state == "open", "of the decision that counts no more it is told what is missing"
    assert {bank.gate_state(release, gate) for gate in release.gates} == {"void"}
    assert waiting(bank) == []


def test_an_approval_of_before_that_is_taken_back_leaves_the_gate_as_it_is_over_what_came_after(bank: Bank) -> None:
    before = bank.approve(bank.release())
    decided_anew(bank, before)
    after = bank.approve(bank.gates(before.key))
    withdraw(bank.desk, 1, person("vera"))
    assert {bank.gate_state(after, gate) for gate in after.gates} == {"approved"}
    bank.deploy(after)


def test_the_gates_of_a_version_that_was_retired_wait_for_nobody(bank: Bank) -> None:
    old, new = bank.release("0.9.0"), bank.release("1.0.0")
    assert waiting(bank) == sorted([*old.gates.values(), *new.gates.values()])
    retire(bank.desk, "pricing", person("olaf"), "replaced", "0.9.0")
    assert bank.gate_state(old, "approve-risk") == "open"
    assert waiting(bank) == sorted(new.gates.values())


def test_a_gate_that_is_open_over_what_its_run_came_to_before_waits_for_nobody(bank: Bank) -> None:
    """Registers of before have such gates: an approval that was taken back opened them."""
    release = bank.release()
    decided_anew(bank, release)
    bank.forge("UPDATE modelops_gate SET state = 'open'")
    assert waiting(bank) == []
    again = bank.gates(release.key)
    assert waiting(bank) == sorted(again.gates.values()), "the control"
