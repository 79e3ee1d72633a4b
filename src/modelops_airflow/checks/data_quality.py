"""Data quality: one summary of a data set from its profile, and its datasheet.

`volumetrics` compares with the baseline, `expectations` demands, `freshness` looks at the clock; this check describes, and its numbers can be
demanded too. Nothing is scanned again but for what an option or a time column asks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

from ..data.profile import Profile, Profiles
from ..digest import digest_bytes
from ..errors import CheckError, DataError
from ..evidence.floor import LEAST_ROWS, floored
from ..measurement import Measurement, Metric
from .attachment import DATASHEET
from .check import CheckContext, check
from .column_facts import METRICS as OF_COLUMNS
from .column_facts import constant, facts_of
from .datasheet import datasheet
from .documents import read_document
from .freshness import times_of
from .profiled_rows import read_column
from .repeated_rows import repeated_rows
from .schema_change import absent, kind_changed

METRICS = ("rows", "columns", "missing_cells_share", "largest_missing_share", "empty_columns", "constant_columns", "time_span_days",
           "duplicate_rows_share", "missing_columns", "new_columns", *OF_COLUMNS, "kind_changed")
_DAY = 86_400_000_000


@check("data-quality", version=1, metrics=METRICS)
def data_quality(
    profiles: Profiles, *, data: str = "current", duplicate_rows: bool = False, document: str = "", context: CheckContext
) -> Measurement:
    """A summary of a data set: size, missing and infinite values, constant columns, where the numbers of each column lie.

    Args:
        data: the side that is described, one of current, baseline. The current data is also compared with the columns of a baseline.
        duplicate_rows: whether rows that repeat one before are counted, over all columns that were profiled; it reads the data again.
        document: Markdown file below the project root with what only people know of the data. Its sections Motivation, Collection process,
            Preprocessing, Uses, Distribution and Maintenance go into the datasheet; the check `documents` demands them.

    Returns:
        For the whole: `rows`, `columns`, `missing_cells_share`, `largest_missing_share`, `empty_columns` (no usable value), `constant_columns`
        (one different value), `time_span_days` of the time column. For each column: `missing_share`, `infinite_share`, `distinct`, `top_share`,
        `minimum`, `quantile` (0.05 to 0.95), `maximum`, `mean`, `std` (ddof 0), over usable values. `n` of minimum, quantile and maximum is the
        rows on the smaller side, so that evidence does not show the value of fewer than ten.

    Raises:
        CheckError: the side is not there or has fewer than ten rows, or the rows or the document cannot be read.

    Source: the summaries are those of Evidently's DataSummaryPreset; the sections of the datasheet those of Gebru et al. 2021, Datasheets for Datasets.
    """
    profile = profiles.current if data == "current" else profiles.baseline
    if profile is None:
        raise CheckError("there is no baseline to describe; name data.baseline, or describe the current data")
    if profile.rows < LEAST_ROWS or not profile.columns:
        raise CheckError(f"the {data} data has {profile.rows} rows and {len(profile.columns)} columns; expected at least {LEAST_ROWS} rows, as a summary of "
                         "fewer tells of single ones, and a column")
    dataset = context.dataset if data == "current" else context.baseline
    rows = [*_whole(profile), *_time_span(profiles, data, context)]
    if duplicate_rows:
        rows.append(repeated_rows(profiles, dataset, data, list(profile.columns)))
    before = profiles.baseline if data == "current" else None
    rows += _compared(profile, before)
    for name, column in profile.columns.items():
        rows += facts_of(column, {"column": name}, before.columns.get(name) if before is not None else None)
    measured = Measurement.of("data-quality", rows, notes=(f"the {data} data; columns that data.columns.ignore names are not described",))
    return _with_datasheet(measured, profiles, profile, document, context)


def _whole(profile: Profile) -> Iterator[Metric]:
    columns = profile.columns
    yield Metric("rows", float(profile.rows), n=profile.rows)
    yield Metric("columns", float(len(columns)), n=len(columns))
    yield Metric("missing_cells_share", sum(one.nulls for one in columns.values()) / (profile.rows * len(columns)), n=profile.rows)
    worst = max(columns, key=lambda name: columns[name].nulls)
    yield Metric("largest_missing_share", columns[worst].nulls / profile.rows, n=profile.rows, reason=worst if columns[worst].nulls else None)
    yield _named("empty_columns", {name: not one.valid for name, one in columns.items()})
    yield _named("constant_columns", {name: same for name, one in columns.items() if (same := constant(one)) is not None})


def _named(name: str, found: dict[str, bool]) -> Metric:
    """How many columns are so, of those of which it is known, and which."""
    names = [column for column, so in found.items() if so]
    return Metric(name, float(len(names)), n=len(found), reason=", ".join(names) or None)


def _compared(profile: Profile, before: Profile | None) -> Iterator[Metric]:
    if before is None:
        return
    yield absent("missing_columns", before, profile)
    yield absent("new_columns", profile, before)
    for name, old in before.columns.items():
        if name in profile.columns:
            yield kind_changed(old, profile.columns[name], {"column": name})


def _time_span(profiles: Profiles, data: str, context: CheckContext) -> Iterator[Metric]:
    """From the tenth time to the tenth last, in days; the reason names both days."""
    name = next((one for one, role in profiles.roles.items() if role == "time"), None)
    profile, dataset = (profiles.current, context.dataset) if data == "current" else (profiles.baseline, context.baseline)
    if name is None or profile is None or name not in profile.columns:
        return
    if dataset is None:
        yield Metric("time_span_days", None, n=profile.rows, reason=f"the rows of the {data} data cannot be read here")
        return
    times = read_column(profiles, dataset, data, name)
    try:
        known, _ = times_of(times, name)
    except DataError as error:
        yield Metric("time_span_days", None, n=profile.rows, reason=str(error))
        return
    if len(known) < 2 * LEAST_ROWS:
        yield Metric("time_span_days", None, n=len(known), reason=f"column {name!r} has a time in {len(known)} rows; expected at least {2 * LEAST_ROWS}")
        return
    first, last = int(known[LEAST_ROWS - 1]), int(known[-LEAST_ROWS])  # the first and the last time are a single row's each (ADR 0017)
    yield Metric("time_span_days", (last - first) / _DAY, n=len(known), unit="days", reason=f"{_day(first)} to {_day(last)}")


def _day(microseconds: int) -> str:
    """The day of a moment; what no calendar of ours holds is told as such."""
    try:
        return f"{datetime.fromtimestamp(microseconds // 1_000_000, UTC):%Y-%m-%d}"
    except (ValueError, OverflowError, OSError):
        return "a day beyond the year 9999"


def _with_datasheet(measured: Measurement, profiles: Profiles, profile: Profile, document: str, context: CheckContext) -> Measurement:
    """The datasheet is made of what may stand in evidence, and kept beside it."""
    written = read_document(document, context) if document else b""
    inputs = {f"file:{document}": digest_bytes(written)} if document else {}
    sheet = datasheet(floored(measured), profiles, profile, written.decode("utf-8")).encode()
    if context.attach is not None:
        context.attach(DATASHEET, sheet)
    return replace(measured, inputs=inputs, parameters={"datasheet": digest_bytes(sheet)})
