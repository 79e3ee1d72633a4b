"""Group tables: outcomes by protected attribute and by all attributes together, from one pass over their rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..errors import DataError
from .columns import Columns, parts
from .group import Group, Median
from .values import UNKNOWN, Coded, numbers, sort_key

if TYPE_CHECKING:
    import numpy as np

    Mask = np.ndarray[Any, Any]

SEPARATOR = "+"
MANY_GROUPS, MOST_GROUPS = 1000, 10_000

Counts = dict[tuple[str, ...], "np.ndarray[Any, Any]"]
"""Labels of a group -> rows by cell; bit k of a cell's number is set where mask k counts the row."""


def group_tables(
    table: Columns, roles: Mapping[str, str], protected: Sequence[str], favourable: str, median: Median | None = None
) -> dict[str, tuple[Group, ...]]:
    """Groups by attribute; the key of an intersection joins the names with `+`.

    Empty where nothing is counted of them: without a score, and without a prediction or a favourable label.

    Args:
        median: of the score, which `above` is counted by.

    Raises:
        DataError: a protected column is not in the data, or has too many different values.
    """
    names = {role: name for name, role in roles.items() if name in table.column_names}
    prediction = names.get("prediction") if favourable else None
    if prediction is None and median is None:
        return {}
    for column in protected:
        if column not in table.column_names:
            raise DataError(f"protected column {column!r} is not in the data; columns: {', '.join(table.column_names)}")
    sets: list[tuple[str, ...]] = [(column,) for column in protected]
    if len(protected) > 1:
        sets.append(tuple(protected))
    target = names.get("target") if prediction else None
    middle = median.value if median is not None else None
    score = names.get("score") if middle is not None else None
    fields = [*(_FIELDS if target else _FIELDS[:1] if prediction else ()), *(["above"] if score else [])]
    counts: dict[tuple[str, ...], Counts] = {one: {} for one in sets}
    asked = [one for one in dict.fromkeys([*protected, prediction, target, score]) if one is not None]
    for part in parts(table, asked):
        coded = Coded(part)
        masks = _masks(coded, prediction, target, favourable)
        if score and middle is not None:
            masks.append(numbers(part[score]) > middle)
        cell = _cells(masks, part.num_rows)
        for one, known in counts.items():
            _count([coded[column] for column in one], cell, len(masks), known)
            _refuse_many(one, known)
    return {SEPARATOR.join(one): _groups(one, fields, known) for one, known in counts.items()}


_FIELDS = ("selected", "tp", "fp", "tn", "fn")


def _masks(coded: Coded, prediction: str | None, target: str | None, favourable: str) -> list[Mask]:
    """Which rows count as selected and, with labels, as tp, fp, tn, fn; none without a prediction."""
    if prediction is None:
        return []
    selected = _is(coded[prediction], favourable)
    if target is None:
        return [selected]
    truth, known = _is(coded[target], favourable), ~_is(coded[target], UNKNOWN)
    return [selected, known & truth & selected, known & ~truth & selected, known & ~truth & ~selected, known & truth & ~selected]


def _refuse_many(columns: tuple[str, ...], counts: Counts) -> None:
    """One column may have a thousand values; more of them together make more groups."""
    if len(columns) == 1 and len(counts) > MANY_GROUPS:
        raise DataError(f"protected column {columns[0]!r} has more than {MANY_GROUPS} different values; expected bands")
    if len(counts) > MOST_GROUPS:
        raise DataError(f"the columns {', '.join(columns)} together make more than {MOST_GROUPS} groups; expected bands")


def _is(column: tuple[list[str], Mask], wanted: str) -> Mask:
    import numpy as np

    names, codes = column
    return codes == names.index(wanted) if wanted in names else np.zeros(len(codes), dtype=bool)


def _cells(masks: Sequence[Mask], rows: int) -> Mask:
    import numpy as np

    cell = np.zeros(rows, dtype=np.uint8)
    for place, mask in enumerate(masks):
        cell |= mask.view(np.uint8) << np.uint8(place)
    return cell


def _count(columns: Sequence[tuple[list[str], Mask]], cell: Mask, masks: int, counts: Counts) -> None:
    """Add the rows of a part."""
    import numpy as np

    code, present = _coded_groups(columns)
    width = 1 << masks
    table = np.bincount(code * width + cell, minlength=len(present) * width).reshape(len(present), width)
    for index in np.flatnonzero(table.sum(axis=1)).tolist():
        labels = present[index]
        counts[labels] = counts[labels] + table[index] if labels in counts else table[index]


def _groups(columns: tuple[str, ...], fields: Sequence[str], counts: Counts) -> tuple[Group, ...]:
    import numpy as np

    has, found = np.arange(1 << len(fields)), []
    for labels in sorted(counts, key=lambda one: [sort_key(label) for label in one]):
        cells = counts[labels]
        facts = {name: int(cells[has >> place & 1 == 1].sum()) for place, name in enumerate(fields)}
        found.append(Group(dict(zip(columns, labels, strict=True)), int(cells.sum()), **facts))
    return tuple(found)


def _coded_groups(columns: Sequence[tuple[list[str], Mask]]) -> tuple[Mask, list[tuple[str, ...]]]:
    """Each row's place among the groups that are there, and their labels; all groups of few labels count as being there."""
    import numpy as np

    names, code = columns[0]
    present: list[tuple[str, ...]] = [(name,) for name in names]
    for names, more in columns[1:]:
        code = code.astype(np.int64) * len(names) + more
        if len(present) * len(names) <= MANY_GROUPS:
            present = [(*one, name) for one in present for name in names]
            continue
        # The product of all labels may be far larger than the data, and than any whole number.
        there, code = np.unique(code, return_inverse=True)
        present = [(*present[place // len(names)], names[place % len(names)]) for place in there.tolist()]
    return code, present
