"""Findings in a real browser: opened by the control side, planned by two, handed in by the owner and closed by somebody else."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from airflow_server import Airflow, screenshot
from sqlalchemy import select

from modelops_airflow.governance.finding_record import PREFIX
from modelops_airflow.inventory.tables import FindingRow
from modelops_airflow.ledger import append
from modelops_airflow.ledger.append import instant

playwright = pytest.importorskip("playwright.sync_api")

if TYPE_CHECKING:
    from playwright.sync_api import Page

expect = playwright.expect
expect.set_options(timeout=20_000)
Visit = Callable[..., "Page"]
TAB = "/plugin/models?model=pricing-rules&tab=findings"


@pytest.fixture(scope="module", autouse=True)
def late(airflow: Airflow) -> int:
    """A high finding that was opened a hundred days ago, and that nobody planned anything for."""
    at = (datetime.now(UTC) - timedelta(days=100)).replace(microsecond=0)
    due = at + timedelta(days=90)
    with airflow.bank.register.write() as session:
        row = FindingRow(model_id="income-screen", kind="raised-1", severity="high", title="No outcome of declined applicants", owner="lending-owner",
                         message="Performance is measured on accepted applicants alone.", opened_at=at, due_at=due, raised_by="validator-2")
        session.add(row)
        session.flush()
        append(session, f"{PREFIX}open", {
            "at": instant(at), "by": "validator-2", "controls": None, "due_before": instant(due), "evidence": None, "finding": row.id, "owner": "lending-owner",
            "part": "control", "said": None, "severity": "high", "until": None, "words": None}, model_id="income-screen")
        return row.id


def act(page: Page, button: str, fields: dict[str, str]) -> None:
    page.get_by_role("button", name=button, exact=True).first.click()
    dialog = page.get_by_role("alertdialog")
    for label, value in fields.items():
        dialog.get_by_label(label, exact=True).fill(value)
    dialog.get_by_role("button", name=button, exact=True).click()
    expect(dialog).to_have_count(0)


def test_what_a_task_told_and_nobody_can_read_is_said_above_the_findings(visit: Visit, airflow: Airflow) -> None:
    with airflow.bank.register.write() as session:
        append(session, f"{PREFIX}close", {"finding": 1}, model_id="credit-risk")
    page = visit("risk-1", "/plugin/models?model=credit-risk&tab=findings")
    expect(page.get_by_test_id("doubts")).to_contain_text("a finding-close of credit-risk that cannot be read, and changes nothing")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_an_overdue_finding_is_red_where_one_looks(visit: Visit, theme: str) -> None:
    page = visit("risk-1", "/plugin/models?model=income-screen&tab=findings", theme)
    card = page.get_by_test_id("findings")
    expect(card).to_contain_text("No outcome of declined applicants")
    expect(card).to_contain_text("plan overdue")
    expect(card).to_contain_text("holds approvals up")
    screenshot(page, f"finding-overdue-{theme}")
    page = visit("risk-1", "/plugin/models", theme)
    expect(page.get_by_test_id("row-income-screen")).to_contain_text("overdue: high")
    screenshot(page, f"models-finding-overdue-{theme}")


def test_a_finding_goes_from_the_control_side_to_its_owner_and_back(visit: Visit, airflow: Airflow) -> None:
    owner = visit("pricing-owner", TAB)
    expect(owner.get_by_role("button", name="Open a finding")).to_be_disabled()
    validator = visit("validator-1", TAB)
    validator.get_by_role("button", name="Open a finding").click()
    dialog = validator.get_by_role("dialog")
    dialog.get_by_label("Severity").select_option("critical")
    dialog.get_by_label("Title").fill("The rate falls as the risk grows")
    dialog.get_by_label("What is wrong").fill("Rows 12 and 13 of the table: a riskier customer pays less.")
    screenshot(validator, "finding-opening")
    dialog.get_by_role("button", name="Open it").click()
    expect(validator.get_by_test_id("findings")).to_contain_text("nothing new goes live")
    act(owner, "Propose a plan", {"Words": "Bound the rate from below, and test it for every pair of rows."})
    expect(owner.get_by_test_id("proposal")).to_contain_text("pricing-owner proposed")
    expect(owner.get_by_role("button", name="Agree to this")).to_have_count(0)
    screenshot(owner, "finding-proposed")
    validator.get_by_role("button", name="Agree to this").click()
    expect(owner.get_by_role("button", name="Start work")).to_be_visible()
    act(owner, "Start work", {})
    act(owner, "Hand in evidence", {"Words": "Version 2026-01 has the bound.", "Evidence": "The test over all pairs passes on the branch."})
    expect(owner.get_by_test_id("why-no-act")).to_contain_text("Verify and close: ")
    expect(owner.get_by_role("button", name="Verify and close")).to_have_count(0)
    screenshot(owner, "finding-owner-may-not-close")
    screenshot(validator, "finding-ready")
    act(validator, "Verify and close", {"Words": "Ran the test on my own sample.", "Evidence": "All 4,096 pairs agree."})
    expect(validator.get_by_test_id("findings")).to_contain_text("1 over")
    validator.get_by_text("1 over").click()
    validator.get_by_text("History, 6 events").click()
    expect(validator.get_by_test_id("findings")).to_contain_text("All 4,096 pairs agree.")
    screenshot(validator, "finding-closed")
    with airflow.bank.register.read() as session:
        row = session.scalars(select(FindingRow).where(FindingRow.model_id == "pricing-rules")).one()
    assert (row.state, row.ended) == ("closed", "closed by validator-1")
    assert "bound" not in json.dumps(row.message)
