"""A deployment is signed for runtimes where the deployer has a key, and a runtime serves nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from bank import Bank, person
from modelops_airflow.errors import TargetError
from modelops_airflow.governance.rollback import rollback
from modelops_airflow.governance.stop import suspend
from modelops_airflow.serving import Slot
from modelops_airflow.settings import settings_from
from modelops_airflow.signing.ed25519 import generate, raw_public
from modelops_airflow.steps.converge import converge
from modelops_airflow.steps.deploy import deploy
from modelops_airflow.targets import strengths

ROWS = pa.table({"amount": [10, 20000]})


@pytest.fixture
def key(tmp_path: Path) -> Path:
    generate(tmp_path / "deployment.pem")
    return tmp_path / "deployment.pem"


def live(bank: Bank, version: str, key: Path | None) -> str:
    """A version in use, deployed by one who has the key, or has none."""
    release = bank.approve(bank.release(version))
    options = {"deployment_key": str(key)} if key is not None else {}
    run = replace(bank.run(release.key), settings=settings_from(options, cwd=bank.root))
    deploy(run, run.plan.step("deploy"))
    return release.subject


def runtime(bank: Bank, key: Path) -> Slot:
    from modelops_airflow.signing.ed25519 import load_private

    return Slot("pricing", bank.root / "live", "production", raw_public(load_private(key)), bank.root / "runtime")


def test_what_was_promoted_is_served_as_what_was_approved(bank: Bank, key: Path) -> None:
    subject = live(bank, "1.0.0", key)
    slot = runtime(bank, key)

    found = slot.look()

    assert found is not None, slot.why
    assert (found.version, found.environment, found.epoch, found.subject, found.kind) == ("1.0.0", "production", 1, subject, "rules")
    assert slot.score(ROWS).table["prediction"].to_pylist() == ["standard", "decline"]


def test_without_a_key_nothing_is_signed_and_the_folder_is_as_it_was(bank: Bank, key: Path) -> None:
    live(bank, "1.0.0", None)
    slot = runtime(bank, key)

    assert (slot.look(), "is not signed" in slot.why) == (None, True)
    assert bank.shown() is not None


def test_a_key_that_cannot_be_read_publishes_nothing(bank: Bank, tmp_path: Path) -> None:
    with pytest.raises(TargetError, match="cannot be read"):
        live(bank, "1.0.0", tmp_path / "gone.pem")

    assert bank.shown() is None


def test_a_stop_stops_the_runtime_and_the_way_back_is_signed_anew(bank: Bank, key: Path) -> None:
    live(bank, "1.0.0", key)
    slot = runtime(bank, key)
    assert slot.look() is not None
    live(bank, "2.0.0", key)
    assert slot.look() is not None and slot.about is not None and slot.about.version == "2.0.0"

    rollback(bank.register, "pricing", "production", "1.0.0", person("rita"), "worse", strengths=strengths())
    converge_until(bank, key, slot, "1.0.0")
    assert slot.about is not None and slot.about.epoch == 3

    suspend(bank.register, "pricing", "production", person("rita"), "a reason")
    converge(bank.register, bank.store, bank.project, deployment_key=key)
    assert slot.look() is None
    assert "was taken out of service" in slot.why


def converge_until(bank: Bank, key: Path, slot: Slot, version: str) -> None:
    """The sync task, as often as it takes."""
    for _ in range(5):
        found = slot.look()
        if found is not None and found.version == version:
            return
        converge(bank.register, bank.store, bank.project, deployment_key=key)
    raise AssertionError(slot.why or found)
