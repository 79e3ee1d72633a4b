"""A check of the run: reads the profile, measures, stores, judges."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ..checks import CheckContext, run_check
from ..checks.attachment import demand_attachable
from ..checks.own import check_of
from ..kinds import Scorer
from .champion import champion_of
from .crossing import crossed_of
from .datasets import baseline_dataset, current_dataset
from .earlier import earlier_measurements
from .measured import measured
from .profile import asked_columns, kept_by_profile, stored_profiles
from .run import Run, StepResult
from .scan_artifact import opened

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from ..digest import Digest
    from ..kinds.decisions import Decisions
    from ..plan import PlannedStep


def measure(run: Run, step: PlannedStep) -> StepResult:
    """Run the check that the step names with the step's options."""
    profiles = stored_profiles(run)
    dataset = None if "current" in profiles.pushed else current_dataset(run)  # what was counted in the warehouse stays there
    baseline = None if "baseline" in profiles.pushed else baseline_dataset(run)
    attached: dict[str, Digest] = {}
    model = VerifiedModel(run)

    def attach(name: str, data: bytes) -> None:
        demand_attachable(step.uses, name, data)
        attached[name] = run.store.put(data)

    context = CheckContext(
        resolve=run.project.resolve, dataset=dataset, baseline=baseline, columns=asked_columns(run),
        score=model.score, decisions=model.decisions, said=model.said, version=model.version, fixed=model.fixed,
        earlier=earlier_measurements(run, step), started=run.journal.started(), champion=champion_of(run, step), crossed=crossed_of(run),
        until=run.interval.end if run.interval else datetime.now(UTC), keep=run.store.put, attach=attach,
    )
    check = check_of(run.project, step.uses, step.code) if step.code is not None else step.uses
    found = run_check(check, profiles, step.options, context=context)
    kept = {name: run.store.put(data) for name, data in model.kept().items()}
    if kept:
        found = replace(found, parameters={**found.parameters, "kept": kept})
    return measured(run, step, found, {**attached, **kept})


class VerifiedModel:
    """The run's model, loaded from its verified artifact when it is first asked: most checks never ask."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._scorer: Scorer | None = None

    def score(self, rows: pa.Table) -> pa.Table:
        """The model's answers.

        Raises:
            ArtifactError: the scan of this run did not pass, or the model cannot score the rows.
        """
        return self._loaded().score(rows)

    def decisions(self) -> Decisions | None:
        """The rules that the model is made of; None where it is made of something else.

        Raises:
            ArtifactError: the scan of this run did not pass.
        """
        return self._loaded().decisions()

    def said(self, rows: pa.Table) -> pa.Table | None:
        """The model's answers in its own words; None of a model that has none.

        Raises:
            ArtifactError: the scan of this run did not pass, or the model cannot answer the rows.
        """
        return self._loaded().said(rows)

    def kept(self) -> Mapping[str, bytes]:
        """What belongs to the evidence of what was asked here; nothing where nothing was."""
        return {} if self._scorer is None else self._scorer.kept()

    def version(self) -> str:
        """Which version the model says it is."""
        return self._loaded().version()

    def fixed(self) -> str:
        """Why the model has answers to some rows alone."""
        return self._loaded().fixed()

    def _loaded(self) -> Scorer:
        """The model, which remembers what it said when the data was profiled."""
        if self._scorer is None:
            self._scorer = opened(self._run)
            self._scorer.recall(kept_by_profile(self._run))
        return self._scorer
