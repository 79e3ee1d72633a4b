"""modelops apply: what the files say goes into the register, as the DAG modelops.sync does every minute."""

from __future__ import annotations

from typing import Annotated

import typer

from .here import here
from .options import Json
from .output import print_json


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(apply)


def apply(by: Annotated[str, typer.Option("--by", help="Who or what applies, for the record.")] = "apply", json: Json = False) -> None:
    """Store model files, their mistakes and a changed governance.yaml in the register. For CI on a split Airflow.

    It needs the register's address in AIRFLOW__MODELOPS__DATABASE_URL.
    """
    from ..governance.define import define
    from ..steps.definitions import definitions_of
    from ..steps.offered import offer_governance

    local = here()
    register, project = local.register, local.project
    state = offer_governance(register, project, by)
    definitions = definitions_of(register, project, local.settings.dag_prefix, local.settings.environment)
    changed = define(register, definitions, by)
    broken = [one.model_id for one in definitions if one.problems]
    if json:
        print_json({"governance": state, "models": len(definitions), "changed": changed, "broken": broken})
    else:
        print(f"governance is {state}" + (": a person of the control side activates it" if state == "pending" else ""))
        print(f"{len(definitions)} models, changed: {', '.join(changed) or 'none'}")
        if broken:
            print(f"broken: {', '.join(broken)}; run: modelops validate")
    if broken:
        raise typer.Exit(2)
