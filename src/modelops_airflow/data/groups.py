"""Group tables: outcomes by protected attribute and by all attributes together, from one pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..errors import DataError
from .group import Group
from .values import UNKNOWN, labels

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    Mask = np.ndarray[Any, Any]

SEPARATOR = "+"
_MANY_GROUPS = 1000


def outcome_masks(table: pa.Table, roles: Mapping[str, str], favourable: str) -> dict[str, Mask]:
    """Which rows count as selected and, with labels, as tp, fp, tn, fn; empty without a prediction or favourable label."""
    names = {role: name for name, role in roles.items() if role in ("target", "prediction")}
    if not favourable or names.get("prediction") not in table.column_names:
        return {}
    selected = _is(table[names["prediction"]], favourable)
    if names.get("target") not in table.column_names:
        return {"selected": selected}
    target = table[names["target"]]
    truth, known = _is(target, favourable), ~_is(target, UNKNOWN)
    return {
        "selected": selected, "tp": known & truth & selected, "fp": known & ~truth & selected,
        "tn": known & ~truth & ~selected, "fn": known & truth & ~selected,
    }


def group_tables(table: pa.Table, protected: Sequence[str], masks: Mapping[str, Mask]) -> dict[str, tuple[Group, ...]]:
    """Groups by attribute; the key of an intersection joins the names with `+`.

    Args:
        masks: field of `Group` -> the rows that are counted in it.

    Raises:
        DataError: a protected column is not in the data, or has too many different values.
    """
    for column in protected:
        if column not in table.column_names:
            raise DataError(f"protected column {column!r} is not in the data; columns: {', '.join(table.column_names)}")
    sets: list[tuple[str, ...]] = [(column,) for column in protected]
    if len(protected) > 1:
        sets.append(tuple(protected))
    coded = {column: labels(table[column]) for column in protected}
    for column, (names_of, _) in coded.items():
        if len(names_of) > _MANY_GROUPS:
            raise DataError(f"protected column {column!r} has {len(names_of)} different values; expected bands, at most {_MANY_GROUPS}")
    return {SEPARATOR.join(one): _groups(one, coded, masks, table.num_rows) for one in sets}


def _is(column: pa.ChunkedArray[Any], wanted: str) -> Mask:
    import numpy as np

    names, codes = labels(column)
    return codes == names.index(wanted) if wanted in names else np.zeros(len(codes), dtype=bool)


def _groups(
    columns: tuple[str, ...], coded: Mapping[str, tuple[list[str], Any]], masks: Mapping[str, Mask], rows: int
) -> tuple[Group, ...]:
    import numpy as np

    sizes = [len(coded[column][0]) for column in columns]
    code = np.zeros(rows, dtype=np.int64)
    for column, size in zip(columns, sizes, strict=True):
        code = code * size + coded[column][1]
    # Only what is there is tabled: the product of all labels may be far larger than the data.
    present, code = np.unique(code, return_inverse=True)
    total = len(present)
    n = np.bincount(code, minlength=total)
    counted = {name: np.bincount(code[mask], minlength=total) for name, mask in masks.items()}
    found = []
    for index in range(total):
        where, rest = {}, int(present[index])
        for column, size in zip(reversed(columns), reversed(sizes), strict=True):
            rest, place = divmod(rest, size)
            where[column] = coded[column][0][place]
        facts = {name: int(counts[index]) for name, counts in counted.items()}
        found.append(Group({column: where[column] for column in columns}, int(n[index]), **facts))
    return tuple(found)
