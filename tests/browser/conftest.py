"""Chromium on a real Airflow; without chromium the tests are skipped on a laptop and fail in CI."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "ui")]

from airflow_server import Airflow, serve, token_of  # noqa: E402 - found through the path set above

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of the browser."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        message = "chromium is not installed (Debian: apt-get install chromium)"
        pytest.fail(message) if os.environ.get("CI") == "true" else pytest.skip(message)
    return found


@pytest.fixture(scope="session")
def airflow(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Airflow]:
    """An API server of its own, over a register of its own."""
    with serve(tmp_path_factory.mktemp("airflow")) as running:
        yield running


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """Chromium without any traffic of its own."""
    from playwright.sync_api import sync_playwright

    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
                 "--no-first-run", "--disable-sync"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def visit(airflow: Airflow, browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens a page of Airflow as a user, in a theme; at the end the console must hold no error."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def go(user: str, path: str, theme: str = "light") -> Page:
        context = browser.new_context(base_url=airflow.url, viewport={"width": 1500, "height": 900}, color_scheme=theme)  # type: ignore[arg-type]
        contexts.append(context)
        token, local = token_of(airflow.url, user), airflow.url.replace("127.0.0.1", "localhost")
        context.add_cookies([{"name": "_token", "value": token, "url": url} for url in (airflow.url, local)])
        context.add_init_script(f"localStorage.setItem('theme', '{theme}')")
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda told: errors.append(told.text) if told.type == "error" else None)
        page.goto(path)
        return page

    yield go
    for context in contexts:
        context.close()
    ours = [error for error in errors if "Failed to load resource" not in error]
    assert ours == []
