"""The technical documentation of a system of high risk, by the nine points of Annex IV of the EU AI Act (Regulation (EU) 2024/1689, Art. 11), as far as a pack has evidence.

It is a skeleton: what people must write is a gap with the next step, what a person attested is told as that, and nothing here says that a duty is met.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from .controls import asked_by, controls
from .measured import all_steps, of_checks, thresholds, verdicts
from .parts import Document, Heading, Paragraph, Part, Words, gap, line
from .sections import approvals, data, deployments, findings, identity_table, not_proven, opening, purpose_of, tier
from .sources import MANIFEST, Sources

PACK = "eu-ai-act-high-risk"
ACT = "Regulation (EU) 2024/1689"
DATA = ("datasheet", "expectations", "data-quality", "profile")
SECURITY = ("scan-artifact", "robustness", "perturbation", "llm-attacks", "llm-leaks")
GROUPS = ("bias", "champion", "explainability", "parity")


def annex_iv(sources: Sources, on: date) -> Document:
    """The skeleton for the version that a pack is about."""
    return Document(Words("Technical documentation"), (
        *opening(sources, on),
        Paragraph(line("By the nine points of Annex IV of ", Words(ACT), " (", Words("Art. 11(1)"), "). Points without evidence are gaps; each says what to do. ",
                       "It draws no conclusion of law.")),
        *_resolution(sources), *_general(sources), *_development(sources, on), *_monitoring(sources, on), *_metrics(sources), *_risks(sources, on), *_changes(sources),
        *_standards(sources), *_declaration(sources, on), *_after(sources, on), *controls(sources, on), *not_proven(sources),
    ))


def _resolution(sources: Sources) -> Iterator[Part]:
    """Whether the pack of the Act applied when the run was planned."""
    told = (sources.plan.get("packs") or {}).get(PACK)
    if told is None:
        yield gap("the plan of this run does not look at the policy pack of the Act. Next: name ", f"{PACK} under policies of the model file, state its facts, and release again")
        return
    why = line(", ", sources.cite("plan.json", "packs", PACK, "why")) if told["why"] else ()
    yield Paragraph(line("The policy pack ", sources.cite("plan.json", "packs", PACK, "title"), " was looked at: ", sources.cite("plan.json", "packs", PACK, "standing"), *why, "."))
    if told["draft"]:
        yield gap("that pack is a draft, written without its source at hand. Next: have the text of the Act compared with it")


def _general(sources: Sources) -> Iterator[Part]:
    yield _point("1", "General description of the system")
    yield _sub("1(a)", "Intended purpose, provider and version")
    yield from purpose_of(sources)
    yield identity_table(sources)
    yield _written("the name of the provider, and how this version relates to earlier ones")
    yield _sub("1(b)", "Interaction with other hardware and software")
    yield _written("with which systems it works together")
    yield _sub("1(c)", "Versions of software")
    yield Paragraph(line("The measurements were made with modelops-airflow ", sources.cite(MANIFEST, "generator", "version"), "."))
    yield _written("the versions of software that the system needs in use, and what an update asks for")
    yield _sub("1(d)", "Forms in which it is placed on the market or put into service")
    yield from deployments(sources)[1:]
    for number, words in (("1(e)", "Hardware it is meant to run on"), ("1(f)", "Pictures of products that it is a part of"),
                          ("1(g)", "Its user interface"), ("1(h)", "Instructions for use")):
        yield _sub(number, words)
        yield _written(words[0].lower() + words[1:])


def _development(sources: Sources, on: date) -> Iterator[Part]:
    yield _point("2", "Elements of the system and how it was developed")
    for number, words, lacks in (("2(a)", "Methods and steps of development", "how it was developed, and which tools and trained systems of third parties were used"),
                                 ("2(b)", "Design", "its logic, its key choices and assumptions, and what it is optimised for"),
                                 ("2(c)", "Architecture and computing resources", "how its parts build on each other, and what was used to train, test and validate it")):
        yield _sub(number, words)
        yield _written(lacks)
    yield _sub("2(d)", "Data")
    yield from data(sources)[1:]
    yield from of_checks(sources, DATA, "what the data is like. Next: add a step such as datasheet to the release", whole=True)
    yield _written("where the training data came from, and how it was selected, labelled and cleaned")
    yield from asked_by(sources, on, PACK, ("AIA-10",))
    yield _sub("2(e)", "Human oversight")
    yield _written("the measures by which persons oversee it in use")
    yield from asked_by(sources, on, PACK, ("AIA-14",))
    yield _sub("2(f)", "Changes determined in advance")
    yield _written("which changes were determined in advance, if any were")
    yield _sub("2(g)", "Validation and testing, dated and signed")
    yield Paragraph(line("The verdict over all measurements is ", sources.cite(MANIFEST, "run", "verdict"),
                         ". Each measurement has its date, and who decided over them has put a name to it:"))
    yield verdicts(sources)
    yield from approvals(sources, on)[1:]
    yield _sub("2(h)", "Cybersecurity")
    yield from of_checks(sources, SECURITY, "resistance to what attacks it. Next: add steps such as robustness to the release", whole=True)
    yield from asked_by(sources, on, PACK, ("AIA-15-SEC", "AIA-15-ROB"))


def _monitoring(sources: Sources, on: date) -> Iterator[Part]:
    yield _point("3", "Monitoring, functioning and control")
    yield Paragraph(line("What was measured, for the whole and for the groups of persons that the data names:"))
    yield from of_checks(sources, GROUPS, "how it works for groups of persons. Next: name protected columns, and keep the step bias", whole=False)
    yield from all_steps(sources, whole=True, but=(*DATA, *SECURITY, *GROUPS))
    yield _written("foreseeable outcomes that are not intended, and sources of risk to health, safety and fundamental rights")
    yield from asked_by(sources, on, PACK, ("AIA-10-BIAS", "AIA-12", "AIA-13", "AIA-15-ACC", "AIA-15-STATED"))


def _metrics(sources: Sources) -> Iterator[Part]:
    yield _point("4", "Why the metrics are appropriate")
    yield Paragraph(line("The limits that were fixed before anything was measured, and who set them:"))
    yield thresholds(sources)
    yield _written("why these metrics fit this system")


def _risks(sources: Sources, on: date) -> Iterator[Part]:
    yield _point("5", "Risk management")
    yield from tier(sources)
    yield from findings(sources)[1:]
    yield _written("the system of risk management, with foreseeable misuse and the risk that remains")
    yield from asked_by(sources, on, PACK, ("AIA-9", "AIA-27"))


def _changes(sources: Sources) -> Iterator[Part]:
    yield _point("6", "Changes over its life")
    yield Paragraph(line("This pack is about version ", sources.model("version"), " alone."))
    yield gap("what changed since earlier versions is in no member of this pack. Next: run modelops diff over the runs of both, and keep what it says with this document")


def _standards(sources: Sources) -> Iterator[Part]:
    yield _point("7", "Standards that were applied")
    yield _written("harmonised standards that were applied in full or in part, or how the requirements are met without")
    packs = sources.manifest["policy"]
    for at in range(len(packs)):
        yield Paragraph(line("It was planned under the policy pack ", sources.cite(MANIFEST, "policy", at, "pack"), ", ", sources.cite(MANIFEST, "policy", at, "digest"), "."))


def _declaration(sources: Sources, on: date) -> Iterator[Part]:
    yield _point("8", "Declaration of conformity")
    yield gap("a declaration of conformity is in no member of this pack. Next: put a copy beside this document once it is signed")
    yield from asked_by(sources, on, PACK, ("AIA-43",))


def _after(sources: Sources, on: date) -> Iterator[Part]:
    yield _point("9", "Monitoring after it is placed on the market")
    yield gap("a pack of a release holds no run of a monitor. Next: write the plan by ", Words("Art. 72(3)"), ", schedule the life cycle monitor, and keep its evidence with this document")
    yield from asked_by(sources, on, PACK, ("AIA-72", "AIA-73", "AIA-20"))


def _point(number: str, words: str) -> Heading:
    return Heading(Words(words), 2, number)


def _sub(number: str, words: str) -> Heading:
    return Heading(Words(words), 3, number)


def _written(lacks: str) -> Part:
    """What only people can tell."""
    return gap(f"{lacks}: no evidence in this pack tells it. Next: somebody writes it, and it is kept with this document")
