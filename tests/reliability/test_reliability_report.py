"""The committed report has its shape, every figure, and no missed target."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from other_figures import OTHERS
from own_figures import OWN
from report_page import page

DOCS = Path(__file__).parents[2] / "docs"
REPORT = json.loads((DOCS / "reliability.json").read_text(encoding="utf-8"))
ROWS = {row["id"]: row for row in REPORT["rows"]}


def test_it_says_what_was_measured_where_and_how_to_repeat_it():
    assert set(REPORT) == {"commit", "seed", "share", "machine", "at", "minutes", "rows"}
    assert set(REPORT["machine"]) == {"cores", "Python", "SQLite", "Postgres", "system"}
    assert list(ROWS) == [one.id for one in (*OWN, *OTHERS)]


@pytest.mark.parametrize("name", [one.id for one in (*OWN, *OTHERS)])
def test_no_target_is_missed(name):
    row = ROWS[name]
    assert set(row) == {"id", "figure", "how", "target", "measured", "control", "met", "seconds", "data"}
    if REPORT["share"] < 1 and row["met"] is not True:
        pytest.xfail("only a trial is committed, and on a busy machine")
    assert row["met"] is True, f"{row['figure']}: {row['measured']}"


@pytest.mark.xfail(REPORT["share"] < 1, reason="only a trial is committed; run make reliability", strict=True)
def test_all_of_it_was_measured():
    assert REPORT["share"] == 1


def test_the_page_is_that_of_the_figures():
    assert (DOCS / "reliability.md").read_text(encoding="utf-8") == page(REPORT)


def test_a_missed_target_shows_on_the_page():
    """The control."""
    row = {**REPORT["rows"][0], "met": False, "measured": "1 | 2"}
    assert "| 1 \\| 2 |" in page({**REPORT, "rows": [row]})
    assert "**missed**" in page({**REPORT, "rows": [row]})
