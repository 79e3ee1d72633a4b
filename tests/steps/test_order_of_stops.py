"""No stop waits for another model: what is to be empty comes before what is published, and what takes long to go is looked at again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bank import GOVERNANCE, Bank, governance, person
from modelops_airflow.governance.rollback import rollback
from modelops_airflow.governance.stop import suspend
from modelops_airflow.policy.place import Place
from modelops_airflow.steps import converge
from modelops_airflow.targets import Observation, strengths
from modelops_airflow.targets.folder import Folder

STAGE = {"target": "folder", "with": {"path": "stage"}}


@pytest.fixture
def wide(bank: Bank) -> Bank:
    """A bank with production, which is looked at first, and a stage."""
    bank.govern(governance(environments={**GOVERNANCE["environments"], "stage": STAGE}))
    return bank


def staged(bank: Bank, version: str) -> None:
    """A version that is live in stage."""
    bank.deploy(bank.approve(bank.release(version, strategy={"to": "stage"})))


def slow_to_go(bank: Bank, monkeypatch: pytest.MonkeyPatch, path: str) -> list[str]:
    """What was taken away from a folder lasts while this list has anything; answers it."""
    going, observed = ["its pods"], Folder.observed

    def lasting(self: Folder, model: str) -> Observation:
        shown = observed(self, model)
        return replace(shown, leaving=bool(going) and shown.artifact is None and self.path == bank.root / path)

    monkeypatch.setattr(Folder, "observed", lasting)
    return going


def stalled(bank: Bank) -> None:
    """A rollback in production that its caller did not live to publish."""
    bank.live("1.0.0")
    bank.live("1.1.0")
    staged(bank, "1.2.0")
    rollback(bank.register, "pricing", "production", "1.0.0", person("olaf"), "worse", strengths=strengths())


def test_what_is_to_be_empty_comes_before_what_is_published(wide: Bank) -> None:
    stalled(wide)
    suspend(wide.register, "pricing", "stage", person("rita"), "wrong prices")
    assert wide.converge() == ["pricing was taken out of service in stage", "pricing 1.0.0 is live in production"]


def test_where_an_environment_was_is_emptied_before_anything_is_published(wide: Bank) -> None:
    stalled(wide)
    wide.govern(governance(environments={**GOVERNANCE["environments"], "stage": {**STAGE, "with": {"path": "stage2"}}}))
    staged(wide, "1.3.0")
    assert wide.converge() == ["pricing was taken away from folder (path stage), where stage was", "pricing 1.0.0 is live in production"]


def test_what_takes_its_time_to_go_keeps_no_stop_waiting_and_is_not_empty_before_it_is_seen(wide: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    wide.live("1.0.0")
    staged(wide, "1.2.0")
    going = slow_to_go(wide, monkeypatch, "live")
    noted: list[str] = []
    observe = converge.observe
    monkeypatch.setattr(converge, "observe", lambda register, slot, *rest, **named: noted.append(slot.environment) or observe(register, slot, *rest, **named))
    for environment in ("production", "stage"):
        suspend(wide.register, "pricing", environment, person("rita"), "wrong prices")
    assert wide.converge() == ["pricing is being taken out of service in production", "pricing was taken out of service in stage"]
    assert (noted, wide.shown("stage")) == (["stage"], None)
    assert wide.converge() == ["pricing is being taken out of service in production"]
    assert noted == ["stage", "stage"], "that production is empty is noted by nobody"
    going.clear()
    assert (wide.converge(), noted[2:], wide.findings()) == ([], ["production", "stage"], [])


def test_a_place_that_an_environment_left_is_told_of_until_what_was_there_is_gone(wide: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    staged(wide, "1.0.0")
    wide.govern(governance(environments={**GOVERNANCE["environments"], "stage": {**STAGE, "with": {"path": "stage2"}}}))
    staged(wide, "1.1.0")
    going, old = slow_to_go(wide, monkeypatch, "stage"), Place("folder", {"path": "stage"})
    assert (wide.converge(), wide.findings()) == ([f"pricing is being taken away from {old}, where stage was"], ["elsewhere-stage"])
    assert (wide.converge(), wide.findings()) == ([], ["elsewhere-stage"])
    going.clear()
    assert (wide.converge(), wide.findings()) == ([], [])
