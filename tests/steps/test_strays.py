"""A model that somebody put into a target past us is a finding and a row of the inventory, until it is gone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import select

from bank import Bank
from modelops_airflow.governance import strays as module
from modelops_airflow.governance.define import Definition, define
from modelops_airflow.governance.elsewhere import finding_of
from modelops_airflow.governance.versions import finding_in
from modelops_airflow.inventory.tables import FindingRow, ModelRow
from modelops_airflow.steps.converge import converge
from modelops_airflow.steps.coverage import coverage

LINE = "shadow is at folder (path live), and no version of it was ever released there"


def drop(bank: Bank, name: str = "shadow") -> Path:
    """Somebody's own file beside ours."""
    path = bank.root / "live" / "live" / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"artifact": "sha256:" + "1" * 64, "epoch": 1, "model": name}))
    return path


def findings(bank: Bank) -> list[tuple[str, str, str]]:
    with bank.register.read() as session:
        return [(row.model_id, row.kind, row.severity) for row in session.scalars(select(FindingRow).where(FindingRow.closed_at.is_(None)))]


def test_a_model_dropped_by_hand_is_found_once_and_closed_when_it_is_gone(bank: Bank) -> None:
    bank.live()
    path = drop(bank)

    for _ in range(3):
        assert bank.converge() == [LINE]
    assert findings(bank) == [("shadow", "unregistered-production", "critical")]
    assert bank.events().count("observed") == 1
    with bank.register.read() as session:
        row = session.get_one(ModelRow, "shadow")
        assert (row.present, row.kind, row.definition, row.problems) == (False, None, None, [])

    path.unlink()
    assert bank.converge() == []
    assert findings(bank) == []
    assert bank.events().count("observed") == 2


def test_what_was_released_there_is_no_stray(bank: Bank) -> None:
    bank.live()

    assert bank.converge() == []
    assert findings(bank) == []


def test_a_model_with_a_file_that_was_never_released_is_one_all_the_same(bank: Bank) -> None:
    define(bank.register, [Definition("shadow", "dags/models/shadow.yaml", "", None, None)], "system")
    drop(bank)

    assert bank.converge() == [LINE]
    with bank.register.read() as session:
        assert session.get_one(ModelRow, "shadow").file == "dags/models/shadow.yaml"


def test_a_file_that_comes_later_describes_the_row_and_the_finding_stays(bank: Bank) -> None:
    drop(bank)
    bank.converge()
    define(bank.register, [Definition("shadow", "dags/models/shadow.yaml", "", None, None)], "system")

    assert bank.converge() == [LINE]
    assert findings(bank) == [("shadow", "unregistered-production", "critical")]


def test_a_pointer_that_cannot_be_read_or_has_no_name_of_ours_is_told(bank: Bank) -> None:
    drop(bank).write_text("{")
    drop(bank, "Not An Id")

    told = bank.converge()

    assert LINE in told
    assert "'Not An Id' is at folder (path live), and no version of it was ever released there" in told
    (nameless, *kind), shadow = findings(bank)
    assert (kind, shadow) == (["unregistered-production", "critical"], ("shadow", "unregistered-production", "critical"))
    assert nameless.startswith("no-id-") and bank.converge() == told


def test_two_environments_with_long_names_of_one_beginning_have_findings_of_their_own() -> None:
    one, other = (f"production-{'x' * 40}-{name}" for name in ("frankfurt", "paris"))
    assert finding_in(one, "target-differs") != finding_in(other, "target-differs")
    assert finding_of(one) != finding_of(other)
    assert finding_in("production", "target-differs") == "target-differs-production"


def test_a_folder_full_of_strays_is_told_by_their_number(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 3)
    for number in range(5):
        drop(bank, f"shadow-{number}")
    for _ in range(2):
        told = bank.converge()
        assert len(told) == 4 and told[-1] == "2 more models are at folder (path live) that were never released there"
    assert len(findings(bank)) == 3


def test_an_installation_that_is_one_environment_does_not_judge_the_others(bank: Bank) -> None:
    """Governance names stage too, and another Airflow releases there: what it shows is no stray here."""
    bank.live()
    drop(bank)

    assert converge(bank.register, bank.store, bank.project, environment="stage") == []
    assert [one.environment for one in coverage(bank.register, bank.project, here="stage")] == []
    assert findings(bank) == []
    assert converge(bank.register, bank.store, bank.project, environment="production") == [LINE], "the control"
    assert [one.environment for one in coverage(bank.register, bank.project, here="production")] == ["production"]


@pytest.mark.parametrize("text", ['{"artifact": null, "epoch": Infinity}', "[" * 100_000, '{"artifact": null, "epoch": true}'])
def test_a_strangers_file_stops_no_look_at_the_others(bank: Bank, text: str) -> None:
    bank.live()
    drop(bank, "aaa").write_text(text)

    assert any("aaa" in line for line in bank.converge())
    drop(bank, "zzz")
    assert any("zzz" in line for line in bank.converge())


def test_a_withdrawn_pointer_shows_nothing(bank: Bank) -> None:
    drop(bank).write_text(json.dumps({"artifact": None, "epoch": 1}))

    assert bank.converge() == []
