"""A decision table node of a JDM: its rules, and of which kind each column is by its cells."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...errors import ArtifactError
from .conditions import Condition
from .decision_table import DecisionTable, Rule
from .feel import EVERY, Literal, NotRead, kind_of_literal, outcome
from .jdm_file import Node, objects_of, only, text_of
from .zen_text import FIELD, cell, literal


@dataclass(frozen=True)
class JdmTable:
    """A table.

    Attributes:
        kinds: field it reads -> string, number or boolean; None where no cell says.
        answers: field it writes -> its kind.
        content: what the engine is given of it.
    """

    table: DecisionTable
    kinds: Mapping[str, str | None]
    answers: Mapping[str, str | None]
    content: Mapping[str, Any]


@dataclass(frozen=True)
class _Row:
    rule: Rule
    kinds: Mapping[str, str]
    answers: tuple[Literal, ...]


def read_table(node: Node) -> JdmTable:
    """The table of a node.

    Raises:
        ArtifactError: with the rule and the cell that is not read here.
    """
    what = f"node {node.name!r}"
    if node.content.get("hitPolicy", "first") != "first":
        raise ArtifactError(f"{what} has the hit policy {str(node.content['hitPolicy'])[:40]!r}; expected first")
    inputs, outputs = _columns(node, "inputs", what), _columns(node, "outputs", what)
    written = objects_of(node.content.get("rules"), f"{what}: rules")
    if not outputs or not written or {*inputs} & {*outputs}:
        raise ArtifactError(f"{what} has no output or no rule, or a column twice")
    rows = [_row(one, inputs, outputs, f"{what}, rule {place}") for place, one in enumerate(written, start=1)]
    kinds = {name: _one_kind(name, [row.kinds[name] for row in rows if name in row.kinds], what) for name in inputs.values()}
    answers = {name: _one_kind(name, [kind_of_literal(row.answers[place]) for row in rows], what) for place, name in enumerate(outputs.values())}
    table = DecisionTable("first", ", ".join(answers), {name: EVERY[kind] for name, kind in kinds.items() if kind is not None},
                          tuple(row.rule for row in rows))
    return JdmTable(table, kinds, answers, {
        "hitPolicy": "first",
        "inputs": [{"id": key, "name": key, "field": name} for key, name in inputs.items()],
        "outputs": [{"id": key, "name": key, "field": name} for key, name in outputs.items()],
        "rules": [{"_id": str(place), **{key: one.get(key, "") for key in (*inputs, *outputs)}} for place, one in enumerate(written)],
    })


def name_of(value: Mapping[str, Any], key: str, what: str) -> str:
    """The name of a field, with dots where it is inside another.

    Raises:
        ArtifactError: it is none.
    """
    found = text_of(value, key, what)
    if not re.fullmatch(FIELD, found, re.ASCII):
        raise ArtifactError(f"{what}: {found[:60]!r} is no name; expected letters, digits, _ and dots")
    return found


def _columns(node: Node, side: str, what: str) -> dict[str, str]:
    """Field by the id of its column."""
    found: dict[str, str] = {}
    for one in objects_of(node.content.get(side), f"{what}: {side}"):
        only(one, frozenset(("id", "name", "field", "type", "description", "defaultValue")), f"{what}, a column")
        if one.get("type", "expression") != "expression":
            raise ArtifactError(f"{what}: a column is of the type {str(one['type'])[:40]!r}; expected expression")
        if one.get("defaultValue") not in (None, ""):
            raise ArtifactError(f"{what}: a column has a defaultValue; write a last rule without conditions")
        key, name = text_of(one, "id", what), name_of(one, "field", what)
        if key in found or name in found.values() or key in ("_id", "_description"):
            raise ArtifactError(f"{what} has the column {name!r} twice")
        found[key] = name
    return found


def _row(value: Mapping[str, Any], inputs: Mapping[str, str], outputs: Mapping[str, str], what: str) -> _Row:
    only(value, frozenset(("_id", "_description", *inputs, *outputs)), what)
    when: dict[str, Condition] = {}
    kinds: dict[str, str] = {}
    answers: list[Literal] = []
    for key, name in (*inputs.items(), *outputs.items()):
        text = value.get(key, "")
        try:
            if not isinstance(text, str):
                raise NotRead("it is no text")
            if key in outputs:
                answers.append(literal(text))
            elif (condition := cell(text)) is not None:
                when[name], kinds[name] = condition
        except NotRead as error:
            raise ArtifactError(f"{what}, column {name!r}: {error}") from None
    return _Row(Rule(when, outcome(answers)), kinds, tuple(answers))


def _one_kind(name: str, kinds: Sequence[str], what: str) -> str | None:
    if len({*kinds}) > 1:
        raise ArtifactError(f"{what}, column {name!r} has cells of several kinds: {', '.join(sorted({*kinds}))}")
    return kinds[0] if kinds else None
