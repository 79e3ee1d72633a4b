"""Parameters of a check, a kind or a target, read from the keyword-only arguments of its function."""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..registry import did_you_mean
from .range import Range

TYPES = {
    "bool": "true or false", "int": "a whole number", "float": "a number", "str": "text",
    "Sequence[str]": "a list of texts", "Mapping[str, str]": "a mapping of texts",
    "Sequence[Any]": "a list", "Path": "a path below the project",
}
_CHOICES = re.compile(r"[Oo]ne of ([A-Za-z0-9_, -]+)")


@dataclass(frozen=True)
class Parameter:
    """One option.

    Attributes:
        type: annotation as written; `| None` means it may be left out.
        doc: from the docstring's Args.
        choices: permitted texts, from the docstring: `one of a, b`.
        range: permitted numbers, from the docstring: `(1 to 10)`, `(1 or more)`.
        required: there is no default.
    """

    name: str
    type: str
    default: Any
    doc: str
    choices: tuple[str, ...] = ()
    range: Range = field(default_factory=Range)
    required: bool = False

    @property
    def words(self) -> str:
        """The type for people."""
        return TYPES.get(self.type.removesuffix(" | None"), self.type)

    def wrong(self, value: object) -> str:
        """Why a value is not permitted; empty if it is."""
        if value is None and self.type.endswith("| None"):
            return ""
        if not _fits(self.type.removesuffix(" | None"), value):
            return f"expected {self.words}, found {value!r}"
        if self.choices and value not in self.choices:
            return f"expected one of {', '.join(self.choices)}, found {value!r}"
        if isinstance(value, int | float) and value not in self.range:
            return f"expected {self.range}, found {value!r}"
        return ""


def _fits(kind: str, value: object) -> bool:
    if kind == "bool":
        return isinstance(value, bool)
    if kind == "int":
        return isinstance(value, int) and not isinstance(value, bool)
    if kind == "float":
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if kind in ("str", "Path"):
        return isinstance(value, str)
    if kind == "Sequence[str]":
        return isinstance(value, list | tuple) and all(isinstance(item, str) for item in value)
    if kind == "Sequence[Any]":
        return isinstance(value, list | tuple)
    if kind == "Mapping[str, str]":
        return isinstance(value, Mapping) and all(isinstance(item, str) for item in value.values())
    return True


def parameters_of(function: Callable[..., Any]) -> dict[str, Parameter]:
    """The keyword-only arguments of a function, with their lines of the docstring.

    Annotations are read as written: evaluating them would import what a check imports lazily.
    """
    told, none = args_of(inspect.getdoc(function) or ""), inspect.Parameter.empty
    return {
        name: parameter(name, inspect.formatannotation(one.annotation), None if one.default is none else one.default,
                        told.get(name, ""), required=one.default is none)
        for name, one in inspect.signature(function).parameters.items() if one.kind is inspect.Parameter.KEYWORD_ONLY
    }


def parameter(name: str, annotation: str, default: Any, doc: str, *, required: bool) -> Parameter:
    """A parameter from its annotation as written, or as Python shows it, and its line of the docstring."""
    kind = re.sub(r"\b(typing|collections\.abc)\.", "", annotation.strip("'"))
    choices = _CHOICES.search(doc)
    names = tuple(part.strip() for part in choices.group(1).split(",")) if choices else ()
    return Parameter(name, kind, default, doc, names, Range.told(doc), required)


def args_of(doc: str) -> dict[str, str]:
    """What a docstring's Args say of each argument."""
    section = re.search(r"^Args:\n((?:    .*\n?|\n)+)", doc, re.MULTILINE)
    if not section:
        return {}
    told: dict[str, str] = {}
    name = ""
    for line in section.group(1).splitlines():
        match = re.match(r"    (\w+): (.*)", line)
        if match:
            name = match.group(1)
            told[name] = match.group(2).strip()
        elif name and line.strip():
            told[name] += " " + line.strip()
    return told


def wrong_options(options: Mapping[str, Any], parameters: Mapping[str, Parameter], what: str, *, where: str = "") -> dict[str, str]:
    """Option -> why it is not permitted, of those that `what` was given.

    Args:
        where: they are written, if `what` does not say it.
    """
    told = {}
    for name, value in options.items():
        if name not in parameters:
            told[name] = f"{what} has no option {name!r}{did_you_mean(name, list(parameters))}"
        elif why := parameters[name].wrong(value):
            told[name] = f"option {name!r} of {where or what}: {why}"
    return told


def lacking_options(options: Mapping[str, Any], parameters: Mapping[str, Parameter], what: str) -> list[str]:
    """What is said of options that `what` needs and was not given."""
    return [f"{what} lacks the option {name!r}; expected {one.words}" for name, one in parameters.items()
            if one.required and name not in options]
