"""profile: score what has no prediction, scan each side once, and store what the checks read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ..data.prepare import profiles_of
from ..data.profile import Profiles
from ..digest import Digest
from ..kinds import KINDS
from ..measurement import Measurement, Metric
from .datasets import baseline_dataset, columns_of, current_dataset
from .measured import measured
from .run import Run, StepResult
from .scan_artifact import verified

if TYPE_CHECKING:
    from ..plan import PlannedStep

PRODUCT = "profiles"


def profile(run: Run, step: PlannedStep) -> StepResult:
    """Scan the run's data with the verified artifact."""
    scorer = KINDS[str(run.plan.model["kind"])].load(verified(run))
    profiles = profiles_of(
        current_dataset(run),
        baseline_dataset(run),
        columns_of(run),
        score=scorer.score,
        exact_pairs=any(one.options.get("binning") == "evidently" for one in run.plan.steps),
        threads=run.threads,
    )
    stored = run.store.put_json(profiles.to_json())
    rows = [Metric("rows", float(profiles.current.rows), {"side": "current"})]
    if profiles.baseline is not None:
        rows.append(Metric("rows", float(profiles.baseline.rows), {"side": "baseline"}))
    told = Measurement.of("profile", rows)
    inputs = {side: Digest(digest) for side, digest in profiles.inputs.items()}
    told = Measurement(**{**vars(told), "inputs": inputs, "parameters": {"profiles": stored}})
    return measured(run, step, told, {PRODUCT: stored})


def stored_profiles(run: Run) -> Profiles:
    """The profiles that the run's profile step stored."""
    return Profiles.from_json(json.loads(run.store.get(run.product("profile", PRODUCT))))
