"""Values as numbers of their kind, so that equal ones have equal codes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .arguments import NotNative
from .frame import NUMBERS, TEXT, TRUTH, Values

if TYPE_CHECKING:
    import numpy as np


def codes_of(column: Values) -> tuple[np.ndarray[Any, np.dtype[np.int64]], list[Any]]:
    """The code of each present value, and the different values in the order of their codes."""
    import numpy as np

    different, codes = np.unique(column.present, return_inverse=True)
    plain = different.tolist()
    return codes.astype(np.int64), [column.texts[place] for place in plain] if column.kind == TEXT else plain


def codes_with_gaps(column: Values) -> np.ndarray[Any, np.dtype[np.int64]]:
    """The code of each row; missing values are one more code, as pandas takes them for equal."""
    import numpy as np

    codes, different = codes_of(column)
    found = np.full(column.rows, len(different), dtype=np.int64)
    found[~column.missing] = codes
    return found


def same_kind(column: Values, values: list[Any]) -> None:
    """Return if values can be compared with a column as they are.

    Raises:
        NotNative: numbers against texts, or truth values against numbers: pandas has rules of its own for these.
    """
    first = values[0]
    kind = TEXT if isinstance(first, str) else TRUTH if isinstance(first, bool) else ""
    if column.kind != kind and not (kind == "" and column.kind in NUMBERS):
        raise NotNative
