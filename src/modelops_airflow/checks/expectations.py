"""Expectations: does the data keep what was agreed?

The language is Great Expectations': the user's suite files run as they are. What the profile can
answer exactly is answered from it; everything else, or all of it with `engine:
great_expectations`, runs the library itself. An expectation that raises is an error of the check,
never a failure of the data.
"""

from __future__ import annotations

import json
from typing import Any

from ..data.profile import Profiles
from ..digest import digest_of
from ..errors import CheckError
from ..measurement import Measurement, Metric
from .check import CheckContext, check
from .expected import Answer, answer
from .suite import inferred_suite

METRICS = (
    "expectations", "expectations_met_share", "critical_failed", "warning_failed", "info_failed", "unexpected_share",
)


SEVERITIES = ("critical", "warning", "info")


@check("expectations", version=1, metrics=METRICS)
def expectations(
    profiles: Profiles,
    *,
    suite: str = "from-baseline",
    engine: str = "auto",
    context: CheckContext,
) -> Measurement:
    """Expectations about the current data: a suite file, or one inferred from the baseline.

    Args:
        suite: `from-baseline`, or a suite file of Great Expectations (JSON) below the project root.
        engine: one of auto, great_expectations. auto answers from the profile what it can.

    Raises:
        CheckError: no baseline to infer from, an unreadable suite, or an expectation that raised.
    """
    body = _suite(profiles, suite, context)
    found: list[tuple[dict[str, Any], Answer | None]] = [
        (one, answer(profiles.current, one, all_columns=suite == "from-baseline") if engine == "auto" else None) for one in body["expectations"]
    ]
    open_ones = [one for one, told in found if told is None]
    library = iter(_by_library(open_ones, context))
    answers = [(one, told if told is not None else next(library)) for one, told in found]
    measured = Measurement.of("expectations", _rows(answers), notes=(_how(len(answers), len(open_ones)),))
    return Measurement(**{**vars(measured), "parameters": {"suite_digest": digest_of(body)}})


def _how(total: int, library: int) -> str:
    return f"{total - library} of {total} expectations answered from the profile, {library} by Great Expectations"


def _suite(profiles: Profiles, suite: str, context: CheckContext) -> dict[str, Any]:
    if suite == "from-baseline":
        if profiles.baseline is None:
            raise CheckError("there is no baseline to infer expectations from; name data.baseline or a suite file")
        return inferred_suite(profiles.baseline, profiles.roles)
    if context.resolve is None:
        raise CheckError(f"suite {suite!r} cannot be found: there is no project here")
    path = context.resolve(suite)
    try:
        body: Any = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise CheckError(f"suite {suite!r} cannot be read: {error}") from None
    listed = body.get("expectations") if isinstance(body, dict) else None
    if not isinstance(listed, list) or not all(isinstance(one, dict) and isinstance(one.get("type"), str) for one in listed):
        raise CheckError(f"suite {suite!r} is no suite of Great Expectations: expected a list `expectations` of {{type, kwargs}}")
    if not listed:
        raise CheckError(f"suite {suite!r} expects nothing; a check of nothing proves nothing")
    for one in listed:
        if not isinstance(one.get("kwargs") or {}, dict):
            raise CheckError(f"suite {suite!r}: kwargs of {one['type']} are no mapping")
        if one.get("severity") is not None and one["severity"] not in SEVERITIES:
            raise CheckError(f"suite {suite!r}: severity {one['severity']!r} of {one['type']}; expected one of {', '.join(SEVERITIES)}")
    return dict(body)


def _by_library(open_ones: list[dict[str, Any]], context: CheckContext) -> list[Answer]:
    if not open_ones:
        return []
    if context.dataset is None:
        names = ", ".join(sorted({one["type"] for one in open_ones}))
        raise CheckError(f"only Great Expectations can answer {names}, and there is no data here to run it on")
    from .great_expectations_engine import run_suite

    return run_suite(open_ones, context.dataset.read())


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
