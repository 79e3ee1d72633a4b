"""Readers of other tools' result files: each turns a file's JSON into outcomes, or says what it expected."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from . import dbt, evidently, great_expectations
from .outcome import Imported

READERS: Mapping[str, Callable[[Any], Imported]] = {
    "great_expectations": great_expectations.read, "dbt": dbt.read, "evidently": evidently.read,
}

__all__ = ["READERS", "Imported"]
