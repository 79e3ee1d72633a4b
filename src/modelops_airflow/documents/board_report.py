"""The board report: the whole fleet at one moment, from facts that are kept by their digest; every number leads into them, and from there to the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..plots.shares import Panel, Share, shares
from .fleet import Fleet
from .fleet_counts import IN_USE, MET, STATUSES, WAIVED
from .parts import Cited, Document, Figure, Gap, Paragraph, Part, Words, gap, line, table
from .sections import heading, or_gap

_SEALED = "the facts behind this report are kept under their digest; whoever has them and the ledger can count again"


def board_report(fleet: Fleet) -> Document:
    """The report of a fleet, as of the moment when its facts were taken."""
    return Document(Words("Board report"), (
        *_opening(fleet), *_at_a_glance(fleet), *_pictures(fleet), *_tiers(fleet), *_requirements(fleet), *_findings(fleet), *_late(fleet), *_changes(fleet),
        *_incidents(fleet), *_models(fleet),
    ))


def _opening(fleet: Fleet) -> Iterator[Part]:
    yield Paragraph(line("As of ", fleet.cite("made_at"), ", over ", fleet.cite("ledger", "size"), " events of the ledger, whose root is ", fleet.cite("ledger", "root"), "; ", _SEALED, "."))
    if not fleet.facts["ledger"]["size"]:
        yield gap("the ledger has no event, so nothing here rests on one")
    if fleet.facts["hidden"]:
        yield gap("models that the reader may not see are not counted: ", fleet.cite("hidden"))


def _at_a_glance(fleet: Fleet) -> Iterator[Part]:
    yield heading("At a glance")
    yield table(("what", "how many", "out of"), [
        ("models in use", fleet.cite("counts", "in_use"), line(fleet.cite("counts", "models"), " models")),
        ("requirements that are met", fleet.cite("counts", "requirements", MET), line(fleet.cite("counts", "requirements", "all"), " that were asked")),
        ("reviews that are overdue", fleet.cite("counts", "reviews", "overdue"), line(fleet.cite("counts", "reviews", "owed"), " that are owed")),
        ("gates past their due date", fleet.cite("counts", "gates", "overdue"), line(fleet.cite("counts", "gates", "open"), " that wait")),
        ("open findings", fleet.cite("counts", "findings", "all"), ""),
        ("findings past their due date", fleet.cite("counts", "findings", "overdue"), line(fleet.cite("counts", "findings", "all"), " that are open")),
        ("findings whose risk is accepted for a while", fleet.cite("counts", "findings", "accepted"), line(fleet.cite("counts", "findings", "all"), " that are open")),
        ("open incidents", fleet.cite("counts", "incidents", "open"), ""),
        ("statutory notices that are late", fleet.cite("counts", "incidents", "notices_late"), line(fleet.cite("counts", "incidents", "notices"), " that are owed")),
    ])


def _pictures(fleet: Fleet) -> Iterator[Part]:
    counts = fleet.facts["counts"]
    panels = [
        Panel("Models in use that meet every requirement, by tier", "models",
              tuple(Share(f"tier {one['tier']}" if one["tier"].isdigit() else one["tier"], one["meet_all"], one["in_use"]) for one in counts["tiers"])),
        Panel("Models by state", "models", tuple(Share(state.replace("_", " "), number, counts["models"]) for state, number in counts["states"].items())),
        Panel("Requirements by status", "requirements", tuple(Share(status, counts["requirements"][status], counts["requirements"]["all"]) for status in STATUSES)),
        Panel("Open findings by severity", "findings", tuple(Share(one["severity"], one["open"]) for one in counts["findings"]["by_severity"])),
    ]
    yield Figure(shares("The fleet", panels), fleet.cite("made_at"))


def _tiers(fleet: Fleet) -> Iterator[Part]:
    yield heading("Models by tier and state")
    rows: list[list[Any]] = []
    for at, one in enumerate(fleet.facts["counts"]["tiers"]):
        path = ("counts", "tiers", at)
        states = [part for state in one["states"] for part in line(", ", fleet.cite(*path, "states", state), " ", fleet.key(*path, "states", state))][1:]
        rows.append([*(fleet.cite(*path, key) for key in ("tier", "models", "in_use")),
                     line(fleet.cite(*path, "meet_all"), " of ", fleet.cite(*path, "in_use")), tuple(states)])
    yield or_gap(table(("tier", "models", "in use", "in use that meet every requirement", "states"), rows), "the register has no model")


def _requirements(fleet: Fleet) -> Iterator[Part]:
    yield heading("Requirements")
    if not fleet.facts["counts"]["requirements"]["all"]:
        yield gap("no requirement is on record: no run was decided. Next: release a model")
        return
    yield table(("status", "requirements", "out of"), [
        (status, fleet.cite("counts", "requirements", status), fleet.cite("counts", "requirements", "all")) for status in STATUSES])
    lacking = [_lacking(fleet, at, nth) for at, model in enumerate(fleet.facts["models"])
               for nth, one in enumerate(model["requirements"]) if one["status"] not in (MET, WAIVED)]
    yield table(("model", "tier", "requirement", "asked by", "status", "evidence"), lacking) if lacking else Paragraph(line("Each of them is met or waived."))


def _lacking(fleet: Fleet, at: int, nth: int) -> list[Any]:
    """The row of a requirement that is neither met nor waived."""
    model, path = fleet.facts["models"][at], ("models", at, "requirements", nth)
    return [fleet.cite("models", at, "id"), fleet.cite("models", at, "tier") if model["tier"] else gap("without a tier"), fleet.cite(*path, "what"), fleet.cite(*path, "by"),
            gap(fleet.cite(*path, "status")), fleet.cite(*path, "evidence") if model["requirements"][nth]["evidence"] else gap("no evidence")]


def _findings(fleet: Fleet) -> Iterator[Part]:
    yield heading("Open findings")
    told = fleet.facts["counts"]["findings"]["by_severity"]
    yield table(("severity", "open", *(one["age"] for one in told[0]["ages"])), [
        [fleet.cite("counts", "findings", "by_severity", at, "severity"), fleet.cite("counts", "findings", "by_severity", at, "open"),
         *(fleet.cite("counts", "findings", "by_severity", at, "ages", nth, "open") for nth in range(len(one["ages"])))] for at, one in enumerate(told)])
    rows = [[_finding_cell(fleet, at, key) for key in ("model", "severity", "kind", "message", "opened_at", "days", "state", "due_at", "accepted_until")]
            for at in range(len(fleet.facts["findings"]))]
    if rows:
        yield table(("model", "severity", "kind", "message", "opened", "days", "state", "due", "risk accepted until"), rows)


def _finding_cell(fleet: Fleet, at: int, key: str) -> str | Cited:
    """A fact of a finding; few have an accepted risk, and one that is in no row yet has no due date."""
    return "" if fleet.facts["findings"][at].get(key) is None else fleet.cite("findings", at, key)


def _late(fleet: Fleet) -> Iterator[Part]:
    yield heading("Overdue")
    late: list[Part] = [gap(fleet.cite("models", at, "id"), ": the review was due at ", fleet.cite("models", at, "review"))
                        for at, one in enumerate(fleet.facts["models"]) if one["review_overdue"]]
    late += [gap(fleet.cite("models", at, "id"), ": past the due date are ", fleet.cite("models", at, "gates_overdue"), " of ", fleet.cite("models", at, "gates_open"), " gates")
             for at, one in enumerate(fleet.facts["models"]) if one["gates_overdue"]]
    late += [gap(fleet.cite("findings", at, "model"), ": the finding ", fleet.cite("findings", at, "kind"), " is ", fleet.cite("findings", at, "state"), " and was due at ",
                 fleet.cite("findings", at, "due_at")) for at, one in enumerate(fleet.facts["findings"]) if one.get("overdue")]
    late += [gap(fleet.cite("incidents", at, "models"), ": of incident ", fleet.cite("incidents", at, "number"), " late are ", fleet.cite("incidents", at, "notices_late"), " of ",
                 fleet.cite("incidents", at, "notices"), " notices to authorities") for at, one in enumerate(fleet.facts.get("incidents", ())) if one["notices_late"]]
    yield from late or [Paragraph(line("No review, no gate, no finding and no notice is past its due date."))]


def _changes(fleet: Fleet) -> Iterator[Part]:
    yield heading("What changed")
    if not fleet.facts["since"]:
        yield gap("the day of the last report was not given. Next: name it with --since")
        return
    yield Paragraph(line("Since ", fleet.cite("since"), ", as the ledger has it:"))
    kinds = fleet.facts["counts"]["changes"]
    yield table(("event", "times"), [(fleet.key("counts", "changes", kind), fleet.cite("counts", "changes", kind)) for kind in kinds]) if kinds else Paragraph(line("Nothing."))
    moved = [at for at, one in enumerate(fleet.facts["changes"]) if one["told"]]
    if moved:
        yield table(("ledger index", "event", "model", "at"), [[fleet.cite("changes", at, key) for key in ("index", "kind", "model", "at")] for at in moved])


def _incidents(fleet: Fleet) -> Iterator[Part]:
    yield heading("Incidents")
    keys = ("number", "models", "kind", "severity", "state", "known_at", "notices", "notices_late", "rests_on")
    open_ = [[fleet.cite("incidents", at, key) for key in keys] for at in range(len(fleet.facts.get("incidents", ())))]
    if open_:
        yield table(("open incident", "models", "kind", "severity", "state", "known since", "notices owed", "late", "last ledger index"), open_)
    found = [at for at, one in enumerate(fleet.facts["changes"]) if one["kind"].startswith("incident")]
    if found:
        yield table(("ledger index", "event", "model", "at"), [[fleet.cite("changes", at, key) for key in ("index", "kind", "model", "at")] for at in found])
    elif not open_:
        yield gap("no incident is open, and the events that this report looks at tell of none; that none happened is told by no evidence")


def _models(fleet: Fleet) -> Iterator[Part]:
    yield heading("Every model")
    keys = ("id", "tier", "state", "version", "owner", "environment", "review", "rests_on")
    rows = [[_cell(fleet, at, key) for key in keys] for at in range(len(fleet.facts["models"]))]
    yield or_gap(table(("model", "tier", "state", "version", "owner", "live in", "next review", "last ledger index"), rows), "the register has no model")


def _cell(fleet: Fleet, at: int, key: str) -> str | Cited | Gap:
    """A fact of a model; what a model has only in use is no gap of another."""
    model = fleet.facts["models"][at]
    if model[key] not in (None, ""):
        return fleet.cite("models", at, key)
    return "" if model["state"] not in IN_USE and key in ("version", "environment", "review") else gap("none")
