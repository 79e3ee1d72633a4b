"""Both sides of a comparison: read, scored where the data has no predictions, scanned once each."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from ..digest import Digest
from ..errors import DataError
from .asked import NOTHING, Asked
from .columns import Columns, Elsewhere, Lazy
from .dataset import Dataset
from .late import LateDataset
from .pairs import pairs
from .profile import KEY, Profile, Profiles
from .scan import edges_of, scan
from .texts import TEXT
from .values import label

if TYPE_CHECKING:
    import pyarrow as pa
    from typing_extensions import TypeIs

    from .warehouse.rows import Rows

    Side = Columns | Rows
    """Columns that are here, or rows that stay in the warehouse."""

PREDICTION, SCORE = "prediction", "score"

Score = Callable[["pa.Table"], "pa.Table"]


def profiles_of(
    current: Dataset,
    baseline: Dataset | None,
    columns: Mapping[str, Any],
    *,
    score: Score | None = None,
    exact: Collection[str] = (),
    asked: Asked = NOTHING,
    threads: int = 2,
) -> Profiles:
    """Profiles of the current data and, where there is one, of the baseline.

    Args:
        columns: the `columns` section: target, favourable, protected, prediction, score, time, key, ignore, texts.
        score: features in, table with `prediction` and perhaps `score` out; used when the data names neither.
        exact: methods of drift by which the sides are also compared exactly (`binning: evidently`).
        asked: what the checks need beyond the profile.

    Raises:
        DataError: a named column is missing, a side has no rows, or somebody wrote into a file meanwhile.
    """
    with ExitStack() as stack:  # keeps what is counted in a warehouse open until both sides are
        return _profiles(stack, current, baseline, columns, score, exact, asked, threads)


def _profiles(
    stack: ExitStack, current: Dataset, baseline: Dataset | None, columns: Mapping[str, Any], score: Score | None,
    exact: Collection[str], asked: Asked, threads: int,
) -> Profiles:
    stamps = [side.stamps() for side in (current, baseline) if side is not None]
    new = _side(stack, current, columns, score, threads)
    old = _side(stack, baseline, columns, score, threads) if baseline is not None else None
    roles = roles_of(new.column_names, columns)
    facts: dict[str, Any] = {
        "protected": tuple(columns.get("protected", ())),
        "favourable": label(columns["favourable"]) if "favourable" in columns else "",
    }
    pushed = tuple(name for name, side in (("current", new), ("baseline", old)) if _stays(side))
    if exact and pushed:
        raise DataError("binning: evidently compares row by row, and the rows stay in the warehouse; "
                        "take push_down out of the data, or take another binning")
    if asked != NOTHING and pushed:
        raise DataError("slices, vintages, estimates and rankings are counted row by row, and the rows stay in the warehouse; "
                        "take push_down out of the data, or those out of the checks")
    before = _scan(old, roles, **facts) if old is not None else None
    after = _scan(new, roles, **facts, edges=edges_of(before) if before is not None else None)
    inputs = {"current": _digest(current, after)}
    if baseline is not None and before is not None:
        inputs["baseline"] = _digest(baseline, before)
    if isinstance(current, LateDataset) and not _stays(new):
        inputs["labels"] = current.labels.source.digest()
        after = replace(after, maturity=current.maturity(new))
    compared = None
    if not _stays(new) and not _stays(old):
        after = asked.of(after, new, roles, before)
        if before is not None and old is not None:
            before = replace(asked, vintages=()).of(before, old, roles, before)  # other vintages than those of the current data
            compared = pairs(old, new, {name: column.kind for name, column in before.columns.items() if roles.get(name) != TEXT}, exact) if exact else None
    if stamps != [side.stamps() for side in (current, baseline) if side is not None]:
        raise DataError("the data was written to while it was read; run it again when the files are whole")
    return Profiles(after, before, roles, inputs=inputs, pairs=compared, pushed=pushed, **facts)


def _scan(side: Side, roles: Mapping[str, str], **facts: Any) -> Profile:
    if not _stays(side):
        return scan(side, roles, **facts)
    from .warehouse.scan import scan_rows

    return scan_rows(side, roles, **facts)


def _stays(side: Side | None) -> TypeIs[Rows]:
    """Whether the rows stay in their warehouse; a side of files imports none."""
    return isinstance(side, Elsewhere)


def _digest(dataset: Dataset, profile: Profile) -> Digest:
    """Of a query its profile is a part; of files the bytes are enough, and the profile's JSON is not cheap."""
    return dataset.digest(profile.to_json() if dataset.query is not None else None)


