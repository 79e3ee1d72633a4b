"""Pairs: two samples of each column compared exactly, with bins over both sides.

The binning is that of Evidently 0.7 (`get_binned_data`): equal width over the joint range with
Sturges' number of bins where the baseline has more than 20 different values, else by value.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from .columns import Columns
from .gather import WIDTH
from .profile import NUMERIC, OTHER, UNCOMPARED, Pair
from .room import needs
from .two_sample import ROW_TESTS, two_sample
from .values import FEW_VALUES, UNKNOWN, exact_sum, kind_of, labels, numbers, sort_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    import pyarrow as pa

_COPIES = 10
"""Arrays as long as both sides that are held at once."""


def pairs(
    baseline: Columns, current: Columns, kinds: Mapping[str, str], methods: Collection[str] = ()
) -> dict[str, Pair]:
    """Every column that both sides have.

    Args:
        kinds: which are compared as numbers, which as categories.
        methods: methods of drift that will be asked for; those that need rows are computed here.
    """
    found = {}
    for name in current.column_names:
        if name not in baseline.column_names or name not in kinds or kinds[name] in UNCOMPARED or kind_of(current.schema.field(name)) == OTHER:
            continue
        needs(_COPIES * WIDTH * (baseline.num_rows + current.num_rows), f"comparing column {name!r} row by row (binning: evidently)",
              "leave out binning: evidently, or take a sample of the rows")
        old, new = baseline[name], current[name]
        if kinds[name] == NUMERIC and kind_of(old) == NUMERIC and kind_of(new) == NUMERIC:
            found[name] = _numeric(_native(old), _native(new), [one for one in methods if one in ROW_TESTS])
        else:
            found[name] = _categorical(old, new)
    return found


def _native(column: pa.ChunkedArray[Any]) -> np.ndarray[Any, Any]:
    """Whole numbers stay whole: NumPy gives them bins at least 1 wide, and so does the library."""
    import numpy as np
    import pyarrow as pa

    if pa.types.is_integer(column.type) and not column.null_count:
        return np.asarray(column.to_numpy())
    return numbers(column)


def _numeric(old: np.ndarray[Any, Any], new: np.ndarray[Any, Any], methods: Collection[str]) -> Pair:
    import numpy as np

    old, new = (np.sort(side[np.isfinite(side)]) for side in (old, new))
    if not len(old) or not len(new):
        return Pair(NUMERIC, (), (), len(old), len(new), False, 0)
    both = np.sort(np.concatenate([old, new]), kind="stable")
    values = both[np.append(True, both[1:] != both[:-1])]
    few = 1 + int((old[1:] != old[:-1]).sum()) <= FEW_VALUES
    # Rows at or below each value: both distances and the counts by value come from these.
    below = [np.searchsorted(side, values, side="right") for side in (old, new)]
    if few:
        counts = [np.diff(places, prepend=0) for places in below]
    else:
        try:
            edges = np.histogram_bin_edges(both, bins="sturges")
        except ValueError:  # the values lie too close together to cut
            counts = []
        else:
            counts = [np.histogram(side, edges)[0] for side in (old, new)]
    gap = np.abs(below[0] / len(old) - below[1] / len(new))
    area = exact_sum(gap[:-1] * np.diff(values.astype(np.float64)))
    baseline, current = (tuple(int(n) for n in side) for side in counts or ((), ()))
    return Pair(
        NUMERIC, baseline, current, len(old), len(new), few, len(values), ks=float(gap.max()),
        ks_p=_ks_p(old, new, float(gap.max())), wasserstein=area / max(float(np.std(old)), 0.001),
        by_rows={name: two_sample(name, old, new) for name in sorted(methods)},
    )


def _categorical(old: pa.ChunkedArray[Any], new: pa.ChunkedArray[Any]) -> Pair:
    import numpy as np

    counts = []
    for side in (old, new):
        names, codes = labels(side)
        counted = dict(zip(names, (int(n) for n in np.bincount(codes, minlength=len(names))), strict=True))
        counted.pop(UNKNOWN, None)
        counts.append(counted)
    keys = sorted(counts[0].keys() | counts[1].keys(), key=sort_key)
    return Pair("categorical", tuple(counts[0].get(key, 0) for key in keys), tuple(counts[1].get(key, 0) for key in keys),
                sum(counts[0].values()), sum(counts[1].values()), True, len(keys))


def _ks_p(old: np.ndarray[Any, Any], new: np.ndarray[Any, Any], statistic: float) -> float:
    """P-value of the two-sided test: SciPy's own choice between exact and asymptotic (beyond 10,000 rows)."""
    from scipy import stats  # type: ignore[import-untyped,unused-ignore]

    if max(len(old), len(new)) <= 10_000:
        return float(stats.ks_2samp(old, new).pvalue)
    effective = len(old) * len(new) / (len(old) + len(new))
    return float(stats.kstwo.sf(statistic, round(effective)))
