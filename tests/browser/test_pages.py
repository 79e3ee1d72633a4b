"""The pages in a real browser on a real Airflow: what a reader sees, and what a decision does.

The tests run in the order of the file: the decisions at the end change what the first ones read.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import httpx
import pytest
from airflow_server import Airflow, screenshot

playwright = pytest.importorskip("playwright.sync_api")

if TYPE_CHECKING:
    from playwright.sync_api import Page

expect = playwright.expect
expect.set_options(timeout=20_000)  # milliseconds; a busy machine draws late
Visit = Callable[..., "Page"]

MODELS = ["card-fraud", "churn", "credit-risk", "income-screen", "pricing-rules"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_inventory_answers_what_is_in_use_and_what_needs_whom(visit: Visit, theme: str) -> None:
    page = visit("risk-1", "/plugin/models", theme)
    for model in MODELS:
        expect(page.get_by_test_id(f"row-{model}")).to_be_visible()
    expect(page.get_by_test_id("problems-churn")).to_contain_text("dags/models/churn.yaml:9:11")
    expect(page.get_by_test_id("row-income-screen")).to_contain_text("failing: impact_ratio")
    expect(page.get_by_test_id("row-pricing-rules")).to_contain_text("overdue")
    expect(page.get_by_test_id("count-in_use")).to_contain_text("2 of 5")
    expect(page.locator("html")).to_have_class(re.compile(theme))
    screenshot(page, f"models-{theme}")


def test_filters_narrow_the_list_and_stay_in_the_address(visit: Visit) -> None:
    page = visit("risk-1", "/plugin/models")
    page.get_by_label("Search models").fill("retail")
    expect(page.get_by_test_id("row-income-screen")).to_have_count(0)
    expect(page.get_by_test_id("row-credit-risk")).to_be_visible()
    page.get_by_test_id("count-overdue").click()
    expect(page.get_by_test_id("row-credit-risk")).to_have_count(0)
    expect(page.get_by_test_id("row-pricing-rules")).to_be_visible()
    expect(page).to_have_url(re.compile(r"q=retail.*overdue=true"))
    page.reload()
    expect(page.get_by_test_id("row-pricing-rules")).to_be_visible()
    expect(page.get_by_test_id("row-credit-risk")).to_have_count(0)
    page.get_by_label("Search models").fill("no such model")
    expect(page.get_by_test_id("nothing")).to_contain_text("No model passes these filters")
    page.get_by_role("button", name="Clear filters").first.click()
    expect(page.get_by_test_id("row-credit-risk")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_model_can_be_read_tab_by_tab(visit: Visit, theme: str) -> None:
    page = visit("risk-1", "/plugin/models", theme)
    page.get_by_role("link", name="Retail credit default").click()
    head = page.get_by_test_id("model-page")
    expect(head).to_contain_text("Decides credit-card applications")
    expect(head.get_by_label("drift: psi").first).to_be_visible()
    page.get_by_role("button", name="Show distributions").first.click()
    expect(page.get_by_label(re.compile("^duration: .*baseline")).first).to_be_visible()
    screenshot(page, f"model-now-{theme}")
    for tab, told in (("Versions", "3.1.0"), ("Life cycles", "credit-risk.monitor"), ("Approvals", "Rerun on my own sample"), ("Documents", "Annex IV"), ("Log", "deployment-live")):
        page.get_by_role("tab", name=tab).click()
        expect(page.get_by_role("tabpanel", name=tab)).to_contain_text(told)
        screenshot(page, f"model-{tab.lower().replace(' ', '-')}-{theme}")
    expect(page).to_have_url(re.compile("tab=log"))


def test_a_broken_file_is_explained_on_its_models_page(visit: Visit) -> None:
    page = visit("risk-1", "/plugin/models?model=churn")
    expect(page.get_by_test_id("model-page")).to_contain_text("unknown kind 'sklearn'")
    screenshot(page, "model-broken")


def test_a_hidden_model_is_an_error_that_says_what_to_do(visit: Visit) -> None:
    page = visit("risk-1", "/plugin/models?model=secret-model")
    expect(page.get_by_test_id("trouble")).to_contain_text("you see only models whose DAGs you may read")


def test_a_viewer_cannot_start_a_release_and_is_told_why(visit: Visit) -> None:
    page = visit("risk-1", "/plugin/models?model=credit-risk")
    expect(page.get_by_role("button", name="Start release")).to_be_disabled()
    expect(page.get_by_test_id("why-no-action")).to_contain_text("Start release: you may not trigger the DAG credit-risk.release")
    expect(page.get_by_role("button", name="Suspend")).to_be_enabled()


def test_a_model_that_is_not_in_use_has_no_champion_and_its_green_rows_unfold(visit: Visit) -> None:
    page = visit("risk-1", "/plugin/models?model=income-screen")
    expect(page.get_by_test_id("model-page")).to_contain_text("none in use")
    expect(page.get_by_test_id("model-page")).to_contain_text("1.0.0 (rejected)")
    lines = page.get_by_label("Results").get_by_role("row")
    expect(lines.nth(1)).to_contain_text("impact_ratio")
    expect(lines.nth(1)).to_contain_text("0.36")
    expect(page.get_by_test_id("folded")).to_contain_text("1 green row is folded away")
    few = lines.count()
    page.get_by_role("button", name="Show all 8 rows").click()
    expect(lines).to_have_count(few + 1)


def test_a_developer_starts_a_release_and_can_follow_its_run(visit: Visit) -> None:
    page = visit("credit-dev", "/plugin/models?model=income-screen")
    page.get_by_role("button", name="Start release").click()
    page.get_by_role("link", name=re.compile("^manual__")).click()
    expect(page).to_have_url(re.compile("/dags/income-screen.release/runs/manual__"))


def test_the_home_page_has_the_card(visit: Visit) -> None:
    page = visit("risk-1", "/")
    card = page.get_by_test_id("modelops-card")
    expect(card).to_contain_text("1 waiting for you")
    card.scroll_into_view_if_needed()
    screenshot(page, "home")
    card.get_by_role("link", name="waiting for you").click()
    expect(page.get_by_test_id("approvals-page")).to_be_visible()


def test_the_navigation_has_our_pages(visit: Visit) -> None:
    page = visit("risk-1", "/")
    page.get_by_role("link", name="Models").first.click()
    expect(page.get_by_test_id("models-page")).to_be_visible()


def test_every_button_of_the_list_is_reached_by_keyboard(visit: Visit) -> None:
    page = visit("risk-1", "/plugin/models")
    expect(page.get_by_test_id("row-credit-risk")).to_be_visible()
    page.get_by_test_id("count-in_use").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("row-income-screen")).to_have_count(0)
    expect(page.get_by_test_id("count-in_use")).to_have_attribute("aria-pressed", "true")


def test_an_author_reads_why_they_may_not_decide(visit: Visit, airflow: Airflow) -> None:
    page = visit("credit-dev", f"/plugin/approvals?gate={airflow.bank.gates['credit']}")
    expect(page.get_by_test_id("why-not")).to_contain_text("authors never decide")
    expect(page.get_by_role("button", name="Approve")).to_have_count(0)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_gate_shows_its_evidence_beside_the_buttons(visit: Visit, airflow: Airflow, theme: str) -> None:
    page = visit("risk-1", "/plugin/approvals", theme)
    expect(page.get_by_test_id("approvals-page")).to_contain_text("1 decision of 2 is yours")
    screenshot(page, f"approvals-{theme}")
    page.get_by_role("link", name="approve-risk, version 3.2.0").click()
    gate = page.get_by_test_id("gate-page")
    expect(gate).to_contain_text("May Retail credit default 3.2.0 go into use?")
    expect(gate).to_contain_text("Changed since version 3.1.0")
    expect(page.get_by_role("button", name="Approve", exact=True)).to_be_enabled()
    expect(page.get_by_role("button", name="Reject", exact=True)).to_be_disabled()
    screenshot(page, f"gate-{theme}")


def overflow(page: Page, label: str) -> int:
    """By how many pixels a table is wider than the box it stands in."""
    box = page.get_by_role("table", name=label, exact=True).first
    expect(box).to_be_visible()
    return int(box.evaluate("table => table.scrollWidth - table.parentElement.clientWidth"))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1400, 1000])
def test_every_column_of_a_gates_results_is_seen_without_scrolling(visit: Visit, airflow: Airflow, theme: str, width: int) -> None:
    page = visit("risk-1", f"/plugin/approvals?gate={airflow.bank.gates['credit']}", theme)
    page.set_viewport_size({"width": width, "height": 900})
    assert overflow(page, "Results") <= 0
    for title in ("From", "Evidence"):
        expect(page.get_by_role("columnheader", name=title, exact=True).first).to_be_in_viewport(ratio=0.9)
    page.add_style_tag(content="td { white-space: nowrap !important }")
    assert overflow(page, "Results") > 0, "the control: unless lines break, it does not fit"


def test_every_column_of_the_inventory_is_seen_at_1400_and_scrolls_with_a_bar_where_it_is_narrower(visit: Visit) -> None:
    page = visit("risk-1", "/plugin/models")
    page.set_viewport_size({"width": 1400, "height": 900})
    assert overflow(page, "Models") <= 0
    page.set_viewport_size({"width": 700, "height": 900})
    assert overflow(page, "Models") > 0
    bar = page.get_by_role("table", name="Models").evaluate("table => getComputedStyle(table.parentElement, '::-webkit-scrollbar').height")
    assert bar == "10px"


def test_a_decision_is_withdrawn_by_its_author_with_a_reason(visit: Visit, airflow: Airflow) -> None:
    gate = airflow.bank.gates["credit"]
    page = visit("risk-1", f"/plugin/approvals?gate={gate}")
    page.get_by_role("button", name="Approve", exact=True).click()
    page.get_by_role("button", name="Withdraw").click()
    dialog = page.get_by_role("alertdialog")
    dialog.get_by_label("Reason").fill("I looked at the wrong report")
    dialog.get_by_role("button", name="Withdraw").click()
    expect(page.get_by_test_id("gate-page")).to_contain_text("withdrawn")
    expect(page.get_by_test_id("gate-page")).to_contain_text("risk 0 of 2")


def test_two_persons_approve(visit: Visit, airflow: Airflow) -> None:
    gate = airflow.bank.gates["credit"]
    for person in ("risk-1", "risk-2"):
        page = visit(person, f"/plugin/approvals?gate={gate}")
        page.get_by_label("Comment").fill(f"{person} has read the report")
        page.get_by_role("button", name="Approve", exact=True).click()
        expect(page.get_by_test_id("gate-page")).to_contain_text(f"{person} has read the report")
    expect(page.get_by_test_id("after")).to_contain_text("This gate is approved")
    assert airflow.bank.decisions(gate) == [("risk-1", "approve")] * 2 + [("risk-2", "approve")]  # the first was withdrawn
    screenshot(page, "gate-approved")


def test_a_rejection_needs_a_comment_and_says_what_happens_next(visit: Visit, airflow: Airflow) -> None:
    gate = airflow.bank.gates["pricing"]
    page = visit("pricing-owner", f"/plugin/approvals?gate={gate}")
    expect(page.get_by_role("button", name="Reject", exact=True)).to_be_disabled()
    page.get_by_label("Comment").fill("The table of rates is from last year")
    page.get_by_role("button", name="Reject", exact=True).click()
    expect(page.get_by_test_id("after")).to_contain_text("Its fitness was not attested")
    assert airflow.bank.decisions(gate) == [("pricing-owner", "reject")]
    screenshot(page, "gate-rejected")


def test_a_suspension_asks_for_a_reason_and_shows_at_once(visit: Visit) -> None:
    page = visit("risk-1", "/plugin/models?model=pricing-rules")
    page.get_by_role("button", name="Suspend").click()
    dialog = page.get_by_role("alertdialog")
    expect(dialog.get_by_role("button", name="Suspend")).to_be_disabled()
    dialog.get_by_label("Reason").fill("rates out of date")
    page.wait_for_timeout(400)  # the dialog fades in
    screenshot(page, "suspend-dialog")
    dialog.get_by_role("button", name="Suspend").click()
    expect(page.get_by_test_id("model-page")).to_contain_text("suspended")


def test_the_tab_on_a_dags_page_shows_the_model(visit: Visit) -> None:
    page = visit("risk-1", "/dags/credit-risk.release/plugin/model")
    expect(page.get_by_test_id("dag-tab")).to_contain_text("Retail credit default")
    screenshot(page, "dag-tab")


@pytest.mark.parametrize("token", ["", "Bearer nonsense", "Bearer a.b.c"])
def test_without_a_valid_token_the_server_says_nothing(airflow: Airflow, token: str) -> None:
    headers = {"Authorization": token} if token else {}
    answer = httpx.get(f"{airflow.url}/modelops/api/v1/models", headers=headers, timeout=30)
    assert answer.status_code in (401, 403)
    assert "credit" not in answer.text
