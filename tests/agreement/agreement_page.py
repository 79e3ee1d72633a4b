"""docs/agreement.md from what was compared."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from statistic import Statistic


def page(statistics: Iterable[Statistic], facts: dict[str, Any]) -> str:
    """The page as Markdown."""
    rows = list(statistics)
    met = sum(one.met for one in rows)
    lines = [
        "# Agreement", "",
        "Methods of drift, rates of groups, measures of performance and of ranking, diagnostics, backtests, estimates without labels, SHAP values and native expectations beside the libraries that they equal, on the same rows. Written by `make agreement`; do not edit.", "",
        f"{sum(one.compared for one in rows):,} numbers of {len(rows)} statistics were compared; {met} of {len(rows)} statistics are within their tolerance.",
        f"Rows: {', '.join(f'{n:,}' for n in facts['rows'])}; 24 columns of floats, integers, labels, gaps, constants, ties and heavy tails, infinities and",
        "not-a-number among them. Where the library raises, or has no finite number, ours has none either.", "",
    ]
    for library in dict.fromkeys(one.library for one in rows):
        lines += [f"## {library} {facts['versions'][library]}", "", *_notes(library, facts), "| statistic | compared | neither has one | largest difference | tolerance | |",
                  "|---|---|---|---|---|---|"]
        lines += [_row(one) for one in rows if one.library == library]
        lines.append("")
    return "\n".join([*lines, f"Seeded; commit {facts['commit']}, Python {facts['python']}, {facts['minutes']:.0f} minutes.", ""])


def _notes(library: str, facts: dict[str, Any]) -> list[str]:
    note = facts["notes"].get(library)
    return [note, ""] if note else []


def _row(one: Statistic) -> str:
    tolerance = f"{one.tolerance}; {one.tolerance.why}" if one.tolerance.why else str(one.tolerance)
    alone = f", {one.ours_alone} only ours" if one.ours_alone else ""
    return f"| `{one.name}` | {one.compared:,} | {one.neither}{alone} | {one.largest:.2g} | {tolerance} | {'met' if one.met else 'MISSED'} |"
