"""A plan: a life cycle of one model as plain data, with a digest.

It says which steps there are, in which order, what each requires and where each requirement comes
from. Airflow, a local run and the register all work from the same plan; its digest covers what a
person approves, so run profiles (where a task runs) are outside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..digest import Digest
from ..evidence.manifest import approved_digest
from ..policy.merge import Said


@dataclass(frozen=True)
class Requirement:
    """A threshold on a metric.

    Attributes:
        metric: its name.
        warn, fail: conditions such as `< 0.80`, or None.
        where: narrows the rows it applies to; empty: every row.
        origin: where it comes from, for people: `model file`, `standard-release`, `house, tier 1`.
        basis: law, supervisory, industry, project default; empty for a model's own.
        default: no model file wrote it; it does not apply where the check has no such metric.
        among: what everybody says of it, where a control is one of them: under a waiver of that control the others still hold.
    """

    metric: str
    warn: str | None
    fail: str | None
    where: Mapping[str, str]
    origin: str
    basis: str = ""
    default: bool = True
    among: tuple[Said, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """JSON form."""
        return {"metric": self.metric, "warn": self.warn, "fail": self.fail, "where": dict(self.where),
                "origin": self.origin, "basis": self.basis, "default": self.default,
                **({"among": [one._asdict() for one in self.among]} if self.among else {})}

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Requirement:
        """Inverse of `to_json`."""
        return cls(**{**body, "among": tuple(Said(**one) for one in body.get("among", ()))})


@dataclass(frozen=True)
class PlannedStep:
    """A step with everything decided.

    Attributes:
        id: name within the life cycle, and Airflow's task id.
        uses: kind of step (`drift`, `approval`, `deploy`, ...).
        options: its `with`, defaults included.
        requirements: thresholds it is judged by.
        needs: ids of the steps it waits for, sorted.
        phase: prepare, check, decide, gate, act, score: the task group.
        required_by: policies that demand this step, e.g. `house, tier 1`.
        profile: run profile; not part of the digest.
        code: for a check of the project's own, `file` and `digest` of the code that measures; None for others.
    """

    id: str
    uses: str
    options: Mapping[str, Any]
    requirements: tuple[Requirement, ...]
    needs: tuple[str, ...]
    phase: str
    required_by: tuple[str, ...] = ()
    profile: str = "default"
    code: Mapping[str, str] | None = None

    def to_json(self) -> dict[str, Any]:
        """JSON form."""
        return {
            "id": self.id, "uses": self.uses, "options": dict(self.options),
            "requirements": [requirement.to_json() for requirement in self.requirements],
            "needs": list(self.needs), "phase": self.phase, "required_by": list(self.required_by),
            "profile": self.profile, **({"code": dict(self.code)} if self.code is not None else {}),
        }

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> PlannedStep:
        """Inverse of `to_json`."""
        facts = dict(body)
        facts["requirements"] = tuple(Requirement.from_json(row) for row in body["requirements"])
        facts["needs"] = tuple(body["needs"])
        facts["required_by"] = tuple(body["required_by"])
        return cls(**facts)


@dataclass(frozen=True)
class Plan:
    """Everything a run of one life cycle of one model does.

    Attributes:
        model: the canonical `model` section of the file, with `id`.
        data: the canonical `data` section, or None.
        lifecycle: its name within the model (`release`).
        template: library life cycle and version (`standard-release@1`).
        schedule: cron text or None.
        on: what starts it.
        steps: in topological order, ties by the order written.
        policies: name and digest of each policy in force.
        overlay: what the environment put in the place of the file's (`data.current`), and where governance.yaml says so.
        as_of: the day whose policies were asked, of a run for a period that is over: the project's own as they were in force then, those that are
            installed as they are installed now; empty: of the day that it was made.
        packs: of each policy pack that has controls or does not always apply: whether it does, which of its controls, and why.
        tiering: by policy pack, the tier that follows from the model's answers about risk: answers, scores, cell of the matrix; empty without answers.
    """

    model: Mapping[str, Any]
    data: Mapping[str, Any] | None
    lifecycle: str
    template: str
    on: str
    schedule: str | None
    steps: tuple[PlannedStep, ...]
    policies: Mapping[str, Digest]
    overlay: Mapping[str, str] = field(default_factory=dict)
    packs: Mapping[str, Any] = field(default_factory=dict)
    as_of: str = ""
    tiering: Mapping[str, Any] = field(default_factory=dict)

    @property
    def model_id(self) -> str:
        """Id of the model."""
        return str(self.model["id"])

    @property
    def digest(self) -> Digest:
        """Digest of what a person approves: everything but run profiles and the schedule."""
        return approved_digest(self.to_json())

    @property
    def pinned(self) -> bool:
        """Whether it measures again what was measured when the version in use was approved, instead of new data."""
        return any(step.uses == "pin" and step.options.get("data") == "pinned" for step in self.steps)

    @property
    def windowed(self) -> bool:
        """Whether it looks at the data of an interval; whatever repeats a release looks at all, as the release did."""
        return self.on == "schedule" and not self.pinned

    @property
    def scores(self) -> str | None:
        """The environment with whose version it scores on schedule; None if it does not."""
        return next((str(step.options["from"]) for step in self.steps if step.uses == "score"), None)

    def step(self, step_id: str) -> PlannedStep:
        """The step of that id.

        Raises:
            KeyError: there is none.
        """
        for step in self.steps:
            if step.id == step_id:
                return step
        raise KeyError(f"plan of {self.model_id}.{self.lifecycle} has no step {step_id!r}")

    def to_json(self) -> dict[str, Any]:
        """JSON form; `from_json` gives the same plan back."""
        return {
            "model": dict(self.model), "data": dict(self.data) if self.data is not None else None,
            "lifecycle": self.lifecycle, "template": self.template, "on": self.on, "schedule": self.schedule,
            "steps": [step.to_json() for step in self.steps], "policies": dict(self.policies),
             **({"overlay": dict(self.overlay)} if self.overlay else {}), **({"packs": dict(self.packs)} if self.packs else {}),
             **({"as_of": self.as_of} if self.as_of else {}),
             **({"tiering": dict(self.tiering)} if self.tiering else {}),
        }

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Plan:
        """Inverse of `to_json`."""
        facts = dict(body)
        facts["steps"] = tuple(PlannedStep.from_json(step) for step in body["steps"])
        return cls(**facts)
