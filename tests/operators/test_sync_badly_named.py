"""A file that no register can take under its name is an entry with its mistake, and holds up no stop of another model."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bank import Bank, bank, migrated, person, postgres, register_url
from modelops_airflow.governance.stop import suspend
from modelops_airflow.inventory.tables import ModelRow
from modelops_airflow.operators.sync import SyncOperator

__all__ = ["bank", "migrated", "postgres", "register_url"]
NAMES = {"no text": b"\xff", "a text with bytes that are none": b"pri\xe9ing", "longer than an id": b"a" * 200, "no id": "Prüfung eins".encode(), "line feed": b"a\nb"}


@pytest.fixture
def place(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> Bank:
    for name, value in {"ROOT": bank.root, "DATABASE_URL": bank.url, "EVIDENCE": bank.root / "evidence"}.items():
        monkeypatch.setenv(f"AIRFLOW__MODELOPS__{name}", str(value))
    (bank.root / "dags" / "models").mkdir(parents=True, exist_ok=True)
    return bank


def entries(bank: Bank) -> list[Any]:
    with bank.register.read() as session:
        return [(row.name, row.file, {one["code"] for one in row.problems}) for row in session.scalars(select(ModelRow).where(ModelRow.id.startswith("no-id-")))]


@pytest.mark.parametrize("named", sorted(NAMES))
def test_a_stop_reaches_its_place_beside_a_badly_named_file(place: Bank, named: str) -> None:
    place.live()
    folder = os.fsencode(place.root / "dags" / "models")
    Path(os.fsdecode(folder + b"/" + NAMES[named] + b".yaml")).write_bytes(b"modelops: 1\n")
    suspend(place.register, "pricing", "production", person("rita"), "stop")
    SyncOperator(task_id="sync").execute({})  # type: ignore[typeddict-item]
    assert place.shown() is None
    [(name, file, codes)] = entries(place)
    assert file == f"dags/models/{name}.yaml"
    assert "SPEC013" in codes
    assert name == NAMES[named].decode("utf-8", "backslashreplace")


def test_the_entry_of_a_file_that_is_named_well_is_its_name(place: Bank) -> None:
    (place.root / "dags" / "models" / "scoring.yaml").write_text("modelops: 1\n", encoding="utf-8")
    SyncOperator(task_id="sync").execute({})  # type: ignore[typeddict-item]
    with place.register.read() as session:
        assert session.get_one(ModelRow, "scoring").problems
    assert entries(place) == []
