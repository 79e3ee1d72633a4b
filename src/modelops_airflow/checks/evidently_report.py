"""Any preset or metric of Evidently, run by the library on a bounded sample of rows.

The checks `drift`, `performance` and `bias` give the same numbers from the profile over all rows and much cheaper; this one is for what
they do not measure. Its numbers carry Evidently's own names for the metrics.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..data.profile import Profiles
from ..digest import digest_bytes
from ..errors import CheckError
from ..measurement import Measurement
from .attachment import EVIDENTLY
from .check import CheckContext, check
from .profiled_rows import as_profiled
from .sample import draw

if TYPE_CHECKING:
    import pyarrow as pa

    from ..data.dataset import Dataset

_MOST_ROWS = 10_000


@check("evidently", version=1, metrics=("evidently_value",))
def evidently(profiles: Profiles, *, metrics: Sequence[Any], sample: int = 100_000, seed: int = 0, html: bool = False, context: CheckContext) -> Measurement:
    """Presets and metrics of Evidently, on a sample of rows.

    Args:
        metrics: names of classes of `evidently.presets` and `evidently.metrics`, each alone or with its parameters: `{ValueDrift: {column: x}}`.
        sample: rows of each side at most, drawn without replacement (1 to 1,000,000).
        seed: of the sample and of methods that draw by chance (0 to 4,294,967,295).
        html: whether Evidently's own page is kept as a file to take away. It is another's work and no measurement, and it may show values of
            fewer than ten rows to whoever may see the model; no pack and no digest has it.

    Returns:
        A row for each number of the report, told apart by `metric`, `column`, `parameters` and `part`.

    Raises:
        CheckError: a class or parameter that is not there, a metric that Evidently cannot compute on this data, no number at all, or files that
            are not those that were profiled.
    """
    if context.dataset is None:
        raise CheckError("Evidently reads rows, and there is no data here to run it on")
    from .evidently_engine import asked_of, report
    from .imports.evidently import rows_of

    asked = asked_of(metrics)
    current = _sampled(profiles, "current", context.dataset, sample, seed)
    baseline = _sampled(profiles, "baseline", context.baseline, sample, seed) if context.baseline is not None else None
    body, raw, page = report(asked, current, baseline, profiles, seed, html=html and context.attach is not None)
    rows = list(rows_of(body["metrics"], "evidently_value", n=current.num_rows))
    if not rows or len(rows) > _MOST_ROWS:
        raise CheckError(f"the report has {len(rows)} numbers; expected 1 to {_MOST_ROWS}")
    kept = ""
    if context.keep is not None:
        context.keep(raw)
        kept = "; the report's JSON is kept by its digest"
    if page and context.attach is not None:
        context.attach(EVIDENTLY, page)
    sides = {"current": current, "baseline": baseline}
    told = ", ".join(f"{table.num_rows} of {side} rows" for side, table in sides.items() if table is not None)
    notes = [f"measured by Evidently on {told}, sampled with seed {seed}{kept}"]
    notes += ["Evidently's own HTML is kept beside the result: a page of others, no measurement, and in no pack"] if page else []
    measured = Measurement.of("evidently", rows, notes=notes)
    return replace(measured, parameters={"report": digest_bytes(raw)})


def _sampled(profiles: Profiles, side: str, dataset: Dataset, sample: int, seed: int) -> pa.Table:
    """The columns that have a role, of as many rows as asked for: the same rows for the same data, size and seed.

    Columns that the life cycle ignores stay out: on the way to production those are the data's own predictions, which the artifact never made.
    """
    wanted = [name for name, role in profiles.roles.items() if role != "ignore"]
    table, _ = as_profiled(profiles, dataset, side, lambda one: draw(one, sample, seed, wanted))
    return table
