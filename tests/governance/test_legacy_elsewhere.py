"""What is in use in production is declared by the installation that answers for production, and by no other."""

from __future__ import annotations

from bank import Bank
from legacy_world import accept, text
from modelops_airflow.governance.define import define
from modelops_airflow.governance.legacy import legacy_models
from modelops_airflow.governance.legacy_findings import watch_legacy
from modelops_airflow.steps.definitions import definitions_of


def sync(bank: Bank, environment: str) -> list[str]:
    """The sync task of an installation; the findings of legacy models that it tells anew, and of which models there are any."""
    path = bank.root / "dags/models/pricing.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text())
    define(bank.register, definitions_of(bank.register, bank.project, "", environment), "sync")
    watch_legacy(bank.register)
    with bank.register.read() as session:
        return list(legacy_models(session))


def findings(bank: Bank) -> list[str]:
    from canaries import told

    return [kind for kind in told(bank) if kind.startswith("legacy-")]


def test_another_installation_asks_for_no_waiver(bank: Bank) -> None:
    assert (sync(bank, "stage"), findings(bank), bank.events("done").count("legacy-declared")) == ([], [], 0)


def test_the_one_that_answers_for_it_and_one_that_is_no_environment_ask(bank: Bank) -> None:
    for environment in ("production", ""):
        assert (sync(bank, environment), findings(bank)) == (["pricing"], ["legacy-not-waived"])
    assert bank.events("done").count("legacy-declared") == 1


def test_a_changed_setting_takes_a_declaration_back_and_back_again(bank: Bank) -> None:
    """Though the file is as it was: the ledger has both, and what was accepted over the same words counts again."""
    sync(bank, "")
    accept(bank)
    assert sync(bank, "stage") == []
    assert (sync(bank, "production"), findings(bank)) == (["pricing"], [])
    assert bank.events("done").count("legacy-declared") == 3
