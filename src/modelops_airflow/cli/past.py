"""modelops policies met, history and fleet: what the register has of compliance, on any day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import DataError
from .here import here
from .options import Json
from .output import print_json, print_table
from .policies import policies

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from ..evidence.store import BlobStore
    from ..history.as_of import AsOf, PackThen

Model = Annotated[str, typer.Argument(help="Model id.")]
On = Annotated[str, typer.Option("--on", help="A day such as 2026-03-31, of which the end (UTC) is meant, or a time such as 2026-03-31T12:00Z; now if not given.")]
Named = Annotated[str, typer.Option("--pack", help="Only this pack.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands to the group of packs."""
    for command in (met, history, fleet):
        policies.command()(command)


def met(
    model: Model,
    pack: Annotated[str, typer.Option("--pack", help="The pack.")],
    on: On = "",
    json: Json = False,
) -> None:
    """Whether a model met a pack on a day, by the register alone, with the evidence; exit code 0 only if it did.

    What was recorded after that day does not count. What the record cannot tell is not known, and not met.
    """
    from ..history.fleet import fleet as fleet_of
    from ..history.told import pack_told, told

    with _register(model) as (session, store):
        [state] = fleet_of(session, store, [model], _moment(session, on))
        found = state.pack(pack)
        body = told(state)
        body["packs"] = [pack_told(found, state)] if found is not None else []
        answer = found.answer if found is not None else "not known" if state.trouble else "not asked"
        if json:
            print_json({"answer": answer, **body})
        else:
            _show_met(pack, answer, state, body)
    if answer != "yes":
        raise typer.Exit(1)


def history(
    model: Model,
    pack: Named = "",
    control: Annotated[str, typer.Option("--control", help="Only this control.")] = "",
    since: Annotated[str, typer.Option("--from", help="Where it begins, as --on; the first event of the model if not given.")] = "",
    until: Annotated[str, typer.Option("--to", help="Where it ends; now if not given. A day to come shows what falls due.")] = "",
    json: Json = False,
) -> None:
    """From when to when each control of a model had which status; exact, at every moment at which one changed or fell due."""
    from ..history.reader import Reader
    from ..history.record import records
    from ..history.series import series
    from ..history.told import stretch_told

    with _register(model) as (session, store):
        end, begin = _moment(session, until), _moment(session, since) if since else None
        if begin is not None and begin >= end:
            raise DataError(f"--from {since} is not before --to {until or 'now'}")
        found = {key: stretches for key, stretches in series(records(session, [model])[model], Reader(session, store), begin, end).items()
                 if pack in ("", key[0]) and control in ("", key[1])}
    if json:
        print_json({"model": model, "controls": [{"pack": name, "control": one, "stretches": [stretch_told(each) for each in stretches]}
                                                 for (name, one), stretches in found.items()]})
    elif not found:
        print(f"the register has no control of {model}" + (f" that is {pack} {control}".rstrip() if pack or control else ""))
    else:
        rows = (stretch_told(each) | {"pack": name, "control": one} for (name, one), stretches in found.items() for each in stretches)
        print_table(("pack", "control", "from", "to", "status", "version", "why"),
                    ((row["pack"], row["control"], row["from"], row["to"], row["shown"], row["version"] or "", row["why"]) for row in rows))


def fleet(on: On = "", pack: Named = "", json: Json = False) -> None:
    """Every model and every pack on a day: met or not, and how many controls stand how."""
    from ..history.fleet import fleet as fleet_of
    from ..history.fleet import models_on_record
    from ..history.told import counts, instant, totals

    with _register() as (session, store):
        at = _moment(session, on)
        states = fleet_of(session, store, models_on_record(session), at)
    rows = [{"model": state.model, "pack": one.name, "answer": one.answer, "draft": bool(one.told["draft"]), "standing": one.told["standing"], "version": state.version,
             "counts": counts(one)} for state in states for one in state.packs if pack in ("", one.name)]
    unknown = {state.model: state.trouble for state in states if state.trouble}
    if json:
        print_json({"at": instant(at), "totals": {name: found for name, found in totals(states).items() if pack in ("", name)}, "rows": rows, "not_known": unknown})
        return
    print_table(("model", "version", "pack", "met", "controls"), (
        (row["model"], row["version"] or "", row["pack"] + _draft(row["draft"]), row["answer"], _counted(row["counts"])) for row in rows))
    for name, found in totals(states).items():
        if pack in ("", name):
            print(f"{name}: " + ", ".join(f"{word} {number}" for word, number in found.items()))
    for name, why in unknown.items():
        print(f"{name}: not known, {why}")


@contextmanager
def _register(model: str = "") -> Iterator[tuple[Session, BlobStore]]:
    """A session of the register, and the evidence.

    Raises:
        DataError: it has no such model.
    """
    from ..inventory.tables import ModelRow

    place = here()
    with place.register.read() as session:
        if model and session.get(ModelRow, model) is None:
            raise DataError(f"the register has no model {model!r}; see modelops models")
        yield session, place.store


def _moment(session: Session, text: str) -> datetime:
    from ..database import database_time
    from ..history.moment import moment_of

    return moment_of(text, database_time(session))


def _show_met(pack: str, answer: str, state: AsOf, body: Mapping[str, Any]) -> None:
    found = state.pack(pack)
    if found is not None and found.controls:
        print_table(("control", "status", "why", "evidence", "ledger"), (_lines(one) for one in body["packs"][0]["controls"]))
    if state.asked is not None:
        print(f"asked by: {state.asked.source} {state.asked.digest}, event {state.asked.index} of {state.asked.at:%Y-%m-%d}")
    used = ", ".join(f"{one.version} in {one.environment}" for one in state.in_use)
    print(f"version: {state.version or 'none'}; in use: {used or 'nothing'}; the answer rests on events up to {state.index}")
    print(f"{state.model} met {pack} at {body['at']}: {answer}{_because(found, state)}")


def _because(found: PackThen | None, state: AsOf) -> str:
    if found is None or state.trouble:
        return f", {state.trouble or 'nobody had named this pack, or it has no controls'}"
    words = f" (pack version {found.told['version']}{_draft(found.told['draft'])}, {found.told['standing']})"
    return words + (f", {found.told['why']}" if found.told["why"] else "")


def _lines(one: Mapping[str, Any]) -> tuple[str, ...]:
    proofs = one["evidence"]
    return (one["control"], one["shown"], one["why"], "\n".join(f"{proof['what']} {proof['digest'] or ''}".strip() for proof in proofs),
            "\n".join(str(proof["index"]) for proof in proofs))


def _draft(draft: bool) -> str:
    return ", draft" if draft else ""


def _counted(found: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {status}" for status, number in found.items())
