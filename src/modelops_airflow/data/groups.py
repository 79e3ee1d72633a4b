"""Group tables: outcomes by protected attribute and by all attributes together, from one pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..errors import DataError
from .group import Group
from .values import UNKNOWN, Coded

if TYPE_CHECKING:
    import numpy as np

    Mask = np.ndarray[Any, Any]

SEPARATOR = "+"
MANY_GROUPS, MOST_GROUPS = 1000, 10_000


def outcome_masks(coded: Coded, roles: Mapping[str, str], favourable: str) -> dict[str, Mask]:
    """Which rows count as selected and, with labels, as tp, fp, tn, fn; empty without a prediction or favourable label."""
    names = {role: name for name, role in roles.items() if role in ("target", "prediction")}
    if not favourable or names.get("prediction") not in coded:
        return {}
    selected = _is(coded[names["prediction"]], favourable)
    if names.get("target") not in coded:
        return {"selected": selected}
    target = coded[names["target"]]
    truth, known = _is(target, favourable), ~_is(target, UNKNOWN)
    return {
        "selected": selected, "tp": known & truth & selected, "fp": known & ~truth & selected,
        "tn": known & ~truth & ~selected, "fn": known & truth & ~selected,
    }


def group_tables(coded: Coded, protected: Sequence[str], masks: Mapping[str, Mask]) -> dict[str, tuple[Group, ...]]:
    """Groups by attribute; the key of an intersection joins the names with `+`.

    Args:
        masks: field of `Group` -> the rows that are counted in it.

    Raises:
        DataError: a protected column is not in the data, or has too many different values.
    """
    for column in protected:
        if column not in coded:
            raise DataError(f"protected column {column!r} is not in the data; columns: {', '.join(coded.table.column_names)}")
    sets: list[tuple[str, ...]] = [(column,) for column in protected]
    if len(protected) > 1:
        sets.append(tuple(protected))
    for column in protected:
        if (different := len(coded[column][0])) > MANY_GROUPS:
            raise DataError(f"protected column {column!r} has {different} different values; expected bands, at most {MANY_GROUPS}")
    cell = _cells(masks, coded.table.num_rows)
    return {SEPARATOR.join(one): _groups(one, coded, list(masks), cell) for one in sets}


def _is(column: tuple[list[str], Mask], wanted: str) -> Mask:
    import numpy as np

    names, codes = column
    return codes == names.index(wanted) if wanted in names else np.zeros(len(codes), dtype=bool)


def _cells(masks: Mapping[str, Mask], rows: int) -> Mask:
    """One number a row: bit k is set where mask k counts the row."""
    import numpy as np

    cell = np.zeros(rows, dtype=np.int64)
    for place, mask in enumerate(masks.values()):
        cell += mask.astype(np.int64) << place
    return cell


def _groups(columns: tuple[str, ...], coded: Coded, names: Sequence[str], cell: Mask) -> tuple[Group, ...]:
    import numpy as np

    code, present = _coded_groups([coded[column] for column in columns])
    total = len(present)
    if total > MOST_GROUPS:
        raise DataError(f"the columns {', '.join(columns)} together make {total} groups; expected bands, at most {MOST_GROUPS}")
    width = 1 << len(names)
    table = np.bincount(code * width + cell, minlength=total * width).reshape(total, width)
    n = table.sum(axis=1)
    has = np.arange(width)
    counted = {name: table[:, has >> place & 1 == 1].sum(axis=1) for place, name in enumerate(names)}
    found = []
    for index in np.flatnonzero(n):
        facts = {name: int(counts[index]) for name, counts in counted.items()}
        found.append(Group(dict(zip(columns, present[index], strict=True)), int(n[index]), **facts))
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
