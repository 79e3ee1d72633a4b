"""A JDM file as nodes in the order of the data's flow: strict JSON, known nodes and keys alone, no code, no circle."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...errors import ArtifactError
from ...spec.document import HIDDEN
from ...strict_json import strict_json

LARGEST, DEEPEST, MOST = 1 << 20, 12, 200
"""Bytes of a file, depth of its JSON, and nodes."""

TABLE, EXPRESSION, INPUT, OUTPUT = "decisionTableNode", "expressionNode", "inputNode", "outputNode"
_KEYS: Mapping[str, frozenset[str]] = {
    INPUT: frozenset(("schema",)), OUTPUT: frozenset(("schema",)),
    TABLE: frozenset(("hitPolicy", "inputs", "outputs", "rules", "passThrough", "inputField", "outputPath", "executionMode")),
    EXPRESSION: frozenset(("expressions", "passThrough", "inputField", "outputPath", "executionMode")),
}
_NODE = frozenset(("id", "type", "name", "description", "position", "content"))
_EDGE = frozenset(("id", "type", "sourceId", "targetId", "sourceHandle", "targetHandle"))
_ROOT = frozenset(("contentType", "nodes", "edges"))
_CODE = {"functionNode": "it runs JavaScript", "customNode": "it runs a program of its author's", "decisionNode": "it asks another file",
         "switchNode": "a condition that cannot be decided is passed over in silence"}


class NoJdm(ArtifactError):
    """A file of another form."""


@dataclass(frozen=True)
class Node:
    """A node, and the nodes it takes its data from."""

    id: str
    type: str
    name: str
    content: Mapping[str, Any]
    after: tuple[str, ...] = ()


def read_nodes(data: bytes) -> tuple[Node, ...]:
    """Nodes, each behind those it takes its data from.

    Raises:
        NoJdm: it is none.
        ArtifactError: it has something that is not read here.
    """
    document = _json(data)
    only(document, _ROOT, "the file")
    if document.get("contentType", "application/vnd.gorules.decision") != "application/vnd.gorules.decision":
        raise ArtifactError(f"the file is {str(document['contentType'])[:80]}; expected application/vnd.gorules.decision")
    nodes = [_node(one) for one in objects_of(document.get("nodes"), "nodes")]
    if len(nodes) > MOST:
        raise ArtifactError(f"the file has {len(nodes)} nodes; expected at most {MOST}")
    known = {one.id: one for one in nodes}
    if len(known) != len(nodes):
        raise ArtifactError("two nodes have the same id")
    for type_ in (INPUT, OUTPUT):
        if (number := sum(one.type == type_ for one in nodes)) != 1:
            raise ArtifactError(f"the file has {number} nodes of the type {type_}; expected one")
    return _in_order(known, _edges(document.get("edges"), known))


def _json(data: bytes) -> Mapping[str, Any]:
    if len(data) > LARGEST:
        raise ArtifactError(f"the file has {len(data)} bytes; expected at most {LARGEST}")
    try:
        value = strict_json(data.decode("utf-8"))
    except RecursionError:
        raise ArtifactError(f"the JSON is deeper than {DEEPEST}") from None
    except ValueError as error:
        raise NoJdm(f"this is no JSON: {str(error)[:200]}") from None
    if not isinstance(value, dict) or "nodes" not in value:
        raise NoJdm("this is no JDM: expected an object with nodes and edges")
    level: list[Any] = [value]
    for _ in range(DEEPEST):
        level = [inner for one in level if isinstance(one, dict | list) for inner in (one.values() if isinstance(one, dict) else one)]
    if level:
        raise ArtifactError(f"the JSON is deeper than {DEEPEST}")
    if hidden := HIDDEN.search(json.dumps(value, ensure_ascii=False)):
        raise ArtifactError(f"character U+{ord(hidden.group()):04X} is not allowed: it shows nothing, or text in another order")
    return value


def objects_of(value: object, what: str) -> Sequence[Mapping[str, Any]]:
    """A list of objects.

    Raises:
        ArtifactError: it is something else.
    """
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise ArtifactError(f"{what} is no list of objects")
    return value


def only(value: Mapping[str, Any], keys: frozenset[str], what: str) -> None:
    """Whatever has a meaning that is not known here is refused.

    Raises:
        ArtifactError: the object has another key.
    """
    if unknown := sorted(value.keys() - keys):
        raise ArtifactError(f"{what} has {', '.join(repr(one[:40]) for one in unknown[:5])}; expected {', '.join(sorted(keys))} alone")


def text_of(value: Mapping[str, Any], key: str, what: str) -> str:
    """A text that must be there.

    Raises:
        ArtifactError: it is missing, empty, longer than 200 characters, or no text.
    """
    found = value.get(key)
    if not isinstance(found, str) or not found or len(found) > 200:
        raise ArtifactError(f"{what} has no {key}, or one that is no text of at most 200 characters")
    return found


def _node(value: Mapping[str, Any]) -> Node:
    type_ = text_of(value, "type", "a node")
    name = str(value.get("name", value.get("id")))[:80]
    what = f"node {name!r}"
    if type_ not in _KEYS:
        raise ArtifactError(f"{what} is of the type {type_[:40]}{f', and {_CODE[type_]}' if type_ in _CODE else ''}; "
                            f"expected one of {', '.join(sorted(_KEYS))}")
    only(value, _NODE, what)
    content = value.get("content") or {}
    if not isinstance(content, dict):
        raise ArtifactError(f"{what}: content is no object")
    only(content, _KEYS[type_], what)
    if content.get("schema"):
        raise ArtifactError(f"{what} has a JSON Schema, which may name other files; take it out, the data is checked by its columns")
    if content.get("inputField") or content.get("executionMode", "single") not in ("single", None):
        raise ArtifactError(f"{what} goes through a list; expected one decision a row (executionMode single, no inputField)")
    if not isinstance(content.get("passThrough", False), bool):
        raise ArtifactError(f"{what}: passThrough is neither true nor false")
    return Node(text_of(value, "id", what), type_, name, content)


def _edges(value: object, known: Mapping[str, Node]) -> dict[str, list[str]]:
    after: dict[str, list[str]] = {one: [] for one in known}
    for edge in objects_of(value, "edges"):
        only(edge, _EDGE, "an edge")
        source, target = text_of(edge, "sourceId", "an edge"), text_of(edge, "targetId", "an edge")
        if source not in known or target not in known:
            raise ArtifactError(f"an edge from {source[:40]!r} to {target[:40]!r} names a node that is not there")
        if edge.get("sourceHandle") or source in after[target]:
            raise ArtifactError(f"the edge from {known[source].name!r} to {known[target].name!r} is there twice, or has a condition")
        after[target].append(source)
    return after


def _in_order(known: Mapping[str, Node], after: Mapping[str, Sequence[str]]) -> tuple[Node, ...]:
    found: dict[str, Node] = {}
    while len(found) < len(known):
        ready = [one for id_, one in known.items() if id_ not in found and all(before in found for before in after[id_])]
        if not ready:
            raise ArtifactError("the nodes go round in a circle")
        for one in ready:
            if (one.type == INPUT) == bool(after[one.id]):
                raise ArtifactError(f"node {one.name!r} {'takes' if after[one.id] else 'does not take'} its data from another node")
            found[one.id] = Node(one.id, one.type, one.name, one.content, tuple(after[one.id]))
    return tuple(found.values())
