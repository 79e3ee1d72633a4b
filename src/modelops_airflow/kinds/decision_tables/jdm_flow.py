"""What a JDM reads and answers: the columns it needs and of which kind, followed from node to node.

The engine decides by no rule, without a word, where a type does not fit; so a table may only read what is known to be there, and
of the kind of its cells.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...errors import ArtifactError
from .decision_table import DecisionTable
from .feel import NotRead
from .jdm_file import INPUT, OUTPUT, TABLE, Node, objects_of, only, read_nodes
from .jdm_table import name_of, read_table
from .zen_text import FIELD, names

HEAVIEST = 1000
"""Copies of the columns that one field may hold: expressions that double a text again and again are refused."""

DATA = "*"
"""Stands for the columns of the data, where they come as far as a node."""


@dataclass(frozen=True)
class Field:
    """A field that a node has.

    Attributes:
        kind: string, number or boolean; None where only an answer tells.
        sure: it has a value for every row.
        weight: how often it holds what it was made of, at most.
    """

    writer: str
    kind: str | None
    sure: bool
    weight: int = 1


@dataclass
class Flow:
    """A model.

    Attributes:
        document: what the engine is given: nothing but what was read here.
        columns: column -> its kind; None where an expression alone reads it.
        tables: the tables, by their node.
        answers: fields that the output has from nodes.
        only_table: the model is one table and nothing else.
    """

    document: dict[str, Any]
    columns: dict[str, str | None] = field(default_factory=dict)
    tables: list[DecisionTable] = field(default_factory=list)
    answers: tuple[str, ...] = ()
    only_table: bool = False


def read_flow(data: bytes) -> Flow:
    """Follow the data through a model.

    Raises:
        ArtifactError: with the node, the rule and the cell that is not read here.
    """
    nodes = read_nodes(data)
    flow = Flow({"nodes": [], "edges": [{"id": f"{before} {one.id}", "type": "edge", "sourceId": before, "targetId": one.id} for one in nodes for before in one.after]})
    fields: dict[str, dict[str, Field]] = {}
    for one in nodes:
        given = _merged(one, [fields[before] for before in one.after])
        if one.type in (INPUT, OUTPUT):
            content: dict[str, Any] = {}
            fields[one.id] = given if one.type == OUTPUT else {DATA: Field(one.id, None, True)}
        else:
            content, written = _table(one, given, flow) if one.type == TABLE else _expressions(one, given, flow)
            written = _below(one, written)
            fields[one.id] = _over(one, given, written) if content["passThrough"] else written
        flow.document["nodes"].append({"id": one.id, "type": one.type, "name": one.id, "position": {"x": 0, "y": 0}, "content": content})
        if one.type == OUTPUT:
            flow.answers = tuple(name for name in given if name != DATA)
    if twice := sorted(flow.columns.keys() & {_root(name) for given in fields.values() for name in given}):
        raise ArtifactError(f"{twice[0]!r} is read as a column of the data, and a node writes it; give the node's field another name")
    flow.only_table = len(flow.tables) == 1 and len(nodes) == 3
    return flow


def _merged(node: Node, all_given: Sequence[Mapping[str, Field]]) -> dict[str, Field]:
    found: dict[str, Field] = {}
    roots: dict[str, set[str]] = {}
    for given in all_given:
        for name, one in given.items():
            found[name] = one
            roots.setdefault(_root(name), set()).add(one.writer)
    if clash := sorted(name for name, writers in roots.items() if len(writers) > 1 and len(all_given) > 1):
        raise ArtifactError(f"node {node.name!r} is given {clash[0]!r} by several nodes; expected one")
    return found


def _over(node: Node, given: Mapping[str, Field], written: Mapping[str, Field]) -> dict[str, Field]:
    if clash := sorted({_root(name) for name in given if name not in written} & {_root(name) for name in written}):
        raise ArtifactError(f"node {node.name!r} writes into {clash[0]!r}, which another node wrote")
    return {**given, **written}


def _root(name: str) -> str:
    return name.partition(".")[0]


def _below(node: Node, written: Mapping[str, Field]) -> dict[str, Field]:
    """Fields by their full path, none inside another."""
    path = node.content.get("outputPath")
    if path is not None and path != "" and not (isinstance(path, str) and re.fullmatch(FIELD, path, re.ASCII)):
        raise ArtifactError(f"node {node.name!r}: outputPath is no name")
    found = {f"{path}.{name}" if path else name: one for name, one in written.items()}
    for name in found:
        if any(other.startswith(f"{name}.") for other in found):
            raise ArtifactError(f"node {node.name!r} writes {name!r} and into it")
    return found


def _kept(node: Node, **more: Any) -> dict[str, Any]:
    return {**more, "passThrough": node.content.get("passThrough", False), "outputPath": node.content.get("outputPath") or None,
            "inputField": None, "executionMode": "single"}


def _table(node: Node, given: Mapping[str, Field], flow: Flow) -> tuple[dict[str, Any], dict[str, Field]]:
    read = read_table(node)
    for name, kind in read.kinds.items():
        _needs(node, name, kind, given, flow)
    flow.tables.append(read.table)
    sure = any(not rule.when for rule in read.table.rules)
    written = {name: Field(node.id, kind, sure) for name, kind in read.answers.items()}
    return _kept(node, **read.content), written


def _needs(node: Node, name: str, kind: str | None, given: Mapping[str, Field], flow: Flow) -> None:
    """Note a column of the data, or look at what a node wrote."""
    if name in given:
        if kind is not None and (given[name].kind != kind or not given[name].sure):
            raise ArtifactError(f"node {node.name!r} reads {name!r} as a {kind}, which is not sure to be one for every row: give the table that "
                                "writes it a last rule without conditions, or compute it in the data")
        return
    _from_data(node, name, given)
    known = flow.columns.setdefault(name, kind)
    if known is None:
        flow.columns[name] = kind
    elif kind is not None and known != kind:
        raise ArtifactError(f"column {name!r} is read as a {known} and as a {kind}")


def _from_data(node: Node, name: str, given: Mapping[str, Field]) -> None:
    """A name that no node wrote is a column, if the data comes as far as this node."""
    if "." in name or DATA not in given or any(_root(one) == name for one in given):
        raise ArtifactError(f"node {node.name!r} reads {name!r}, which no node before it writes or passes through")


def _expressions(node: Node, given: Mapping[str, Field], flow: Flow) -> tuple[dict[str, Any], dict[str, Field]]:
    what = f"node {node.name!r}"
    lines = objects_of(node.content.get("expressions"), f"{what}: expressions")
    written: dict[str, Field] = {}
    for one in lines:
        only(one, frozenset(("id", "key", "value")), what)
        name, text = name_of(one, "key", what), one.get("value")
        try:
            if not isinstance(text, str) or not text.strip():
                raise NotRead("it is no text")
            read = names(text)
        except NotRead as error:
            raise ArtifactError(f"{what}, field {name!r}: {error}") from None
        if name in written:
            raise ArtifactError(f"{what} writes {name!r} twice")
        for column in sorted(read):
            _needs(node, column, None, given, flow)
        weight = 1 + sum(times * (given[column].weight if column in given else 1) for column, times in read.items())
        if weight > HEAVIEST:
            raise ArtifactError(f"{what}, field {name!r}: the expressions repeat their inputs more than {HEAVIEST} times")
        written[name] = Field(node.id, None, False, weight)
    if not written:
        raise ArtifactError(f"{what} has no expression")
    content = _kept(node, expressions=[{"id": str(place), "key": one["key"], "value": one["value"]} for place, one in enumerate(lines)])
    return content, written
