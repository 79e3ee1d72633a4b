"""Expectations: does the data keep what was agreed?

The language is Great Expectations': the user's suite files run as they are. What the profile can
answer exactly is answered from it, the common types from one more scan of the columns they ask for
(`native`), and everything else, or all of it with `engine: great_expectations`, by the library
itself. An expectation that raises is an error of the check, never a failure of the data.
"""

from __future__ import annotations

import json
from typing import Any

from ..data.profile import Profiles
from ..digest import Digest, digest_of
from ..errors import CheckError
from ..measurement import Measurement, Metric
from .answer import Answer, answer_of
from .check import CheckContext, check
from .expected import answer
from .native import NATIVE, Frame, columns_asked, evaluate
from .profiled_rows import read_all, read_columns
from .suite import inferred_suite
from .suite_file import read_suite
from .vocabulary import SEVERITIES

METRICS = (
    "expectations", "expectations_met_share", "critical_failed", "warning_failed", "info_failed", "unexpected_share",
)

FROM_BASELINE = "from-baseline"

_Asked = dict[int, dict[str, Any]]  # expectations by their place in the suite


@check("expectations", version=1, metrics=METRICS)
def expectations(
    profiles: Profiles,
    *,
    suite: str = FROM_BASELINE,
    engine: str = "auto",
    context: CheckContext,
) -> Measurement:
    """Expectations about the current data: a suite file, or one inferred from the baseline.

    Args:
        suite: `from-baseline`, or a suite file of Great Expectations (JSON) below the project root.
        engine: one of auto, great_expectations. auto answers what it can from the profile and from one scan of the columns asked for.

    Raises:
        CheckError: no baseline to infer from, an unreadable suite, an expectation that raised, nothing but expectations met by no row, or
            files that are not those that were profiled.
    """
    body = _suite(profiles, suite, context)
    asked: _Asked = dict(enumerate(body["expectations"]))
    native = engine == "auto"
    profile = _from_profile(asked, profiles, all_columns=suite == FROM_BASELINE) if native else {}
    columns = _from_columns(_without(asked, profile), profiles, context) if native else {}
    _demand_rows(_without(asked, profile, columns), profiles)
    library = _by_library(_without(asked, profile, columns), profiles, context)
    told = profile | columns | library
    if not profiles.current.rows and all(one.success for one in told.values()):
        raise CheckError("the data has no rows, and expectations that no row could break prove nothing")
    rows = _rows([(one, told[place]) for place, one in asked.items()])
    measured = Measurement.of("expectations", rows, notes=(_how(len(profile), len(columns), len(library)),))
    return Measurement(**{**vars(measured), "parameters": {"suite_digest": _suite_digest(body)}})


def _demand_rows(asked: _Asked, profiles: Profiles) -> None:
    if asked and "current" in profiles.pushed:
        names = ", ".join(sorted({one["type"] for one in asked.values()}))
        raise CheckError(f"{names} cannot be answered from counts, and the rows stay in the warehouse; "
                         "take push_down out of data.current, or those expectations out of the suite")


def _without(asked: _Asked, *told: dict[int, Answer]) -> _Asked:
    return {place: one for place, one in asked.items() if not any(place in some for some in told)}


def _how(profile: int, columns: int, library: int) -> str:
    scanned = f", {columns} from one scan of their columns" if columns else ""
    return f"{profile} of {profile + columns + library} expectations answered from the profile{scanned}, {library} by Great Expectations"


def _from_profile(asked: _Asked, profiles: Profiles, *, all_columns: bool) -> dict[int, Answer]:
    answers = {place: answer(profiles.current, one, all_columns=all_columns) for place, one in asked.items()}
    return {place: told for place, told in answers.items() if told is not None}


def _from_columns(asked: _Asked, profiles: Profiles, context: CheckContext) -> dict[int, Answer]:
    """What one scan of the columns asked for can answer."""
    native = {place: one for place, one in asked.items() if one["type"] in NATIVE}
    if not native or context.dataset is None:
        return {}
    frame = Frame(*read_columns(profiles, context.dataset, "current", columns_asked(native.values())))
    results = {place: evaluate(frame, one) for place, one in native.items()}
    return {place: answer_of(frame, asked[place], result) for place, result in results.items() if result is not None}


def _suite(profiles: Profiles, suite: str, context: CheckContext) -> dict[str, Any]:
    if suite == FROM_BASELINE:
        if profiles.baseline is None:
            raise CheckError("there is no baseline to infer expectations from; name data.baseline or a suite file")
        return inferred_suite(profiles.baseline, profiles.roles)
    if context.resolve is None:
        raise CheckError(f"suite {suite!r} cannot be found: there is no project here")
    return read_suite(suite, context.resolve(suite))


def _suite_digest(body: dict[str, Any]) -> Digest:
    """Of the canonical form, or of the sorted JSON where a whole number is too large for that (such as an account's).

    Raises:
        CheckError: a number is not finite.
    """
    try:
        return digest_of(body)
    except ValueError:
        try:
            return digest_of(json.dumps(body, sort_keys=True, allow_nan=False))
        except ValueError as error:
            raise CheckError(f"the suite has a number that JSON has not: {error}") from None


def _by_library(asked: _Asked, profiles: Profiles, context: CheckContext) -> dict[int, Answer]:
    if not asked:
        return {}
    if context.dataset is None:
        names = ", ".join(sorted({one["type"] for one in asked.values()}))
        raise CheckError(f"only Great Expectations can answer {names}, and there is no data here to run it on")
    from .great_expectations_engine import run_suite

    return dict(zip(asked, run_suite(list(asked.values()), read_all(profiles, context.dataset, "current")), strict=True))


def _rows(answers: list[tuple[dict[str, Any], Answer]]) -> list[Metric]:
    failed = dict.fromkeys(SEVERITIES, 0)
    rows = []
    for index, (one, told) in enumerate(answers):
        severity = str(one.get("severity") or "critical")
        if not told.success:
            failed[severity] += 1
        where = {"expectation": str(one["type"]), "index": str(index), "severity": severity,
                 "met": "yes" if told.success else "no"}
        column = (one.get("kwargs") or {}).get("column")
        if column:
            where["column"] = str(column)
        share = told.unexpected_share
        # An expectation about the table has no share; it is judged by its severity's count.
        rows.append(Metric("unexpected_share", share, where, n=told.n, judged=share is not None, reason=told.told))
    met = sum(told.success for _, told in answers)
    return [
        Metric("expectations", float(len(answers)), n=len(answers)),
        Metric("expectations_met_share", met / len(answers), n=len(answers)),
        *(Metric(f"{severity}_failed", float(count), n=len(answers)) for severity, count in failed.items()),
        *rows,
    ]
