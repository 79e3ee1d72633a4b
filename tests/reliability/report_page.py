"""The report as a page for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_HEAD = """\
# Reliability

What was measured, and what the same measurement finds when the guard is off. Written by `make reliability`; do not edit.
`SEED={seed} make reliability` repeats it. How each is measured is in `tests/reliability`; the figures in full are in
[reliability.json](reliability.json). A fast part of all of it runs in `make test`.

Commit `{commit}`, seed {seed}, {at}, {minutes} minutes. {machine}.
{trial}
| Figure | How | Target | Measured | With the guard off | |
|---|---|---|---|---|---|
"""


_TRIAL = """
**This was a trial with {share:.0%} of every count**; the targets below are of all of it.
"""


def page(report: Mapping[str, Any]) -> str:
    """The page of a report."""
    words = {True: "met", False: "**missed**", None: "not measured"}
    machine = ", ".join(f"{name} {value}" for name, value in report["machine"].items())
    head = _HEAD.format(**{**report, "machine": machine[0].upper() + machine[1:], "trial": "" if report["share"] == 1 else _TRIAL.format(**report)})
    return head + "".join(
        "| " + " | ".join(_cell(text) for text in (row["figure"], row["how"], row["target"], row["measured"], row["control"], words[row["met"]]))
        + " |\n" for row in report["rows"])


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
