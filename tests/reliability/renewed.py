"""A report some of whose rows were measured later: each row says of itself at which commit, when, and how it was measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

OF_A_ROW = ("commit", "at", "seed", "share")
Report = Mapping[str, Any]


def dated(report: Report) -> dict[str, dict[str, Any]]:
    """The measured rows by their names; one without a commit and a time (an older program's) has those of its report."""
    return {row["id"]: {**{name: report[name] for name in OF_A_ROW}, **row} for row in report["rows"] if row["met"] is not None}


def renewed(report: Report, newer: Report, order: Sequence[str], unmeasured: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """`report` with the measured rows of `newer`, in this order; its head is `newer`'s if that has all of its rows.

    The share is the smallest of any measured row: a report is a trial while one row is.

    Raises:
        ValueError: they were measured on two machines.
    """
    if report["machine"] != newer["machine"]:
        raise ValueError(f"the report was measured on {report['machine']}, these rows on {newer['machine']}: measure all of it again")
    kept, come = dated(report), dated(newer)
    rows = {**kept, **come}
    head = newer if set(kept) <= set(come) else report
    share = min((row["share"] for row in rows.values()), default=head["share"])
    return {**head, "share": share, "rows": [rows[name] if name in rows else unmeasured[name] for name in order]}
