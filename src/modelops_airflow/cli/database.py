"""modelops db: the register's tables, and everything in it as JSON."""

from __future__ import annotations

import base64
import sys
from datetime import datetime
from pathlib import Path
from typing import IO, Annotated, Any

import typer

from .here import here
from .options import Json
from .output import print_json

db = typer.Typer(no_args_is_help=True, help="The register's database.")


def add_to(app: typer.Typer) -> None:
    """Add the group."""
    app.add_typer(db, name="db")


@db.command()
def migrate(
    as_role: Annotated[str | None, typer.Option("--as", metavar="ROLE", help="Postgres role that is to own the tables.")] = None,
    json: Json = False,
) -> None:
    """Make the register's tables, or bring them to this version; `airflow db migrate` does it too."""
    from sqlalchemy.engine import make_url

    from ..inventory.register import Register

    register = Register(here().settings.database_url)
    register.migrate(as_role)
    shown = make_url(register.url).render_as_string(hide_password=True)
    print_json({"register": shown}) if json else print(f"the register {shown} is of this version")


@db.command()
def roles(
    apply: Annotated[str | None, typer.Option("--apply", metavar="URL", help="Migrate this register and make its roles; "
                                              "the URL logs in as a superuser.")] = None,
    prefix: Annotated[str, typer.Option("--prefix", help="What the names of the roles begin with.")] = "modelops",
    show: Annotated[bool, typer.Option("--print", help="Print the SQL instead.")] = False,
    json: Json = False,
) -> None:
    """Three Postgres roles: the owner of the tables, the API server, the tasks."""
    from dataclasses import asdict

    from ..errors import DataError
    from ..inventory.roles import make_roles, roles_of, script

    if show == (apply is not None):
        raise DataError("say what to do with the roles: --print, or --apply URL")
    names = roles_of(prefix)
    if apply is None:
        print_json({"roles": asdict(names), "sql": script(names)}) if json else print(script(names), end="")
        return
    make_roles(apply, names)
    print_json({"roles": asdict(names)}) if json else print(
        f"{names.api} is for the API server, {names.worker} for everything else, {names.owner} owns the tables; "
        "give the first two a password: ALTER ROLE ... PASSWORD ...")


@db.command()
def export(
    out: Annotated[Path | None, typer.Option("--out", help="File to write; standard output if not given.")] = None,
    json: Json = True,
) -> None:
    """Write every row of the register as JSON lines, for keeping after an uninstallation."""
    del json  # it is JSON in any case
    if out is None:
        write_rows(sys.stdout)
        return
    here().register.check()  # before a file is begun
    with out.open("w", encoding="utf-8") as file:
        count = write_rows(file)
    print(f"{count} rows in {out}")


def write_rows(file: IO[str]) -> int:
    """One line a row: table and columns; bytes in base64. Answers how many."""
    import json as codec

    from sqlalchemy import select

    from ..database import Base
    from ..inventory import tables
    from ..ledger import table

    assert tables and table  # noqa: S101 - importing them fills the metadata
    count = 0
    with here().register.read() as session:
        for one in Base.metadata.sorted_tables:
            for row in session.execute(select(one).order_by(*one.primary_key.columns)).mappings():
                body = {"table": one.name, **{key: _plain(value) for key, value in row.items()}}
                file.write(codec.dumps(body, ensure_ascii=False, sort_keys=True) + "\n")
                count += 1
    return count


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return {"base64": base64.b64encode(value).decode()}
    return value.isoformat() if isinstance(value, datetime) else value
