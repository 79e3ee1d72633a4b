"""A document as PDF: its HTML, printed by a Chromium that is installed. Its bytes differ from run to run: it holds the time."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from ..errors import DataError

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_SECONDS = 120


def pdf(page: str) -> bytes:
    """The page printed.

    Raises:
        DataError: there is no Chromium here, or it printed nothing.
    """
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser is None:
        raise DataError(f"a PDF is printed by Chromium, and none of {', '.join(BROWSERS)} is on the PATH; install one, or write .html and print it")
    with tempfile.TemporaryDirectory() as folder:
        source, printed = Path(folder) / "document.html", Path(folder) / "document.pdf"
        source.write_text(page, encoding="utf-8")
        try:
            done = subprocess.run(  # noqa: S603 - a list of arguments of ours
                [browser, "--headless", *(["--no-sandbox"] if os.geteuid() == 0 else []), "--disable-gpu", "--disable-javascript", "--no-pdf-header-footer", f"--user-data-dir={folder}/profile",
                 f"--print-to-pdf={printed}", source.as_uri()], capture_output=True, timeout=_SECONDS, check=False)
        except subprocess.TimeoutExpired:
            raise DataError(f"{browser} did not print the page within {_SECONDS} seconds; write .html and print it") from None
        if done.returncode or not printed.is_file():
            raise DataError(f"{browser} did not print the page: {done.stderr.decode(errors='replace').strip()[-200:]}; write .html and print it")
        return printed.read_bytes()
