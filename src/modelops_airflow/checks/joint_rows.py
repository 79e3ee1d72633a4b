"""Rows of both sides as numbers, in one form: for checks that look at columns together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..data.profile import NUMERIC, Profiles
from ..data.values import labels, numbers
from ..errors import CheckError
from .profiled_rows import as_profiled
from .sample import draw

if TYPE_CHECKING:
    import numpy as np

    from ..data.dataset import Dataset

    Matrix = np.ndarray[Any, np.dtype[np.float64]]

_MOST_LABELS = 20


def joint_rows(profiles: Profiles, dataset: Dataset | None, side: str, columns: Sequence[str], most: int, seed: int) -> Matrix:
    """A seeded sample of rows: numbers standardised by the baseline, labels as one column each.

    A missing number becomes the baseline's mean, a missing or rare label no label: the other checks tell of those.

    Raises:
        CheckError: there are no rows to read, or they have changed since they were profiled.
    """
    import numpy as np

    if dataset is None:
        raise CheckError(f"the rows of the {side} data cannot be read here, and columns are compared together row by row")
    table, _ = as_profiled(profiles, dataset, side, lambda one: draw(one, most, seed, columns))
    lacking = [name for name in columns if name not in table.column_names]
    if lacking:
        raise CheckError(f"{dataset.name} has no column {lacking[0]!r}; columns that the model makes are not in the data")
    return np.column_stack([part for name in columns for part in _parts(profiles, name, table[name])])


def _parts(profiles: Profiles, name: str, values: Any) -> list[Any]:
    import numpy as np

    assert profiles.baseline is not None  # noqa: S101 - for the type checker; the check has looked
    old = profiles.baseline.columns[name]
    if old.kind == NUMERIC:
        scaled = (numbers(values) - (old.mean or 0.0)) / (old.std or 1.0)
        return [np.where(np.isfinite(scaled), np.clip(scaled, -1e6, 1e6), 0.0)]
    known = sorted(old.values or {}, key=lambda label: (-(old.values or {})[label], label))[:_MOST_LABELS]
    found, codes = labels(values)
    place = {label: code for code, label in enumerate(found)}
    return [(codes == place.get(label, -1)).astype(np.float64) for label in known]
