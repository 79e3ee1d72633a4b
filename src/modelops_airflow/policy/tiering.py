"""The tier that follows from answers about risk, and how: the riskiest answer on each axis, then a cell of the matrix. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from ..spec.tiering import Question, Tiering
from .resolve import PackStanding

Answers = Mapping[str, str]


@dataclass(frozen=True)
class Wrong:
    """An answer that is none.

    Attributes:
        said: what was answered; None: nothing.
    """

    pack: str
    question: Question
    said: str | None


def questionnaires(standings: Iterable[PackStanding]) -> dict[str, PackStanding]:
    """The packs in force that have a questionnaire, by name."""
    return {one.name: one for one in standings if one.in_force and one.source.spec.tiering is not None}


def wrong_answers(pack: str, tiering: Tiering, answers: Answers) -> Iterator[Wrong]:
    """Every question of a pack that is not answered, or not with one of its answers."""
    for one in tiering.questions:
        if answers.get(one.id) not in one.answers:
            yield Wrong(pack, one, answers.get(one.id))


def levels(tiering: Tiering, axis: str) -> list[int]:
    """The scores that answers can come to on an axis, rising; the riskiest counts, so none is below any question's least."""
    scores = [list(one.answers.values()) for one in tiering.questions if one.axis == axis]
    least = max((min(one) for one in scores), default=0)
    return sorted({score for one in scores for score in one if score >= least})


def cells(tiering: Tiering) -> list[tuple[int, ...]]:
    """Every combination of scores that answers can come to, in the order of axes."""
    return list(product(*(levels(tiering, axis.id) for axis in tiering.axes)))


def cell_name(scores: Iterable[int]) -> str:
    """A combination as a matrix has it, such as `3/1/2`."""
    return "/".join(map(str, scores))


def derivation(standing: PackStanding, answers: Answers) -> dict[str, Any]:
    """How a pack comes to a tier, as plain data: answers, scores, cell and tier, with the pack's version and digest.

    Raises:
        KeyError: an answer is none, or the matrix has no such cell; see `wrong_answers` and the linter of packs.
    """
    spec = standing.source.spec
    if spec.tiering is None:
        raise KeyError(f"the pack {spec.pack} has no questionnaire")
    given: dict[str, dict[str, Any]] = {one.id: {"axis": one.axis, "text": one.text, "answer": answers[one.id], "score": one.answers[answers[one.id]]} for one in spec.tiering.questions}
    axes: dict[str, int] = {axis.id: max(row["score"] for row in given.values() if row["axis"] == axis.id) for axis in spec.tiering.axes}
    cell = cell_name(axes.values())
    return {"version": spec.version, "digest": str(standing.source.digest), "answers": given,
            "axes": [{"axis": axis, "score": score} for axis, score in axes.items()], "cell": cell, "tier": spec.tiering.matrix[cell]}


def sentence(pack: str, told: Mapping[str, Any], stated: int) -> str:
    """A derivation of a plan in one sentence, for people."""
    axes = ", ".join(f"{row['axis']} {row['score']} ({_riskiest(told, row)})" for row in told["axes"])
    follows = "as the file says" if told["tier"] == stated else f"and the file says {stated}, which is stricter"
    return f"tier: {pack} version {told['version']} gives {told['tier']} at {told['cell']} of its matrix for {axes}, {follows}"


def _riskiest(told: Mapping[str, Any], row: Mapping[str, Any]) -> str:
    """The answers by which an axis has its score."""
    return ", ".join(f"{name}: {one['answer']}" for name, one in told["answers"].items() if (one["axis"], one["score"]) == (row["axis"], row["score"]))
