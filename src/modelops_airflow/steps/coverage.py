"""Coverage: what can be seen of each target, and when a deployment there was last compared with the register."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from ..connections import Connections, no_connections
from ..database import database_time
from ..errors import ModelOpsError
from ..governance.scan import is_stale
from ..governance.strays import places, stray_of
from ..inventory.register import Register
from ..inventory.tables import DeploymentRow, DeploymentState, FindingRow, ScanRow
from ..spec.project import Project
from ..targets import TARGETS, target_of


@dataclass(frozen=True)
class Coverage:
    """One environment.

    Attributes:
        place: its target and options.
        strength: how strongly the target's gate holds.
        shown: models that it shows now; None where it cannot be asked for all, or cannot be reached.
        live: models that the register has live there.
        strays: models that it showed and that were never released there, as of the last scan.
        compared_at: when the least recently looked at of the live ones was compared; None where none is live, or one never was.
        trouble: why it cannot be asked now.
        looked: when a round of `modelops.sync` last looked there, in words: that nobody did lately, or ever, is said as that.
    """

    environment: str
    place: str
    strength: str
    shown: int | None
    live: int
    strays: int
    compared_at: datetime | None
    trouble: str = ""
    looked: str = ""


def coverage(register: Register, project: Project, connections: Connections = no_connections, here: str = "") -> list[Coverage]:
    """Every environment of the governance in force, or only that of the installation (`here`) where it has one of its own."""
    found = []
    for environment, place in places(register, here).items():
        shown, trouble = None, ""
        try:
            listed = target_of(place.target, place.options, resolve=project.resolve, connections=connections).models()
            shown = None if listed is None else len(listed)
        except (ModelOpsError, OSError) as error:
            trouble = str(error)
        strength = TARGETS[place.target].strength if place.target in TARGETS else "unknown"
        found.append(Coverage(environment, str(place), strength, shown, *_on_record(register, environment), trouble, _looked(register, environment, str(place))))
    return found


def _on_record(register: Register, environment: str) -> tuple[int, int, datetime | None]:
    with register.read() as session:
        here = (DeploymentRow.environment == environment, DeploymentRow.state == DeploymentState.LIVE.value)
        live, looked, oldest = session.execute(
            select(func.count(), func.count(DeploymentRow.observed_at), func.min(DeploymentRow.observed_at)).where(*here)).one()
        strays = session.execute(select(func.count()).where(
            FindingRow.kind == stray_of(environment), FindingRow.closed_at.is_(None))).scalar_one()
    return live, strays, oldest if live == looked else None


def _looked(register: Register, environment: str, place: str) -> str:
    with register.read() as session:
        row, now = session.get(ScanRow, environment), database_time(session)
    if row is None or row.place != place[:2000]:
        return "never; see whether the DAG modelops.sync runs"
    at = f"{row.looked_at:%Y-%m-%d %H:%M:%S}"
    return f"stale: nobody looked since {at}; see whether the DAG modelops.sync runs" if is_stale(row.looked_at, now) else at
