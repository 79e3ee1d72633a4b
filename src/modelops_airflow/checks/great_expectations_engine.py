"""Great Expectations itself, for what a profile cannot answer. Costs seconds to import: tasks only."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING, Any

from ..errors import CheckError
from .answer import Answer, answer_of, result_of
from .native import Frame

if TYPE_CHECKING:
    import pyarrow as pa


_PLACE = "place_in_suite"


def run_suite(expectations: list[dict[str, Any]], table: pa.Table) -> list[Answer]:
    """Answers in the order asked.

    Raises:
        CheckError: an expectation is unknown, ill-formed, or raised while it ran.
    """
    frame, answers = Frame(table), []
    for one, told in zip(expectations, results_of(expectations, table), strict=True):
        raised = raised_in(told)
        if raised:
            raise CheckError(f"{one['type']} could not be evaluated: {raised}")
        answers.append(answer_of(frame, one, result_of(told["result"], told["success"])))
    return answers


def results_of(expectations: list[dict[str, Any]], table: pa.Table) -> list[dict[str, Any]]:
    """The library's own results in the order asked, those that raised included.

    The table is given as its columns are: what pandas noted in a file about an index or types of its own
    is left out, so that every column of the data set is a column here.

    Raises:
        CheckError: an expectation is unknown or ill-formed, or the library gave no result at all.
    """
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    try:
        import great_expectations as gx
    except SystemExit:  # pyspark, which it looks for, takes a program without a file for its own tests, and ends it with 0
        raise CheckError("Great Expectations ended the program while it was imported; run it from a file, or uninstall pyspark") from None
    from great_expectations.core.expectation_suite import ExpectationSuite
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    asset = context.data_sources.add_pandas("current").add_dataframe_asset("current")
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": table.replace_schema_metadata(None).to_pandas()})
    try:
        suite = ExpectationSuite(name="suite", expectations=[_plain(one, n) for n, one in enumerate(expectations)])
    except Exception as error:
        raise CheckError(f"the suite is not valid: {str(error).splitlines()[0]}") from None
    try:
        validated: Any = batch.validate(suite, result_format="SUMMARY")
    except Exception as error:  # such as a parameter that nobody gave
        raise CheckError(f"the suite cannot be run: {(str(error) or type(error).__name__).splitlines()[0]}") from None
    # The library answers column by column, not in the suite's order: the place is carried in `meta`. Its own way to
    # JSON raises on values such as durations, and values are of no use here.
    found = {result.expectation_config.meta[_PLACE]: _told(result) for result in validated.results}
    if len(found) != len(expectations):
        raise CheckError(f"{len(found)} of {len(expectations)} expectations were answered; are two of them the same?")
    return [found[place] for place in range(len(expectations))]


def _told(result: Any) -> dict[str, Any]:
    return {
        "success": bool(result.success), "result": dict(result.result or {}), "exception_info": dict(result.exception_info or {}),
    }


def _plain(one: dict[str, Any], place: int) -> dict[str, Any]:
    told = {key: one[key] for key in ("type", "kwargs", "severity") if one.get(key) is not None}
    return told | {"meta": {**(one.get("meta") or {}), _PLACE: place}}


def raised_in(told: dict[str, Any]) -> str:
    """The message of an expectation that raised, empty if it did not; the library has a flat and a nested shape for it."""
    info = told["exception_info"]
    nested = [value for value in info.values() if isinstance(value, dict)]
    for one in [info, *nested]:
        if one.get("raised_exception"):
            return str(one.get("exception_message") or "no message").splitlines()[0]
    return ""
