"""modelops retention: what is kept until when and why, legal holds, and erasures that two people decide."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from .act import act
from .here import Here, here
from .options import LOCAL_URL, Json, Reason, TokenFile, Url, User
from .output import print_json, print_table

if TYPE_CHECKING:
    from ..governance.retention import Line

retention = typer.Typer(no_args_is_help=True, help="What is kept until when and why; legal holds; erasures that two people decide.")

Model = Annotated[str, typer.Argument(help="Model id.")]
Number = Annotated[int, typer.Argument(help="Its number, as modelops retention list shows it.")]
DIGEST = "Digest of the bytes, sha256:..."


def add_to(app: typer.Typer) -> None:
    """Add the group."""
    app.add_typer(retention, name="retention")


@retention.command("list")
def show(model: Annotated[str, typer.Argument(help="Model id; all models if not given.")] = "", json: Json = False) -> None:
    """What is kept, until when and why, what holds it, and what was erased. Exit code 1 where bytes are missing without a tombstone."""
    place = here()
    rows = _rows(place, model)
    with place.register.read() as session:
        from ..governance.erasures import erasures
        from ..governance.holds import holds

        standing = [{"hold": one.id, "model": one.model, "on": one.digest or one.run or "the model", "by": one.by, "at": one.at} for one in holds(session)]
        asked = [{"erasure": one.id, "model": one.model, "digest": one.digest, "ground": one.ground, "state": one.state, "asked_by": one.asked_by,
                  "approved_by": one.approved_by} for one in erasures(session) if one.state != "erased"]
    if json:
        print_json({"kept": rows, "holds": standing, "erasures": asked})
    else:
        _print(rows)
        for title, found in (("legal holds", standing), ("erasures under way", asked)):
            if found:
                print_table(tuple(found[0]), (tuple(one.values()) for one in found), title=title)
    if any(one["bytes"] in ("missing", "changed") for one in rows):
        raise typer.Exit(1)


@retention.command()
def due(model: Annotated[str, typer.Argument(help="Model id; all models if not given.")] = "", json: Json = False) -> None:
    """What may be erased now because its retention has ended. Nothing is erased by itself: modelops retention ask."""
    rows = [one for one in _rows(here(), model) if one["due"] and one["bytes"] in ("intact", "back")]
    print_json(rows) if json else _print(rows)


@retention.command()
def hold(
    model: Model,
    reason: Reason,
    run: Annotated[str, typer.Option("--run", help="Only this run of it, DAG/RUN.")] = "",
    digest: Annotated[str, typer.Option("--digest", help=f"Only this. {DIGEST}")] = "",
    url: Url = LOCAL_URL,
    user: User = "",
    token_file: TokenFile = None,
    json: Json = False,
) -> None:
    """Place a legal hold, as the control side: nothing that it covers is erased."""
    body = {"reason": reason} | ({"run": run} if run else {}) | ({"digest": digest} if digest else {})
    told = act(model, "holds", body, url, user, token_file)
    print_json(told) if json else print(f"hold {told['hold']} stands on {digest or run or 'all'} of {model}; somebody else lifts it")


@retention.command()
def lift(model: Model, hold: Number, reason: Reason, url: Url = LOCAL_URL, user: User = "", token_file: TokenFile = None, json: Json = False) -> None:
    """Lift a legal hold that somebody else placed, as the control side."""
    told = act(model, f"holds/{hold}/lift", {"reason": reason}, url, user, token_file)
    print_json(told) if json else print(f"hold {hold} on {model} is lifted")


@retention.command()
def ask(
    model: Model,
    digest: Annotated[str, typer.Argument(help=DIGEST)],
    ground: Annotated[str, typer.Option("--ground", help="retention-ended; data-subject (GDPR art. 17(1), of words and predictions); or order (art. 17(1)(e), a court's or an authority's).")],
    reason: Reason,
    url: Url = LOCAL_URL,
    user: User = "",
    token_file: TokenFile = None,
    json: Json = False,
) -> None:
    """Ask that bytes be erased; somebody else of the control side approves it."""
    told = act(model, "erasures", {"digest": digest, "ground": ground, "reason": reason}, url, user, token_file)
    print_json(told) if json else print(f"erasure {told['erasure']} is asked for; next, by somebody else: modelops retention approve {model} {told['erasure']}")


@retention.command()
def approve(model: Model, erasure: Number, reason: Reason, url: Url = LOCAL_URL, user: User = "", token_file: TokenFile = None, json: Json = False) -> None:
    """Approve an erasure that somebody else asked for, as the control side; the next round of modelops.sync removes the bytes."""
    told = act(model, f"erasures/{erasure}/approval", {"reason": reason}, url, user, token_file)
    print_json(told) if json else print(f"erasure {erasure} of {told['digest']} is approved; modelops.sync or modelops retention apply removes it")


@retention.command()
def apply(json: Json = False) -> None:
    """Carry out the approved erasures, as modelops.sync does, and finish what a kill broke off."""
    from ..steps.erase import erase_approved

    place = here()
    told = erase_approved(place.register, place.store, place.project)
    print_json(told) if json else print("\n".join(told) or "nothing to erase")



def _rows(place: Here, model: str) -> list[dict[str, Any]]:
    """Every record with how it stands, and whether its bytes are there."""
    from ..governance.erasures import tombstones
    from ..governance.retention import facts_of_line, lines
    from ..steps.erase import Shelf

    with place.register.read() as session:
        found, graves = lines(session, model or None), tombstones(session)
    shelf = Shelf(place.register, place.store, place.project)

    def row(one: Line) -> dict[str, Any]:
        grave = graves.get(one.record.digest)
        return facts_of_line(one) | {"bytes": shelf.state(one.record.digest, erased=grave is not None), "tombstone": grave.told if grave else None}

    return [row(one) for one in found]


def _print(rows: list[dict[str, Any]]) -> None:
    print_table(("model", "version", "kind", "what", "digest", "until", "why", "holds", "bytes"), (
        (one["model"], one["version"], one["kind"], one["what"], one["digest"], "due" if one["due"] else (one["until"] or "further notice")[:10], one["why"],
         ", ".join(map(str, one["holds"])), one["tombstone"] or one["bytes"]) for one in rows))
