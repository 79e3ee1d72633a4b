"""The decision table as frozen objects, read with the same strict reader as every other file."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from ...spec.problem import Problem, SpecError
from ...spec.types import Strict
from ...spec.validate import validated
from .conditions import Condition, Interval, OneOf

_COMPARISON = re.compile(r"\s*(<=|>=|<|>|==)\s*([-+]?[0-9.]+(?:[eE][-+]?\d+)?)\s*")


class _Input(Strict):
    type: Literal["number", "text"]
    min: float | None = None
    max: float | None = None
    values: tuple[str, ...] = ()


class _Rule(Strict):
    when: Mapping[str, str | tuple[str, ...]] = Field(default_factory=dict)
    then: str


class _File(Strict):
    rules: Literal[1]
    hit: Literal["first", "unique"] = "first"
    output: str
    inputs: Mapping[str, _Input]
    rules_in_order: tuple[_Rule, ...]


@dataclass(frozen=True)
class Rule:
    """If every condition holds, the outcome.

    Attributes:
        called: what messages call it; empty: its place.
        otherwise: it decides what no other rule covers.
        rank: of its outcome, where outcomes have an order; the least decides.
    """

    when: Mapping[str, Condition]
    then: str
    called: str = ""
    otherwise: bool = False
    rank: int = 0


@dataclass(frozen=True)
class DecisionTable:
    """A parsed table.

    Attributes:
        hit: first: the first rule that fits decides; unique: only one may fit; any: those that fit have one outcome;
            priority: as first, with the rules in the order of their ranks.
        inputs: the declared ranges.
    """

    hit: str
    output: str
    inputs: Mapping[str, Condition]
    rules: tuple[Rule, ...]

    def called(self, place: int) -> str:
        """What messages call a rule."""
        return self.rules[place].called or f"rule {place + 1}"


def parse_table(text: str, file: str) -> DecisionTable:
    """Parse a decision table.

    Raises:
        SpecError: every mistake, located.
    """
    document, spec = validated(text, file, _File)
    problems: list[Problem] = []
    inputs: dict[str, Interval | OneOf] = {}
    for name, one in spec.inputs.items():
        if one.type == "text":
            inputs[name] = OneOf(frozenset(one.values))
        else:
            low, high = (-math.inf if one.min is None else one.min), (math.inf if one.max is None else one.max)
            inputs[name] = Interval(low, high, True, True)
            if low > high:
                line, column = document.mark(("inputs", name))
                problems.append(Problem(file, line, column, "SPEC012", f"input {name}: min {low:g} is above max {high:g}"))
    rules = []
    for index, rule in enumerate(spec.rules_in_order):
        when: dict[str, Condition] = {}
        for name, condition in rule.when.items():
            line, column = document.mark(("rules_in_order", index, "when", name))
            try:
                when[name] = _condition(inputs.get(name), condition, name)
            except ValueError as error:
                problems.append(Problem(file, line, column, "SPEC012", f"rule {index + 1}: {error}"))
        rules.append(Rule(when, rule.then))
    if problems:
        raise SpecError(problems)
    return DecisionTable(spec.hit, spec.output, inputs, tuple(rules))


def _condition(declared: Interval | OneOf | None, told: str | tuple[str, ...], name: str) -> Interval | OneOf:
    if declared is None:
        raise ValueError(f"{name!r} is not among the inputs")
    if isinstance(declared, OneOf):
        values = frozenset((told,) if isinstance(told, str) else told)
        if not values <= declared.values:
            raise ValueError(f"{name}: {sorted(values - declared.values)} are not among its declared values")
        return OneOf(values)
    if not isinstance(told, str):
        raise ValueError(f"{name} is a number; expected a comparison such as '< 5000' or '>= 10 and < 20'")
    interval = declared
    for part in told.split(" and "):
        match = _COMPARISON.fullmatch(part)
        if not match:
            raise ValueError(f"{name}: {part!r} is no comparison")
        interval = _narrowed(interval, match.group(1), float(match.group(2)))
    if interval.low > interval.high:
        raise ValueError(f"{name}: {told!r} never holds within the declared {declared}")
    return interval


def _narrowed(interval: Interval, sign: str, number: float) -> Interval:
    if sign in (">", ">=", "==") and number >= interval.low:
        closed = sign != ">" and (number > interval.low or interval.low_closed)
        interval = Interval(number, interval.high, closed, interval.high_closed)
    if sign in ("<", "<=", "==") and number <= interval.high:
        closed = sign != "<" and (number < interval.high or interval.high_closed)
        interval = Interval(interval.low, number, interval.low_closed, closed)
    return interval
