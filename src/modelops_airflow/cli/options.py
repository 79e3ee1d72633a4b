"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]
Root = Annotated[Path, typer.Option("--root", help="A folder of the project; the nearest one above it that holds dags/ is taken.")]
Url = Annotated[str, typer.Option("--url", envvar="MODELOPS_URL", help="Address of the Airflow API server.")]
User = Annotated[str, typer.Option("--user", envvar="MODELOPS_USER", help="Your Airflow user; asked for if not given.")]
TokenFile = Annotated[Path | None, typer.Option("--token-file", help="File with your Airflow API token, instead of a password.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; it goes on record.")]
Environment = Annotated[str, typer.Option("--environment", envvar="AIRFLOW__MODELOPS__ENVIRONMENT",
                                          help="Plan for this environment of governance.yaml, with its overlay, as its installation does.")]
LifecycleOption = Annotated[str, typer.Option("--lifecycle", help="Life cycle of the model.")]

HERE = Path()
LOCAL_URL = "http://127.0.0.1:8080"
