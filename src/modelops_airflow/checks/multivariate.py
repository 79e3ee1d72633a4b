"""Multivariate drift: have the columns moved together, in a way that none of them shows alone?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..data.profile import CATEGORICAL, Column, Profiles
from ..errors import CheckError
from ..measurement import Measurement, Metric
from .check import CheckContext, check
from .compared_columns import compared_columns, left_out
from .joint_rows import joint_rows

if TYPE_CHECKING:
    import numpy as np

    Matrix = np.ndarray[Any, np.dtype[np.float64]]

METRICS = ("domain_auc", "domain_p", "reconstruction_error", "reconstruction_z")
_LEAST_ROWS = 100
_KEPT_VARIANCE = 0.65


@check("multivariate", version=1, metrics=METRICS)
def multivariate(
    profiles: Profiles,
    *,
    context: CheckContext,
    columns: Sequence[str] | None = None,
    roles: Sequence[str] = ("feature", "protected"),
    rows: int = 5000,
    seed: int = 0,
) -> Measurement:
    """Whether current rows can be told from the baseline's, by a classifier and by their principal components.

    Args:
        columns: only these columns.
        roles: only columns of these roles.
        rows: sampled of each side at most (200 to 100,000).
        seed: of the samples and the classifier (0 to 4,294,967,295).

    Raises:
        CheckError: an option is out of range, a named column cannot be compared, too few rows or columns, or rows that cannot be read.

    Source: Lopez-Paz and Oquab 2017 for the test by a classifier: it learns from one half of the rows, and its AUC on
        the other half is tested by Mann and Whitney 1947; NannyML's data reconstruction for the components that keep
        65 % of the variance, with three standard errors in the place of three deviations of chunks.
    """
    compared = compared_columns(profiles, columns, roles)
    left = _left_out(profiles, [name for name in profiles.current.columns if profiles.roles.get(name) in roles] if columns is None else compared)
    if columns is not None and left:
        raise CheckError(f"columns are named and cannot be compared: {_told(left)}")
    names = [name for name in compared if name not in left]
    if len(names) < 2:
        raise CheckError(f"{len(names)} column can be compared; expected at least two")
    old = joint_rows(profiles, context.baseline, "baseline", names, rows, seed)
    new = joint_rows(profiles, context.dataset, "current", names, rows, seed + 1)
    if min(len(old), len(new)) < _LEAST_ROWS:
        raise CheckError(f"{len(old)} rows of baseline and {len(new)} of current data; expected at least {_LEAST_ROWS} of each")
    auc, p, held = _classified(old, new, seed)
    error, z = _reconstructed(old, new, seed)
    n = len(new)
    return Measurement.of("multivariate", [
        Metric("domain_auc", auc, n=held, p=p), Metric("domain_p", p, n=held, p=p),
        Metric("reconstruction_error", error, n=n),
        Metric("reconstruction_z", z, n=n, reason="the components leave nothing to tell rows by" if z is None else None),
    ], notes=[f"columns: {', '.join(names)}", *([f"left out: {_told(left)}"] if left else []),
              f"sampled: {len(old)} rows of the baseline and {n} of the current data, seed {seed}"])


def _left_out(profiles: Profiles, names: Sequence[str]) -> dict[str, str]:
    """Those of the columns that no row can be placed by, and why."""
    assert profiles.baseline is not None  # noqa: S101 - for the type checker; `compared_columns` has looked
    old, new = profiles.baseline, profiles.current
    return {name: why for name in names if (why := left_out(old, new, name) or _unfit(old.columns[name]))}


def _unfit(old: Column) -> str:
    if old.kind == CATEGORICAL and old.values is None:
        return "the baseline has too many different labels"
    return "" if old.valid else "the baseline has no usable value"


def _told(left: Mapping[str, str]) -> str:
    return ", ".join(f"{name} ({why})" for name, why in left.items())


def _halves(rows: Matrix, seed: int) -> tuple[Matrix, Matrix]:
    import numpy as np

    order = np.random.default_rng(seed).permutation(len(rows))
    return rows[order[: len(rows) // 2]], rows[order[len(rows) // 2 :]]


def _classified(old: Matrix, new: Matrix, seed: int) -> tuple[float, float, int]:
    """AUC on rows that the classifier has not seen, the one-sided p-value that they cannot be told apart, and their number."""
    import numpy as np
    from scipy.special import ndtr  # type: ignore[import-untyped,unused-ignore]
    from scipy.stats import rankdata
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits

    (old_seen, old_held), (new_seen, new_held) = _halves(old, seed), _halves(new, seed + 1)
    truth = np.repeat([0, 1], [len(old_seen), len(new_seen)])
    model = HistGradientBoostingClassifier(max_iter=60, early_stopping=False, class_weight="balanced", random_state=seed)
    with threadpool_limits(1):  # one thread: the same sums in the same order everywhere
        model.fit(np.vstack([old_seen, new_seen]), truth)
        score = model.decision_function(np.vstack([old_held, new_held]))
    n, m = len(old_held), len(new_held)
    auc = float((rankdata(score)[n:].sum() - m * (m + 1) / 2) / (n * m))
    _, ties = np.unique(score, return_counts=True)
    tied = float((ties.astype(float) ** 3 - ties).sum()) / ((n + m) * (n + m - 1))
    deviation = math.sqrt((n + m + 1 - tied) / (12 * n * m)) if n + m + 1 > tied + 1e-9 else 0.0
    return auc, float(ndtr((0.5 - auc) / deviation)) if deviation else 1.0, n + m


def _reconstructed(old: Matrix, new: Matrix, seed: int) -> tuple[float, float | None]:
    """Mean distance of current rows from the plane of the baseline's components, and its standard errors from the baseline's."""
    import numpy as np

    seen, held = _halves(old, seed)
    middle = seen.mean(axis=0)
    variances, vectors = np.linalg.eigh(np.cov(seen - middle, rowvar=False))
    share = np.cumsum(variances[::-1]) / max(float(variances.sum()), 1e-300)
    kept = vectors[:, ::-1][:, : 1 + int(np.searchsorted(share, _KEPT_VARIANCE))]

    def errors(rows: Matrix) -> Matrix:
        centred = rows - middle
        return np.asarray(np.sqrt(((centred - centred @ kept @ kept.T) ** 2).sum(axis=1)))

    before, now = errors(held), errors(new)
    spread = math.sqrt(float(before.var()) / len(before) + float(now.var()) / len(now))
    return float(now.mean()), float((now.mean() - before.mean()) / spread) if spread > 1e-12 else None
