"""Occasions: what people are told of, as the register and the ledger have it. Plain texts, never templates. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Occasion:
    """Something that happened or that is due.

    Attributes:
        about: a word of `notify.about`, or the part before `-due` and `-overdue` where there is a due date.
        subject: what it is about, so that the same occasion has the same subject whenever it is looked for.
        sentence: what happened, in one sentence.
        asked: who is asked to act.
        next_step: what they do next.
        page: path of the page below the server's address.
        due: until when; None for what has simply happened.
    """

    about: str
    subject: str
    sentence: str
    asked: str
    next_step: str
    page: str
    model_id: str | None = None
    tier: int | None = None
    due: datetime | None = None


def model_path(model_id: str) -> str:
    """The page of a model."""
    return f"/plugin/models?model={model_id}"


def gate_path(gate: int) -> str:
    """The page of a gate."""
    return f"/plugin/approvals?gate={gate}"
