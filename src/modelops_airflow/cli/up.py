"""modelops up: a complete local Airflow with our pages; with --demo, the examples on their way to a decision."""

from __future__ import annotations

import shutil
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import DataError
from ..settings import PREFIX
from .only_one import HOLDER, only_one
from .options import HERE, Json, Root
from .port import require_free

if TYPE_CHECKING:
    from ..spec.project import Project
    from .local_airflow import LocalAirflow

READY_SECONDS = 300


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(up)


def up(
    demo: Annotated[bool, typer.Option("--demo", help="Start afresh, and run every release up to its first gate.")] = False,
    check: Annotated[bool, typer.Option("--check", help="With --demo: also answer the gates as the right users, then stop.")] = False,
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Where it answers.")] = 8080,
    register: Annotated[str | None, typer.Option("--register", metavar="URL", help="A register on Postgres, as tasks log in; else an "
                                                 "SQLite file.")] = None,
    api_register: Annotated[str | None, typer.Option("--api-register", metavar="URL", help="The same register, as the API server "
                                                     "logs in.")] = None,
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Start a complete Airflow on this machine; Ctrl-C stops everything it started."""
    from ..spec.project import Project as ProjectFolder
    from .local_airflow import LocalAirflow as Airflow
    from .people import users_of

    if check and not demo:
        raise DataError("--check answers the gates of the demo; give --demo too")
    project = ProjectFolder.around(root)
    if not project.governance.is_file():
        raise DataError(f"{project.root} holds no dags/governance.yaml; run: modelops init DIR")
    home = project.root / (".demo" if demo else ".modelops/airflow")
    if api_register and not register:
        raise DataError("--api-register is how the API server logs in to a register that --register names for tasks; give both")
    with only_one(home, f"http://127.0.0.1:{port}", "demo" if demo else "modelops up"):
        require_free(port)
        if demo:
            if register:
                check_unused(register)
            forget(home, deployed(project))
        airflow = Airflow(home, project.root, port, users_of(project), register=register)
        if api_register:
            airflow.alone["api-server"] = {**airflow.alone["api-server"], f"{PREFIX}DATABASE_URL": api_register}
        signal.signal(signal.SIGTERM, _interrupt)
        raise typer.Exit(_run(airflow, demo=demo, check=check, json=json))


def deployed(project: Project) -> list[Path]:
    """The folders that the project's environments deploy to."""
    from .sources import governance_of

    paths = [place.with_.get("path") for place in governance_of(project).environments.values()]
    return [project.resolve(path) for path in paths if isinstance(path, str)]


def check_unused(url: str) -> None:
    """Make sure that the demo does not go on in somebody's register.

    Raises:
        DataError: there is something in it.
        RegisterError: it cannot be reached, or is not migrated.
    """
    from ..inventory.register import Register
    from ..ledger import tip

    register = Register(url)
    register.check()
    with register.read() as session:
        if tip(session) is not None:
            raise DataError("the register has events already; the demo starts afresh, so give it a new database")


def forget(home: Path, folders: list[Path]) -> None:
    """Throw the last demo away: its databases, and what it deployed. Nobody may be using them: see `only_one`.

    Raises:
        DataError: something else than a demo deployed there, which must not be lost.
    """
    ours, others = (home / "airflow.db").exists(), (home.parent / ".modelops" / "airflow" / "airflow.db").exists()
    for folder in folders:
        if folder.exists() and (others or not ours):
            raise DataError(f"{folder} holds deployments that no demo made; move it away, or run the demo in another checkout")
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
    for one in home.iterdir() if ours else ():
        if one.name != HOLDER:
            shutil.rmtree(one) if one.is_dir() and not one.is_symlink() else one.unlink()


def _run(airflow: LocalAirflow, *, demo: bool, check: bool, json: bool) -> int:
    def say(line: str) -> None:
        print(line, flush=True) if not json else None

    began = time.monotonic()
    try:
        say("preparing the databases ...")
        with airflow:
            say("starting API server, scheduler, DAG processor and triggerer ...")
            airflow.wait_ready(READY_SECONDS, say)
            if demo:
                from .demo import Demo

                return Demo(airflow, say).play(check=check, began=began, json=json)
            _ready(airflow)
            _stay(airflow)
    except KeyboardInterrupt:
        say("stopped")
        return 0 if not check else 1
    return 0


def _ready(airflow: LocalAirflow) -> None:
    from .people import print_users

    print(f"\nREADY {airflow.url}\n", flush=True)
    print_users(airflow)


def _stay(airflow: LocalAirflow) -> None:
    """Until Ctrl-C, or until a process ends."""
    while True:
        airflow.check_alive()
        time.sleep(1)


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


