"""Volumetrics: as many rows, the same identifiers, values and categories as before?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ..data.profile import CATEGORICAL, Column, Profiles
from ..errors import CheckError
from ..evidence.floor import LEAST_ROWS
from ..measurement import Measurement, Metric
from .check import CheckContext, check
from .compared_columns import NO_BASELINE
from .profiled_rows import read_column
from .schema_change import absent, kind_changed

if TYPE_CHECKING:
    import pyarrow as pa

METRICS = ("row_ratio", "duplicate_share", "key_missing_share", "identifiers_new_share", "identifiers_gone_share", "kind_changed",
           "null_share_change", "unseen_share", "lost_categories", "missing_columns", "new_columns")


@check("volumetrics", version=1, metrics=METRICS)
def volumetrics(profiles: Profiles, *, context: CheckContext, key: str | None = None) -> Measurement:
    """Rows, identifiers, kinds, missing values and categories of the current data against the baseline.

    Args:
        key: the column that identifies a row; without it nothing is said of identifiers.

    Raises:
        CheckError: no baseline, a side has no rows, or the key cannot be read.
    """
    old, new = profiles.baseline, profiles.current
    if old is None:
        raise CheckError(NO_BASELINE)
    if not old.rows or not new.rows:
        raise CheckError(f"the baseline has {old.rows} rows and the current data {new.rows}; expected at least one on each side")
    rows = [
        Metric("row_ratio", new.rows / old.rows, n=new.rows),
        absent("missing_columns", old, new),
        absent("new_columns", new, old),
    ]
    if key is not None:
        rows += _identifiers(read_column(profiles, context.dataset, "current", key),
                             read_column(profiles, context.baseline, "baseline", key), key)
    for name in old.columns:
        if name in new.columns:
            rows += _column(old.columns[name], new.columns[name], {"column": name})
    return Measurement.of("volumetrics", rows)


def _column(old: Column, new: Column, where: dict[str, str]) -> Iterator[Metric]:
    yield kind_changed(old, new, where)
    # Infinite numbers count as missing, as they do in every statistic.
    yield Metric("null_share_change", (new.n - new.valid) / new.n - (old.n - old.valid) / old.n, where, n=new.n)
    if old.kind != CATEGORICAL:
        return
    reason = None
    if new.kind != old.kind:
        reason = f"{old.kind} became {new.kind}"
    elif old.values is None or new.values is None:
        reason = "too many different values to count"
    elif not new.valid:
        reason = "the current data has no usable value"
    if reason or old.values is None or new.values is None:
        yield from (Metric(name, None, where, n=new.valid, reason=reason) for name in ("unseen_share", "lost_categories"))
        return
    unseen = {label: count for label, count in new.values.items() if label not in old.values}
    lost = {label: count for label, count in old.values.items() if label not in new.values}
    yield Metric("unseen_share", sum(unseen.values()) / new.valid, where, n=new.valid, reason=_some(unseen))
    yield Metric("lost_categories", float(len(lost)), where, n=new.valid, reason=_some(lost))


def _some(counts: Mapping[str, int]) -> str | None:
    """Names of labels, of those that are no single person's (ADR 0017)."""
    shown = sorted(label for label, count in counts.items() if count >= LEAST_ROWS)
    told = shown[:10] + (["more"] if len(shown) > 10 else [])
    few = [f"{len(counts) - len(shown)} of fewer than {LEAST_ROWS} rows"] if len(shown) < len(counts) else []
    return ", ".join([*told, *few]) or None


def _identifiers(now: pa.ChunkedArray[Any], before: pa.ChunkedArray[Any], key: str) -> list[Metric]:
    """Identifiers twice, in and out; missing ones identify nobody and are counted apart."""
    import pyarrow as pa
    import pyarrow.compute as pc

    known, was = _plain(now).drop_null(), _plain(before).drop_null()
    if not len(known) or not len(was):
        raise CheckError(f"key {key!r} is missing in every row of the {'baseline' if len(known) else 'current data'}")
    try:
        was = was.cast(known.type)
        ids, old = known.unique(), was.unique()
        fresh: Any = pc.invert(pc.is_in(ids, value_set=old))
        gone: Any = pc.invert(pc.is_in(old, value_set=ids))
    except pa.ArrowException as error:
        raise CheckError(f"key {key!r} holds {known.type} now and {was.type} in the baseline, which cannot be compared: "
                         f"{str(error).splitlines()[0]}") from None
    return [
        Metric("key_missing_share", (len(now) - len(known)) / len(now), n=len(now)),
        Metric("duplicate_share", (len(known) - len(ids)) / len(known), n=len(known)),
        Metric("identifiers_new_share", pc.sum(fresh).as_py() / len(ids), n=len(ids)),
        Metric("identifiers_gone_share", pc.sum(gone).as_py() / len(old), n=len(old)),
    ]


def _plain(column: pa.ChunkedArray[Any]) -> pa.ChunkedArray[Any]:
    import pyarrow as pa

    return column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column
