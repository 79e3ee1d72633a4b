"""The runs that spoke for a version at the end of a record: of each life cycle the last that was decided."""

from __future__ import annotations

from dataclasses import dataclass

from ..measurement import Measurement
from ..policy.control_evidence import StepEvidence
from .reader import Reader
from .record import Event, Record


@dataclass(frozen=True)
class RunThen:
    """A decided run.

    Attributes:
        plan: digest of its whole plan.
        pinned, decided: indexes of the events; of decisions the last counts.
    """

    dag: str
    run: str
    lifecycle: str
    plan: str
    artifact: str
    subject: str
    pinned: int
    decided: int


@dataclass(frozen=True)
class StepThen:
    """What a step had come to when its run was decided."""

    evidence: StepEvidence
    event: Event


def runs(record: Record, reader: Reader, version: str) -> list[RunThen]:
    """The last decided run of each life cycle over a version; one that was made about a past day speaks for none."""
    pinned: dict[tuple[str, str], Event] = {}
    for event in record.of("pinned"):
        pinned.setdefault((event.facts["dag"], event.facts["run"]), event)
    found: dict[str, RunThen] = {}
    for event in record.of("decided"):
        key = event.facts["dag"], event.facts["run"]
        pin = pinned.get(key)
        if pin is None or pin.facts["version"] != version:
            continue
        plan = reader.document(pin.facts["plan"])
        if plan.get("as_of"):
            continue  # it was about an earlier day
        lifecycle = str(plan["lifecycle"])
        found[lifecycle] = RunThen(*key, lifecycle, pin.facts["plan"], pin.facts["artifact"], event.facts["subject"], pin.index, event.index)
    return list(found.values())


def steps(record: Record, reader: Reader, run: RunThen) -> list[StepThen]:
    """What each judged step of a run had come to when it was decided."""
    uses = {step["id"]: step["uses"] for step in reader.document(run.plan)["steps"]}
    last: dict[str, Event] = {}
    for event in reader.results(record.model, run.pinned, run.decided):
        if (event.facts["dag"], event.facts["run"]) == (run.dag, run.run):
            last[event.facts["step"]] = event
    return [StepThen(StepEvidence(uses[name], one.facts["verdict"], one.at, _measured(reader, one)), one)
            for name, one in last.items() if name in uses and one.facts["verdict"] is not None]


def _measured(reader: Reader, event: Event) -> Measurement | None:
    return reader.measurement(event.facts["evidence"]) if event.facts["evidence"] else None
