"""A model's answers about risk against the questionnaires of the packs in force: what is missing, what is none, and a tier that is too lax."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..policy.resolve import PackStanding
from ..policy.tiering import Wrong, derivation, questionnaires, wrong_answers
from ..registry import did_you_mean
from ..spec.problem import Problem
from ..spec.read import Source
from ..spec.types import ModelFile

_RISK, _TIER = ("model", "risk"), ("model", "tier")


def tiering_problems(model: Source[ModelFile], standings: Iterable[PackStanding]) -> list[Problem]:
    """Every mistake of the answers at once; a tier is judged where all are there."""
    asked = questionnaires(standings)
    answers = model.spec.model.risk
    if answers is None:
        return [model.problem(_TIER, "PLAN037", f"the policy pack {name} wants its questions about risk answered, and the model file has no model.risk",
                              next_step=f"modelops policies questions {name} shows them")
                for name, one in asked.items() if one.source.spec.tiering is not None and one.source.spec.tiering.required]
    wrong = [one for name, pack in asked.items() if pack.source.spec.tiering is not None for one in wrong_answers(name, pack.source.spec.tiering, answers)]
    found = [*_unasked(model, asked, answers), *(_wrong(model, one) for one in wrong)]
    return found or list(_lax(model, derivations(model.spec, asked.values())))


def derivations(model: ModelFile, standings: Iterable[PackStanding]) -> dict[str, Any]:
    """How each pack in force comes to its tier, by pack, as a plan has it; nothing for a model without answers."""
    answers = model.model.risk
    return {} if answers is None else {name: derivation(one, answers) for name, one in questionnaires(standings).items()}


def _unasked(model: Source[ModelFile], asked: Mapping[str, PackStanding], answers: Mapping[str, str]) -> Iterator[Problem]:
    """Answers to questions that no pack in force has: a misspelt one must not read as answered."""
    known = [one.id for pack in asked.values() if pack.source.spec.tiering is not None for one in pack.source.spec.tiering.questions]
    for name in answers:
        if name not in known:
            yield model.problem((*_RISK, name), "PLAN037", f"no policy pack in force asks {name!r} about risk{did_you_mean(name, known)}",
                                expected=("one of " + ", ".join(dict.fromkeys(known))) if known else "no answers: no pack in force has a questionnaire")


def _wrong(model: Source[ModelFile], one: Wrong) -> Problem:
    allowed = "one of " + ", ".join(one.question.answers)
    if one.said is None:
        return model.problem(_RISK, "PLAN037", f"question {one.question.id!r} of the policy pack {one.pack} has no answer: {one.question.text}", expected=allowed,
                             next_step=f"add {one.question.id}: under model.risk")
    return model.problem((*_RISK, one.question.id), "PLAN037", f"{one.question.id} is not answered with one of the answers of the policy pack {one.pack}"
                         f"{did_you_mean(one.said, list(one.question.answers))}", expected=allowed, found=repr(one.said))


def _lax(model: Source[ModelFile], found: Mapping[str, Mapping[str, Any]]) -> Iterator[Problem]:
    tier = model.spec.model.tier
    for name, told in found.items():
        if tier > told["tier"]:
            because = ", ".join(f"{row['axis']} {row['score']} by {_questions(told, row)}" for row in told["axes"])
            yield model.problem(_TIER, "PLAN038", f"the tier is laxer than the answers give: the policy pack {name} gives {told['tier']} for {because}",
                                expected=f"{told['tier']} or less; 1 is the highest risk", found=str(tier), next_step=f"write tier: {told['tier']}, or correct an answer that is wrong")


def _questions(told: Mapping[str, Any], row: Mapping[str, Any]) -> str:
    return " and ".join(f"{name} ({one['answer']})" for name, one in told["answers"].items() if (one["axis"], one["score"]) == (row["axis"], row["score"]))
