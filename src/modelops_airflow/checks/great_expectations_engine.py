"""Great Expectations itself, for what a profile cannot answer. Costs seconds to import: tasks only."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING, Any

from ..errors import CheckError
from .expected import Answer

if TYPE_CHECKING:
    import pyarrow as pa


_PLACE = "place_in_suite"


def run_suite(expectations: list[dict[str, Any]], table: pa.Table) -> list[Answer]:
    """Answers in the order asked.

    Raises:
        CheckError: an expectation is unknown, ill-formed, or raised while it ran.
    """
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    import great_expectations as gx
    from great_expectations.core.expectation_suite import ExpectationSuite
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    asset = context.data_sources.add_pandas("current").add_dataframe_asset("current")
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": table.to_pandas()})
    try:
        suite = ExpectationSuite(name="suite", expectations=[_plain(one, n) for n, one in enumerate(expectations)])
    except Exception as error:
        raise CheckError(f"the suite is not valid: {str(error).splitlines()[0]}") from None
    validated: Any = batch.validate(suite, result_format="SUMMARY")
    results = validated.to_json_dict()["results"]
    # The library answers column by column, not in the suite's order: the place is carried in `meta`.
    found = {result["expectation_config"]["meta"][_PLACE]: _answer(result) for result in results}
    if len(found) != len(expectations):
        raise CheckError(f"{len(found)} of {len(expectations)} expectations were answered; are two of them the same?")
    return [found[place] for place in range(len(expectations))]


def _plain(one: dict[str, Any], place: int) -> dict[str, Any]:
    told = {key: one[key] for key in ("type", "kwargs", "severity") if one.get(key) is not None}
    return told | {"meta": {**(one.get("meta") or {}), _PLACE: place}}


def _answer(result: dict[str, Any]) -> Answer:
    kind = result["expectation_config"]["type"]
    raised = _raised(result.get("exception_info") or {})
    if raised:
        raise CheckError(f"{kind} could not be evaluated: {raised}")
    told = result.get("result") or {}
    percent = told.get("unexpected_percent")
    observed = told.get("observed_value")
    words = f"{told.get('unexpected_count')} unexpected" if observed is None else f"observed {str(observed)[:80]}"
    share = None if percent is None else float(percent) / 100
    return Answer(bool(result["success"]), share, int(told.get("element_count") or 0), words)


def _raised(info: dict[str, Any]) -> str:
    """The message of a raised expectation; the library has a flat and a nested shape for it."""
    nested = [value for value in info.values() if isinstance(value, dict)]
    for one in [info, *nested]:
        if one.get("raised_exception"):
            return str(one.get("exception_message") or "no message").splitlines()[0]
    return ""
