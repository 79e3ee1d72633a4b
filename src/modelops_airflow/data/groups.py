"""Group tables: outcomes by protected attribute and by all attributes together, from one pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..errors import DataError
from .profile import Group
from .values import UNKNOWN, labels

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

SEPARATOR = "+"
_MANY_GROUPS = 1000


def group_tables(
    table: pa.Table, roles: Mapping[str, str], protected: Sequence[str], favourable: str
) -> dict[str, tuple[Group, ...]]:
    """Groups by attribute; the key of an intersection joins the names with `+`.

    Raises:
        DataError: a protected column is not in the data.
    """
    names = {role: name for name, role in roles.items() if role in ("target", "prediction")}
    if names.get("prediction") not in table.column_names:
        return {}
    for column in protected:
        if column not in table.column_names:
            raise DataError(f"protected column {column!r} is not in the data; columns: {', '.join(table.column_names)}")
    selected = _is(table[names["prediction"]], favourable)
    truth = known = None
    if names.get("target") in table.column_names:
        target = table[names["target"]]
        truth, known = _is(target, favourable), ~_is(target, UNKNOWN)
    sets: list[tuple[str, ...]] = [(column,) for column in protected]
    if len(protected) > 1:
        sets.append(tuple(protected))
    coded = {column: labels(table[column]) for column in protected}
    for column, (names_of, _) in coded.items():
        if len(names_of) > _MANY_GROUPS:
            raise DataError(f"protected column {column!r} has {len(names_of)} different values; expected bands, at most {_MANY_GROUPS}")
    return {SEPARATOR.join(one): _groups(one, coded, selected, truth, known) for one in sets}


def _is(column: pa.ChunkedArray[Any], wanted: str) -> np.ndarray[Any, Any]:
    import numpy as np

    names, codes = labels(column)
    return codes == names.index(wanted) if wanted in names else np.zeros(len(codes), dtype=bool)


def _groups(
    columns: tuple[str, ...],
    coded: Mapping[str, tuple[list[str], Any]],
    selected: np.ndarray[Any, Any],
    truth: np.ndarray[Any, Any] | None,
    known: np.ndarray[Any, Any] | None,
) -> tuple[Group, ...]:
    import numpy as np

    sizes = [len(coded[column][0]) for column in columns]
    code = np.zeros(len(selected), dtype=np.int64)
    for column, size in zip(columns, sizes, strict=True):
        code = code * size + coded[column][1]
    # Only what is there is tabled: the product of all labels may be far larger than the data.
    present, code = np.unique(code, return_inverse=True)
    total = len(present)

    def count(mask: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        return np.bincount(code[mask], minlength=total)

    n, chosen = np.bincount(code, minlength=total), count(selected)
    cells = None
    if truth is not None and known is not None:
        cells = [count(known & a & b) for a, b in ((truth, selected), (~truth, selected), (~truth, ~selected), (truth, ~selected))]
    found = []
    for index in range(total):
        where, rest = {}, int(present[index])
        for column, size in zip(reversed(columns), reversed(sizes), strict=True):
            rest, place = divmod(rest, size)
            where[column] = coded[column][0][place]
        facts = dict(zip(("tp", "fp", "tn", "fn"), (int(cell[index]) for cell in cells), strict=True)) if cells else {}
        found.append(Group({column: where[column] for column in columns}, int(n[index]), int(chosen[index]), **facts))
    return tuple(found)
