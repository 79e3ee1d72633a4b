"""What a model file says of its data."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Discriminator, Field, Tag

from .word import Duration, Name, Scalar, Strict


class Window(Strict):
    """What a monitor looks at, by the time column."""

    last: Duration


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
