"""One threshold changed among a thousand models in use: exactly the affected are queued, in time for a round of the sync."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from sqlalchemy import select

from fleet_world import Fleet, psi_on_record
from modelops_airflow.inventory.register import Register
from modelops_airflow.inventory.tables import RecertificationRow
from modelops_airflow.steps.doubted import recertified

pytestmark = pytest.mark.alone
MODELS = 1000
SECONDS = 10
QUIET_SECONDS = 1.5
DRIFTED = 0.15


def test_of_a_thousand_models_exactly_the_affected_are_queued_within_ten_seconds(
    tmp_path: Path, migrated: Path, capsys: pytest.CaptureFixture[str],
) -> None:
    copy = tmp_path / "register.db"
    copy.write_bytes(migrated.read_bytes())
    fleet = Fleet(tmp_path / "fleet", Register(f"sqlite:///{copy}"))
    models = {f"model-{number:04}": number % 4 for number in range(MODELS)}
    for name, variant in models.items():
        fleet.write(name, "0.30", variant=variant)
    fleet.release(models)
    assert fleet.sync() == []
    for name, variant in models.items():
        fleet.write(name, f"{DRIFTED:.2f}", variant=variant)
    fleet.define()

    before = time.process_time()
    told = recertified(fleet.register, fleet.store, fleet.project)
    took, before = time.process_time() - before, time.process_time()
    assert recertified(fleet.register, fleet.store, fleet.project) == []
    quiet = time.process_time() - before

    with capsys.disabled():
        print(f"\n{MODELS} models: {took:.1f} s of CPU to find what a threshold affects, {quiet:.2f} s where nothing changed")
    beyond = {name for name, variant in models.items() if max(psi_on_record(fleet, fleet.measured(name, variant))) >= DRIFTED}
    with fleet.register.read() as session:
        rows = list(session.scalars(select(RecertificationRow)))
    assert told == [f"re-certification: {len(beyond)} of {MODELS} models in use are put on the queue, 0 taken off"]
    assert len(rows) == len(beyond) == 250
    assert {row.model_id for row in rows} == beyond
    assert {(row.verdict_before, row.expected) for row in rows} == {("pass", "fail")}
    assert took < SECONDS
    assert quiet < QUIET_SECONDS
    fleet.register.engine.dispose()
