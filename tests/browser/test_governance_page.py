"""What waits for the control side, and how far the records can be trusted, stand above the list of models."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from airflow_server import Airflow, screenshot
from ui_bank import GOVERNANCE

from modelops_airflow.assurance.level import SetUp, assurance_of
from modelops_airflow.governance.activate import propose
from modelops_airflow.governance.assured import note_assurance

playwright = pytest.importorskip("playwright.sync_api")

if TYPE_CHECKING:
    from playwright.sync_api import Page

expect = playwright.expect
Visit = Callable[..., "Page"]


def test_the_assurance_level_says_who_could_still_forge(visit: Visit, airflow: Airflow) -> None:
    note_assurance(airflow.bank.register, {**assurance_of(SetUp("sqlite")).to_json(), "setup": {}})
    page = visit("risk-1", "/plugin/models")
    level = page.get_by_test_id("assurance")
    expect(level).to_contain_text("Assurance L0")
    level.locator("summary").click()
    expect(level).to_contain_text("any code that runs in a task")
    expect(level).to_contain_text("the register is not on Postgres")
    screenshot(page, "assurance")


def test_a_change_of_governance_waits_for_the_control_side_and_shows_what_changes(visit: Visit, airflow: Airflow) -> None:
    changed = {**GOVERNANCE, "break_glass": {"roles": ["risk"], "within": "P5D"}}
    propose(airflow.bank.register, changed, "sync")
    maker = visit("credit-dev", "/plugin/models").get_by_test_id("waiting-governance")
    expect(maker).to_contain_text("break_glass.roles")
    expect(maker.get_by_role("button", name="Put in force")).to_have_count(0)
    page = visit("validator-1", "/plugin/models")
    waiting = page.get_by_test_id("waiting-governance")
    expect(waiting).to_contain_text("A change of governance waits")
    expect(waiting).to_contain_text("2 people of the control side")
    screenshot(page, "governance-waiting")
    waiting.get_by_role("button", name="Confirm").click()
    expect(waiting).to_contain_text("confirmed by validator-1")
    for name in ("Confirm", "Put in force"):  # the other button copies the digest
        expect(waiting.get_by_role("button", name=name)).to_have_count(0)
    second = visit("validator-2", "/plugin/models").get_by_test_id("waiting-governance")
    second.get_by_role("button", name="Put in force").click()
    expect(second).to_have_count(0)


def test_an_emergency_release_is_offered_to_whom_governance_names(visit: Visit, airflow: Airflow) -> None:
    gate = airflow.bank.gates["credit"]
    page = visit("risk-1", f"/plugin/approvals?gate={gate}")
    page.get_by_role("button", name="Emergency release").click()
    expect(page.get_by_text("It goes live at once under your name")).to_be_visible()
    screenshot(page, "emergency")
    validator = visit("validator-1", f"/plugin/approvals?gate={gate}")
    expect(validator.get_by_test_id("gate-page")).to_be_visible()
    expect(validator.get_by_test_id("emergency")).to_have_count(0)
