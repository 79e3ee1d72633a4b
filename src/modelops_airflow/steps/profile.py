"""profile: score what has no prediction, scan each side once, and store what the checks read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..checks import asked_of, exact_methods
from ..data.prepare import profiles_of
from ..data.profile import Profiles
from ..digest import Digest
from ..errors import ArtifactError
from ..evidence.manifest import environment_of
from ..measurement import Measurement, Metric
from .approved import approved
from .datasets import baseline_dataset, columns_of, current_dataset
from .logged import LoggedAnswers, opens_artifact
from .measured import measured
from .run import PROFILES, Run, StepResult
from .same_inputs import demand_the_same
from .scan_artifact import opened

if TYPE_CHECKING:
    from ..kinds import Scorer
    from ..plan import PlannedStep

PRODUCT = PROFILES


def profile(run: Run, step: PlannedStep) -> StepResult:
    """Scan the run's data with the verified artifact."""
    if run.plan.pinned:
        demand_the_same(run, approved(run).told)
    scorer: Scorer = opened(run) if opens_artifact(run.plan) else LoggedAnswers(run.label)
    if trouble := scorer.trouble():
        raise ArtifactError(f"the model of {run.label} cannot be asked now: {trouble}")
    columns = asked_columns(run)
    profiles = profiles_of(
        current_dataset(run),
        baseline_dataset(run),
        columns,
        score=scorer.score,
        exact=exact_methods([one.options for one in run.plan.steps]),
        asked=asked_of([(one.uses, one.options) for one in run.plan.steps], columns.get("protected", ())),
        threads=run.threads,
    )
    stored = run.store.put_json(profiles.to_json())
    kept = {name: run.store.put(data) for name, data in scorer.kept().items()}
    timed = {name: run.store.put(data) for name, data in scorer.timed().items()}
    rows = [Metric("rows", float(profiles.current.rows), {"side": "current"})]
    if profiles.baseline is not None:
        rows.append(Metric("rows", float(profiles.baseline.rows), {"side": "baseline"}))
    maturity = profiles.current.maturity
    late = [] if maturity is None else maturity.notes()
    told = Measurement.of("profile", rows, notes=[*scorer.notes(), *_where_counted(run, profiles), *late])
    inputs = {side: Digest(digest) for side, digest in profiles.inputs.items()}
    as_of = {} if maturity is None else {"as_of": maturity.until}
    told = Measurement(**{**vars(told), "inputs": inputs, "parameters": {"predictions": predictions_of(columns), "profiles": stored, **({"kept": kept} if kept else {}), **as_of}})
    return measured(run, step, told, {PRODUCT: stored, **kept, **timed})


def _where_counted(run: Run, profiles: Profiles) -> list[str]:
    """What a reader must know of sides that are to be counted in their warehouse."""
    notes = []
    for side, dataset in (("current", current_dataset(run)), ("baseline", baseline_dataset(run))):
        if side in profiles.pushed:
            notes.append(f"{side}: counted in its warehouse; counts are exact, sums of numbers are the database's own; not pinned")
        elif dataset is not None and dataset.query is not None and dataset.query.push_down:
            notes.append(f"{side}: its rows were read, since the artifact was asked for its predictions; push_down counts where the data has them")
    return notes


def asked_columns(run: Run) -> Mapping[str, Any]:
    """The columns section; on the way to production, and where that is repeated, the artifact itself is asked, whatever the data says.

    Otherwise a column of somebody's predictions would stand as evidence about an artifact that never
    made them.
    """
    columns = dict(columns_of(run))
    if environment_of(run.plan.to_json()) is None and not run.plan.pinned:
        return columns
    given = [columns.pop(role) for role in ("prediction", "score") if columns.get(role)]
    return columns | {"ignore": [*columns.get("ignore", ()), *given]}


def predictions_of(columns: Mapping[str, Any]) -> str:
    """Where predictions come from: `scored` by the artifact, or `given` in the data."""
    return "given" if columns.get("prediction") or columns.get("score") else "scored"


def stored_profiles(run: Run) -> Profiles:
    """The profiles that the run's profile step stored."""
    return Profiles.from_json(json.loads(run.store.get(run.product("profile", PRODUCT))))


def kept_by_profile(run: Run) -> Mapping[str, bytes]:
    """What the model kept when the run's profile step asked it, by file name."""
    for step in run.plan.steps:
        result = run.journal.result(step.id) if step.uses == "profile" else None
        if result is not None:
            return {name: run.store.get(digest) for name, digest in result.products.items() if name != PRODUCT}
    return {}
