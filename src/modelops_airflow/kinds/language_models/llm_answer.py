"""From a language model's text to a prediction; a text that cannot be read is told as such and never guessed at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...strict_json import strict_json
from .llm_description import Answers, Property

INVALID, REFUSED, ANSWERED = "(invalid)", "(refused)", "answered"
_STOPPED_BY_FILTER = ("content_filter", "refusal")


@dataclass(frozen=True)
class Reading:
    """What a text came to.

    Attributes:
        prediction: the label; `(invalid)` or `(refused)` where there is none; `answered` for a text that is its own answer.
        state: valid, invalid or refused.
    """

    prediction: str
    state: str


_INVALID, _REFUSED = Reading(INVALID, "invalid"), Reading(REFUSED, "refused")


def read_answer(text: str, finish: str, answers: Answers, refusals: Sequence[str]) -> Reading:
    """The prediction of a text.

    A text cut off at its length is invalid; a valid label is no refusal, whatever phrase it holds.

    Args:
        finish: why the model ended, as the endpoint says it.
    """
    if finish in _STOPPED_BY_FILTER:
        return _REFUSED
    refused = any(phrase.casefold() in text.casefold() for phrase in refusals)
    if answers.form == "text":
        return _REFUSED if refused else _INVALID if not text.strip() or finish == "length" else Reading(ANSWERED, "valid")
    label = None if finish == "length" else _label(text, answers.labels) if answers.form == "labels" else _of_json(text, answers)
    return Reading(label, "valid") if label is not None else _REFUSED if refused else _INVALID


def _label(text: str, labels: Sequence[str]) -> str | None:
    """The label that the text is, but for blanks around it and case."""
    told = text.strip().casefold()
    return next((label for label in labels if label.casefold() == told), None)


def _of_json(text: str, answers: Answers) -> str | None:
    """The field of an object that has exactly the declared properties; None for anything else."""
    try:
        found = strict_json(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or not found.keys() <= answers.properties.keys():
        return None
    for name, one in answers.properties.items():
        if one.required if name not in found else not _fits(found[name], one):
            return None
    chosen = found[answers.field]
    return str(chosen).lower() if isinstance(chosen, bool) else _label(chosen, answers.properties[answers.field].enum)


def _fits(value: object, wanted: Property) -> bool:
    if wanted.type == "boolean":
        return isinstance(value, bool)
    if wanted.type == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    if wanted.type == "number":
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, str) and (not wanted.enum or _label(value, wanted.enum) is not None)
