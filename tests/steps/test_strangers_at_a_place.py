"""A round of looking ends, whatever somebody put into a place; and what is gone from it is not taken for mended."""

from __future__ import annotations

import os

import pytest
from sqlalchemy import select

from bank import Bank, governance, person
from modelops_airflow.errors import ModelOpsError
from modelops_airflow.governance.stop import suspend
from modelops_airflow.inventory.tables import FindingRow, ScanRow

pytestmark = pytest.mark.timeout(60)
CANARY = governance(environments={"production": {"target": "folder", "with": {"path": "live", "held": True}, "canary": "canary"},
                                  "canary": {"target": "folder", "with": {"path": "canary", "held": True}}})


def scan(bank: Bank) -> ScanRow:
    with bank.register.read() as session:
        return session.get_one(ScanRow, "production")


def strays(bank: Bank) -> list[str]:
    with bank.register.read() as session:
        return list(session.scalars(select(FindingRow.model_id).where(FindingRow.kind.like("%unregistered%"), FindingRow.closed_at.is_(None))))


def test_a_pipe_among_the_pointers_is_a_stray_and_keeps_nobody_waiting(bank: Bank) -> None:
    bank.live()
    os.mkfifo(bank.root / "live/live/zzz.json")
    bank.converge()
    assert strays(bank) == ["zzz"] and scan(bank).trouble == ""


def test_a_model_whose_artifact_became_a_pipe_can_be_stopped(bank: Bank) -> None:
    live = bank.live()
    file = bank.root / "live/artifacts" / live.artifact.removeprefix("sha256:")
    file.unlink()
    os.mkfifo(file)
    suspend(bank.desk, "pricing", "production", person("rita"), "it errs")
    assert bank.converge() == ["pricing was taken out of service in production"]


@pytest.mark.parametrize("gone", ["live/live", "live"])
def test_a_stray_of_a_place_that_is_gone_stays_a_finding(bank: Bank, gone: str) -> None:
    bank.live()
    (bank.root / "live/live/shadow.json").write_text("{")
    bank.converge()
    assert strays(bank) == ["shadow"]
    (bank.root / gone).rename(bank.root / "unmounted")
    bank.converge()
    assert strays(bank) == ["shadow"] and scan(bank).shown is None
    assert ("somebody took it away" in scan(bank).trouble) == (gone == "live/live")


def test_a_canary_that_is_led_to_production_changes_nothing_there(bank: Bank) -> None:
    bank.govern(CANARY)
    bank.live("1.0.0")
    before = bank.shown()
    (bank.root / "canary").mkdir()
    for name in ("live", "artifacts"):
        (bank.root / "canary" / name).symlink_to(f"../live/{name}")
    with pytest.raises(ModelOpsError, match="is a link or no folder, and is not followed"):
        bank.deploy(bank.approve(bank.release("2.0.0", strategy={"through": "canary", "bake": "PT30M"})))
    bank.converge()
    assert bank.shown() == before and bank.state("1.0.0") == "in_use"
