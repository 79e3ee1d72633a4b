"""The summary of a bias audit that New York's Local Law 144 wants to be public (6 RCNY 5-303), as far as a pack has evidence for it.

Rates and ratios are those of the statement, as it rounds nothing; which of them matter is for people to say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from ..data.values import UNKNOWN
from .measured import value_of
from .parts import Document, Gap, Line, Paragraph, Part, Table, Words, gap, line, table
from .sections import data, deployments, heading, not_proven, opening
from .sources import Sources, day_of

SEX, RACE = frozenset({"sex", "gender"}), frozenset({"race", "ethnicity", "race_ethnicity", "ethnic_group"})
"""Names of columns that tell a person's sex, and race or ethnicity."""

ASKED_OF = (("Sex", (SEX,)), ("Race or ethnicity", (RACE,)), ("Intersections of sex and race or ethnicity", (SEX, RACE)))
RATES = (("selection_rate", "impact_ratio"), ("scoring_rate", "scoring_impact_ratio"))
Measured = tuple[str, Mapping[str, Any]]


def ll144_summary(sources: Sources, on: date) -> Document:
    """The summary of the bias audit in a pack."""
    found = next(((member, body) for _, member, body in sources.statements() if body["check"] == "bias"), None)
    return Document(Words("Summary of a bias audit"), (
        *opening(sources, on),
        Paragraph(line("Form of ", Words("Local Law 144"), " (", Words("6 RCNY 5-300 to 5-304"), "). It tells what was measured, and draws no conclusion of law.")),
        *_audit(sources, found, on), *data(sources),
        gap("why these data were used, and how they were collected, is a text of people, and none is in this pack"),
        *_tables(sources, found),
        *deployments(sources), *not_proven(sources),
    ))


def _audit(sources: Sources, found: Measured | None, on: date) -> list[Part]:
    parts: list[Part] = [heading("Audit")]
    if found is None:
        parts.append(gap("there is no bias statement in this pack, so there was no audit that it could tell of"))
    else:
        made = sources.produced(found[0])
        old = day_of(made) <= _year_before(on)
        parts.append(gap("stale: measured at ", made, ", more than a year before this document") if old else Paragraph(line("Rates and ratios were measured at ", made, ".")))
        if found[1]["status"] != "measured":
            parts.append(gap("the bias check came to ", sources.cite(found[0], "predicate", "measurement", "status")))
    return [*parts, gap("that an independent auditor made it is told by no evidence in this pack")]


def _year_before(on: date) -> date:
    return on.replace(year=on.year - 1, day=28) if (on.month, on.day) == (2, 29) else on.replace(year=on.year - 1)


def _tables(sources: Sources, found: Measured | None) -> Iterator[Part]:
    for title, kinds in ASKED_OF:
        yield heading(title)
        groups = _groups(found, kinds) if found else {}
        if found is None or not groups:
            yield gap("no evidence: the pack has no rates for these categories")
            continue
        for rate, ratio in RATES:
            yield _rates(sources, *found, groups, rate, ratio)
        yield from _unknown(sources, *found, groups)


def _groups(found: Measured, kinds: tuple[frozenset[str], ...]) -> dict[tuple[tuple[str, str], ...], dict[str, int]]:
    """Category -> metric -> its row, of columns of exactly these kinds."""
    groups: dict[tuple[tuple[str, str], ...], dict[str, int]] = {}
    for at, row in enumerate(found[1]["metrics"]):
        names = [name.lower() for name in row["where"]]
        if len(names) == len(kinds) and all(any(name in kind for name in names) for kind in kinds):
            groups.setdefault(tuple(row["where"].items()), {}).setdefault(row["name"], at)
    return groups


def _rates(sources: Sources, member: str, body: Mapping[str, Any], groups: Mapping[Any, Mapping[str, int]], rate: str, ratio: str) -> Table | Gap:
    if not any(rate in rows or ratio in rows for rows in groups.values()):
        return gap("no evidence of ", Words(rate.replace("_", " ")), " for these categories")
    told: list[list[Line | Gap]] = []
    for rows in groups.values():
        first = next(iter(rows.values()))
        names = [part for key in body["metrics"][first]["where"] for part in (" ", sources.metric(member, first, "where", key))][1:]
        listed = [] if body["metrics"][first].get("judged", True) else [" (listed, not judged)"]
        told.append([line(*names, *listed), *(_cell(sources, member, body, rows, name) for name in ("n", rate, ratio))])
    return table(("category", "people", rate.replace("_", " "), ratio.replace("_", " ")), told)


def _cell(sources: Sources, member: str, body: Mapping[str, Any], rows: Mapping[str, int], name: str) -> Line | Gap:
    return value_of(sources, member, body, rows[name]) if name in rows else gap("not measured")


def _unknown(sources: Sources, member: str, body: Mapping[str, Any], groups: Mapping[Any, Mapping[str, int]]) -> Iterator[Part]:
    counted = [rows["n"] for key, rows in groups.items() if any(value == UNKNOWN for _, value in key) and "n" in rows]
    if not counted:
        yield gap("no evidence of how many people are of unknown category")
    for at in counted:
        names = [part for key in body["metrics"][at]["where"] for part in (" ", sources.metric(member, at, "where", key))]
        told = value_of(sources, member, body, at)
        yield gap("people of unknown category", *names, ": ", *told.line) if isinstance(told, Gap) else Paragraph(line("People of unknown category", *names, ": ", *told, "."))
