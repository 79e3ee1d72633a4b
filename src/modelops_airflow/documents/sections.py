"""Sections that more than one document has, each of a pack."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from .parts import Gap, Heading, Inline, Line, Paragraph, Part, Table, Words, gap, line, table
from .sources import APPROVALS, MANIFEST, PLAN, Sources, asked, day_of


def heading(words: str) -> Heading:
    """A heading of a section."""
    return Heading(Words(words))


def or_gap(found: Table, missing: str) -> Part:
    """A table, or the gap where it would have no row."""
    return found if found.rows else gap(missing)


def opening(sources: Sources, on: date) -> list[Part]:
    """What the document is about, and what the reader must know of the pack."""
    signed = line("Signed by a key that the reader trusts.") if sources.origin else (
        gap("the origin of the pack is not established: no key was trusted that signed it"))
    return [
        Paragraph(line(sources.model("name"), ", version ", sources.model("version"), ", as of ", asked(on), ". Written of a pack made at ",
                       sources.cite(MANIFEST, "created_at"), " by run ", sources.cite(MANIFEST, "generator", "run_id"),
                       ". Every figure leads to its evidence in that pack, and to nothing newer.")),
        signed if isinstance(signed, Gap) else Paragraph(signed),
    ]


def identity(sources: Sources) -> list[Part]:
    """Who and what the model is, and how its tier came about."""
    derived = [heading("How the tier came about"), *tier(sources)] if sources.plan.get("tiering") else []
    return [heading("Model"), identity_table(sources), *derived]


def identity_table(sources: Sources) -> Table:
    """Who and what the model is."""
    facts = ("id", "name", "version", "kind", "tier", "owner", "state", "artifact_name", "artifact_digest")
    rows: list[Sequence[str | Inline | Line]] = [(fact.replace("_", " "), sources.model(fact)) for fact in facts]
    rows += [("developer", sources.cite(PLAN, "model", "developers", at)) for at in range(len(sources.plan["model"]["developers"]))]
    return table(("fact", "value"), rows)


def purpose(sources: Sources) -> list[Part]:
    """What the model is for, under a heading."""
    return [heading("Intended use"), *purpose_of(sources), gap("uses that are out of scope are told by no evidence in this pack")]


def purpose_of(sources: Sources) -> list[Part]:
    """What the model is for, and the facts that its file states."""
    facts = sources.plan["model"].get("facts") or {}
    told = [(sources.cite(PLAN, "model", "facts", name)) for name, value in facts.items() if not isinstance(value, (dict, list))]
    return [Paragraph(line(sources.model("purpose"))), *(Paragraph(line("The model file states: ", one, " (", named(one.source.pointer), ").")) for one in told)]


def tier(sources: Sources) -> list[Part]:
    """How the tier came about, for each pack that asked about risk; a gap where nobody answered."""
    told = sources.plan.get("tiering") or {}
    if not told:
        return [gap("how the tier came about is told by no evidence: the model file answers no questions about risk. Next: answer them under ", "model.risk, and release again")]
    parts: list[Part] = []
    for pack, one in told.items():
        path = (PLAN, "tiering", pack)
        rows = [[sources.key(*path, "answers", name), sources.cite(*path, "answers", name, "text"), sources.cite(*path, "answers", name, "answer"),
                 sources.cite(*path, "answers", name, "axis"), sources.cite(*path, "answers", name, "score")] for name in one["answers"]]
        axes = [part for at in range(len(one["axes"])) for part in line(", ", sources.cite(*path, "axes", at, "axis"), " ", sources.cite(*path, "axes", at, "score"))][1:]
        parts += [Paragraph(line("The questions of the policy pack ", sources.key(*path), ", version ", sources.cite(*path, "version"), ", give tier ", sources.cite(*path, "tier"), " at ",
                                 sources.cite(*path, "cell"), " of its matrix (", *axes, "). The model file states tier ", sources.cite(PLAN, "model", "tier"), ".")),
                  table(("question", "asks", "answer", "axis", "score"), rows)]
    return parts


def named(pointer: str) -> str:
    """The last name of a pointer without figures, so that it may stand as a word of ours."""
    return "".join(letter for letter in pointer.rpartition("/")[2] if not letter.isnumeric())


def data(sources: Sources) -> list[Part]:
    """What was measured on."""
    rows = [[sources.cite(MANIFEST, "population", at, key) if one[key] is not None else gap("not measured") for key in ("side", "source", "filter", "rows")]
            for at, one in enumerate(sources.manifest["population"])]
    stale = [gap("input ", sources.cite(MANIFEST, "inputs", at, "name"), " was ", sources.cite(MANIFEST, "inputs", at, "state"),
                 " when the pack was made: what was measured on it cannot be measured again here")
             for at, one in enumerate(sources.manifest["inputs"]) if one["state"] in ("gone", "changed")]
    return [heading("Data"), or_gap(table(("side", "source", "filter", "rows"), rows), "no data set is on record for this run"), *stale]


def approvals(sources: Sources, on: date) -> list[Part]:
    """Gates, and who decided; an approval that has expired is a gap."""
    gates = sources.manifest["approvals"]
    rows = [(sources.cite(MANIFEST, "approvals", at, "gate"), sources.cite(MANIFEST, "approvals", at, "state")) for at in range(len(gates))]
    waiting = [gap("gate ", sources.cite(MANIFEST, "approvals", at, "gate"), " is ", sources.cite(MANIFEST, "approvals", at, "state"))
               for at, one in enumerate(gates) if one["state"] != "approved"]
    return [heading("Approvals"), or_gap(table(("gate", "state"), rows), "no gate asked anybody"), *waiting,
            or_gap(table(("gate", "person", "role", "meaning", "decision", "at", "comment", "expires"), list(_decisions(sources, on))), "nobody decided anything")]


def _decisions(sources: Sources, on: date) -> Iterator[list[Inline | Gap | str]]:
    for at, one in enumerate(sources.read(APPROVALS)):
        row: list[Inline | Gap | str] = [sources.cite(APPROVALS, at, key) for key in ("step", "person", "role", "meaning", "decision", "at", "comment")]
        if one["withdrawn_at"]:
            yield [*row, gap("withdrawn at ", sources.cite(APPROVALS, at, "withdrawn_at"))]
        elif not one["expires_at"]:
            yield [*row, "does not expire"]
        else:
            ends = sources.cite(APPROVALS, at, "expires_at")
            yield [*row, gap("expired at ", ends) if day_of(ends) <= on else ends]


def deployments(sources: Sources) -> list[Part]:
    """Where the version was put, when the pack was made."""
    keys = ("environment", "state", "target", "strength", "at")
    rows = [[sources.cite(MANIFEST, "deployments", at, key) for key in keys] for at in range(len(sources.manifest["deployments"]))]
    glass = [gap("released in an emergency, before its approvals, by ", sources.cite(MANIFEST, "break_glass", at, "person")) for at in range(len(sources.manifest["break_glass"]))]
    return [heading("Deployment"), or_gap(table(("environment", "state", "target", "its gate is", "at"), rows), "this run deployed nothing when the pack was made"), *glass]


def findings(sources: Sources) -> list[Part]:
    """Findings about the model, closed ones too."""
    rows = [[*(sources.cite(MANIFEST, "findings", at, key) for key in ("kind", "severity", "message", "opened_at")),
             sources.cite(MANIFEST, "findings", at, "closed_at") if one["closed_at"] else gap("open")] for at, one in enumerate(sources.manifest["findings"])]
    told = table(("kind", "severity", "message", "opened", "closed"), rows)
    return [heading("Findings"), told if rows else Paragraph(line("The register had no finding about this model when the pack was made."))]


def not_proven(sources: Sources) -> list[Part]:
    """What the pack says that it does not prove; nothing is left out."""
    return [heading("What is not proven"), *(gap(sources.cite(MANIFEST, "gaps", at, "control"), ": ", sources.cite(MANIFEST, "gaps", at, "why"))
                                             for at in range(len(sources.manifest["gaps"])))]
