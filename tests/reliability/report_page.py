"""The report as a page for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_HEAD = """\
# Reliability

What was measured, and what the same measurement finds when the guard is off. Written by `make reliability`; do not edit.
`SEED={seed} make reliability` repeats it. How each is measured is in `tests/reliability`; the figures in full are in
[reliability.json](reliability.json). A fast part of all of it runs in `make test`. Most controls are measured beside
their figure; where a figure is a folder of tests, its controls are tests too ("in its own tests", by name). `python
tests/reliability/report.py --only ID [ID ...]` renews single rows.

Commit `{commit}`, seed {seed}, {at}, {minutes} minutes; a row measured at another commit names it. {machine}.
{trial}
| Figure | How | Target | Measured | With the guard off | |
|---|---|---|---|---|---|
"""


_TRIAL = """
**This is a trial: {trials}**; the targets below are of all of it.
"""


def page(report: Mapping[str, Any]) -> str:
    """The page of a report."""
    machine = ", ".join(f"{name} {value}" for name, value in report["machine"].items())
    parts = [f"{row['id']} with {row['share']:.0%} of its counts" for row in report["rows"] if row["share"] not in (None, 1)]
    trial = _TRIAL.format(trials=", ".join(parts)) if parts else ""
    head = _HEAD.format(**{**report, "machine": machine[0].upper() + machine[1:], "trial": trial})
    return head + "".join(
        "| " + " | ".join(_cell(text) for text in (row["figure"], row["how"], row["target"], row["measured"], row["control"], _word(report, row)))
        + " |\n" for row in report["rows"])


def _word(report: Mapping[str, Any], row: Mapping[str, Any]) -> str:
    word = {True: "met", False: "**missed**", None: "not measured"}[row["met"]]
    return word if row["commit"] in (None, report["commit"]) else f"{word}, at `{row['commit']}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
