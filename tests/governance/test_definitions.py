"""What the model files say: broken ones keep their last valid text, deleted ones leave their rows."""

from __future__ import annotations

from bank import Bank
from modelops_airflow.governance.define import Definition, define
from modelops_airflow.inventory.tables import ModelRow


def definition(bank: Bank, *, broken: bool = False, name: str = "Pricing") -> Definition:
    """The model file, valid or broken."""
    model = dict(bank.plan(name=name).model)
    if broken:
        return Definition(
            "pricing", "dags/models/pricing.yaml", "modelops: [", None, None, [{"code": "SPEC001", "line": 1}]
        )
    dags = [{"lifecycle": "release", "dag_id": "pricing.release", "schedule": None}]
    return Definition(
        "pricing", "dags/models/pricing.yaml", "modelops: 1", model, {"modelops": 1, "model": model}, (), dags
    )


def row(bank: Bank) -> ModelRow:
    """The model as the register has it."""
    with bank.register.read() as session:
        return session.get_one(ModelRow, "pricing")


def test_a_file_that_did_not_change_is_no_event(bank: Bank) -> None:
    assert define(bank.register, [definition(bank)], "sync") == ["pricing"]
    before = bank.events()
    assert define(bank.register, [definition(bank)], "sync") == []
    assert bank.events() == before
    assert define(bank.register, [definition(bank, name="Pricing of loans")], "sync") == ["pricing"]


def test_a_broken_file_keeps_the_last_valid_definition_beside_its_mistakes(bank: Bank) -> None:
    define(bank.register, [definition(bank)], "sync")
    valid = row(bank).definition
    assert define(bank.register, [definition(bank, broken=True)], "sync") == ["pricing"]
    found = row(bank)
    assert (found.definition, found.source, found.name) == (valid, "modelops: 1", "Pricing")
    assert found.problems == [{"code": "SPEC001", "line": 1}]
    assert define(bank.register, [definition(bank)], "sync") == ["pricing"]
    assert row(bank).problems == []


def test_a_file_deleted_while_live_leaves_the_row_and_a_finding(bank: Bank) -> None:
    define(bank.register, [definition(bank)], "sync")
    release = bank.live()
    assert define(bank.register, [], "sync") == ["pricing"]
    assert not row(bank).present
    assert bank.findings() == ["definition-missing"]
    assert bank.shown() == release.artifact
    assert bank.converge() == []
    assert define(bank.register, [], "sync") == []
    define(bank.register, [definition(bank)], "sync")
    assert row(bank).present
    assert bank.findings() == []


def test_a_file_deleted_while_nothing_is_live_leaves_the_row_alone(bank: Bank) -> None:
    define(bank.register, [definition(bank)], "sync")
    define(bank.register, [], "sync")
    assert not row(bank).present
    assert bank.findings() == []
    assert "definition-missing" in bank.events()
