"""One threshold changed among a thousand models in use: the affected alone are run again, within the budget, though the worker dies again and again."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from moved_clock import go_by, moved
from sqlalchemy import select

from fleet_world import Fleet, psi_on_record
from modelops_airflow.governance import settle as settling
from modelops_airflow.inventory.tables import RecertificationRow
from recertifier import killed

MODELS = {f"model-{number:04}": number % 4 for number in range(1000)}
AT_ONCE, PER_DAY, DRIFTED = 20, 40, 0.15
HOURS = 24 * 14
FURTHER = 23
"""By how many statements or commits later the worker dies the next time; once it gets through, the next one dies early again."""


def doubted(fleet: Fleet) -> set[str]:
    """A threshold becomes stricter; answers the models whose evidence does not meet it, as its bytes say."""
    fleet.govern(recertification={"at_once": AT_ONCE, "per_day": PER_DAY})
    for psi in ("0.30", f"{DRIFTED:.2f}"):
        for name, variant in MODELS.items():
            fleet.write(name, psi, variant=variant)
        if psi == "0.30":
            fleet.release(MODELS)
    assert len(fleet.sync()) == 1
    beyond = {variant for variant in range(4) if max(psi_on_record(fleet, fleet.measured(f"model-000{variant}", variant))) >= DRIFTED}
    return {name for name, variant in MODELS.items() if variant in beyond}


def states(fleet: Fleet) -> Counter[str]:
    with fleet.register.read() as session:
        found = Counter(session.scalars(select(RecertificationRow.state)))
    fleet.register.engine.dispose()  # what follows is forked
    return found


def finished(fleet: Fleet, airflow: Path) -> list[str]:
    """Every run that Airflow has and that did not end yet comes to its decision; answers whose they were."""
    ended = []
    for path in sorted(airflow.glob("*@*")):
        if path.stat().st_size == 0:
            model, run = path.name.split(".review@")
            fleet.finish(model, run, MODELS[model])
            path.write_text("decided")
            ended.append(model)
    fleet.register.engine.dispose()
    return ended


def test_the_affected_are_run_once_each_within_the_budget_though_the_worker_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settling, "MOST_STARTS", 1000)  # nobody has to look here, however often it is killed
    airflow, kills, by_hour, place = tmp_path / "airflow", 0, list[int](), 1
    airflow.mkdir()
    with moved("sqlite") as places:
        fleet = Fleet(tmp_path / "fleet", places.found().register, founders=("vera", "ines"))
        affected = doubted(fleet)
        assert len(affected) == 250 and states(fleet) == {"waiting": 250}
        while states(fleet)["done"] < 250 and len(by_hour) < HOURS:
            dead = killed(fleet, airflow, place)
            kills, place = kills + dead, place + FURTHER if dead else 1 + place % FURTHER
            assert states(fleet)["running"] <= AT_ONCE
            by_hour.append(len(finished(fleet, airflow)))
            go_by(fleet.register.url, 1)  # so that the lease of a dead worker is over
        assert states(fleet) == {"done": 250}
        runs = Counter(path.name.split(".review@")[0] for path in airflow.glob("*@*"))
        assert runs == dict.fromkeys(affected, 1), "only the affected, no model twice, none lost"
        assert max(sum(by_hour[hour:hour + 24]) for hour in range(len(by_hour))) == PER_DAY, "never more, and there was work for more"
        assert kills >= 50, kills
