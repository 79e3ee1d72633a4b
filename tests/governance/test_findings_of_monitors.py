"""What a monitor found is over when the same monitor, later, finds it no more; nothing else ends it."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import select

from bank import Bank
from modelops_airflow.governance.start import RunKey, pin_in_use
from modelops_airflow.governance.versions import open_finding
from modelops_airflow.inventory.tables import RunRow

GOOD, BAD = 0.95, 0.5
MONITOR, REVIEW = "requirement-not-met-monitor", "requirement-not-met-review"


def pinned(bank: Bank, run: str, lifecycle: str = "monitor") -> RunKey:
    key = RunKey(f"pricing.{lifecycle}", run)
    assert pin_in_use(bank.register, key, {**bank.monitor(), "lifecycle": lifecycle}, "dana") is not None
    return key


def decided(bank: Bank, key: RunKey, ratio: float) -> None:
    bank.measure(key, ratio)
    bank.decide(key)


def decided_at(bank: Bank, key: RunKey) -> datetime | None:
    with bank.register.read() as session:
        return session.scalars(select(RunRow).where(RunRow.dag_id == key.dag_id, RunRow.run_id == key.run_id)).one().decided_at


def test_a_later_run_of_the_same_life_cycle_ends_it(bank: Bank) -> None:
    bank.live()
    decided(bank, pinned(bank, "1"), BAD)
    assert bank.findings() == [MONITOR]
    decided(bank, pinned(bank, "2"), GOOD)
    assert bank.findings() == []


def test_another_life_cycle_ends_nothing(bank: Bank) -> None:
    bank.live()
    decided(bank, pinned(bank, "1"), BAD)
    decided(bank, pinned(bank, "1", "review"), GOOD)
    assert bank.findings() == [MONITOR]
    decided(bank, pinned(bank, "2", "review"), BAD)
    assert sorted(bank.findings()) == [MONITOR, REVIEW]


def test_an_earlier_run_whose_task_is_cleared_ends_nothing_and_stays_an_earlier_run(bank: Bank) -> None:
    bank.live()
    before = pinned(bank, "old")
    decided(bank, before, GOOD)
    bank.forge("UPDATE modelops_run SET decided_at = '2026-01-01 00:00:00' WHERE run_id = 'old'")
    at = decided_at(bank, before)
    decided(bank, pinned(bank, "new"), BAD)
    bank.decide(before)
    assert (bank.findings(), decided_at(bank, before)) == ([MONITOR], at)
    decided(bank, before, 0.9)
    assert bank.findings() == [MONITOR]
    assert decided_at(bank, before) != at, "it came to something else: that is a new decision"


def test_an_earlier_run_that_fails_late_opens_nothing_over_a_later_one_that_passed(bank: Bank) -> None:
    bank.live()
    slow = pinned(bank, "slow")
    decided(bank, pinned(bank, "quick"), GOOD)
    decided(bank, slow, BAD)
    assert bank.findings() == []


def test_a_later_run_that_has_not_decided_yet_holds_back_nothing(bank: Bank) -> None:
    bank.live()
    first = pinned(bank, "first")
    pinned(bank, "second")
    decided(bank, first, BAD)
    assert bank.findings() == [MONITOR]


@pytest.mark.parametrize(("ratio", "left"), [(GOOD, []), (BAD, [MONITOR])])
def test_a_finding_of_a_release_before_ends_with_the_next_run_of_its_life_cycle(bank: Bank, ratio: float, left: list[str]) -> None:
    bank.live()
    with bank.register.write() as session:
        open_finding(session, "pricing", "requirement-not-met", "high", "monitor: impact_ratio 0.5")
    decided(bank, pinned(bank, "1", "review"), GOOD)
    assert bank.findings() == ["requirement-not-met"]
    decided(bank, pinned(bank, "1"), ratio)
    assert bank.findings() == left
