"""The words of a policy pack as frozen types: what a regime, a supervisor or a house asks of models, control by control."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from .tiering import Tiering
from .types import Condition, Duration, Id, LifecycleUse, Name, Require, Strict, Text

Basis = Literal["law", "supervisory", "industry", "project default"]
Day = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
ControlId = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]*(-[A-Z0-9.]+)*$", max_length=60)]
Expression = Annotated[str, Field(min_length=1, max_length=500, description="over the facts of a model; see the explanation of policy packs")]
TierName = Literal["1", "2", "3"]
Stage = Literal["release", "review"]


class TierRules(Strict):
    """What a policy asks of one tier."""

    lifecycles: Mapping[Id, LifecycleUse] = Field(default_factory=dict, description="defaults of a model that names none")
    steps: tuple[Id, ...] = Field(default=(), description="step kinds (`uses`) a release must contain")
    steps_for_persons: tuple[Id, ...] = Field(
        default=(), description="the same, for models that decide on persons or name protected columns"
    )
    review: Duration | None = Field(default=None, description="how long after its last review a model in use is overdue")
    keep: Mapping[Id, tuple[str, ...]] = Field(
        default_factory=dict,
        description="options that a required step must leave as the life cycle has them: they decide what is judged",
    )
    approvals: Mapping[Id, Annotated[int, Field(ge=1)]] = Field(
        default_factory=dict, description="how many persons of a role, over all gates of a release"
    )
    control_approvals: Annotated[int, Field(ge=1)] = Field(
        default=1, description="persons of any control-side role, over all gates"
    )
    numbers: Mapping[str, Require] = Field(default_factory=dict, description="by metric")
    formats: tuple[Id, ...] | None = Field(
        default=None,
        description="kinds allowed besides those whose artifacts run no code: pickle, joblib, cloudpickle, mlflow-pickled; "
                    "absent: says nothing, which allows none",
    )


class Later(Strict):
    """Models for which a pack takes effect later."""

    when: Expression
    from_: Day = Field(alias="from")


class Effective(Strict):
    """When a pack is in effect."""

    from_: Day = Field(alias="from")
    to: Day | None = Field(default=None, description="the last day; absent: no end is known")
    basis: Basis
    later: tuple[Later, ...] = Field(default=(), description="models for which it takes effect on a later day")


class Number(Strict):
    """When a metric warns and when it fails, and who says so."""

    warn: Condition | None = None
    fail: Condition | None = None
    basis: Basis


class Every(Strict):
    """How long what satisfies a control lasts."""

    period: Duration | None = Field(default=None, description="the same for every tier")
    by_tier: Mapping[TierName, Duration] = Field(default_factory=dict)
    basis: Basis


class Retention(Strict):
    """How long the records of a control are kept, and from when."""

    keep: Duration
    since: Literal["record", "last-use", "retirement", "placed-on-market"]
    basis: Basis


class Approvals(Strict):
    """Who must approve a release."""

    roles: Annotated[Mapping[Id, Annotated[int, Field(ge=1)]], Field(min_length=1)]
    basis: Basis


class Attest(Strict):
    """What no machine can judge: a person of a role says so, over the subject of the run."""

    role: Id = Field(description="a role of the control side")
    statement: Text = Field(description="what the person says is so")


class Separation(Strict):
    """Roles that no person may hold two of; `owner` and `developers` are those of the model."""

    roles: Annotated[tuple[Id, ...], Field(min_length=2)]


class Control(Strict):
    """One thing that a pack asks. It asks at least one of steps, numbers, approvals, attest."""

    id: ControlId
    ref: str = Field(max_length=200, description="where it is written")
    text: Text = Field(description="what it asks, in our own words")
    class_: Literal["it", "risk", "compliance", "business"] = Field(alias="class")
    applies_when: Expression | None = None
    steps: tuple[Id, ...] = Field(default=(), description="kinds of step of a release; added where the life cycle has none")
    numbers: Mapping[str, Number] = Field(default_factory=dict, description="by metric")
    keep: Mapping[Id, tuple[str, ...]] = Field(default_factory=dict, description="options of a required step that no model file may change")
    approvals: Approvals | None = None
    attest: Attest | None = None
    at: Annotated[tuple[Stage, ...], Field(min_length=1)] = Field(default=("release",), description="life cycles that ask for its steps and its attestation")
    every: Every | None = None
    retention: Retention | None = None
    waivable: Literal[False] | None = Field(default=None, description="false: nobody may waive it, as with statutory clocks and independence")


class Policy(Strict):
    """A policy pack."""

    pack: Id
    version: Annotated[int, Field(ge=1)]
    title: Text
    basis: Basis | None = Field(default=None, description="of what stands under tiers and tiering; numbers of controls name their own")
    source: str = ""
    status: Literal["in-force", "pending", "superseded", "draft"] | None = Field(default=None, description="absent: in-force")
    effective: Effective | None = Field(default=None, description="absent: always")
    superseded_by: Id | None = None
    extends: Id | None = Field(default=None, description="a pack whose controls this one takes over, whatever the status of that one")
    remove: tuple[ControlId, ...] | None = Field(default=None, description="controls of the extended pack that are no longer asked")
    jurisdiction: Name | None = None
    force: Literal["law", "regulation", "guidance", "standard", "voluntary", "house"] | None = None
    read: bool | None = Field(default=None, description="false: its source was not read, so the pack is a draft")
    note: Text | None = None
    applies_when: Expression | None = Field(default=None, description="absent: to every model")
    retention: Retention | None = Field(default=None, description="of controls that name none")
    separation: tuple[Separation, ...] | None = None
    tiering: Tiering | None = Field(default=None, description="questions about risk, and which tier follows from the answers")
    tiers: Mapping[TierName, TierRules] = Field(default_factory=dict)
    controls: tuple[Control, ...] | None = None

    @property
    def draft(self) -> bool:
        """Whether it must be told as a draft: by its status, or because its source was not read."""
        return self.status == "draft" or self.read is False

