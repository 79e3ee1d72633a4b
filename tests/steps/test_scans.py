"""Each round notes which places it looked at; what could not be read was not scanned."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from bank import GOVERNANCE, Bank, governance
from modelops_airflow.inventory.tables import ScanRow
from modelops_airflow.targets.folder import Folder


def scan(bank: Bank, environment: str = "production") -> ScanRow:
    with bank.register.read() as session:
        return session.get_one(ScanRow, environment)


def test_a_round_notes_what_a_place_showed(bank: Bank) -> None:
    bank.live()
    (bank.root / "live/live/shadow.json").write_text(json.dumps({"artifact": "sha256:" + "1" * 64, "epoch": 1}))
    before = bank.events().count("scanned")
    bank.converge()
    row = scan(bank)
    assert (row.place, row.shown, row.strays, row.trouble) == ("folder (path live)", 2, 1, "")
    assert row.scanned_at == row.looked_at
    assert bank.events().count("scanned") == before == 0, "a look is no change"


@pytest.mark.parametrize("broken", ["list", "model"])
def test_a_place_that_cannot_be_read_was_looked_at_and_not_scanned(bank: Bank, monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    bank.live()
    bank.converge()
    good = scan(bank)
    if broken == "list":
        monkeypatch.setattr(Folder, "models", lambda _self: (_ for _ in ()).throw(OSError("the disk is gone")))
    else:
        (bank.root / "live/live/pricing.json").write_text("{")
    bank.converge()
    row = scan(bank)
    assert row.trouble == ("the disk is gone" if broken == "list" else "1 model there could not be looked at; their findings say why")
    assert row.scanned_at == good.scanned_at and row.looked_at >= good.looked_at
    assert (row.shown is None) == (broken == "list")


def test_what_moved_was_never_scanned_where_it_is_now_and_what_is_gone_is_forgotten(bank: Bank) -> None:
    bank.converge()
    assert scan(bank).scanned_at is not None
    bank.govern(governance(environments={"production": {"target": "moon", "with": {}}, "canary": {"target": "folder", "with": {"path": "canary"}}}))
    bank.converge()
    assert scan(bank).scanned_at is None and "there is no target 'moon'" in scan(bank).trouble
    bank.govern(governance(environments=GOVERNANCE["environments"]))
    bank.converge()
    with bank.register.read() as session:
        assert list(session.scalars(select(ScanRow.environment))) == ["production"]


def test_unknown_models_are_counted_beyond_those_that_are_named(bank: Bank) -> None:
    (bank.root / "live/live").mkdir(parents=True)
    for name in [*(f"shadow-{number}" for number in range(55)), "No Id"]:
        (bank.root / f"live/live/{name}.json").write_text(json.dumps({"artifact": "sha256:" + "1" * 64, "epoch": 1}))
    bank.converge()
    assert (scan(bank).shown, scan(bank).strays) == (56, 56)


def test_a_round_for_one_model_notes_no_scan(bank: Bank) -> None:
    from modelops_airflow.steps.converge import converge

    bank.live()
    converge(bank.register, bank.store, bank.project, "pricing")
    with bank.register.read() as session:
        assert session.scalars(select(ScanRow)).all() == []
