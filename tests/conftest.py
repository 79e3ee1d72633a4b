"""One option for every snapshot in the tests, and which tests run alone."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--refresh` writes snapshots anew; read the difference before committing it."""
    parser.addoption("--refresh", action="store_true", help="write the snapshots anew instead of comparing")


# How long one example takes says what else the machine does; what must be fast is measured by its own tests.
settings.register_profile("busy machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy machine")

if not hasattr(sys.modules["__main__"], "__file__"):
    # pyspark ends a program without a file, as a worker of xdist is one, when Great Expectations imports it.
    sys.modules["__main__"].__file__ = __file__

ALONE = {"browser", "e2e", "reliability"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whole folders of tests that nothing else may run beside; elsewhere a file says so itself."""
    for item in items:
        if item.path.relative_to(Path(__file__).parent).parts[0] in ALONE:
            item.add_marker("alone")


@pytest.fixture
def snapshot(request: pytest.FixtureRequest) -> Callable[[Path, str], None]:
    """Compares a text with a file, or writes the file when `--refresh` is given."""

    def compare(file: Path, text: str) -> None:
        if request.config.getoption("--refresh"):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        assert file.read_text(encoding="utf-8") == text, f"{file.name} differs; if that is meant: pytest --refresh"

    return compare
