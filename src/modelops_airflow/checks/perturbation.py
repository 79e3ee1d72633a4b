"""Perturbations of one column: each gives new values for all rows, the same for the same seed."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..data.profile import NUMERIC, Column
from ..data.values import kind_of, labels, numbers

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    Floats = np.ndarray[Any, np.dtype[np.float64]]
    Values = pa.ChunkedArray[Any] | pa.Array[Any]

_UNSEEN = "not-seen-before"


@dataclass(frozen=True)
class Strength:
    """How hard columns are perturbed.

    Attributes:
        noise: standard deviation of the noise, in standard deviations of the column.
        reach: how far beyond the observed range, in widths of that range.
    """

    noise: float
    reach: float


Perturb = Callable[["pa.ChunkedArray[Any]", Column, Strength, "np.random.Generator"], "Values | None"]
"""Values, what is known of the column, strength, draws -> new values; None where it has no meaning for the column."""


def perturbed(name: str, column: str, values: pa.ChunkedArray[Any], known: Column, strength: Strength, seed: int) -> Values | None:
    """New values of a column; the draws hang on the seed, the perturbation and the column's name alone."""
    import numpy as np

    draws = np.random.default_rng([seed, zlib.crc32(f"{name} {column}".encode())])
    return PERTURBATIONS[name](values, known, strength, draws)


def _missing(values: pa.ChunkedArray[Any], _known: Column, _strength: Strength, _draws: np.random.Generator) -> Values:
    import pyarrow as pa

    nothing: Values = pa.nulls(len(values), values.type)
    return nothing


def _extreme(values: pa.ChunkedArray[Any], known: Column, strength: Strength, draws: np.random.Generator) -> Values | None:
    """Half of the rows far above the observed range, half far below; a coin says which."""
    import numpy as np

    if kind_of(values) != NUMERIC or known.low is None or known.high is None:
        return None
    away = strength.reach * ((known.high - known.low) or abs(known.high) or 1.0)
    above = draws.random(len(values)) < 0.5
    return _as_before(np.where(above, known.high + away, known.low - away), values)


def _noise(values: pa.ChunkedArray[Any], known: Column, strength: Strength, draws: np.random.Generator) -> Values | None:
    if kind_of(values) != NUMERIC or known.std is None:
        return None
    return _as_before(numbers(values) + strength.noise * known.std * draws.standard_normal(len(values)), values)


def _shuffle(values: pa.ChunkedArray[Any], _known: Column, _strength: Strength, draws: np.random.Generator) -> Values:
    import pyarrow as pa

    return values.take(pa.array(draws.permutation(len(values)), pa.int64()))


def _unseen(values: pa.ChunkedArray[Any], known: Column, _strength: Strength, _draws: np.random.Generator) -> Values | None:
    """A label that no row has."""
    import pyarrow as pa

    kind = _plain(values.type)
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        return None
    seen = {*(known.values or ()), *labels(values)[0]}
    word = next(word for word in (_UNSEEN + "-" * more for more in range(len(seen) + 1)) if word not in seen)
    return pa.array([word] * len(values), kind)


PERTURBATIONS: Mapping[str, Perturb] = {
    "missing": _missing, "extreme": _extreme, "noise": _noise, "shuffle": _shuffle, "unseen": _unseen,
}


def _plain(kind: Any) -> Any:
    """The type of the values, also of a dictionary's."""
    import pyarrow as pa

    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _as_before(moved: Floats, values: pa.ChunkedArray[Any]) -> Values:
    """Whole numbers stay whole, and missing values missing; what the type cannot hold becomes a float."""
    import numpy as np
    import pyarrow as pa

    kept = np.isfinite(moved) & np.isfinite(numbers(values))
    kind = _plain(values.type)
    whole = pa.types.is_integer(kind)
    array: Any = pa.array(np.rint(moved) if whole else moved, pa.float64(), mask=~kept)
    for narrower in (kind, pa.int64()) if whole else (kind,):
        try:
            narrow: Values = array.cast(narrower, safe=whole)
            return narrow
        except pa.ArrowException:
            continue
    wide: Values = array
    return wide


def changed(before: pa.ChunkedArray[Any], after: Values) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Rows whose value is another one."""
    import numpy as np
    import pyarrow as pa

    if kind_of(before) == NUMERIC:
        was, now = numbers(before), numbers(after)
        other: np.ndarray[Any, np.dtype[np.bool_]] = ~((was == now) | (np.isnan(was) & np.isnan(now)))
        return other
    kind = after.type  # `unseen` gives plain text where the column is a dictionary
    old = before if before.type == kind else before.cast(kind)
    both = pa.chunked_array([*old.chunks, *(after.chunks if isinstance(after, pa.ChunkedArray) else [after])])
    _names, codes = labels(both)
    different: np.ndarray[Any, np.dtype[np.bool_]] = codes[: len(before)] != codes[len(before):]
    return different
