"""The shape of a graph in numbers that do not depend on the names of its nodes."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..data.node_table import NodeTable
from ..data.room import needs

if TYPE_CHECKING:
    import numpy as np

    Floats = np.ndarray[Any, np.dtype[np.float64]]

_CELL = 16


@dataclass(frozen=True)
class GraphShape:
    """One side.

    Attributes:
        nodes, edges: how many.
        facts: numbers of the whole, NaN where there is none.
        measures: a number of each node, by measure.
        types: type -> edges; empty where edges have no types.
    """

    nodes: int
    edges: int
    facts: Mapping[str, float]
    measures: Mapping[str, Floats]
    types: Mapping[str, int]


def shape_of(table: NodeTable, *, directed: bool) -> GraphShape:
    """The shape of a graph of at least one node. Components, clustering and assortativity take edges without their direction.

    Raises:
        DataError: nodes have so many neighbours that triangles cannot be counted in memory.
    """
    import numpy as np
    from scipy import sparse
    from scipy.sparse import csgraph

    size, count = table.size, len(table.sources)
    one_way = sparse.coo_array((np.ones(count), (table.sources, table.targets)), shape=(size, size)).tocsr()
    both = ((one_way + one_way.T) > 0).astype(np.float64)
    degree = np.asarray(both.sum(axis=1), dtype=np.float64)
    pieces, piece = csgraph.connected_components(both, directed=False)
    clustering = _clustering(both, degree)
    ends = {"in-degree": table.targets, "out-degree": table.sources} if directed else {}
    degrees = {name: np.bincount(end, minlength=size).astype(np.float64) for name, end in ends.items()} or {"degree": degree}
    facts = {
        "graph_nodes": float(size), "graph_edges": float(count),
        "graph_density": count * (1 if directed else 2) / (size * (size - 1)) if size > 1 else math.nan,
        "graph_components": float(pieces), "largest_component_share": float(np.bincount(piece).max()) / size,
        "graph_clustering": float(clustering.mean()), "degree_assortativity": _assortativity(both, degree),
    }
    types = {} if table.types is None else dict(Counter(table.types.tolist()))
    return GraphShape(size, count, facts, {**degrees, "clustering": clustering}, types)


def _clustering(both: Any, degree: Floats) -> Floats:
    """Share of each node's pairs of neighbours that are neighbours themselves; 0 with fewer than two (Watts and Strogatz 1998)."""
    import numpy as np

    needs(int(_CELL * float((degree**2).sum())), "counting the triangles of the graph", "take a part of the graph")
    closed = np.asarray((both @ both).multiply(both).sum(axis=1), dtype=np.float64)
    pairs = degree * (degree - 1)
    return np.divide(closed, pairs, out=np.zeros_like(closed), where=pairs > 0)


def _assortativity(both: Any, degree: Floats) -> float:
    """Pearson's correlation of the degrees at both ends of the edges (Newman 2002); NaN where all ends have one degree."""
    import numpy as np

    rows, columns = both.nonzero()
    x, y = degree[rows], degree[columns]
    if not len(x) or x.min() == x.max():
        return math.nan
    x, y = x - x.mean(), y - y.mean()
    return float(np.dot(x, y) / np.dot(x, x))  # every edge stands there both ways, so both ends have one variance
