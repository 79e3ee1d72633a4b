"""Legacy models in a real browser: their waiver is accepted there, and one that ended is a red row though nothing runs that could say so."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from airflow_server import Airflow, screenshot

from modelops_airflow.inventory.tables import ModelRow

playwright = pytest.importorskip("playwright.sync_api")

if TYPE_CHECKING:
    from playwright.sync_api import Page

expect = playwright.expect
expect.set_options(timeout=20_000)
Visit = Callable[..., "Page"]


@pytest.fixture(scope="module", autouse=True)
def brought(airflow: Airflow) -> None:
    """Two legacy models, of which one asks for a waiver until yesterday."""
    bank = airflow.bank
    for name, days in (("claims-triage", 60), ("late-fees", -1)):
        with bank.register.write() as session:
            session.add(ModelRow(id=name, name=name.replace("-", " ").capitalize(), purpose="Was here before.", tier=2, owner="pricing-owner", kind="rules",
                                 file=f"dags/models/{name}.yaml", source="modelops: 1\n"))
        bank.declare_legacy(name, "sha256:" + ("1" if days > 0 else "2") * 64, days=days, version="7")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_they_are_in_use_legacy_and_not_among_those_in_use(visit: Visit, theme: str) -> None:
    page = visit("risk-1", "/plugin/models", theme)
    expect(page.get_by_test_id("count-legacy")).to_contain_text("2 of 7")
    expect(page.get_by_test_id("row-late-fees")).to_contain_text("waiver ended with")
    expect(page.get_by_test_id("row-late-fees")).to_contain_text("1 critical")
    expect(page.get_by_test_id("row-claims-triage")).to_contain_text("as declared")
    screenshot(page, f"models-legacy-{theme}")
    page.get_by_test_id("count-legacy").click()
    expect(page.get_by_test_id("row-credit-risk")).to_have_count(0)
    expect(page.get_by_test_id("row-claims-triage")).to_contain_text("in use, legacy")


def test_its_owner_may_not_accept_its_waiver_and_risk_does(visit: Visit) -> None:
    page = visit("pricing-owner", "/plugin/models?model=claims-triage")
    expect(page.get_by_role("button", name="Accept waiver")).to_be_disabled()
    page = visit("risk-1", "/plugin/models?model=claims-triage")
    expect(page.get_by_test_id("model-page")).to_contain_text("nobody: it was in use before it came here")
    page.get_by_role("button", name="Accept waiver").click()
    page.get_by_label("Reason").fill("Its release is planned.")
    screenshot(page, "waiver-dialog")
    page.get_by_role("button", name="Accept", exact=True).click()
    expect(page.get_by_test_id("model-page")).to_contain_text("accepted by risk-1")
    expect(page.get_by_role("button", name="Revoke waiver")).to_be_enabled()
    screenshot(page, "model-legacy")
    page = visit("risk-1", "/plugin/models?state=legacy")
    expect(page.get_by_test_id("row-claims-triage")).to_contain_text("accepted by risk-1")
    screenshot(page, "models-legacy-waived")
