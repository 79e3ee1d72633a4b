"""modelops import: a model file for each model that is elsewhere already, for one pull request."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import DataError
from ..registry import demand_extensions, did_you_mean
from .brought import rows_of, show
from .options import HERE, Json, Root

if TYPE_CHECKING:
    from ..onboarding import Choices, Found
    from ..onboarding.found import Progress
    from ..spec.project import Project
    from ..spec.types import Governance

_ROLES = ("target", "prediction", "score", "time")


class Origin(StrEnum):
    """Where models are."""

    FOLDER = "folder"
    MLFLOW = "mlflow"
    SAGEMAKER = "sagemaker"


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("import")(bring)


def bring(
    source: Annotated[Origin, typer.Argument(help="Where the models are.")],
    where: Annotated[str, typer.Argument(help="folder: its path. mlflow: address of the tracking server, unless a connection has it. sagemaker: the region.")] = "",
    owner: Annotated[str, typer.Option("--owner", help="Person of governance.yaml who owns them.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what is found and write nothing.")] = False,
    out: Annotated[Path | None, typer.Option("--out", help="Folder of the files; dags/models of the project if not given.")] = None,
    environment: Annotated[str, typer.Option("--environment", help="Environment of governance.yaml that they are in use in.")] = "production",
    tier: Annotated[int, typer.Option("--tier", min=1, max=3, help="Tier of all of them; 1, the highest, until somebody says otherwise.")] = 1,
    kind: Annotated[str, typer.Option("--kind", help="Kind of those whose kind cannot be seen; see: modelops kinds")] = "",
    in_use: Annotated[bool, typer.Option("--in-use", help="All are in use, also those of which the source does not say so.")] = False,
    waiver_until: Annotated[str, typer.Option("--waiver-until", help="Ask for a waiver until this day, such as 2025-03-31; the control side accepts it.")] = "",
    reason: Annotated[str, typer.Option("--reason", help="Why the waiver is asked for.")] = "",
    data: Annotated[str, typer.Option("--data", help="Logged answers, such as 'logs/{model}/*.parquet': a monitor looks at them.")] = "",
    baseline: Annotated[str, typer.Option("--baseline", help="What they are compared with, such as 'logs/{model}/baseline.parquet'.")] = "",
    column: Annotated[list[str] | None, typer.Option("--column", help="ROLE=NAME of a column: target, prediction, score, time. Again for each.")] = None,
    connection: Annotated[str, typer.Option("--connection", help="Name of the connection with address and credentials (AIRFLOW_CONN_NAME).")] = "",
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Write one model file for each model of a folder, an MLflow registry or SageMaker; what is there is never written over."""
    from ..spec.project import Project
    from .sources import governance_of

    demand_extensions()
    project = Project.around(root)
    rules = governance_of(project)
    choices = _choices(rules, source, where, owner, environment, tier, kind, in_use, (reason, waiver_until), (data, baseline), column or [], dry_run)
    with _progress(quiet=json) as progress:
        found = _look(source, where, connection, project, progress)
    rows = rows_of(found, choices, project, rules, out or project.root / "dags" / "models", dry_run)
    show(rows, choices, dry_run, json=json)
    if any(row.problem for row in rows):
        raise typer.Exit(1)


def _choices(
    rules: Governance, source: Origin, where: str, owner: str, environment: str, tier: int, kind: str, in_use: bool, waiver: tuple[str, str],
    data: tuple[str, str], columns: Sequence[str], dry_run: bool,
) -> Choices:
    from ..kinds import KINDS
    from ..onboarding import Choices

    wrong = []
    if owner not in rules.people and (owner or not dry_run):
        wrong.append(f"--owner {owner!r} is not in governance.yaml{did_you_mean(owner, list(rules.people))}")
    if environment not in rules.environments:
        wrong.append(f"governance.yaml has no environment {environment!r}{did_you_mean(environment, list(rules.environments))}; name the place there "
                     "first, target mark-only for what cannot be looked at")
    if kind and kind not in KINDS:
        wrong.append(f"there is no kind {kind!r}{did_you_mean(kind, list(KINDS))}")
    if any(waiver) and not all(waiver):
        wrong.append("a waiver takes both --waiver-until and --reason")
    if waiver[1] and not _is_day(waiver[1]):
        wrong.append(f"--waiver-until {waiver[1]!r} is no day; expected one such as 2025-03-31")
    pairs = [tuple(one.split("=", 1)) for one in columns]
    wrong += [f"--column {one!r} is not ROLE=NAME; roles: {', '.join(_ROLES)}" for one in columns if one.partition("=")[0] not in _ROLES or not one.partition("=")[2]]
    if data[0] and not {"prediction", "score"} & {pair[0] for pair in pairs}:
        wrong.append("--data takes --column prediction=NAME or score=NAME: the logged answers are what is looked at")
    if (data[1] or columns) and not data[0]:
        wrong.append("--baseline and --column take --data")
    if wrong:
        raise DataError("\n".join(wrong))
    return Choices(f"{source.value} {_without_login(where)}".strip(), owner or "somebody", rules.artifact_roots[0], tier, kind or None, environment, in_use,
                   waiver if all(waiver) else None, data[0] or None, data[1] or None, tuple((role, name) for role, name in pairs))


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _look(source: Origin, where: str, connection: str, project: Project, progress: Progress) -> list[Found]:
    from ..steps.local import connection_from_environment

    if source is Origin.FOLDER:
        from ..onboarding.folder import models_in

        return models_in(Path(where or "."), project, progress)
    if source is Origin.SAGEMAKER:
        from ..onboarding.sagemaker import models_of

        if not where:
            raise DataError("say which region: modelops import sagemaker eu-central-1")
        return models_of(where, connection or None, connection_from_environment, progress)
    from ..onboarding.mlflow import models_at

    url, login = _address(where, connection_from_environment(connection) if connection else "")
    return models_at(url, login, os.environ.get("MLFLOW_TRACKING_TOKEN", ""), progress)


def _address(where: str, connection: str) -> tuple[str, tuple[str, str] | None]:
    """An MLflow server's address, and user and password of the connection or the environment.

    Raises:
        DataError: none is given, or it holds a password where others may read it.
    """
    from urllib.parse import unquote, urlsplit, urlunsplit

    given = urlsplit(where or connection)
    if where and "@" in given.netloc:
        raise DataError("the address holds a password, which the shell keeps; put it into a connection and name that: --connection")
    if given.scheme not in ("http", "https") or not given.hostname:
        raise DataError("expected the address of the tracking server, such as http://mlflow.bank.example:5000, or --connection")
    told = urlsplit(connection)
    user, password = unquote(told.username or ""), unquote(told.password or "")
    user, password = (user, password) if user else (os.environ.get("MLFLOW_TRACKING_USERNAME", ""), os.environ.get("MLFLOW_TRACKING_PASSWORD", ""))
    url = urlunsplit((given.scheme, given.netloc.rpartition("@")[2], given.path.rstrip("/"), "", ""))
    return url, (user, password) if user else None


def _without_login(where: str) -> str:
    head, mark, tail = where.partition("://")
    return f"{head}{mark}{tail.rpartition('@')[2]}" if mark else where


@contextmanager
def _progress(*, quiet: bool) -> Iterator[Progress]:
    """Says how far the looking is, on standard error and only to a terminal."""
    from rich.console import Console
    from rich.progress import Progress as Bar

    screen = Console(stderr=True)
    if quiet or not screen.is_terminal:
        yield lambda _done, _total: None
        return
    with Bar(console=screen, transient=True) as bar:
        task = bar.add_task("looking", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
