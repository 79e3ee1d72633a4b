"""GraphML files as tables of nodes and of edges; without document types and entities, which could read files or grow without end."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa

LARGEST = 200 << 20
"""Bytes."""

_DECLARATION = re.compile(r"<!\s*(DOCTYPE|ENTITY|ELEMENT|ATTLIST)", re.IGNORECASE)


def read_graphml(data: bytes, name: str) -> tuple[pa.Table, pa.Table, bool]:
    """Nodes (`id` and attributes), edges (`source`, `target` and attributes), and whether edges have a direction.

    Raises:
        DataError: it is no GraphML of UTF-8 text, is too large, declares a document type or entities, or networkx is not installed.
    """
    try:
        import networkx
    except ImportError:
        raise DataError("GraphML needs a library that is not installed; run: pip install 'modelops-airflow[graph]'") from None
    if len(data) > LARGEST:
        raise DataError(f"{name} has {len(data) >> 20} MiB; expected at most {LARGEST >> 20}; give tables of nodes and edges instead")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise DataError(f"{name} is not UTF-8 text") from None
    if found := _DECLARATION.search(text):
        raise DataError(f"{name} declares a {found.group(1).upper()}; expected GraphML without document type and entities; delete it")
    try:
        graph = networkx.parse_graphml(text)
    except Exception as error:  # the library and its parser raise many types for what is no GraphML
        raise DataError(f"{name} cannot be read as GraphML: {(str(error) or type(error).__name__).splitlines()[0][:200]}") from None
    nodes = [{"id": node} | dict(graph.graph.get("node_default", {})) | _named(facts, "id") for node, facts in graph.nodes(data=True)]
    edges = [{"source": one, "target": other} | dict(graph.graph.get("edge_default", {})) | _named(facts, "source", "target", "id")
             for one, other, facts in graph.edges(data=True)]
    return _table(nodes, ("id",), name), _table(edges, ("source", "target"), name), bool(graph.is_directed())


def _named(facts: Mapping[Any, Any], *taken: str) -> dict[str, Any]:
    return {str(key): value for key, value in facts.items() if key not in taken}


def _table(rows: Sequence[Mapping[str, Any]], first: Sequence[str], name: str) -> pa.Table:
    import pyarrow as pa

    columns = list(dict.fromkeys([*first, *(key for row in rows for key in row)]))
    try:
        return pa.table({column: pa.array([row.get(column) for row in rows], pa.string() if column in first else None) for column in columns})
    except pa.ArrowException as error:
        raise DataError(f"{name}: an attribute has values of several types: {str(error).splitlines()[0]}") from None
