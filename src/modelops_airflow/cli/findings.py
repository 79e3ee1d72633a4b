"""modelops findings: what is to be put right, by whom and until when; list and show. `finding_acts.py` has the acts."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ..errors import DataError
from . import finding_acts
from .here import here
from .options import Json, TokenFile, User
from .output import print_json, print_table
from .server import OURS, server_for

findings = typer.Typer(no_args_is_help=True, help="What is to be put right: severity, owner, due date, state; and what people do about it.")
MaybeUrl = Annotated[str, typer.Option("--url", help="Ask this API server as yourself, instead of reading the register here.")]


def add_to(app: typer.Typer) -> None:
    """Add the group."""
    app.add_typer(findings, name="findings")


@findings.command("list")
def list_findings(
    model: Annotated[str | None, typer.Option("--model", help="Only of this model.")] = None,
    severity: Annotated[str | None, typer.Option("--severity", help="critical, high, medium or low.")] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only those that should be closed by now.")] = False,
    open: Annotated[bool, typer.Option("--open", help="Only those that are not over.")] = False,
    url: MaybeUrl = "",
    user: User = "",
    token_file: TokenFile = None,
    json: Json = False,
) -> None:
    """List findings, the most urgent first."""
    from ..policy.finding_rules import SEVERITIES
    from ..registry import did_you_mean

    if severity is not None and severity not in SEVERITIES:
        raise DataError(f"{severity!r} is no severity; expected one of {', '.join(SEVERITIES)}{did_you_mean(severity, list(SEVERITIES))}")
    if url:
        query = {"overdue": overdue, "open": open} | ({"model": model} if model else {}) | ({"severity": severity} if severity else {})
        with server_for(url, user, token_file) as server:
            found = _all(server, query)
    else:
        found = _from_register(model, severity, overdue=overdue, still=open)
    if json:
        print_json(found)
        return
    print_table(("no.", "model", "severity", "state", "owner", "due (UTC)", "finding", "next"), (
        (one["id"], one["model_id"], one["severity"], one["state"].replace("_", " "), one["owner"], _due(one), one["title"], one["next_step"] or one["ended"])
        for one in found))


@findings.command()
def show(
    number: Annotated[int, typer.Argument(help="Number of the finding.")],
    url: MaybeUrl = "",
    user: User = "",
    token_file: TokenFile = None,
    json: Json = False,
) -> None:
    """Show one finding with its history."""
    if url:
        with server_for(url, user, token_file) as server:
            page = dict(server.get(f"{OURS}/findings/{number}"))
    else:
        page = _page(number)
    if json:
        print_json(page)
        return
    print_finding(page)


def print_finding(page: dict[str, Any]) -> None:
    """One finding for people."""
    print_table(("", ""), [(key.replace("_", " "), page[key]) for key in (
        "id", "model_id", "severity", "title", "message", "state", "owner", "raised_by", "opened_at", "expires_at", "ended", "next_step") if page[key]]
        + ([] if page["closed_at"] else [("due", _due(page))]))
    if (asked := page["proposal"]) is not None:
        print_table(("proposed", "by", "words", "controls", "until", "agree with"), [(
            asked["act"], asked["by"], asked["words"], asked["controls"], asked["until"], f"modelops findings {asked['act']} {page['id']} --agree {asked['terms']}")])
    print_table(("act", "by", "at (UTC)", "words", "evidence"), (
        (one["act"], one["by"], one["at"], one["words"], _evidence(one["evidence"])) for one in page["history"]), title="History")


def _due(one: dict[str, Any]) -> str:
    if one["closed_at"]:
        return ""
    return f"{one['due_at']}{' overdue' if one['overdue'] else ''}{' plan overdue' if one['plan_overdue'] else ''}"


def _evidence(told: dict[str, Any] | None) -> str:
    return "" if told is None else told["text"] or f"{told['kind']} {told['reference']}"


def _all(server: Any, query: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    after: str | None = None
    while True:
        page = server.get(f"{OURS}/findings", limit=200, **query, **({"after": after} if after else {}))
        found += page["items"]
        after = page["next"]
        if not after:
            return found


def _from_register(model: str | None, severity: str | None, *, overdue: bool, still: bool) -> list[dict[str, Any]]:
    from sqlalchemy import select

    from ..inventory.tables import ModelRow
    from ..registry import did_you_mean
    from ..ui.reads.clock import now
    from ..ui.reads.findings import Filters, chosen

    with here().register.read() as session:
        known = list(session.scalars(select(ModelRow.id)))
        if model is not None and model not in known:
            raise DataError(f"the register has no model {model!r}{did_you_mean(model, known)}")
        return chosen(session, known, Filters(model, severity, overdue, still), now())


def _page(number: int) -> dict[str, Any]:
    from ..governance.activate import active, row_of
    from ..inventory.tables import FindingRow, ModelRow
    from ..ui.reads.clock import now
    from ..ui.reads.findings import finding_page
    from ..ui.reads.gates import Asker

    with here().register.read() as session:
        row = session.get(FindingRow, number)
        if row is None:
            raise DataError(f"the register has no finding {number}; modelops findings list shows those that there are")
        governance = active(session) if row_of(session, "active") else None
        return finding_page(session, row, session.get_one(ModelRow, row.model_id), Asker(None, governance), now())


finding_acts.add_to(findings)
