"""The words of a questionnaire about risk, which a policy pack may carry, as frozen types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from .types import Id, Strict, Text, Tier

Score = Annotated[int, Field(ge=1, le=9, description="how much risk an answer means on its axis; 1 is the least")]
Cell = Annotated[str, Field(pattern=r"^[1-9](/[1-9])*$", description="a score for each axis, in the order of axes, such as 3/1")]


class Axis(Strict):
    """One dimension of risk. A model's score on it is that of its riskiest answer."""

    id: Id
    text: Text


class Question(Strict):
    """What whoever writes a model file answers."""

    id: Id = Field(description="the same question in every pack that has it: one answer answers all")
    axis: Id
    text: Text
    why: Text = Field(description="what the answer has to do with risk")
    answers: Annotated[Mapping[Id, Score], Field(min_length=2)]


class Tiering(Strict):
    """A questionnaire, and which tier follows from its answers."""

    axes: Annotated[tuple[Axis, ...], Field(min_length=1, max_length=4)]
    questions: Annotated[tuple[Question, ...], Field(min_length=1, max_length=40)]
    matrix: Annotated[Mapping[Cell, Tier], Field(min_length=1)]
    required: bool | None = Field(default=None, description="true: a model that this pack applies to must have answered")
