"""Counting requests, on SQLite and on Postgres: threads and servers share a minute, nothing is lost."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bank import Bank, bank, migrated, postgres, register_url
from modelops_airflow.inventory.register import Register
from modelops_airflow.ui.rate import count

__all__ = ["bank", "migrated", "postgres", "register_url"]


def test_no_request_is_lost_among_many_at_once(bank: Bank) -> None:
    one, two = bank.register, Register(bank.register.url)
    with ThreadPoolExecutor(8) as threads:
        numbers = sorted(found.number for found in threads.map(lambda turn: count((one, two)[turn % 2], "simple:rita"), range(40)))
    # a minute may end meanwhile; then two runs of numbers, each without a gap
    runs = sum(number == 1 for number in numbers)
    assert runs in (1, 2)
    assert runs == 2 or numbers == list(range(1, 41))
