"""What cannot be read at a target, and what is wrong beyond it, are findings until they are over."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bank import Bank
from modelops_airflow.errors import TargetError
from modelops_airflow.inventory.tables import FindingRow
from modelops_airflow.targets.folder import Folder


def findings(bank: Bank) -> dict[str, str]:
    with bank.register.read() as session:
        return {row.kind: row.message for row in session.scalars(select(FindingRow).where(FindingRow.closed_at.is_(None)))}


def test_a_pointer_that_cannot_be_read_is_a_finding_once_and_until_it_can(bank: Bank) -> None:
    bank.live()
    pointer = bank.root / "live/live/pricing.json"
    honest = pointer.read_bytes()
    pointer.write_text("{")
    for _ in range(3):
        bank.converge()
    assert findings(bank) == {"target-trouble-production": "production: the live pointer of pricing is not readable; somebody else wrote it"}
    assert bank.events().count("observed") == 1

    pointer.write_bytes(honest)
    assert bank.converge() == []
    assert findings(bank) == {}


def test_silent_devices_are_a_finding_until_they_speak(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    bank.live()
    silent = "device till-1: stale: not seen for 49 hours"
    monkeypatch.setattr(Folder, "wrong", lambda self, model: (silent,))
    for _ in range(2):
        assert bank.converge() == [f"pricing in production: {silent}"]
    assert findings(bank) == {"devices-production": f"production: {silent}"}

    monkeypatch.setattr(Folder, "wrong", lambda self, model: ("device till-2: behind",))
    bank.converge()
    assert findings(bank) == {"devices-production": "production: device till-2: behind"}, "it says what is wrong now"
    monkeypatch.setattr(Folder, "wrong", lambda self, model: ())
    assert bank.converge() == []
    assert findings(bank) == {}


def test_trouble_with_devices_hides_no_changed_artifact(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(self: Folder, model: str) -> tuple[str, ...]:
        raise TargetError("an order is not signed")

    release = bank.live()
    file = bank.root / "live/artifacts" / release.artifact.removeprefix("sha256:")
    file.write_bytes(file.read_bytes() + b"#")
    monkeypatch.setattr(Folder, "wrong", fails)
    bank.converge()

    assert set(findings(bank)) == {"target-differs-production", "target-trouble-production"}
