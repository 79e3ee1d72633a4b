"""The Models page says how many targets were scanned, and in red what was not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from airflow_server import Airflow, screenshot
from ui_bank import unguarded

from modelops_airflow.database import database_time
from modelops_airflow.governance.activate import active
from modelops_airflow.inventory.tables import ScanRow
from modelops_airflow.policy.place import place_in

playwright = pytest.importorskip("playwright.sync_api")

if TYPE_CHECKING:
    from playwright.sync_api import Page

expect = playwright.expect
Visit = Callable[..., "Page"]


def looked(airflow: Airflow, ago: timedelta, trouble: str = "") -> None:
    with airflow.bank.register.write() as session, unguarded(session):
        at = database_time(session) - ago
        session.merge(ScanRow(environment="production", place=str(place_in(active(session), "production")), shown=4, strays=1,
                              trouble=trouble, looked_at=at, scanned_at=at))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_scanned_place_and_one_that_nobody_looked_at(visit: Visit, airflow: Airflow, theme: str) -> None:
    looked(airflow, timedelta(seconds=5))
    page = visit("risk-1", "/plugin/models", theme)
    line = page.get_by_test_id("coverage")
    expect(line).to_contain_text("1 of 1 scanned, last ", timeout=60_000)
    line.locator("summary").click()
    row = line.get_by_test_id("place-production")
    expect(row).to_contain_text("folder (path live)")
    expect(row).to_contain_text("gated")
    screenshot(page, f"coverage-scanned-{theme}")
    looked(airflow, timedelta(minutes=9))
    expect(line).to_contain_text("0 of 1 scanned", timeout=60_000)
    expect(row).to_contain_text("see whether modelops.sync runs")
    expect(row).to_contain_text(" minutes ago")
    screenshot(page, f"coverage-stale-{theme}")
