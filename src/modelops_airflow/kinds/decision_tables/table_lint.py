"""Gaps, overlaps and dead rules of a decision table, found exactly.

Every number's range is cut at each bound that a rule names, into points and open intervals between
them; texts are cut into single values, and all that no rule names. Inside one cell no rule can tell two cases apart, so trying
every cell tries every case.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping

from .conditions import Condition, Interval, NoneOf, OneOf, Several
from .decision_table import DecisionTable, Rule

MAX_CELLS = 200_000
MAX_TRIES = 20_000_000
"""Cells times intervals and lists of all rules: about a minute."""

Cell = Interval | NoneOf | str


def lint_table(table: DecisionTable) -> list[str]:
    """What is wrong with a table; empty if every case has its rule."""
    if not table.rules:
        return ["the table has no rule"]
    names = list(table.inputs)
    cuts = [_cells(table, name) for name in names]
    if math.prod(len(cut) for cut in cuts) > MAX_CELLS:
        return [f"the table has more than {MAX_CELLS} cases; it cannot be checked for gaps"]
    parts = sum(len(one.parts) if isinstance(one, Interval | Several) else 1 for rule in table.rules for one in rule.when.values())
    if math.prod(len(cut) for cut in cuts) * (parts + len(table.rules)) > MAX_TRIES:
        return [f"the table has too many cases for its {len(table.rules)} rules; it cannot be checked for gaps"]
    used: set[int] = set()
    gaps: list[str] = []
    overlaps: dict[tuple[int, int], str] = {}
    for cells in itertools.product(*cuts):
        case = dict(zip(names, cells, strict=True))
        fitting = _fitting(table, case)
        if not fitting:
            gaps.append(_told(case))
            continue
        used.update(_deciding(table, fitting))
        if (pair := _clash(table, fitting)) is not None:
            overlaps.setdefault(pair, _told(case))
    found = [f"gap: no rule covers {gap}" for gap in gaps[:5]]
    if len(gaps) > 5:
        found.append(f"gap: {len(gaps) - 5} more cases are not covered")
    found += [f"overlap: {_both(table, a, b)} both cover {case}{'' if table.hit == 'unique' else ', with other outcomes'}"
              for (a, b), case in list(overlaps.items())[:5]]
    found += [f"{table.called(index)} never decides" for index, rule in enumerate(table.rules)
              if index not in used and not rule.otherwise]  # a default may stand behind a whole table
    return found


def _fitting(table: DecisionTable, case: Mapping[str, Cell]) -> list[int]:
    """Places of the rules that a case fits; the one for the rest only where there is no other."""
    fitting = [index for index, rule in enumerate(table.rules) if _fits(rule, case)]
    return [index for index in fitting if not table.rules[index].otherwise] or fitting


def _deciding(table: DecisionTable, fitting: list[int]) -> list[int]:
    """Those of the fitting rules without which something could be decided otherwise."""
    if table.hit == "first":
        return fitting[:1]
    return [index for index in fitting if table.hit != "priority" or table.rules[index].then == table.rules[fitting[0]].then]


def _clash(table: DecisionTable, fitting: list[int]) -> tuple[int, int] | None:
    """Two fitting rules that may not both fit."""
    first, *others = fitting
    if table.hit == "unique" and others:
        return first, others[0]
    if table.hit in ("any", "priority"):
        return next(((first, one) for one in others if table.rules[one].rank == table.rules[first].rank
                     and table.rules[one].then != table.rules[first].then), None)
    return None


def _both(table: DecisionTable, a: int, b: int) -> str:
    if not table.rules[a].called:
        return f"rules {a + 1} and {b + 1}"
    return f"{table.called(a)} and {table.called(b)}"


def _cells(table: DecisionTable, name: str) -> list[Cell]:
    declared = table.inputs[name]
    conditions = [rule.when[name] for rule in table.rules if name in rule.when]
    if isinstance(declared, OneOf):
        return [*sorted(declared.values)]
    if isinstance(declared, NoneOf):
        named = frozenset().union(*(one.values for one in conditions if isinstance(one, OneOf | NoneOf)))
        return [*sorted(named), NoneOf(named)]
    intervals = [part for one in (declared, *conditions) if isinstance(one, Interval | Several) for part in one.parts]
    ordered = sorted({bound for part in intervals for bound in (part.low, part.high)})
    cells: list[Interval] = []
    for index, bound in enumerate(ordered):
        if math.isfinite(bound):
            cells.append(Interval(bound, bound, True, True))
        if index + 1 < len(ordered):
            cells.append(Interval(bound, ordered[index + 1], False, False))
    return [cell for cell in cells if declared.holds(_inside(cell))]


def _fits(rule: Rule, case: Mapping[str, Cell]) -> bool:
    return all(_holds(condition, case[name]) for name, condition in rule.when.items())


def _holds(condition: Condition, cell: Cell) -> bool:
    if isinstance(condition, OneOf):
        return cell in condition.values
    if isinstance(condition, NoneOf):
        return isinstance(cell, NoneOf) or cell not in condition.values
    return isinstance(cell, Interval) and condition.holds(_inside(cell))


def _inside(cell: Interval) -> float:
    """A number inside a cell."""
    if cell.low == cell.high:
        return cell.low
    if math.isinf(cell.low):
        return math.nextafter(cell.high, -math.inf) if math.isfinite(cell.high) else 0.0
    return math.nextafter(cell.low, math.inf)


def _told(case: Mapping[str, Cell]) -> str:
    return ", ".join(f"{name} {f'in {cell}' if isinstance(cell, Interval) else cell}" for name, cell in case.items())
