"""Gaps, overlaps and dead rules of a decision table, found exactly.

Every number's range is cut at each bound that a rule names, into points and open intervals between
them; texts are cut into single values. Inside one cell no rule can tell two cases apart, so trying
every cell tries every case.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping

from .decision_table import DecisionTable, Interval, OneOf, Rule

MAX_CELLS = 200_000

Cell = Interval | str


def lint_table(table: DecisionTable) -> list[str]:
    """What is wrong with a table; empty if every case has its rule."""
    if not table.rules:
        return ["the table has no rule"]
    names = list(table.inputs)
    cuts = [_cells(table, name) for name in names]
    if math.prod(len(cut) for cut in cuts) > MAX_CELLS:
        return [f"the table has more than {MAX_CELLS} cases; it cannot be checked for gaps"]
    used: set[int] = set()
    gaps: list[str] = []
    overlaps: dict[tuple[int, int], str] = {}
    for cells in itertools.product(*cuts):
        case = dict(zip(names, cells, strict=True))
        fitting = [index for index, rule in enumerate(table.rules) if _fits(rule, case)]
        if not fitting:
            gaps.append(_told(case))
            continue
        used.add(fitting[0])
        if table.hit == "unique" and len(fitting) > 1:
            used.update(fitting)
            overlaps.setdefault((fitting[0], fitting[1]), _told(case))
    found = [f"gap: no rule covers {gap}" for gap in gaps[:5]]
    if len(gaps) > 5:
        found.append(f"gap: {len(gaps) - 5} more cases are not covered")
    found += [f"overlap: rules {a + 1} and {b + 1} both cover {case}" for (a, b), case in list(overlaps.items())[:5]]
    found += [f"rule {index + 1} never decides" for index in range(len(table.rules)) if index not in used]
    return found


def _cells(table: DecisionTable, name: str) -> list[Cell]:
    declared = table.inputs[name]
    if isinstance(declared, OneOf):
        return [*sorted(declared.values)]
    bounds = {declared.low, declared.high}
    for rule in table.rules:
        condition = rule.when.get(name)
        if isinstance(condition, Interval):
            bounds |= {condition.low, condition.high}
    ordered = sorted(bounds)
    cells: list[Cell] = []
    for index, bound in enumerate(ordered):
        if math.isfinite(bound):
            cells.append(Interval(bound, bound, True, True))
        if index + 1 < len(ordered):
            cells.append(Interval(bound, ordered[index + 1], False, False))
    return cells


def _fits(rule: Rule, case: Mapping[str, Cell]) -> bool:
    return all(_holds(condition, case[name]) for name, condition in rule.when.items())


def _holds(condition: Interval | OneOf, cell: Cell) -> bool:
    if isinstance(condition, OneOf):
        return cell in condition.values
    return isinstance(cell, Interval) and condition.holds(_inside(cell))


def _inside(cell: Interval) -> float:
    """A number inside a cell."""
    if cell.low == cell.high:
        return cell.low
    if math.isinf(cell.low):
        return math.nextafter(cell.high, -math.inf) if math.isfinite(cell.high) else 0.0
    return math.nextafter(cell.low, math.inf)


def _told(case: Mapping[str, Cell]) -> str:
    return ", ".join(f"{name} {cell if isinstance(cell, str) else f'in {cell}'}" for name, cell in case.items())
