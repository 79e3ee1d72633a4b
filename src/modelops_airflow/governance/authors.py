"""Authors: everybody who had a hand in a version. They only grow, and never decide over it.

A task writes them into the version's row. What counts is more than that row: it is computed anew from what a task
cannot leave out, over every version with the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..inventory.tables import GovernanceRow, RunRow, VersionRow, VersionState
from ..ledger import EventRow
from ..spec.governance_rules import folded
from .documents import fetch

MACHINES = frozenset({"sync", "apply", "first use", "schedule", "system"})
"""Words under which our own tasks act; no person among them."""


def add_author(row: VersionRow, name: str, why: str) -> None:
    """Add a name to a version's authors, with the reason."""
    if [name, why] not in row.authors:
        row.authors = [*row.authors, [name, why]]
        row.folded_authors = sorted({*row.folded_authors, folded(name)})


def inherit_authors(session: Session, row: VersionRow) -> None:
    """The same bytes under another number have the same authors."""
    for other in session.scalars(select(VersionRow).where(
            VersionRow.model_id == row.model_id, VersionRow.artifact == row.artifact, VersionRow.version != row.version)):
        for name, _ in other.authors:
            add_author(row, name, f"author of version {other.version}, the same artifact")


def add_list_changers(session: Session, row: VersionRow) -> None:
    """Who wrote the list of approvers that is in force decides under it over nothing that is open."""
    active = session.scalars(select(GovernanceRow).where(GovernanceRow.state == "active")).first()
    for name in active.changed_by if active is not None else ():
        add_author(row, name, "changed the list of approvers")


def add_list_changers_everywhere(session: Session) -> None:
    """The same for every version that is not ended, when a changed list comes into force."""
    for row in session.scalars(select(VersionRow).where(VersionRow.state != VersionState.RETIRED.value)):
        add_list_changers(session, row)


def authors_that_count(session: Session, run: RunRow) -> list[str]:
    """Everybody who may not decide over a run's version, by the names that the records have."""
    return authors_of_runs(session, [run])[run.id]


def authors_of_version(session: Session, row: VersionRow) -> list[str]:
    """The same of a version, whatever run asked for it; of one without a run by its row."""
    runs = session.scalars(select(RunRow).where(RunRow.version_id == row.id)).all()
    return sorted({name for name, _ in row.authors}.union(*authors_of_runs(session, runs).values()))


def authors_of_runs(session: Session, runs: Sequence[RunRow]) -> dict[int, list[str]]:
    """The same for several runs, by their id.

    The authors in the rows of all versions of the model with the same bytes, the developers whom the plans of their
    releases name and whom their provenance does, who asked for and started each of these (not who repeated an unchanged
    plan), and who wrote the list of approvers in force. The view `modelops_author` computes it a second time.
    """
    versions = {row.id: row for row in session.scalars(select(VersionRow).where(VersionRow.model_id.in_({run.model_id for run in runs})))}
    ours = {(versions[run.version_id].model_id, versions[run.version_id].artifact) for run in runs}
    alike = {row.id: (row.model_id, row.artifact) for row in versions.values() if (row.model_id, row.artifact) in ours}
    found = {same: {name for key, which in alike.items() if which == same for name, _ in versions[key].authors} for same in ours}
    releases = list(session.scalars(select(RunRow).where(
        RunRow.version_id.in_(alike), RunRow.environment.is_not(None)).order_by(RunRow.id)))
    asked, plans = _asked(session, {run.model_id for run in runs}), set[tuple[int, str]]()
    for one in releases:
        same = alike[one.version_id]
        found[same] |= {*fetch(session, one.plan)["model"].get("developers", ()),
                        *(name for file in one.provenance for name in file.get("authors", ()))}
        if (one.version_id, one.approved_plan) not in plans:
            found[same] |= {one.started_by, *asked.get((one.model_id, one.dag_id, one.run_id), ())}
        plans.add((one.version_id, one.approved_plan))
    active = session.scalars(select(GovernanceRow).where(GovernanceRow.state == "active")).first()
    listed = set(active.changed_by) if active is not None else set[str]()
    return {run.id: sorted(found[alike[run.version_id]] | listed) for run in runs}


def _asked(session: Session, models: set[str]) -> dict[tuple[str, str, str], list[str]]:
    """Who pressed the button, by model, DAG and run, as the ledger has it."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for model, body in session.execute(select(EventRow.model_id, EventRow.body).where(
            EventRow.kind == "run-requested", EventRow.outcome == "done", EventRow.model_id.in_(models)).order_by(EventRow.index)):
        facts = json.loads(body)["facts"]
        found.setdefault((str(model), facts["dag"], facts["run"]), []).append(str(facts["by"]))
    return found


def persons_among(names: Iterable[str]) -> list[str]:
    """Names without the words under which our own tasks act, each once."""
    return sorted({name for name in names if name.strip() and name not in MACHINES})
