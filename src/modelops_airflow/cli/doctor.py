"""modelops doctor: what is misconfigured, and how far the records of this set-up can be trusted."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Annotated

import typer

from ..errors import ModelOpsError
from .here import Here, here
from .options import Json
from .output import print_json, print_table


@dataclass(frozen=True)
class Finding:
    """One thing looked at.

    Attributes:
        state: ok, warned or bad.
        next_step: what to do about it; empty if it is ok.
    """

    what: str
    state: str
    message: str
    next_step: str = ""


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(doctor)


def doctor(
    preflight: Annotated[bool, typer.Option("--preflight", help="Also look at the Airflow that is installed here.")] = False,
    json: Json = False,
) -> None:
    """Look for misconfiguration, and say what the records of this set-up prove."""
    found = look(here())
    if preflight:
        from .preflight import look_at_airflow

        found += look_at_airflow(here())
    if json:
        print_json([asdict(one) for one in found])
    else:
        print_table(("what", "state", "found", "next step"), ((one.what, one.state, one.message, one.next_step) for one in found))
    if any(one.state == "bad" for one in found):
        raise typer.Exit(1)


def look(local: Here) -> list[Finding]:
    """Everything that can be seen without Airflow."""
    return [_project(local), _governance(local), _register(local), _evidence(local), _level(local),
            by_register("scheduler", _scheduler, local), by_register("notices", _notices, local), by_register("findings", _findings, local), _jail()]


def attempt(what: str, look_at: Callable[[], str], next_step: str) -> Finding:
    """A finding that is ok unless looking raises."""
    try:
        return Finding(what, "ok", look_at())
    except (ModelOpsError, OSError) as error:
        return Finding(what, "bad", str(error).splitlines()[0], next_step)


def by_register(what: str, look_at: Callable[[Here], Finding], local: Here) -> Finding:
    """What only a register that can be read says; that it cannot is told once, by its own line."""
    try:
        return look_at(local)
    except ModelOpsError as error:
        return Finding(what, "warned", f"not known: {str(error).splitlines()[0]}", "mend the register first")


def _project(local: Here) -> Finding:
    models = local.project.models()
    if not models:
        return Finding("project", "bad", f"{local.settings.dags / 'models'} holds no model file",
                       "set AIRFLOW__MODELOPS__ROOT to the folder that holds dags/, or run: modelops init DIR")
    return Finding("project", "ok", f"{local.settings.root}: {len(models)} model files")


def _governance(local: Here) -> Finding:
    from .sources import governance_source

    try:
        people = governance_source(local.project).spec.people
    except (ModelOpsError, OSError) as error:
        return Finding("governance file", "bad", str(error).splitlines()[0], "run: modelops validate")
    nameless = [name for name, facts in people.items() if "fab" in facts.login and "username" not in facts.login]
    if nameless:
        return Finding("governance file", "warned", f"{len(people)} people; of {', '.join(nameless)} it has the user id of FAB and not the user name, by which Airflow names who started a run: "
                       "an approval of somebody who starts a run later is not recognised as an author's", "write `username: <the user name>` beside `fab` in their logins")
    return Finding("governance file", "ok", f"{len(people)} people")


def _register(local: Here) -> Finding:
    from ..governance.activate import row_of

    def looked() -> str:
        register = local.register
        with register.read() as session:
            active, pending = row_of(session, "active"), row_of(session, "pending")
        state = "governance is active" if active else "no governance yet: it comes with the first modelops.sync"
        return f"{register.engine.dialect.name}, migrated; {state}" + ("; a change of it is pending" if pending else "")

    return attempt("register", looked, f"run: source {local.demo}" if local.demo else "run: modelops db migrate")


def _evidence(local: Here) -> Finding:
    url = local.settings.evidence
    if "://" in url:
        return Finding("evidence store", "ok", url)
    folder = next(path for path in (local.settings.root / url, *(local.settings.root / url).parents) if path.exists())
    if not os.access(folder, os.W_OK):
        return Finding("evidence store", "bad", f"{folder} cannot be written", "give the workers' user write access")
    return Finding("evidence store", "ok", f"{url}, writable")


def _notices(local: Here) -> Finding:
    """Messages that could not be sent yet, and those that nobody takes up."""
    from ..governance.outbox import PATIENCE, late, stuck

    with local.register.read() as session:
        found, behind = stuck(session), late(session)
    told = [f"{one.waiting} wait for the connection {one.connection} since {one.since:%Y-%m-%d %H:%M} UTC, which said {one.trouble}" for one in found]
    told += [f"{behind.waiting} wait for more than {PATIENCE // timedelta(minutes=1)} minutes"] * bool(behind.waiting)
    told += [f"{behind.missing} are to be told and not in the outbox"] * bool(behind.missing)
    told += [f"what is to be told is not known of {one}" for one in behind.broken]
    if not told:
        return Finding("notices", "ok", "none waits for its server")
    steps = ["look at the connection in Airflow; they are tried again by themselves"] * bool(found)
    steps += ["see that the DAG modelops.notify runs: it looks every minute"] * bool(behind.waiting or behind.missing)
    steps += ["somebody changed a row of the register past modelops: run modelops ledger verify"] * bool(behind.broken)
    return Finding("notices", "bad" if found or behind.waiting or behind.broken else "warned", "; ".join(told), "; ".join(steps))


def _findings(local: Here) -> Finding:
    """What the ledger says of findings and nobody can read, or the rules do not permit."""
    from ..governance.finding_record import findings_on_record

    with local.register.read() as session:
        doubts = findings_on_record(session, None).doubts
    if not doubts:
        return Finding("findings", "ok", "every event about them can be read, and was permitted")
    more = f"; and {len(doubts) - 1} more" if len(doubts) > 1 else ""
    return Finding("findings", "warned", f"{doubts[0]}{more}", "ask who used the login that stands with it: modelops ledger export FILE has every event, the tab Log of a model's page its last ones; it changes nothing")


def _scheduler(local: Here) -> Finding:
    """How long ago the last round of modelops.sync was; without rounds nothing is looked at, rolled back or told."""
    from ..database import database_time
    from ..governance.scan import is_stale, last_round

    with local.register.read() as session:
        last, now = last_round(session), database_time(session)
    if last is not None and not is_stale(last, now):
        return Finding("scheduler", "ok", f"the last round of modelops.sync was {max(0, int((now - last).total_seconds()))} seconds ago")
    step = "start the scheduler (airflow scheduler), and see in Airflow that the DAG modelops.sync is not paused and its last run did not fail"
    if last is None:
        return Finding("scheduler", "warned", "no round of the DAG modelops.sync is on record", step)
    return Finding("scheduler", "bad", f"the DAG modelops.sync stands still: its last round was at {last:%Y-%m-%d %H:%M:%S} UTC, and it looks every minute", step)


def _jail() -> Finding:
    """What keeps a pickled model in on this machine; it matters only where a policy allows pickles."""
    from ..kinds.confinement.jail import MEND, strength

    try:
        found = strength()
    except (ModelOpsError, OSError, subprocess.TimeoutExpired) as error:
        return Finding("jail", "warned", f"{error}; pickled models are not scored here", MEND)
    held = f"network: {found.network}; files: {found.files}"
    if found.lacks:
        return Finding("jail", "warned", f"{held}; pickled models are not scored here: {' and '.join(found.lacks)}", MEND)
    return Finding("jail", "ok", f"{held}; pickled models are scored where a policy allows them")


def _level(local: Here) -> Finding:
    """The level as a task noted it or, before one did, as it looks from here, where Airflow's part is not known."""
    from ..assurance.level import SetUp, assurance_of
    from ..assurance.look import look_at_setup
    from ..assurance.of_run import setup_on_record
    from ..governance.assured import assurance_on_record

    noted, setup = False, SetUp("unknown")
    with contextlib.suppress(ModelOpsError), local.register.read() as session:
        noted = assurance_on_record(session) is not None
        setup = setup_on_record(session) if noted else look_at_setup(session, local.settings, None)
    found = assurance_of(setup)
    seen = "as a task of modelops.sync noted it" if noted else "seen from this command; modelops.sync notes what tasks can reach"
    return Finding("assurance level", "warned" if found.level == "L0" else "ok",
                   f"{found.level}: {found.meaning} ({seen}); could still forge: {'; '.join(found.forgers)}",
                   "; ".join(found.lacks))
