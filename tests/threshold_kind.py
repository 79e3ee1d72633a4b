"""A kind for tests that has options: what is above `cut` is declined."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest

from modelops_airflow.kinds import KINDS, Scorer, VerifiedArtifact
from modelops_airflow.kinds.kind import Findings, Kind


class _Above(Scorer):
    def __init__(self, cut: float, column: str, asked: str) -> None:
        self.cut, self.column, self.asked = cut, column, asked

    def score(self, rows: pa.Table) -> pa.Table:
        return pa.table({"prediction": ["decline" if one > self.cut else "standard" for one in rows[self.column].to_pylist()]})

    def trouble(self) -> str:
        return "its service sleeps" if self.asked == "sleep" else ""

    def kept(self) -> dict[str, bytes]:
        return {"asked.txt": self.asked.encode()} if self.asked else {}


class Threshold(Kind):
    """What is above `cut` is declined."""

    name, suffixes, accepts, extra, summary = "threshold", (".yaml",), ("text",), None, "For tests."

    def findings(self, data: bytes) -> Findings:
        return Findings(True)

    def described(self, data: bytes) -> dict[str, str]:
        return {"first line": data.decode().splitlines()[0]}

    def load(self, artifact: VerifiedArtifact, *, cut: float, column: str = "amount", connection: str | None = None,
             connections: Callable[[str], str]) -> Scorer:
        """Its options.

        Args:
            cut: (0 or more).
        """
        return _Above(cut, column, connections(connection) if connection else "")


@pytest.fixture
def threshold(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The kind, there for one test."""
    monkeypatch.setitem(KINDS._entries, "threshold", Threshold())
    return KINDS["threshold"]
