"""A DMN decision as our decision table, or the reasons why it is none that can be read here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from ...errors import ArtifactError
from .conditions import Condition, NoneOf, OneOf
from .decision_table import DecisionTable, Rule
from .dmn_columns import Input, Output, inputs_of, outputs_of
from .dmn_xml import Element
from .feel import Literal, NotRead, condition_of, kind_of_literal, literal, outcome, written

HITS: Mapping[str, str] = {"UNIQUE": "unique", "FIRST": "first", "ANY": "any", "PRIORITY": "priority"}
"""Hit policy of DMN -> hit of a decision table."""

MOST = 50
"""Decisions of a file."""

_Row = tuple[Rule, tuple[Literal, ...]]


class NotTaken(ArtifactError):
    """A decision that cannot be read here.

    Attributes:
        reasons: all of them, each with its line.
    """

    def __init__(self, reasons: list[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__("; ".join(reasons[:5]))


@dataclass(frozen=True)
class DmnTable:
    """A decision.

    Attributes:
        outputs: names of the outputs.
        answers: one a rule: the values of the outputs.
    """

    id: str
    name: str
    table: DecisionTable
    outputs: tuple[str, ...]
    answers: tuple[tuple[Literal, ...], ...]


def decisions_of(definitions: Element) -> list[Element]:
    """The decisions of a file in their order.

    Raises:
        ArtifactError: they are too many.
    """
    found = [*definitions.all("decision")]
    if len(found) > MOST:
        raise ArtifactError(f"the file has {len(found)} decisions; expected at most {MOST}")
    return found


def read_decision(definitions: Element, decision: Element) -> DmnTable:
    """A decision as a table.

    Raises:
        NotTaken: with every reason.
    """
    return _Reading(definitions, decision).table()


class _Reading:
    def __init__(self, definitions: Element, decision: Element) -> None:
        self.definitions, self.decision = definitions, decision
        self.reasons: list[str] = []

    def table(self) -> DmnTable:
        name = self.decision.attributes.get("name", "")
        found = self.decision.one("decisionTable")
        if found is None:
            raise NotTaken([f"line {self.decision.line}: decision {name!r} is no decision table"])
        policy = found.attributes.get("hitPolicy", "UNIQUE")
        if policy not in HITS:
            raise NotTaken([f"line {found.line}: hit policy {policy[:40]} is not read; expected one of {', '.join(HITS)}"])
        self._languages(found)
        inputs = inputs_of(self.definitions, self.decision, found, self._say)
        outputs = outputs_of(self.definitions, self.decision, found, self._say)
        rules = [self._rule(place, one, [*inputs.items()], outputs) for place, one in enumerate(found.all("rule"), start=1)]
        if not inputs or not outputs:
            self._say(found, "the table has no input or no output")
        rules += self._rest(found, outputs)
        self._one_type_each(outputs, rules)
        if self.reasons:
            raise NotTaken(self.reasons)
        if policy == "PRIORITY":
            rules = _by_priority(found, rules, outputs)
        names = tuple(one.name for one in outputs)
        table = DecisionTable(HITS[policy], ", ".join(names), {name: one.declared for name, one in inputs.items()}, tuple(rule for rule, _ in rules))
        return DmnTable(self.decision.attributes.get("id", ""), name, table, names, tuple(answers for _, answers in rules))

    def _say(self, element: Element, why: str) -> None:
        self.reasons.append(f"line {element.line}: {why}")

    def _languages(self, table: Element) -> None:
        for one in (self.definitions, *_within(table)):
            language = one.attributes.get("expressionLanguage", "")
            if language and "feel" not in language.lower():
                self._say(one, f"the expression language is {language[:60]}; expected FEEL")

    def _rule(self, place: int, one: Element, inputs: list[tuple[str, Input]], outputs: list[Output]) -> _Row:
        called = f"rule {place} ({one.attributes['id'][:60]}, line {one.line})" if "id" in one.attributes else f"rule {place} (line {one.line})"
        tests, entries = [*one.all("inputEntry")], [*one.all("outputEntry")]
        if len(tests) != len(inputs) or len(entries) != len(outputs):
            self._say(one, f"{called} has {len(tests)} conditions and {len(entries)} outputs; expected {len(inputs)} and {len(outputs)}")
        when: dict[str, Condition] = {}
        for (name, column), test in zip(inputs, tests, strict=False):
            try:
                condition = condition_of(test.words(), column.kind)
                if condition is not None:
                    when[name] = _among(condition, column.declared)
            except NotRead as error:
                self._say(test, f"{called}, input {name!r}: {error}")
        answers = tuple(self._answer(called, entry, output) for output, entry in zip(outputs, entries, strict=False))
        return Rule(when, outcome(answers), called), answers

    def _answer(self, called: str, entry: Element, output: Output) -> Literal:
        try:
            value = literal(entry.words())
        except NotRead as error:
            self._say(entry, f"{called}, output {output.name!r}: {error}")
            return ""
        if output.kind is not None and kind_of_literal(value) != output.kind:
            self._say(entry, f"{called}, output {output.name!r}: {written(value)!r} is no {output.kind}")
        elif output.listed and value not in output.listed:
            self._say(entry, f"{called}, output {output.name!r}: {written(value)!r} is not among its values")
        return value

    def _rest(self, table: Element, outputs: list[Output]) -> list[_Row]:
        """The outputs' default, as the rule for what no other covers."""
        defaults = [(output, entry) for output in outputs if (entry := output.element.one("defaultOutputEntry")) is not None]
        if not defaults:
            return []
        if len(defaults) != len(outputs):
            self._say(table, "some outputs have a default and some have none")
        called = f"the default (line {defaults[0][1].line})"
        answers = tuple(self._answer(called, entry, output) for output, entry in defaults)
        return [(Rule({}, outcome(answers), called, otherwise=True), answers)]

    def _one_type_each(self, outputs: list[Output], rules: list[_Row]) -> None:
        for place, output in enumerate(outputs):
            kinds = {kind_of_literal(answers[place]) for _, answers in rules if len(answers) > place}
            if len(kinds) > 1:
                self._say(output.element, f"output {output.name!r} has values of several types: {', '.join(sorted(kinds))}")


def _by_priority(table: Element, rules: list[_Row], outputs: list[Output]) -> list[_Row]:
    """Rules in the order of their outputs' values, from left to right; outputs without listed values do not count."""
    ordered = [(place, output.listed) for place, output in enumerate(outputs) if output.listed]
    if not ordered:
        raise NotTaken([f"line {table.line}: hit policy PRIORITY needs output values in their order, and no output has any"])
    keys = [(rule.otherwise, *(listed.index(answers[place]) for place, listed in ordered)) for rule, answers in rules]
    ranks = {key: rank for rank, key in enumerate(sorted(set(keys)))}
    ranked = [(replace(rule, rank=ranks[key]), answers) for key, (rule, answers) in zip(keys, rules, strict=True)]
    return sorted(ranked, key=lambda row: row[0].rank)


def _within(element: Element) -> Iterator[Element]:
    yield element
    for child in element.children:
        yield from _within(child)


def _among(condition: Condition, declared: Condition) -> Condition:
    """A condition, whose texts must be declared; those that `not` leaves are told by name where they can be."""
    if not isinstance(declared, OneOf):
        return condition
    if isinstance(condition, NoneOf):
        return OneOf(declared.values - condition.values, declared.truth)
    if isinstance(condition, OneOf) and not condition.values <= declared.values:
        raise NotRead(f"{sorted(condition.values - declared.values)} are not among its allowed values")
    return condition
