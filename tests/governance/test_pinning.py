"""What a run is about is fixed by the first write, and a version is bound to one artifact for ever."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bank import Bank, person
from modelops_airflow.digest import Digest
from modelops_airflow.errors import PromotionRefused, Refused
from modelops_airflow.governance.promote import confirm_live, publishing
from modelops_airflow.governance.record import StepRecord, record
from modelops_airflow.governance.start import RunKey, pin, pin_in_use
from modelops_airflow.governance.stop import retire
from modelops_airflow.inventory.tables import RunRow, VersionRow
from modelops_airflow.targets import Release, target_of


def test_the_first_pin_of_a_run_wins(bank: Bank) -> None:
    key = bank.pin()
    before = bank.tables()
    changed = bank.plan(tier=3, owner="dana").to_json()
    again = pin(bank.register, key, changed, Digest("sha256:" + "b" * 64), "other.yaml", "rolf")
    assert again.plan == bank.plan().to_json()
    assert again.artifact_name == "pricing-1.0.0.yaml"
    assert bank.tables() == before


def test_a_version_never_gets_another_artifact(bank: Bank) -> None:
    bank.pin(run="first")
    with pytest.raises(Refused, match="bound to the artifact") as refused:
        bank.pin(run="second", text="rules: 1\n")
    assert refused.value.code == "version-bound"
    assert bank.events("denied") == ["pinned"]


def test_a_version_stays_bound_after_its_retirement(bank: Bank) -> None:
    bank.pin(run="first")
    retire(bank.register, "pricing", person("vera"), "never used", "1.0.0")
    for text in (None, "rules: 1\n"):
        with pytest.raises(Refused):
            bank.pin(run="second", text=text)


def test_the_same_artifact_may_be_tried_again(bank: Bank) -> None:
    first, second = bank.pin(run="first"), bank.pin(run="second")
    assert bank.run(first).artifact == bank.run(second).artifact


def test_nothing_is_recorded_for_a_run_that_was_never_pinned(bank: Bank) -> None:
    with pytest.raises(Refused, match="was not pinned") as refused:
        record(bank.register, RunKey("pricing.release", "unknown"), StepRecord("bias", "bias", "measured", "pass"))
    assert refused.value.code == "unpinned"
    assert bank.events("denied") == ["recorded"]


def test_a_monitor_looks_at_the_version_in_use_and_is_nothing_where_there_is_none(bank: Bank) -> None:
    release = bank.plan().to_json()
    steps = [step for step in release["steps"] if step["phase"] in ("prepare", "check", "decide")]
    plan = {**release, "lifecycle": "monitor", "on": "schedule", "steps": steps}
    key = RunKey("pricing.monitor", "scheduled__1")
    assert pin_in_use(bank.register, key, plan, "airflow") is None
    live = bank.live()
    found = pin_in_use(bank.register, key, plan, "airflow")
    assert found is not None and (found.artifact, found.version) == (live.artifact, "1.0.0")
    assert bank.state() == "in_use"


def test_a_run_of_the_version_in_use_never_deploys(bank: Bank) -> None:
    bank.live()
    with pytest.raises(Refused, match="cannot deploy"):
        pin_in_use(bank.register, RunKey("pricing.monitor", "manual__1"), bank.plan().to_json(), "rita")


def test_the_same_bytes_under_another_number_keep_their_authors(bank: Bank) -> None:
    first = bank.pin("1.0.0")
    with bank.register.read() as session:
        artifact = session.scalars(select(RunRow)).first().artifact
    again = {**bank.plan().to_json(), "model": {**bank.plan().to_json()["model"], "version": "1.0.1", "developers": []}}
    pin(bank.register, RunKey("pricing.release", "manual__lineage"), again, artifact, "table.yaml", "olaf")
    with bank.register.read() as session:
        authors = {row.version: {name for name, _ in row.authors} for row in session.scalars(select(VersionRow))}
    assert first is not None and authors["1.0.0"] <= authors["1.0.1"]


def test_a_version_under_validation_again_is_not_promoted_by_its_older_run(bank: Bank) -> None:
    release = bank.approve(bank.release(run="first"))
    bank.pin(run="second")
    with pytest.raises(PromotionRefused, match=r"version 1\.0\.0 is validating"):
        bank.promote(release)


def test_a_run_that_starts_while_another_is_publishing_leaves_no_half_deployment(bank: Bank) -> None:
    release = bank.approve(bank.release(run="first"))
    promotion = bank.promote(release)
    publishing(bank.register, promotion.deployment, promotion.epoch)
    target = target_of("folder", {"path": "live"}, resolve=bank.project.resolve)
    target.deploy(
        Release(
            "pricing",
            "production",
            "1.0.0",
            promotion.artifact,
            promotion.epoch,
            promotion.subject,
            lambda: bank.store.get(promotion.artifact),
        )
    )
    bank.pin(run="second")
    confirm_live(bank.register, promotion.deployment, promotion.epoch, promotion.artifact)
    assert (bank.state(), bank.shown()) == ("in_use", release.artifact)
