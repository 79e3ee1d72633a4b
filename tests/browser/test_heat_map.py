"""The page Policies in a real browser: a heat map that is read without colour, a day, one model, and the history of a control."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from airflow_server import Airflow, screenshot
from policy_ledger import tell
from ui_bank import ago

playwright = pytest.importorskip("playwright.sync_api")

if TYPE_CHECKING:
    from playwright.sync_api import Page

expect = playwright.expect
Visit = Callable[..., "Page"]


@pytest.fixture(scope="module", autouse=True)
def told(airflow: Airflow) -> None:
    tell(airflow.bank)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_each_cell_says_in_a_sign_and_a_word_how_a_model_stands(visit: Visit, theme: str) -> None:
    page = visit("risk-1", "/plugin/policies", theme)
    row = page.get_by_test_id("policies-pricing-rules")
    expect(row.locator("[data-status=overdue]")).to_contain_text("!1 of 4", timeout=60_000)
    expect(page.get_by_test_id("policies-credit-risk").locator("[data-status=satisfied]").nth(1)).to_contain_text("✓4 of 4")
    expect(page.get_by_test_id("policies-income-screen").locator("[data-status='not satisfied']").first).to_contain_text("✕")
    expect(page.get_by_test_id("policies-churn")).to_contain_text("its file was broken")
    expect(page.get_by_test_id("policies-churn").locator("[data-status='not known']").first).to_contain_text("?")
    expect(page.get_by_role("columnheader", name="draft-guidance (draft)")).to_be_visible()
    screenshot(page, f"policies-{theme}")


def test_a_day_and_a_pack_are_in_the_address_and_lead_to_one_model(visit: Visit) -> None:
    page = visit("risk-1", "/plugin/policies")
    page.get_by_label("Pack").select_option("fair-lending")
    expect(page.get_by_role("columnheader", name="FAIR-RATIO")).to_be_visible()
    screenshot(page, "policies-controls")
    page.get_by_test_id("on").fill(ago(days=100).date().isoformat())
    expect(page.get_by_test_id("at")).to_contain_text("as the register knew it at")
    expect(page.get_by_test_id("policies-credit-risk").locator("[data-status='not tested']")).to_have_count(4)
    page.get_by_test_id("policies-pricing-rules").get_by_role("link", name="Instalment pricing").click()
    expect(page.get_by_test_id("model-policies")).to_contain_text("Instalment pricing")
    expect(page.get_by_test_id("pack-fair-lending")).to_contain_text("approve by risk-2 as risk at approve-risk")
    assert "on=" in page.url


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_control_shows_its_history_as_a_strip(visit: Visit, theme: str) -> None:
    page = visit("risk-1", "/plugin/policies?model=pricing-rules", theme)
    page.get_by_test_id("control-FAIR-RATIO").click(timeout=60_000)
    strip = page.get_by_test_id("strip")
    expect(strip.locator("[data-status]")).to_have_count(3)
    expect(strip).to_contain_text("! overdue, was due on")
    expect(page.get_by_test_id("pack-fair-lending")).to_contain_text("run the review")
    screenshot(page, f"policies-model-{theme}")
