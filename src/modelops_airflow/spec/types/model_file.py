"""A model file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from .data import Data
from .lifecycle import LifecycleUse
from .word import Day, Id, Language, Name, Scalar, Strict, Text, Tier


class Model(Strict):
    """What the enterprise must know of a model."""

    name: Name
    purpose: Text
    tier: Tier = Field(description="1 is the highest risk; where `risk` is answered, no laxer than what follows from it")
    risk: Mapping[Id, Name] | None = Field(default=None, description="answers to the questions of `modelops policies questions`, by question")
    owner: Id
    kind: Id
    version: Annotated[str, Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z.+_-]*$", max_length=64)]
    artifact: Annotated[str, Field(min_length=1, max_length=500, description="a file, or a folder that is taken as one archive")]
    with_: Mapping[str, Any] | None = Field(default=None, alias="with", description="options of the kind; see `modelops kinds`")
    id: Id | None = Field(default=None, description="optional; must equal the file's stem")
    developers: tuple[Id, ...] = ()
    team: Id | None = None
    location: Literal["on-prem", "cloud", "edge"] = "on-prem"
    facts: Mapping[str, Scalar | tuple[str, ...]] = Field(default_factory=dict)


class LegacyWaiver(Strict):
    """What is asked of the control side for a model that is in use without its release; it counts once somebody there accepts it."""

    reason: Text
    until: Day = Field(description="the last day on which it may count, UTC; 90, 180 or 365 days ahead at most, by the tier")


class Legacy(Strict):
    """A model that was in use before it came here: declared, not approved, until its first release."""

    at: Id = Field(description="the environment that it is in use in")
    digest: Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")] | None = Field(
        default=None, description="of the bytes that are in use there; without it nothing that runs there is known to be this model"
    )
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._ -]*$", max_length=200)] | None = Field(
        default=None, description="its name there, where that is not the model's id"
    )
    since: Day | None = Field(default=None, description="the day since which it is said to be in use")
    waiver: LegacyWaiver | None = None


class ModelFile(Strict):
    """A model file: `dags/models/<id>.yaml`."""

    modelops: Language
    model: Model
    data: Data | None = None
    policies: tuple[Id, ...] = ("house",)
    lifecycles: Mapping[Id, LifecycleUse] | None = Field(
        default=None, description="absent: release, monitor and review as the tier has them"
    )
    legacy: Legacy | None = Field(default=None, description="for a model that was in use before it came here; its first release ends it")
