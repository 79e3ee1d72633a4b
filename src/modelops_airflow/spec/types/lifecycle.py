"""Life cycles of the library, and what a model's differ in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from .data import Window
from .word import Condition, Id, Strict, Text


class Require(Strict):
    """When a metric warns and when it fails; conditions are strings such as `"< 0.80"`."""

    warn: Condition | None = None
    fail: Condition | None = None
    where: Mapping[str, str] = Field(default_factory=dict, description="narrows the rows it applies to")


class Insert(Strict):
    """Where a new step goes."""

    after: Id


class StepChange(Strict):
    """A change to a life cycle's step, found by its id; or a new step where `uses` and `insert` are given."""

    uses: Id | None = None
    insert: Insert | None = None
    with_: Mapping[str, Any] = Field(default_factory=dict, alias="with")
    require: Mapping[str, Require] = Field(default_factory=dict)
    needs: tuple[Id, ...] | None = None
    run: Id | None = Field(default=None, description="run profile of governance.yaml")


class LifecycleUse(Strict):
    """One life cycle of a model: which of the library, and what differs."""

    uses: Id
    schedule: str | None = Field(default=None, max_length=100, description="cron text or preset such as @daily; UTC")
    window: Window | None = Field(default=None, description="what this life cycle looks at, in the place of data.window")
    steps: Mapping[Id, StepChange] = Field(default_factory=dict)
    remove: tuple[Id, ...] = ()


class Step(Strict):
    """A step of a library life cycle."""

    id: Id
    uses: Id | None = None
    insert: Insert | None = None
    with_: Mapping[str, Any] = Field(default_factory=dict, alias="with")
    require: Mapping[str, Require] = Field(default_factory=dict)
    needs: tuple[Id, ...] | None = None
    run: Id | None = None


class Lifecycle(Strict):
    """A life cycle of the library."""

    lifecycle: Id
    version: Annotated[int, Field(ge=1)]
    description: Text
    on: Literal["version-registered", "schedule", "asset", "finding", "policy-change", "manual"]
    extends: Id | None = None
    schedule: str | None = None
    steps: tuple[Step, ...] = ()
    remove: tuple[Id, ...] = ()
