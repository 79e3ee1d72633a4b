"""The words of our YAML files as frozen types.

The same types make the JSON Schema for editors. Unknown keys are errors, nothing is coerced, and
no number may be NaN or infinite.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag
from pydantic_core import PydanticCustomError

from ..duration_text import PATTERN

Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=100)]
Text = Annotated[str, Field(min_length=1, max_length=2000)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Duration = Annotated[str, Field(pattern=PATTERN)]
Condition = Annotated[str, Field(pattern=r"^\s*(<=|>=|<|>|==|!=)\s*\S+\s*$")]
Scalar = str | int | float | bool


def _whole(value: object) -> object:
    if isinstance(value, bool | float):  # they equal 1, and are no 1
        raise PydanticCustomError("int_type", "a whole number")
    return value


def _day(value: str) -> str:
    try:
        date.fromisoformat(value)
    except ValueError:
        raise PydanticCustomError("day", "a day of the calendar such as 2025-03-31") from None
    return value


Day = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"), AfterValidator(_day)]
Language = Annotated[Literal[1], BeforeValidator(_whole)]
Tier = Annotated[Literal[1, 2, 3], BeforeValidator(_whole)]


class Strict(BaseModel):
    """Base of every type: closed, frozen, uncoerced, finite."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


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


class Window(Strict):
    """What a monitor looks at, by the time column."""

    last: Duration


class LifecycleUse(Strict):
    """One life cycle of a model: which of the library, and what differs."""

    uses: Id
    schedule: str | None = Field(default=None, max_length=100, description="cron text or preset such as @daily; UTC")
    window: Window | None = Field(default=None, description="what this life cycle looks at, in the place of data.window")
    steps: Mapping[Id, StepChange] = Field(default_factory=dict)
    remove: tuple[Id, ...] = ()


class Sql(Strict):
    """Rows from a database: one SELECT that only reads; `{start}` and `{end}` are bound as parameters."""

    sql: Annotated[str, Field(min_length=1, max_length=20000)]
    connection: Name
    push_down: bool | None = Field(
        default=None, description="true: rows are counted in the database and stay there, wherever the data has the predictions"
    )
    max_rows: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="rows that are fetched at most, where rows are read; 20,000,000 if not named"
    )
    timeout: Duration | None = Field(
        default=None, description="longest time of one statement, on SQLite, DuckDB and Postgres; PT1H if not named"
    )


class Files(Strict):
    """Files of an object store: a file, folder or pattern below the URL that a connection has."""

    files: Annotated[str, Field(min_length=1, max_length=1000, description="a file, folder or pattern below the URL of the connection")]
    connection: Annotated[Name, Field(description="has the URL of the store, such as s3://bucket/folder")]


def _shape(value: Any) -> str:
    if isinstance(value, Files) or (isinstance(value, dict) and "files" in value):
        return "files"
    return "query" if isinstance(value, dict | Sql) else "path"


DataSource = Annotated[
    Annotated[str, Tag("path")] | Annotated[Sql, Tag("query")] | Annotated[Files, Tag("files")], Discriminator(_shape)
]


class Columns(Strict):
    """What columns mean."""

    target: Name | None = None
    favourable: Scalar | None = Field(default=None, description="the label that is good for the person")
    protected: tuple[Name, ...] = ()
    prediction: Name | None = None
    score: Name | None = Field(default=None, description="probability of the favourable or positive label")
    time: Name | None = None
    key: tuple[Name, ...] | None = Field(default=None, description="columns that say which row it is: the model sees them, nothing is checked of them")
    ignore: tuple[Name, ...] = Field(default=(), description="columns that are neither features nor checked")
    texts: tuple[Name, ...] | None = Field(
        default=None, description="features of free text: the profile has their length and no label, and drift is that of the length"
    )


class Labels(Strict):
    """Truth that arrives late: rows of the key and the column that `columns.target` names."""

    path: str = Field(description="file, folder or pattern")
    key: Name = Field(description="column that says which label is of which row, in the data and in the labels; never a feature")
    matures_after: Duration = Field(description="how old a row must be, by `columns.time`, before its label is used; years and months by the calendar")


class Data(Strict):
    """The data of a model."""

    current: DataSource
    baseline: DataSource | None = None
    columns: Columns = Columns()
    window: Window | None = None
    labels: Labels | None = None


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


About = Literal[
    "gate-opened", "gate-due", "gate-overdue", "run-failed", "file-broken", "governance-waits", "deployed", "deploy-failed", "rolled-back", "stopped",
    "finding-opened", "finding-reopened", "finding-due", "finding-overdue", "review-due", "review-overdue", "recertification-failed",
    "restriction-due", "restriction-overdue", "overlay-due", "overlay-overdue", "waiver-due", "waiver-overdue", "approval-due", "approval-overdue", "emergency-due", "emergency-overdue",
    "incident-opened", "clock-due", "clock-overdue",
]
ConnectionName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+$", max_length=200)]
Recipient = Annotated[str, Field(min_length=1, max_length=320)]


class Escalate(Strict):
    """Who is told, once, when something is still overdue after a while."""

    after: Duration = Field(description="how long after the due date")
    to: tuple[Recipient, ...] = Field(default=(), description="as `to` of the entry")
    connection: ConnectionName | None = Field(default=None, description="another connection than the entry's")


class Notify(Strict):
    """Who is told of what, through a notifier and a connection of Airflow."""

    notifier: Literal["smtp", "slack", "slack-webhook"]
    connection: ConnectionName = Field(description="Airflow's connection, which has server, sender and secrets")
    to: tuple[Recipient, ...] = Field(default=(), description="smtp: mail addresses; slack: channels; slack-webhook: none, the webhook says where")
    about: Annotated[tuple[About, ...], Field(min_length=1)]
    tiers: tuple[Tier, ...] | None = Field(default=None, description="of models of these tiers alone")
    models: tuple[Id, ...] | None = Field(default=None, description="of these models alone")
    ahead: Duration = Field(default="P3D", description="how long before a due date it is told")
    escalate: Escalate | None = None


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
