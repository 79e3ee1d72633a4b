"""modelops inventory: the register, from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ..errors import DataError
from .here import here
from .options import Json, TokenFile, User
from .output import print_json, print_table
from .server import OURS, server_for

inventory = typer.Typer(no_args_is_help=True, help="Which models there are, what is in production, and why it may be.")
MaybeUrl = Annotated[str, typer.Option("--url", help="Ask this API server as yourself, instead of reading the register here.")]


def add_to(app: typer.Typer) -> None:
    """Add the group, and `reconcile` beside it, which people look for there."""
    app.add_typer(inventory, name="inventory")
    app.command()(reconcile)


@inventory.command("list")
def list_models(
    state: Annotated[str | None, typer.Option("--state", help="Only this state, such as in_use, legacy, waiting, broken.")] = None,
    text: Annotated[str, typer.Option("--text", help="Words in id, name, owner, team or kind.")] = "",
    url: MaybeUrl = "",
    user: User = "",
    token_file: TokenFile = None,
    json: Json = False,
) -> None:
    """List every model with its state, version and approvals."""
    items = _from_server(url, user, token_file, state, text) if url else _from_register(state, text)
    if json:
        print_json(items)
        return
    print_table(("model", "tier", "state", "version", "live in", "approved by", "needs"), (
        (one["id"], one["tier"], one["state"], one["version"], one["environment"],
         ", ".join(f"{who['person']} ({who['role']})" for who in one["approved_by"]), _needs(one))
        for one in items
    ))


@inventory.command()
def show(
    model: Annotated[str, typer.Argument(help="Model id.")],
    url: MaybeUrl = "",
    user: User = "",
    token_file: TokenFile = None,
    json: Json = False,
) -> None:
    """Show one model: versions, runs, approvals that are waited for, deployments, findings."""
    page = _page_from_server(model, url, user, token_file) if url else _page(model)
    if json:
        print_json(page)
        return
    facts = page["model"]
    print_table(("", ""), [(key, facts[key]) for key in ("id", "name", "purpose", "tier", "owner", "kind", "state", "version")] + _review(facts))
    if facts["legacy"]:
        print_table(("declared in use", ""), [(key.replace("_", " "), value) for key, value in facts["legacy"].items()], title="Legacy")
    print_table(("version", "state", "artifact", "registered by"),
                ((one["version"], one["state"], one["artifact"], one["registered_by"]) for one in page["versions"]), title="Versions")
    print_table(("run", "life cycle", "version", "verdict"), (
        (one["run_id"], one["lifecycle"], one["version"], (one["verdict"] or "") + (", warned" if one["warned"] else ""))
        for one in page["runs"]), title="Runs")
    if waiting := [one for one in page["gates"] if one["waits"]]:
        print_table(("gate", "version", "step", "needs", "due (UTC)"), (
            (one["id"], one["version"], one["step"], ", ".join(f"{role['have']} of {role['need']} {role['role']}" for role in one["roles"]),
             f"{one['due_at'] or ''}{' overdue' if one['overdue'] else ''}") for one in waiting), title="Approvals that are waited for")
    print_table(("environment", "version", "state", "epoch", "target", "its gate is"), (
        (one["environment"], one["version"], one["state"] + (f", {one['trial']}" if one.get("trial") else ""), one["epoch"], one["target"], one["strength"])
        for one in page["deployments"]), title="Deployments")
    if page["imported_packs"]:
        print_table(("environment", "version", "verdict there", "packed (UTC)", "signed by", "proves", "pack"), (
            (one["environment"], one["version"], one["verdict"], one["made_at"], one["signer"], f"{one['ledger']}, {one['level']}, {len(one['gaps'])} gaps", one["digest"])
            for one in page["imported_packs"]), title="Evidence from other environments (approvals there approve nothing here)")
    print_table(("finding", "severity", "state", "due (UTC)", "message"), (
        (one["kind"], one["severity"], one["state"].replace("_", " "), f"{one['due_at'] or ''}{' overdue' if one['overdue'] else ''}", one["message"]) for one in page["findings"] if not one["closed_at"]), title="Open findings")


@inventory.command()
def reconcile(
    model: Annotated[str | None, typer.Argument(help="Only this model.")] = None, json: Json = False
) -> None:
    """Look at every target, mend what may be mended, report the rest."""
    from ..steps.converge import converge
    from ..steps.local import connection_from_environment

    local = here()
    told = converge(local.register, local.store, local.project, model, local.approval_public, connection_from_environment, local.settings.deployment_key,
                    local.settings.environment)
    if json:
        print_json(told)
    else:
        print("\n".join(told) or "every target shows what the register says")


@inventory.command()
def targets(json: Json = False) -> None:
    """Where models run: what each place shows now, what the register has there, and when that was last compared."""
    from dataclasses import asdict

    from ..steps.coverage import coverage
    from ..steps.local import connection_from_environment

    local = here()
    found = coverage(local.register, local.project, connection_from_environment, local.settings.environment)
    if json:
        print_json([{**asdict(one), "compared_at": one.compared_at.isoformat() if one.compared_at else None} for one in found])
        return
    print_table(("environment", "place", "its gate is", "shows", "live", "never released there", "compared at (UTC)", "looked at (UTC)", "trouble"), (
        (one.environment, one.place, one.strength, "cannot be listed" if one.shown is None else one.shown, one.live, one.strays,
         f"{one.compared_at:%Y-%m-%d %H:%M:%S}" if one.compared_at else "", one.looked, one.trouble) for one in found))


def _review(facts: dict[str, Any]) -> list[tuple[str, str]]:
    """When the next review falls due; nothing of a model that owes none."""
    due = facts["next_review"]
    return [("next review", due + (", overdue" if "review" in facts["overdue"] else ""))] if due else []


def _needs(one: dict[str, Any]) -> str:
    needs = [_waiver(one["legacy"])] if one["legacy"] else []
    needs += [f"{one['waiting']} approval(s)"] if one["waiting"] else []
    needs += [f"{len(one['problems'])} mistake(s) in its file"] if one["problems"] else []
    needs += [f"{sum(one['findings'].values())} finding(s)"] if one["findings"] else []
    return ", ".join([*needs, *(f"{late} overdue" for late in one["overdue"])])


def _waiver(legacy: dict[str, Any]) -> str:
    """How the waiver of a legacy model stands."""
    return {"waived": f"a release by {legacy['until']}: its waiver ends", "asked": f"its waiver until {legacy['until']} accepted",
            "none": "a waiver, or a release", "expired": f"a release: its waiver ended with {legacy['until']}",
            "revoked": "a release: its waiver was revoked"}[legacy["standing"]]


def _from_register(state: str | None, text: str) -> list[dict[str, Any]]:
    from sqlalchemy import select

    from ..inventory.tables import ModelRow
    from ..ui.reads.fleet import chosen, entries, rows

    with here().register.read() as session:
        ids = list(session.scalars(select(ModelRow.id)))
        return rows(session, chosen(entries(session, ids), q=text, state=state))


def _from_server(url: str, user: str, token_file: Path | None, state: str | None, text: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    query: dict[str, Any] = {"limit": 200, "q": text} | ({"state": state} if state else {})
    with server_for(url, user, token_file) as server:
        while True:
            page = server.get(f"{OURS}/models", **query)
            found += page["items"]
            if not page["next"]:
                return found
            query["after"] = page["next"]


def _page(model: str) -> dict[str, Any]:
    from sqlalchemy import select

    from ..governance.activate import active, row_of
    from ..inventory.tables import ModelRow
    from ..registry import did_you_mean
    from ..ui.reads.gates import Asker
    from ..ui.reads.model_page import model_page

    with here().register.read() as session:
        row = session.get(ModelRow, model)
        if row is None:
            known = list(session.scalars(select(ModelRow.id)))
            raise DataError(f"the register has no model {model!r}{did_you_mean(model, known)}")
        governance = active(session) if row_of(session, "active") else None
        return model_page(session, row, Asker(None, governance))


def _page_from_server(model: str, url: str, user: str, token_file: Path | None) -> dict[str, Any]:
    from urllib.parse import quote

    with server_for(url, user, token_file) as server:
        return dict(server.get(f"{OURS}/models/{quote(model, safe='')}"))
