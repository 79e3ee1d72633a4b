"""A model's open incidents in a real browser: one whose clock ran out is red though nothing ran that could say so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from airflow_server import Airflow, screenshot
from ui_bank import NOW

from modelops_airflow.governance.incident import Opening, open_incident
from modelops_airflow.governance.transaction import Actor

playwright = pytest.importorskip("playwright.sync_api")

if TYPE_CHECKING:
    from playwright.sync_api import Page

expect = playwright.expect
expect.set_options(timeout=30_000)
Visit = Callable[..., "Page"]


@pytest.fixture(scope="module", autouse=True)
def incident(airflow: Airflow) -> None:
    """One of twenty days ago that nobody reported to the authority; its title is mark-up."""
    told = Opening("serious", "high", ["credit-risk"], NOW - timedelta(days=20), "<b>Wrong</b> class", "Forty people were declined.")
    open_incident(airflow.bank.register, Actor("simple", "risk-2"), told)


def test_an_incident_whose_clock_ran_out_is_overdue_on_the_page_of_its_model(visit: Visit) -> None:
    page = visit("risk-1", "/plugin/models?model=credit-risk")
    section = page.get_by_test_id("incidents")
    expect(section).to_contain_text("1: <b>Wrong</b> class")
    expect(section).to_contain_text("overdue")
    expect(section).to_contain_text("days late")
    screenshot(page, "model-incidents")
    assert section.locator("b").count() == 0


def test_a_model_without_incidents_has_no_such_section(visit: Visit) -> None:
    page = visit("risk-1", "/plugin/models?model=pricing-rules")
    expect(page.get_by_test_id("model-page")).to_contain_text("pricing-rules")
    expect(page.get_by_test_id("incidents")).to_have_count(0)
