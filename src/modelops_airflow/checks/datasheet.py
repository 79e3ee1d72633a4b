"""A datasheet of a data set in Markdown: what a machine can tell is told, what people must write is taken over or named as missing.

The sections are those of Gebru et al. 2021, Datasheets for Datasets, Communications of the ACM 64(12). Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from ..data.profile import Profile, Profiles
from ..evidence.floor import NOT_SHOWN
from ..measurement import Measurement, Metric
from .column_facts import QUANTILES
from .markdown import text_by_section, title_of

ASKED: Mapping[str, str] = {
    "Motivation": "why the data set was made, by whom, and who paid for it",
    "Collection process": "how the data came about, who was asked for consent, and over which time",
    "Preprocessing": "what was cleaned, left out or labelled, and whether the raw data is kept",
    "Uses": "what the data set has been used for, and what it must not be used for",
    "Distribution": "who gets the data set, under which licence and conditions",
    "Maintenance": "who looks after it, how mistakes are mended, and how long rows are kept",
}
"""Sections that only people can write, and what they answer."""

_LISTED = ("rows", "columns", "missing_cells_share", "largest_missing_share", "empty_columns", "constant_columns", "duplicate_rows_share", "time_span_days",
           "missing_columns", "new_columns")
_LINK = re.compile(r"\]\(\s*(?!https?://|#|\.|/)[a-z][a-z0-9+.-]*:[^)\s]*", re.IGNORECASE)
"""Where a link leads that is none of the web's, such as javascript."""

_MARKS = re.compile(r"([\\`*_{}\[\]<>#|~!&])")


def datasheet(measured: Measurement, profiles: Profiles, profile: Profile, written: str) -> str:
    """The datasheet of a measurement of `data-quality` as it may stand in evidence.

    Args:
        profile: the side that was measured; of it names, kinds and roles are told, and no number.
        written: Markdown with the sections of people; empty for none.
    """
    there = text_by_section(written)
    motivation, *others = ASKED
    parts = ["# Datasheet", *_section(motivation, there), "## Composition", *_whole(measured), _table(measured, profiles, profile), *_people(profiles), *_text(there, "Composition"),
             *(part for title in others for part in _section(title, there))]
    return "\n\n".join(parts) + "\n"


def _section(title: str, there: Mapping[str, str]) -> Iterator[str]:
    yield f"## {title}"
    yield from _text(there, title) or [f"*Not written. It should say {ASKED[title]}.*"]


def _text(there: Mapping[str, str], title: str) -> list[str]:
    text = there.get(title_of(title), "")
    return ["*Written by people, and not measured:*", _LINK.sub("](", text)] if text else []


def _whole(measured: Measurement) -> Iterator[str]:
    rows = {row.name: row for row in measured.metrics if not row.where}
    yield "\n".join(f"- {name.replace('_', ' ')}: {_told(rows[name])}" for name in _LISTED if name in rows)


def _told(row: Metric) -> str:
    if row.value is None:
        return f"not known ({cell(row.reason or '')})"
    unit = f" {row.unit}" if row.unit and not row.name.endswith(row.unit) else ""
    return f"{_number(row.value)}{unit}" + (f" ({cell(row.reason)})" if row.reason else "")


def _table(measured: Measurement, profiles: Profiles, profile: Profile) -> str:
    head = ["column", "role", "kind", "missing", "different values", "mean", "std", *(f"quantile {one}" for one in QUANTILES), "most frequent"]
    lines = [head, ["---"] * len(head)]
    rows = {(row.where.get("column"), row.where.get("quantile", row.name)): row for row in measured.metrics}
    for name, column in profile.columns.items():
        numbers = (_value(rows.get((name, one))) for one in ("missing_share", "distinct", "mean", "std", *QUANTILES))
        lines.append([cell(name), profiles.roles.get(name, "feature"), column.kind, *numbers, _top(rows.get((name, "top_share")))])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _value(row: Metric | None) -> str:
    if row is None:
        return ""
    if row.value is None:
        return "not shown" if row.reason == NOT_SHOWN else "not known"
    about = "about " if row.error_bound else ""
    return f"{about}{_number(row.value)}"


def _top(row: Metric | None) -> str:
    if row is None or row.value is None:
        return _value(row)
    return f"{cell(row.reason)}: {_number(row.value)}" if row.reason else _number(row.value)


def _people(profiles: Profiles) -> Iterator[str]:
    named = ", ".join(cell(name) for name in profiles.protected)
    yield f"Sensitive attributes that the model file declares as protected: {named or 'none'}."
    targets = [cell(name) for name, role in profiles.roles.items() if role == "target"]
    yield f"The label is {targets[0]}." if targets else "The model file names no label."


def _number(value: float) -> str:
    return f"{value:,.0f}" if value.is_integer() and abs(value) < 1e15 else f"{value:.6g}"


def cell(text: str) -> str:
    """Anybody's text, as one line that Markdown does not take for marks or tags."""
    return _MARKS.sub(r"\\\1", " ".join(text.split()))[:200]
