"""What each algorithm says of each node of a graph.

Numbers are told with ten significant digits: what is beyond depends on the order in which a computer adds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...data.node_table import NodeTable
from ...data.profile import NUMERIC
from ...data.values import kind_of, numbers
from ...errors import ArtifactError
from .graph_file import GraphModel

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    Floats = np.ndarray[Any, np.dtype[np.float64]]

DIGITS = 10
MOST_STEPS = 500_000_000
"""Nodes times edges, for what goes from each node over all edges."""

_STEPS = 10_000
_ALL_PATHS = ("betweenness", "closeness")
_DEGREES = ("degree", "in-degree", "out-degree")


def node_scores(model: GraphModel, table: NodeTable, rows: pa.Table) -> Floats:
    """The number of each node, in the order of their ids.

    Raises:
        ArtifactError: the graph is too large for the algorithm, or it does not come to an end.
        DataError: the seeds cannot be read.
    """
    import numpy as np

    if model.algorithm in _ALL_PATHS and table.size * len(table.sources) > MOST_STEPS:
        raise ArtifactError(f"{model.algorithm} goes from each of {table.size} nodes over {len(table.sources)} edges; expected at most {MOST_STEPS:,} steps; "
                            "take another algorithm, or a part of the graph")
    if model.algorithm in _DEGREES:
        found = _degrees(model.algorithm, table)
    elif model.algorithm == "label-propagation":
        assert model.seed is not None  # noqa: S101 - for the type checker; the file was parsed
        found = _propagated(table, _seeds(rows, model.seed, table))
    else:
        found = _by_networkx(model, table)
    return np.array([float(f"{one:.{DIGITS}g}") for one in found.tolist()])


def _degrees(algorithm: str, table: NodeTable) -> Floats:
    import numpy as np

    ends = {"in-degree": [table.targets], "out-degree": [table.sources]}.get(algorithm, [table.sources, table.targets])
    found: Floats = np.sum([np.bincount(end, table.weights, minlength=table.size) for end in ends], axis=0, dtype=np.float64)
    return found


def _graph(model: GraphModel, table: NodeTable) -> Any:
    import networkx

    graph = networkx.DiGraph() if model.layout.directed else networkx.Graph()
    graph.add_nodes_from(range(table.size))
    weights = [1.0] * len(table.sources) if table.weights is None else table.weights.tolist()
    graph.add_weighted_edges_from(zip(table.sources.tolist(), table.targets.tolist(), weights, strict=True))
    return graph


def _by_networkx(model: GraphModel, table: NodeTable) -> Floats:
    import networkx
    import numpy as np

    graph = _graph(model, table)
    if model.algorithm == "pagerank":
        try:
            found = networkx.pagerank(graph, alpha=model.damping, tol=1e-12 / table.size, max_iter=_STEPS, weight="weight")
        except networkx.PowerIterationFailedConvergence:
            raise ArtifactError(f"pagerank does not settle within {_STEPS} steps; expected a smaller damping") from None
    elif model.algorithm == "clustering":
        found = networkx.clustering(graph)
    elif model.algorithm == "betweenness":
        found = networkx.betweenness_centrality(graph)
    elif model.algorithm == "closeness":
        found = networkx.closeness_centrality(graph)
    elif model.algorithm == "core-number":
        found = networkx.core_number(graph.to_undirected())
    else:
        found = {node: len(part) for part in networkx.connected_components(graph.to_undirected()) for node in part}
    return np.array([found[node] for node in range(table.size)], dtype=np.float64)


def _seeds(rows: pa.Table, name: str, table: NodeTable) -> Floats:
    """1, 0, or NaN where nothing is known of a node."""
    import numpy as np
    import pyarrow as pa

    if name not in rows.column_names:
        raise ArtifactError(f"label-propagation needs the column {name!r} of its seeds, which the data does not have")
    column: Any = rows[name]
    if pa.types.is_boolean(column.type):
        column = column.cast(pa.int8())
    if kind_of(column) != NUMERIC:
        raise ArtifactError(f"seeds of column {name!r} are {column.type}; expected 1 and 0, missing where nothing is known")
    by_row = numbers(column)
    known = by_row[~np.isnan(by_row)]
    if not np.isin(known, [0.0, 1.0]).all() or len(np.unique(known)) < 2:
        raise ArtifactError(f"seeds of column {name!r} are not both 1 and 0; expected some of each, missing where nothing is known")
    found = np.empty(table.size)
    found[table.place] = by_row
    return found


def _propagated(table: NodeTable, seeds: Floats) -> Floats:
    """Each unknown node has the weighted mean of its neighbours (Zhu, Ghahramani, Lafferty 2003); where no seed is within reach, the mean of the seeds."""
    import numpy as np
    from scipy import sparse
    from scipy.sparse import csgraph, linalg

    weights = np.ones(len(table.sources)) if table.weights is None else table.weights
    one_way = sparse.coo_array((weights, (table.sources, table.targets)), shape=(table.size, table.size)).tocsr()
    links = one_way + one_way.T
    known = ~np.isnan(seeds)
    _, part = csgraph.connected_components(links, directed=False)
    found = np.where(known, seeds, seeds[known].mean())
    open_ = np.flatnonzero(~known & np.isin(part, part[known]))
    if not len(open_):
        return found
    inner, outer = links[open_][:, open_], links[open_][:, np.flatnonzero(known)] @ seeds[known]
    scale = 1 / np.sqrt(links[open_].sum(axis=1))
    system = sparse.eye_array(len(open_)) - sparse.diags_array(scale) @ inner @ sparse.diags_array(scale)
    solved, left = linalg.cg(system, scale * outer, rtol=1e-13, maxiter=_STEPS)
    if left:
        raise ArtifactError(f"label propagation does not settle within {_STEPS} steps")
    found[open_] = np.clip(solved * scale, 0.0, 1.0)
    return found
