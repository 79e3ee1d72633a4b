"""A model's waivers and overlays in a real browser: what is waived is told with its end and is never green."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from airflow_server import Airflow, screenshot

from modelops_airflow.governance.documents import keep
from modelops_airflow.governance.overlays import Proposal, propose_overlay
from modelops_airflow.governance.transaction import Actor
from modelops_airflow.governance.waive import Asked, accept, ask_waiver
from modelops_airflow.inventory.tables import ModelRow

playwright = pytest.importorskip("playwright.sync_api")

if TYPE_CHECKING:
    from playwright.sync_api import Page

expect = playwright.expect
expect.set_options(timeout=20_000)
Visit = Callable[..., "Page"]


def ahead(days: int) -> date:
    return (datetime.now(UTC) + timedelta(days=days)).date()


@pytest.fixture(scope="module", autouse=True)
def excepted(airflow: Airflow) -> None:
    """Credit risk has a waiver that one of two people accepted, and an overlay that waits."""
    register = airflow.bank.register
    with register.write() as session:
        session.get_one(ModelRow, "credit-risk").definition = keep(session, {"model": {"developers": ["credit-dev"]}, "policies": ["four-fifths"]})
    maker, risk = Actor("simple", "credit-dev"), Actor("simple", "risk-1")
    number = ask_waiver(register, "credit-risk", maker, Asked("four-fifths", "FF-RATIO", "One branch is small.", ("By hand.",), ahead(60)))
    accept(register, "credit-risk", number, risk, "for a quarter")
    words = {"what": "One branch.", "why": "Small.", "size": "plus two percent", "method": "Judgement.", "exit": "A year of data."}
    propose_overlay(register, "credit-risk", risk, Proposal("uplift", "credit-dev", "risk-2", ahead(0), ahead(30), words))


def test_the_page_tells_of_waivers_and_overlays(visit: Visit) -> None:
    page = visit("risk-1", "/plugin/models?model=credit-risk")
    told = page.get_by_test_id("exceptions")
    for words in ("four-fifths FF-RATIO", "One branch is small.", "By hand.", "1 of 2: risk-1", "requested", "60 days left", "uplift", "plus two percent", "risk-2"):
        expect(told).to_contain_text(words)
    screenshot(page, "model-exceptions")
