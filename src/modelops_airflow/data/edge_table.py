"""Tables of nodes and of edges as one table: a row a node, its edges in list columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import DataError
from .node_table import Layout, comparable, read_nodes

if TYPE_CHECKING:
    import pyarrow as pa

EDGES = "edges"


def with_edges(nodes: pa.Table, edges: pa.Table, *, node: str, source: str, target: str) -> pa.Table:
    """The nodes, with `edges` (ids of the nodes that each points to) and `edge_NAME` for every other column of the edges.

    Args:
        node: column of the nodes' ids.
        source, target: columns of the edges' ends.

    Raises:
        DataError: a column is missing, an end is no node, an edge or a node is there twice, or names collide.
    """
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    for name, what, table in ((node, "nodes", nodes), (source, "edges", edges), (target, "edges", edges)):
        if name not in table.column_names:
            raise DataError(f"the table of {what} has no column {name!r}; columns: {', '.join(table.column_names)}")
    ids, starts = comparable(nodes[node], node), comparable(edges[source], source)
    if ids.type != starts.type:
        raise DataError(f"column {node!r} of the nodes holds {ids.type} and column {source!r} of the edges {starts.type}; expected the same type")
    found: Any = pc.fill_null(pc.index_in(starts, value_set=ids), -1).to_numpy().astype("int64")
    if (found < 0).any():
        row = int((found < 0).argmax())
        raise DataError(f"row {row} of the edges begins at {starts[row].as_py()!r}, which is no node")
    order: Any = pa.array(np.argsort(found, kind="stable"))
    offsets = pa.array(np.concatenate([[0], np.cumsum(np.bincount(found, minlength=nodes.num_rows))]), pa.int32())
    joined = nodes
    for name in edges.column_names:
        if name == source:
            continue
        column = EDGES if name == target else f"edge_{name}"
        if column in nodes.column_names:
            raise DataError(f"the nodes have a column {column!r}, which edges come into; rename it")
        entries: Any = edges[name].take(order).combine_chunks()
        joined = joined.append_column(column, pa.ListArray.from_arrays(offsets, entries))
    read_nodes(joined, Layout(node, EDGES, directed=True))
    return joined
