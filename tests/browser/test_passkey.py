"""A passkey in a real browser: enrolled on the page, confirmed by somebody else, and then it approves."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from airflow_server import Airflow, screenshot, serve

playwright = pytest.importorskip("playwright.sync_api")

if TYPE_CHECKING:
    from playwright.sync_api import Page

expect = playwright.expect
expect.set_options(timeout=20_000)  # milliseconds; a busy machine draws late
Visit = Callable[..., "Page"]

DEVICE = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True,
          "automaticPresenceSimulation": True}


@pytest.fixture(scope="module")
def airflow(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Airflow]:
    """A server of its own: the decisions of the other tests close the gate."""
    with serve(tmp_path_factory.mktemp("passkeys")) as running:
        yield running


def with_device(page: Page) -> tuple[object, str]:
    """A device that says yes; answers the browser's developer session and the device's id."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    return session, session.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})["authenticatorId"]


def open_keys(page: Page) -> None:
    panel = page.get_by_test_id("my-keys")
    expect(panel).to_be_visible()
    if panel.get_attribute("open") is None:
        panel.locator("summary").click()


def at_localhost(airflow: Airflow, path: str) -> str:
    """The same server under the name that browsers take for safe; 127.0.0.1 is no name for a passkey."""
    return airflow.url.replace("127.0.0.1", "localhost") + path


def test_a_passkey_is_enrolled_confirmed_by_a_second_person_and_approves(visit: Visit, airflow: Airflow) -> None:
    gate = airflow.bank.gates["credit"]
    mine = visit("risk-2", at_localhost(airflow, "/plugin/approvals"))
    device, named = with_device(mine)
    open_keys(mine)
    mine.get_by_label("Name of the new passkey").fill("office laptop")
    mine.get_by_role("button", name="Enrol a passkey").click()
    row = mine.get_by_test_id("key-risk-2-passkey")
    expect(row).to_contain_text("pending")
    expect(row.get_by_role("button", name="Confirm")).to_have_count(0)
    fingerprint = row.locator("code").inner_text()

    mine.goto(at_localhost(airflow, f"/plugin/approvals?gate={gate}"))
    expect(mine.get_by_role("button", name="Approve", exact=True)).to_be_visible()
    expect(mine.get_by_role("button", name="Approve with passkey")).to_have_count(0)

    second = visit("validator-1", "/plugin/approvals")
    open_keys(second)
    waits = second.get_by_test_id("key-risk-2-passkey")
    expect(waits).to_contain_text(fingerprint)
    screenshot(second, "keys-to-confirm")
    waits.get_by_role("button", name="Confirm").click()
    expect(waits).to_contain_text("active")

    mine.reload()
    mine.get_by_label("Comment").fill("Read on paper, signed with my key.")
    screenshot(mine, "approve-with-passkey")
    mine.get_by_role("button", name="Approve with passkey").click()
    expect(mine.get_by_test_id("gate-page")).to_contain_text("signed with their own key")
    expect(mine.get_by_test_id("gate-page")).to_contain_text(re.compile("risk-2 as risk"))
    assert device.send("WebAuthn.getCredentials", {"authenticatorId": named})["credentials"][0]["signCount"] >= 1  # type: ignore[attr-defined]


def test_a_device_that_does_not_verify_its_person_approves_nothing(visit: Visit, airflow: Airflow) -> None:
    page = visit("risk-1", at_localhost(airflow, "/plugin/approvals"))
    device, named = with_device(page)
    device.send("WebAuthn.setUserVerified", {"authenticatorId": named, "isUserVerified": False})  # type: ignore[attr-defined]
    open_keys(page)
    page.get_by_role("button", name="Enrol a passkey").click()
    expect(page.get_by_test_id("trouble")).to_be_visible()
    expect(page.get_by_test_id("key-risk-1-passkey")).to_have_count(0)
