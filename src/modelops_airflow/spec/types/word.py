"""The words that every file of ours is made of."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from ...duration_text import PATTERN

Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=100)]
Text = Annotated[str, Field(min_length=1, max_length=2000)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Duration = Annotated[str, Field(pattern=PATTERN)]
Condition = Annotated[str, Field(pattern=r"^\s*(<=|>=|<|>|==|!=)\s*\S+\s*$")]
Scalar = str | int | float | bool


def _whole(value: object) -> object:
    if isinstance(value, bool | float):  # they equal 1, and are no 1
        raise PydanticCustomError("int_type", "a whole number")
    return value


def _day(value: str) -> str:
    try:
        date.fromisoformat(value)
    except ValueError:
        raise PydanticCustomError("day", "a day of the calendar such as 2025-03-31") from None
    return value


Day = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"), AfterValidator(_day)]
Language = Annotated[Literal[1], BeforeValidator(_whole)]
Tier = Annotated[Literal[1, 2, 3], BeforeValidator(_whole)]


class Strict(BaseModel):
    """Base of every type: closed, frozen, uncoerced, finite."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)
