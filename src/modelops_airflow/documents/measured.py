"""What the steps of a run measured, and what it was judged to be."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ..evidence.manifest import judged_steps
from ..evidence.statement import measurement_in
from ..plots import Limit, plot
from ..policy.condition import Condition
from .parts import Figure, Gap, Heading, Inline, Line, Paragraph, Part, Words, gap, line, table
from .sources import MANIFEST, PLAN, Sources

MEASURED, ERROR = "measured", "error"


def verdicts(sources: Sources) -> Part:
    """Each step that is judged, what demands it and what it came to, with the evidence."""
    rows: list[list[Inline | Gap | Line]] = []
    for at, one in enumerate(sources.manifest["controls"]):
        why = sources.cite(MANIFEST, "controls", at, "reason") if "reason" in one else Words("")
        shown = line(sources.cite(MANIFEST, "controls", at, "verdict"), *((", warned",) if one["warned"] else ()))
        evidence: Line | Gap = line(sources.produced(one["evidence"][0])) if one["evidence"] else gap("no evidence")
        rows.append([sources.cite(MANIFEST, "controls", at, "control"), sources.cite(MANIFEST, "controls", at, "ref") if one["ref"] else gap("nobody demands it"),
                     gap(*shown) if one["verdict"] == ERROR else shown, why, evidence])
    return table(("step", "demanded by", "verdict", "why", "measured at"), rows) if rows else gap("the plan judges no step")


def thresholds(sources: Sources) -> Part:
    """The numbers that were fixed before anything was measured, as the plan has them."""
    rows: list[list[Inline | Line]] = []
    for at, step in enumerate(sources.plan["steps"]):
        for nth, one in enumerate(step.get("requirements") or []):
            path = ("steps", at, "requirements", nth)
            place = [part for key in one["where"] for part in (Words(" "), sources.key(PLAN, *path, "where", key), Words(" "), sources.cite(PLAN, *path, "where", key))]
            rows.append([sources.cite(PLAN, "steps", at, "id"), line(sources.cite(PLAN, *path, "metric"), *place),
                         *(sources.cite(PLAN, *path, level) if one[level] else Words("none") for level in ("warn", "fail")), sources.cite(PLAN, *path, "origin")])
    return table(("step", "metric", "warns if", "fails if", "set by"), rows) if rows else gap("the plan sets no threshold")


def all_steps(sources: Sources, *, whole: bool, but: Collection[str] = ()) -> list[Part]:
    """What each judged step measured; a step without evidence is a gap in its place.

    Args:
        whole: tell metrics of the whole data alone, and leave those of groups and columns to the report.
        but: checks that are told elsewhere in the document.
    """
    told = {step: (member, body) for step, member, body in sources.statements()}
    parts: list[Part] = []
    for at, step in enumerate(sources.plan["steps"]):
        elsewhere = step["id"] in told and told[step["id"]][1]["check"] in but
        if not elsewhere and any(one["id"] == step["id"] for one in judged_steps(sources.plan)):
            name = sources.cite(PLAN, "steps", at, "id")
            parts += _step(sources, *told[step["id"]], step, whole=whole) if step["id"] in told else [gap("step ", name, " has no evidence in this pack")]
    return parts


def of_checks(sources: Sources, checks: Sequence[str], missing: str, *, whole: bool) -> list[Part]:
    """What each step of these checks measured; a gap where the run had none of them.

    Args:
        whole: as for `all_steps`.
        missing: what is not told then, and the next step.
    """
    told = {step: (member, body) for step, member, body in sources.statements()}
    found = [(step, *told[step["id"]]) for step in judged_steps(sources.plan) if step["id"] in told and told[step["id"]][1]["check"] in checks]
    return [part for step, member, body in found for part in _step(sources, member, body, step, whole=whole)] or [gap(f"no step of this run measured {missing}")]


def _step(sources: Sources, member: str, body: Mapping[str, Any], step: Mapping[str, Any], *, whole: bool) -> list[Part]:
    base = ("predicate", "measurement")
    check = sources.cite(member, *base, "check")
    parts: list[Part] = [Heading(Words("A check"), 3), Paragraph(line(check, ", version ", sources.cite(member, *base, "version"), ", measured at ", sources.produced(member), "."))]
    notes = [sources.cite(member, *base, "notes", at) for at in range(len(body["notes"]))]
    if body["status"] != MEASURED:
        return [*parts, gap(check, " came to ", sources.cite(member, *base, "status"), *(part for note in notes for part in ("; ", note)))]
    rows = [at for at, row in enumerate(body["metrics"]) if not (whole and row["where"])]
    if not rows:
        parts.append(Paragraph(line("It measured parts of the data alone, which the validation report lists.")) if body["metrics"] else gap(check, " measured no metric"))
    else:
        parts.append(table(("metric", "where", "value", "rows", "remark"), [_row(sources, member, body, at) for at in rows]))
    measured = measurement_in(sources.read(member))
    picture = [Figure(plot(measured, limits=_limits(step)), check)] if step["phase"] == "check" else []
    return [*parts, *([] if whole else [Paragraph(line(note)) for note in notes]), *picture]


def _row(sources: Sources, member: str, body: Mapping[str, Any], at: int) -> Sequence[Inline | Line | Gap]:
    row = body["metrics"][at]
    where = [part for key in row["where"] for part in (Words(", "), sources.key(member, "predicate", "measurement", "metrics", at, "where", key), Words(" "),
                                                   sources.metric(member, at, "where", key))][1:]
    remark = () if row.get("judged", True) else line("listed only ")
    why = line(sources.metric(member, at, "reason")) if "reason" in row and row["value"] is not None else ()
    return [sources.metric(member, at, "name"), tuple(where) or line("the whole"), value_of(sources, member, body, at),
            sources.metric(member, at, "n") if "n" in row else Words(""), (*remark, *why)]


def value_of(sources: Sources, member: str, body: Mapping[str, Any], at: int) -> Line | Gap:
    """The value of a row, or the gap with the reason why there is none."""
    row = body["metrics"][at]
    if row["value"] is None:
        return gap(sources.metric(member, at, "reason"))
    about = line("about ") if "error_bound" in row else ()
    unit = line(" ", sources.metric(member, at, "unit")) if "unit" in row else ()
    return (*about, sources.metric(member, at), *unit)


def _limits(step: Mapping[str, Any]) -> list[Limit]:
    found = []
    for one in step.get("requirements") or []:
        for level in ("warn", "fail"):
            if one[level]:
                condition = Condition.parse(one[level])
                found.append(Limit(one["metric"], level, condition.comparator, condition.number, dict(one["where"])))
    return found

