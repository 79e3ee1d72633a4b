"""governance.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from .data import DataSource
from .notify import Notify
from .word import Day, Duration, Id, Language, Strict


class Person(Strict):
    """A person, and how systems know them."""

    login: Mapping[Literal["simple", "fab", "username"], str]
    git: tuple[str, ...] = ()
    name: str = ""


class Role(Strict):
    """A role, its side, and who holds it."""

    side: Literal["make", "control"]
    held_by: tuple[Id, ...] = ()


class Sources(Strict):
    """Where a model's data lies in an environment; what is not named stays as the model file has it."""

    current: DataSource | None = None
    baseline: DataSource | None = None
    labels: Annotated[str, Field(min_length=1, description="file, folder or pattern, in the place of data.labels.path")] | None = None


class Environment(Strict):
    """Where models run; with a model it makes a slot."""

    target: Id
    with_: Mapping[str, Any] = Field(default_factory=dict, alias="with")
    data: Mapping[Id, Sources] | None = Field(default=None, description="by model: where its data lies, for what is planned for this environment")
    run_profile: Id | None = Field(default=None, description="run profile of the steps that name none")
    after: Mapping[Id, Duration] | None = Field(
        default=None, description="environments that a version must have passed before it is released here, and how old their evidence may be"
    )
    canary: Id | None = Field(
        default=None, description="the environment that is its canary: releases here that go `through` one go through that, and nobody else's do"
    )
    trust: Annotated[tuple[Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")], ...], Field(min_length=1)] | None = Field(
        default=None, description="fingerprints of the keys (checkpoint_key) that sign packs of this environment in another installation"
    )


class RunProfile(Strict):
    """Where tasks run."""

    pool: str | None = None
    queue: str | None = None
    executor: str | None = None


class BreakGlass(Strict):
    """Who may release in an emergency without approvals, and how soon those must follow."""

    roles: Annotated[tuple[Id, ...], Field(min_length=1)] = Field(description="roles of the control side")
    within: Duration = Field(default="P5D", description="until when the approvals are due")


class CalendarRules(Strict):
    """The working days of a place; what is not named stays as the calendar of that name has it."""

    timezone: str | None = Field(default=None, description="in which its days begin and end, such as Europe/Berlin")
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = Field(default=None, description="whose public holidays count, two letters of ISO 3166")
    subdivision: Annotated[str, Field(pattern=r"^[A-Z0-9]{1,4}$")] | None = Field(default=None, description="state or region of the country")
    holidays: tuple[Day, ...] = Field(default=(), description="further days on which nobody works")
    working: tuple[Day, ...] = Field(default=(), description="days that count although the country has a holiday")


class Recertification(Strict):
    """What re-certifying the fleet after a change of rules may cost."""

    at_once: Annotated[int, Field(ge=1, le=1000, description="runs at the same time")] = 4
    per_day: Annotated[int, Field(ge=1, le=100_000, description="runs started in any 24 hours")] = 100
    hours_per_day: Annotated[float, Field(gt=0, le=100_000)] | None = Field(
        default=None, description="task hours in any 24 hours, by how long earlier runs took; absent: not counted"
    )
    pool: Annotated[str, Field(min_length=1, max_length=256)] = Field(
        default="default_pool", description="Airflow's pool for the tasks of modelops.recertify; it must be there"
    )


class Governance(Strict):
    """`dags/governance.yaml`."""

    modelops: Language
    timezone: str = "UTC"
    people: Mapping[Id, Person]
    roles: Mapping[Id, Role]
    environments: Mapping[Id, Environment] = Field(default_factory=dict)
    run_profiles: Mapping[Id, RunProfile] = Field(default_factory=dict)
    artifact_roots: tuple[str, ...] = ("models",)
    channels: Mapping[Id, str] = Field(default_factory=dict)
    break_glass: BreakGlass | None = Field(default=None, description="absent: nobody releases without approvals")
    policies: tuple[Id, ...] | None = Field(default=None, description="policy packs that are looked at for every model, besides those that its file names")
    own_policies: Mapping[Id, Mapping[str, Any]] | None = Field(default=None, description="the files of dags/policies, as they are put in force with this one; not written here")
    own_lifecycles: Mapping[Id, Mapping[str, Any]] | None = Field(default=None, description="the files of dags/lifecycles, likewise")
    calendars: Mapping[Id, CalendarRules] | None = Field(default=None, description="working days by which the clocks of statutory notices count: `modelops clocks`")
    notify: tuple[Notify, ...] | None = Field(default=None, description="who is told of what; absent: nobody")
    recertification: Recertification | None = Field(default=None, description="budget of re-certification after a change; absent: its defaults")
