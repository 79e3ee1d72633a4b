"""Inputs and outputs of a DMN decision table: names, types and allowed values, wherever the file says them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from .conditions import Condition
from .dmn_xml import Element
from .feel import EVERY, STRING, Literal, NotRead, condition_of, literals

Say = Callable[[Element, str], None]
"""Notes what cannot be read of an element."""

_COLUMN = re.compile(r"[^\W\d][\w .'-]*")


@dataclass(frozen=True)
class Input:
    """An input.

    Attributes:
        kind: string, number or boolean.
        declared: its allowed values.
    """

    kind: str
    declared: Condition


@dataclass(frozen=True)
class Output:
    """An output.

    Attributes:
        kind: string, number or boolean; None where the file does not say.
        listed: its values in their order; empty where they are not listed.
    """

    name: str
    kind: str | None
    listed: tuple[Literal, ...]
    element: Element


def inputs_of(definitions: Element, decision: Element, table: Element, say: Say) -> dict[str, Input]:
    """Inputs by the column they read."""
    decided, types, variables = _decided(definitions, decision), _types(definitions), _variables(definitions)
    found: dict[str, Input] = {}
    for one in table.all("input"):
        expression = one.one("inputExpression")
        column = expression.words() if expression is not None else ""
        if not _COLUMN.fullmatch(column):
            say(one, f"input {column[:60]!r} is no column of the data; expected a name")
        elif column in decided:
            say(one, f"input {column!r} is the answer of another decision; expected a column of the data")
        elif column in found:
            say(one, f"input {column!r} is there twice; put both conditions into one column")
        told = expression.attributes.get("typeRef") if expression is not None else None
        kind, allowed = _type(types, told or variables.get(column, ""))
        if kind not in EVERY:
            say(one, f"input {column[:60]!r} is of the type {told or 'none'}; expected string, number or boolean")
            kind = STRING
        values = one.one("inputValues")
        found[column] = Input(kind, _declared(one, (values.words() if values is not None else "") or allowed, kind, say))
    return found


def outputs_of(definitions: Element, decision: Element, table: Element, say: Say) -> list[Output]:
    """Outputs in their order; a single one without a name has the decision's."""
    types = _types(definitions)
    return [_output(types, decision, place, one, say) for place, one in enumerate(table.all("output"))]


def _decided(definitions: Element, decision: Element) -> set[str]:
    """Names of what the decision takes from other decisions and functions."""
    wanted = {required.attributes.get("href", "").rpartition("#")[2] for one in decision.children
              for required in one.children if required.name in ("requiredDecision", "requiredKnowledge")}
    return {one.attributes.get("name", "") for one in definitions.children if one.attributes.get("id") in wanted}


def _variables(definitions: Element) -> dict[str, str]:
    """Name of the file's input data -> its type."""
    variables = ((one.attributes.get("name", ""), one.one("variable")) for one in definitions.all("inputData"))
    return {name: one.attributes.get("typeRef", "") for name, one in variables if one is not None}


def _types(definitions: Element) -> dict[str, Element]:
    """The types that the file defines, by name."""
    return {one.attributes.get("name", ""): one for one in definitions.all("itemDefinition")}


def _type(types: Mapping[str, Element], told: str) -> tuple[str, str]:
    """A type's base and its allowed values; the base is empty where it has none that is simple."""
    name = told.rpartition(":")[2]
    if name not in types:
        return name, ""
    base, values = types[name].one("typeRef"), types[name].one("allowedValues")
    simple = base is not None and types[name].attributes.get("isCollection") != "true"
    return base.text.strip().rpartition(":")[2] if simple and base is not None else "", values.words() if values is not None else ""


def _declared(one: Element, allowed: str, kind: str, say: Say) -> Condition:
    try:
        return condition_of(allowed, kind) or EVERY[kind]
    except NotRead as error:
        say(one, f"allowed values: {error}")
        return EVERY[kind]


def _output(types: Mapping[str, Element], decision: Element, place: int, one: Element, say: Say) -> Output:
    name = one.attributes.get("name") or one.attributes.get("label") or (decision.attributes.get("name", "") if place == 0 else f"output {place + 1}")
    variable = decision.one("variable")
    told = one.attributes.get("typeRef") or (variable.attributes.get("typeRef", "") if variable is not None else "")
    kind, allowed = _type(types, told)
    values = one.one("outputValues")
    text = (values.words() if values is not None else "") or allowed
    try:
        listed = tuple(literals(text)) if text else ()
    except NotRead as error:
        say(one, f"output values: {error}")
        listed = ()
    return Output(name, kind if kind in EVERY else None, listed, one)
