"""Mutants of a 1,000-event log on both databases: with an anchored checkpoint all are found, without one not all.

MODELOPS_MUTANTS says how many (2,000; the release is judged by 10,000), MODELOPS_SEED which.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from mutants import COLUMNS, Rows, in_core, in_database, make_log, mutants, read_raw, tip_of

from modelops_airflow.inventory.register import Register
from modelops_airflow.ledger import verify

EVENTS = 1000
COUNT = int(os.environ.get("MODELOPS_MUTANTS", "2000"))
SEED = int(os.environ.get("MODELOPS_SEED", "6962"))
CONSISTENT = [
    "delete and rehash",
    "edit and rehash",
    "put one in and rehash",
    "replace the end",
    "rewrite all",
    "swap and rehash",
    "truncate",
]


@pytest.fixture
def log(register_url: str) -> Iterator[tuple[Register, Rows]]:
    """A log of 1,000 events, and its raw rows."""
    register = Register(register_url)
    make_log(register, EVENTS)
    yield register, read_raw(register)
    register.engine.dispose()


def test_every_mutant_is_found_with_the_anchored_checkpoint(log: tuple[Register, Rows]) -> None:
    _, rows = log
    told = in_core(rows, tip_of(rows), count=COUNT, seed=SEED)
    assert told["mutants"] == COUNT and told["missed"] == 0, told["kinds_missed"]
    assert len(told["kinds"]) == 22


def test_without_an_anchor_exactly_the_consistent_mutants_are_missed(log: tuple[Register, Rows]) -> None:
    """The negative control: the same verification, and nothing kept elsewhere."""
    _, rows = log
    told = in_core(rows, tip_of(rows), count=COUNT // 4, seed=SEED)
    assert told["kinds_missed_without_anchor"] == [name for name in CONSISTENT if name in told["kinds"]]
    assert told["missed_without_anchor"] == sum(told["kinds"].get(name, 0) for name in CONSISTENT) > 0


def test_mutants_in_the_real_database_are_found(log: tuple[Register, Rows]) -> None:
    register, rows = log
    told = in_database(register, rows, tip_of(rows), count=COUNT // 15, seed=SEED)
    assert told["mutants"] == COUNT // 15 and told["missed"] == 0, told["kinds_missed"]
    assert told["kinds_missed_without_anchor"] == [name for name in CONSISTENT if name in told["kinds"]]
    with register.read() as session:
        assert verify(session, tip_of(rows)) == []
    assert read_raw(register) == rows


def test_seven_thousand_edits_are_of_every_cell(log: tuple[Register, Rows]) -> None:
    _, rows = log
    cells = {(mutant.name, mutant.first) for mutant in islice(mutants(rows, 10_000, SEED), 7000)}
    assert cells == {(f"edit {column}", index) for column in COLUMNS for index in range(EVENTS)}


def test_no_mutant_is_the_log_itself(log: tuple[Register, Rows]) -> None:
    _, rows = log
    assert all(mutant.tail != rows[mutant.first :] for mutant in mutants(rows, 500, SEED))