def roles_of(names: list[str], columns: Mapping[str, Any]) -> dict[str, str]:
    """Role of each column."""
    roles = dict.fromkeys(names, "feature")
    for name in columns.get("protected", ()):
        roles[name] = "protected"
    for name in columns.get("texts") or ():
        roles[name] = TEXT
    for name in columns.get("key") or ():
        roles[name] = KEY
    for name in columns.get("ignore", ()):
        roles[name] = "ignore"
    for role, default in (("prediction", PREDICTION), ("score", SCORE)):
        if columns.get(role) or default in names:
            roles[columns.get(role) or default] = role
    for role in ("time", "target"):
        if columns.get(role):
            roles[columns[role]] = role
    return {name: role for name, role in roles.items() if name in names}


def features_of(table: pa.Table, columns: Mapping[str, Any]) -> pa.Table:
    """What a model may see: everything but truth, time, predictions and ignored columns; a key, though nothing is checked of it."""
    hidden = {columns.get(role) for role in ("target", "time", "prediction", "score")} | set(columns.get("ignore", ()))
    return table.select([name for name in table.column_names if name not in hidden])


def _side(stack: ExitStack, dataset: Dataset, columns: Mapping[str, Any], score: Score | None, threads: int) -> Side:
    """A side, ready to be scanned; a model that is to be asked gets rows, wherever they are."""
    given = score is None or bool(columns.get("prediction") or columns.get("score"))
    if given and dataset.query is not None and dataset.query.push_down:
        if isinstance(dataset, LateDataset):
            raise DataError(f"labels that arrive late cannot be joined in the warehouse of {dataset.name}; take push_down out of the data")
        rows = stack.enter_context(dataset.query.rows(dataset.name))
        _demand_columns(dataset, rows.column_names, columns)
        return rows
    table = dataset.columns(threads=threads)
    _demand_columns(dataset, table.column_names, columns)
    if given or score is None:
        return table
    whole = dataset.read(threads=threads) if isinstance(table, Lazy) else cast("pa.Table", table)
    return _answered(dataset, whole, columns, score)


def _demand_columns(dataset: Dataset, names: list[str], columns: Mapping[str, Any]) -> None:
    for role in ("target", "prediction", "score", "time"):
        if columns.get(role) and columns[role] not in names:
            raise DataError(f"data set {dataset.name} has no column {columns[role]!r} ({role}); columns: {', '.join(names)}")
    for role in ("texts", "key"):
        if gone := [name for name in columns.get(role) or () if name not in names]:
            raise DataError(f"data set {dataset.name} has no column {gone[0]!r} ({role}); columns: {', '.join(names)}")


def _answered(dataset: Dataset, table: pa.Table, columns: Mapping[str, Any], score: Score) -> pa.Table:
    table = table.drop_columns([name for name in (PREDICTION, SCORE) if name in columns.get("ignore", ())
                                and name in table.column_names])
    answers = score(features_of(table, columns))
    if answers.num_rows != table.num_rows:
        raise DataError(f"the model answered {answers.num_rows} rows for {table.num_rows} of {dataset.name}")
    for name in answers.column_names:
        if name in table.column_names:
            raise DataError(f"data set {dataset.name} already has a column {name!r}; name it under columns.{name} or ignore it")
        table = table.append_column(name, answers[name])
    return table
