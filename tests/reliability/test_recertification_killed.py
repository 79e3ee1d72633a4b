"""The worker of the queue is killed at one place after another, and goes on: each model is started once, none is lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import select

from fleet_world import Fleet
from modelops_airflow.governance import settle as settling
from modelops_airflow.inventory.register import Register
from modelops_airflow.inventory.tables import RecertificationRow
from modelops_airflow.ledger import EventRow

sys.path.insert(0, str(Path(__file__).parents[1]))
from bank import migrated, postgres, register_url
from recertifier import killed

__all__ = ["migrated", "postgres", "register_url"]

MODELS = [f"model-{number:02}" for number in range(12)]
MOST_ROUNDS = 400
CHILD = """
import sys
from pathlib import Path
from recertifier import work
from test_recertification_killed import world
work(world(Path(sys.argv[1]), sys.argv[2]), Path(sys.argv[3]), 0)
"""


def world(root: Path, url: str) -> Fleet:
    """A fleet that is there already, opened by another process."""
    fleet = Fleet.__new__(Fleet)
    fleet.root, fleet.register = root, Register(url)
    return fleet


@pytest.fixture
def fleet(tmp_path: Path, register_url: str) -> Fleet:
    """Twelve models that a threshold makes uncertain."""
    one = Fleet(tmp_path / "fleet", Register(register_url))
    one.govern(recertification={"at_once": 3, "per_day": 1000})
    for psi in ("0.30", "0.15"):
        for name in MODELS:
            one.write(name, psi, variant=3)
        if psi == "0.30":
            one.release(dict.fromkeys(MODELS, 3))
    assert len(one.sync()) == 1
    one.register.engine.dispose()
    return one


def rows(fleet: Fleet) -> list[RecertificationRow]:
    with fleet.register.read() as session:
        found = list(session.scalars(select(RecertificationRow).order_by(RecertificationRow.id)))
    fleet.register.engine.dispose()  # what follows is forked
    return found


def goes_on(fleet: Fleet, airflow: Path) -> None:
    """Time goes by: runs that Airflow has come to something, and leases of the dead end."""
    for path in airflow.glob("*@*"):
        model, run = path.name.split(".review@")
        if path.stat().st_size == 0:
            fleet.finish(model, run, 3)
            path.write_text("decided")
    with fleet.register.write() as session:
        for row in session.scalars(select(RecertificationRow).where(RecertificationRow.state == "running")):
            assert row.lease_until is not None
            row.lease_until = row.lease_until.replace(year=2020)
    fleet.register.engine.dispose()


def test_killed_at_every_place_in_turn_each_model_is_run_once_and_none_is_lost(
    fleet: Fleet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(settling, "MOST_STARTS", MOST_ROUNDS)  # nobody has to look here, however often it is killed
    airflow = tmp_path / "airflow"
    airflow.mkdir()
    kills, place = 0, 1
    for _ in range(MOST_ROUNDS):
        if all(row.state == "done" for row in rows(fleet)):
            break
        dead = killed(fleet, airflow, place)
        kills += dead
        place = place + 1 if dead else 1 + place % 7  # past the last place of a round: from the front again, elsewhere
        goes_on(fleet, airflow)
    assert {row.state for row in rows(fleet)} == {"done"}
    runs = Counter(path.name.split(".review@")[0] for path in airflow.glob("*@*"))
    assert runs == dict.fromkeys(MODELS, 1), "no model twice, none lost"
    with fleet.register.read() as session:
        ended = session.scalars(select(EventRow).where(EventRow.kind == "recertification-ended")).all()
    told = Counter(one.model_id for one in ended if json.loads(one.body)["facts"]["state"] == "done")
    assert told == dict.fromkeys(MODELS, 1), "each end is on the ledger once"
    assert kills >= 25, kills


def test_two_real_processes_at_once_and_one_killed_from_outside_start_nobody_twice(fleet: Fleet, tmp_path: Path) -> None:
    airflow = tmp_path / "airflow"
    airflow.mkdir()
    command = [sys.executable, "-c", CHILD, str(fleet.root), fleet.register.url, str(airflow)]
    there = os.environ | {"PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), str(Path(__file__).parents[1]), *sys.path])}
    pair = [subprocess.Popen(command, env=there) for _ in range(2)]
    time.sleep(2)
    pair[0].kill()
    for one in pair:
        one.wait(120)
    asked = (airflow / "asked").read_text().splitlines() if (airflow / "asked").exists() else []
    assert len(asked) == len(set(asked)) <= 3
    for _ in range(20):
        goes_on(fleet, airflow)
        killed(fleet, airflow, 0)
    assert {row.state for row in rows(fleet)} == {"done"}
    assert len(list(airflow.glob("*@*"))) == len(MODELS)
