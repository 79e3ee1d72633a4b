"""Incidents that are open, and the clocks that run from them. What people wrote of them stays in the register."""

from __future__ import annotations

from sqlalchemy import select

from ...inventory.tables import IncidentRow
from ...policy.calendar import calendars_of
from ...policy.incident import Act
from ...policy.occasion import Occasion
from ..incident import incidents
from .around import Around


def incident_occasions(around: Around) -> list[Occasion]:
    """Each open incident, and each of its clocks that no notice answers yet."""
    rows = around.session.scalars(select(IncidentRow).order_by(IncidentRow.id)).all()
    found, calendars, told = incidents(around.session, rows), calendars_of(around.governance), list[Occasion]()
    for row in rows:
        one = found[row.id]
        if one.state == Act.CLOSED:
            continue
        of, first = ", ".join(map(around.called, row.models)), row.models[0]
        what = f"Incident {row.id} of {of} ({one.kind_now}, {row.severity}) is open."
        told.append(around.of_model(first, "incident-opened", f"incident {row.id}", what, f"{around.owner(first)}, and the control side",
                                    f"see modelops incidents show {row.id}: contain it, and find its cause"))
        for running in one.clocks(calendars):
            clock = running.deadline.clock
            if running.entry is None:
                told.append(around.of_model(
                    first, "clock", f"incident {row.id} clock {clock.name}", f"Incident {row.id} of {of}: {clock.duty} ({clock.law}, {clock.section}).",
                    f"{around.owner(first)}, and the control side", f"send the notice, then record it: modelops incidents report {row.id} --clock {clock.name}",
                    due=running.deadline.ends_at))
    return told
