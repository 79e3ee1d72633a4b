"""The facts of a model that expressions of packs may ask for, in one place, and how a model file states them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..spec.types import ModelFile

Known = Mapping[str, str | float | bool | tuple[str, ...]]
"""Facts that are stated or follow from the file; one that is not in it is unknown."""


@dataclass(frozen=True)
class Fact:
    """A fact that an expression may ask for.

    Attributes:
        name: as expressions have it; `facts.x` is stated under `model.facts` of a model file, any other is in the file anyway.
        type: truth, number, text, texts.
        values: all that it can be; empty: anything of its type.
        by: the fact to state where this one follows from others.
    """

    name: str
    type: str
    text: str
    values: tuple[str, ...] = ()
    by: str = ""

    @property
    def expected(self) -> str:
        """What may be stated, for people."""
        if self.type == "truth":
            return "true or false"
        if self.type == "texts":
            return f"a list of {', '.join(self.values)}" if self.values else "a list of texts"
        return ("one of " + ", ".join(self.values)) if self.values else f"a {self.type}"


_ALL = (
    Fact("tier", "number", "risk tier of the model, 1 is the highest"),
    Fact("kind", "text", "kind of the model, as `modelops kinds` lists them"),
    Fact("location", "text", "where it runs", ("on-prem", "cloud", "edge")),
    Fact("owner", "text", "id of its owner"),
    Fact("protected", "texts", "columns of the data that the file names as protected"),
    Fact("target", "truth", "whether the file names a column with the truth"),
    Fact("on_persons", "truth", "whether it decides on persons: `facts.decisions_on_persons` says so, or columns are protected", by="facts.decisions_on_persons"),
    Fact("facts.sector", "text", "business of the institution that uses it",
         ("bank", "insurance", "investment", "health", "public", "technology", "retail", "industry", "other")),
    Fact("facts.domain", "text", "what its answers are used for",
         ("employment", "credit", "insurance", "fraud", "marketing", "pricing", "health", "education", "public-service", "operations", "other")),
    Fact("facts.jurisdictions", "texts", "where it is used or has its effect",
         ("EU", "UK", "US", "US-NY", "US-NY-NYC", "US-CO", "US-CA", "CA", "CH", "SG", "AE", "AU", "JP", "other")),
    Fact("facts.origin", "text", "who made it", ("in-house", "vendor", "open-source")),
    Fact("facts.output", "text", "what an answer is", ("selection", "classification", "score", "amount", "text", "ranking")),
    Fact("facts.decisions_on_persons", "truth", "whether it decides on persons, or helps to"),
    Fact("facts.generative", "truth", "whether it writes text, code or pictures; true of the kind llm, whatever is stated"),
    Fact("facts.agentic", "truth", "whether it acts by itself with tools"),
    Fact("facts.complex_quantitative", "truth", "whether it is a complex quantitative method rather than simple arithmetic or fixed rules (SR 26-2)"),
    Fact("facts.canadian_institution", "truth", "whether a federally regulated financial institution of Canada uses it"),
    Fact("facts.internal_model_permission", "truth", "whether the firm has a permission of the PRA for internal models of capital"),
    Fact("facts.nyc_residents", "truth", "whether it is used on candidates for jobs, or employees, of New York City"),
    Fact("facts.substantially_assists", "truth", "whether it replaces a person's decision, or weighs more than any other criterion"),
    Fact("facts.eu_high_risk", "truth", "whether legal classified it as high risk under the EU AI Act"),
    Fact("facts.eu_annex", "text", "the annex by which it is of high risk", ("I", "III")),
    Fact("facts.eu_role", "text", "role of the enterprise under the EU AI Act", ("provider", "deployer", "both")),
    Fact("facts.eu_rights_assessment", "text", "why an assessment of fundamental rights is due, if one is",
         ("public-service", "credit", "life-or-health-insurance", "none")),
    Fact("facts.continual_learning", "truth", "whether it goes on learning in use"),
)

FACTS: Mapping[str, Fact] = {one.name: one for one in _ALL}


def facts_of(model: ModelFile) -> Known:
    """What a model file states, and what follows from it."""
    known: dict[str, str | float | bool | tuple[str, ...]] = {
        "tier": float(model.model.tier), "kind": model.model.kind, "location": model.model.location, "owner": model.model.owner,
    }
    columns = model.data.columns if model.data is not None else None
    known["protected"] = columns.protected if columns is not None else ()
    known["target"] = columns is not None and columns.target is not None
    for name, value in model.model.facts.items():
        known[f"facts.{name}"] = float(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if model.model.kind == "llm":
        known["facts.generative"] = True
    stated = known.get("facts.decisions_on_persons")
    if known["protected"] or stated is not None:
        known["on_persons"] = bool(known["protected"]) or stated is True
    return known


def wrong(name: str, value: object) -> str:
    """Why a stated fact is none, or empty: a typing mistake must never read as 'does not apply'."""
    fact = FACTS[name]
    if fact.type == "truth":
        return "" if isinstance(value, bool) else f"{name} is {value!r}"
    if fact.type == "number":
        return "" if isinstance(value, int | float) and not isinstance(value, bool) else f"{name} is {value!r}"
    many = value if isinstance(value, tuple) and fact.type == "texts" else (value,)
    if fact.type == "texts" and not isinstance(value, tuple):
        return f"{name} is {value!r}, which is no list"
    strange = [one for one in many if not isinstance(one, str) or (fact.values and one not in fact.values)]
    return f"{name} has {strange[0]!r}" if strange else ""
