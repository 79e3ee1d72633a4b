"""A run: everything a step may use, and what a step answers.

A run knows its pinned plan, where bytes are stored and where results are written down (the
`Journal`: the register in Airflow, a folder for `modelops run`). Steps pass nothing to each other
but through the journal, so any of them can be repeated alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

from ..connections import Connections, no_connections
from ..digest import Digest
from ..errors import EvidenceError

if TYPE_CHECKING:
    from pathlib import Path

    from ..evidence.store import BlobStore
    from ..plan import Plan, PlannedStep
    from ..policy.control_evidence import Waiver
    from ..policy.verdict import Judgement
    from ..settings import Settings
    from ..spec.project import Project


PROFILES = "profiles"
"""Name of what the profile step stores for the checks."""


class StepStatus(StrEnum):
    """How a step ended."""

    DONE = "done"
    MEASURED = "measured"
    ERROR = "error"
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True)
class StepResult:
    """What a step came to.

    Attributes:
        evidence: digest of the in-toto statement, for measuring steps.
        products: digests of what later steps read, by name.
        judgement: what the step's own requirements say; None where nothing is judged.
        message: one line for people.
        at: when its run was started, of a result of an earlier run.
        basis: digest of what measured, beside the statement; None of steps that do not measure, and in runs of releases before.
    """

    status: StepStatus
    evidence: Digest | None = None
    products: Mapping[str, Digest] = field(default_factory=dict)
    judgement: Judgement | None = None
    message: str = ""
    at: datetime | None = None
    basis: Digest | None = None


class Journal(Protocol):
    """Where a run's results are written down, keyed by step id; a later attempt replaces an earlier."""

    def result(self, step_id: str) -> StepResult | None:
        """The current result of a step, or None."""

    def record(self, step: PlannedStep, result: StepResult) -> None:
        """Write a result down before anything builds on it."""

    def decide(self, decision: Decision) -> None:
        """Write down the frozen manifest, its subject and the verdict."""

    def earlier(self, step_id: str, most: int) -> Sequence[StepResult | None] | None:
        """The results of a step in the runs before, newest first; None in it for a run that has none of this artifact.

        None altogether where nothing knows earlier runs.
        """

    def started(self) -> datetime | None:
        """When this run was started, UTC, as the register has it; None where none does."""

    def waivers(self) -> Sequence[Waiver]:
        """The waivers of the model's controls that count now; none where nothing knows any."""


@dataclass(frozen=True)
class Decision:
    """The verdict of a run over all its measurements, frozen.

    Attributes:
        manifest: digest of the evidence manifest in the store.
        subject: what every gate of this run decides over.
        verdict: over all judged steps: pass, fail or error.
        warned: something passed with a warning.
        reasons: one line for each thing that failed, erred or warned.
        waived: step, pack, control, number and terms of each waiver that the verdict rests on.
    """

    manifest: Digest
    subject: Digest
    verdict: str
    warned: bool
    reasons: Sequence[str]
    waived: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True)
class Interval:
    """The data interval of a run, UTC, end exclusive."""

    start: datetime
    end: datetime


@dataclass(frozen=True)
class NamedChampion:
    """The version that the caller of a local run says is in use.

    Attributes:
        file: its artifact; None for no version at all.
        kind: what kind of model it is; None for that of the run's own.
        options: of its kind; None for those of the run's own model where the kind is the same.
    """

    file: Path | None
    kind: str | None = None
    options: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Run:
    """One run of one pinned plan.

    Attributes:
        plan: the pinned plan.
        artifact: digest of the model's artifact; its bytes are in the store.
        artifact_name: file name of the artifact, for its suffix.
        project: where paths of the YAML are resolved.
        roots: artifact roots of the active governance.
        store: content-addressed evidence and artifacts.
        journal: results of this run.
        interval: the data interval, None for a release (all data).
        connections: connection name -> URL.
        threads: how many threads a scan may use; never changes a result.
        approval_public: what approvals must be signed with to count in a deployment; None if nothing is pinned.
        settings: keys and anchors of this installation; None in a local run.
        champion: what a local run compares with; with a register nobody names it.
        id: of the run, for a database's own log; empty where it has none.
    """

    plan: Plan
    artifact: Digest
    artifact_name: str
    project: Project
    roots: tuple[str, ...]
    store: BlobStore
    journal: Journal
    interval: Interval | None = None
    connections: Connections = no_connections
    threads: int = 2
    approval_public: bytes | None = None
    settings: Settings | None = None
    champion: NamedChampion | None = None
    id: str = ""

    def product(self, uses: str, name: str) -> Digest:
        """A product of the plan's step of that kind.

        Raises:
            EvidenceError: the step is not in the plan or has no such product in this run.
        """
        for step in self.plan.steps:
            if step.uses == uses:
                result = self.journal.result(step.id)
                if result is not None and name in result.products:
                    return result.products[name]
                raise EvidenceError(f"step {step.id} of {self.label} has no {name} yet; run it first")
        raise EvidenceError(f"the plan of {self.label} has no step {uses}")

    @property
    def label(self) -> str:
        """`model.lifecycle`, for messages."""
        return f"{self.plan.model_id}.{self.plan.lifecycle}"
