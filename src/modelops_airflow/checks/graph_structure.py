"""Graph structure: has the shape of a graph moved away from the baseline's? The names of its nodes do not matter."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ..data.node_table import Layout, read_nodes
from ..data.profile import Profiles
from ..errors import CheckError
from ..measurement import Measurement, Metric
from .check import CheckContext, check
from .distance import psi
from .few_rows import rests_on
from .graph_shape import GraphShape, shape_of
from .profiled_rows import read_columns

if TYPE_CHECKING:
    import numpy as np

    from ..data.dataset import Dataset

    Floats = np.ndarray[Any, np.dtype[np.float64]]

FACTS = ("graph_nodes", "graph_edges", "graph_density", "graph_components", "largest_component_share", "graph_clustering", "degree_assortativity")
RATIOS = ("graph_nodes", "graph_edges", "graph_density", "graph_components")
CHANGES = ("largest_component_share", "graph_clustering", "degree_assortativity")
METRICS = (*FACTS, *(f"{name}_ratio" for name in RATIOS), *(f"{name}_change" for name in CHANGES), "ks_distance", "psi", "edge_type_share", "edge_type_distance")
_BINS = 10
_NO_BASELINE = "there is no baseline to compare with"


@check("graph-structure", version=1, metrics=METRICS)
def graph_structure(
    profiles: Profiles, *, edges: str, directed: bool, node: str | None = None, edge_types: str | None = None, open_edges: bool = False,
    context: CheckContext,
) -> Measurement:
    """The shape of a graph against the baseline's: degrees, density, components, clustering, assortativity, types of edges.

    Args:
        edges: list column with the ids of the nodes that a row points to.
        directed: whether an edge has a direction.
        node: column of the node's id; `data.columns.key` if left out.
        edge_types: list column with a text for each of the edges: what it is.
        open_edges: whether edges to nodes that are not in the data are left out; else they are an error.

    Returns:
        Of each side `graph_nodes`, `graph_edges`, `graph_density` (edges over those possible), `graph_components`, `largest_component_share` of nodes,
        `graph_clustering` (mean over nodes), `degree_assortativity`. With a baseline the first four as a ratio and the others as a change, and the
        distance of the distributions over nodes, by `measure`: `ks_distance` and `psi` (on the baseline's deciles) of in-degree and out-degree, or
        degree, and of clustering. With types the share of each, and the total variation distance of the shares. Renaming nodes changes nothing.

    Raises:
        CheckError: no id is named, or there are no rows to read.
        DataError: the rows are no graph.

    Source: clustering: Watts, Strogatz 1998; assortativity: Newman 2002; total variation: Levin, Peres, Wilmer 2009, proposition 4.2.
    """
    keys = list(context.columns.get("key") or [])
    named = node or (keys[0] if len(keys) == 1 else None)
    if not named:
        raise CheckError("no column says which node a row is; name it: with: {node: ...}, or data.columns.key")
    layout = Layout(named, edges, directed, types=edge_types, open=open_edges)
    sides = {"current": _shape(profiles, context.dataset, "current", layout)}
    if profiles.baseline is not None:
        sides["baseline"] = _shape(profiles, context.baseline, "baseline", layout)
    current, baseline = sides["current"], sides.get("baseline")
    found = [_fact(name, shape, side) for side, shape in sides.items() for name in FACTS]
    found += [_moved(name, current, baseline) for name in (*RATIOS, *CHANGES)]
    for measure in current.measures:
        found += _distances(measure, current, baseline)
    if edge_types is not None:
        found += _types(sides)
    return Measurement.of("graph-structure", found, notes=("edges to nodes that are not in the data are left out",) if open_edges else ())


def _shape(profiles: Profiles, dataset: Dataset | None, side: str, layout: Layout) -> GraphShape:
    if dataset is None:
        raise CheckError(f"the rows of the {side} data cannot be read here, and a graph is made of rows")
    rows, _ = read_columns(profiles, dataset, side, layout.columns)
    if not rows.num_rows:
        raise CheckError(f"the {side} data has no rows")
    return shape_of(read_nodes(rows, layout), directed=layout.directed)


def _fact(name: str, shape: GraphShape, side: str) -> Metric:
    value = shape.facts[name]
    return Metric(name, value, {"side": side}, n=shape.nodes, reason=_without(name) if math.isnan(value) else None)


def _without(name: str) -> str:
    return "a single node has no density" if name == "graph_density" else "all edges join nodes of one degree, or there are none"


def _moved(name: str, current: GraphShape, baseline: GraphShape | None) -> Metric:
    """The current value over the baseline's, or less it."""
    metric = f"{name}_{'ratio' if name in RATIOS else 'change'}"
    if baseline is None:
        return Metric(metric, None, n=current.nodes, reason=_NO_BASELINE)
    new, old = current.facts[name], baseline.facts[name]
    if math.isnan(new) or math.isnan(old):
        return Metric(metric, None, n=current.nodes, reason=_without(name))
    if name in CHANGES:
        return Metric(metric, new - old, n=current.nodes)
    if not old:
        return Metric(metric, None, n=current.nodes, reason="the baseline has no edges")
    return Metric(metric, new / old, n=current.nodes)


def _distances(measure: str, current: GraphShape, baseline: GraphShape | None) -> Iterator[Metric]:
    where = {"measure": measure}
    if baseline is None:
        yield from (Metric(name, None, where, n=current.nodes, reason=_NO_BASELINE) for name in ("ks_distance", "psi"))
        return
    old, new = baseline.measures[measure], current.measures[measure]
    yield Metric("ks_distance", _ks(old, new), where, n=current.nodes)
    yield Metric("psi", _psi(old, new), where, n=current.nodes)


def _ks(old: Floats, new: Floats) -> float:
    """Largest distance of the two distribution functions."""
    import numpy as np

    values = np.unique(np.concatenate([old, new]))
    below = [np.searchsorted(np.sort(side), values, side="right") / len(side) for side in (old, new)]
    return float(np.abs(below[0] - below[1]).max())


def _psi(old: Floats, new: Floats) -> float:
    """On bins that end at the baseline's deciles, the last one open."""
    import numpy as np

    edges = np.unique(np.quantile(old, np.arange(1, _BINS) / _BINS, method="inverted_cdf"))
    shares = [np.bincount(np.searchsorted(edges, side, side="left"), minlength=len(edges) + 1) / len(side) for side in (old, new)]
    there = shares[0] + shares[1] > 0  # a bin that nobody is in is none
    return psi(shares[0][there].tolist(), shares[1][there].tolist())


def _types(sides: Mapping[str, GraphShape]) -> Iterator[Metric]:
    names = sorted({name for shape in sides.values() for name in shape.types})
    for side, shape in sides.items():
        counts = {name: shape.types.get(name, 0) for name in names}
        rests = rests_on(counts)
        for name, count in counts.items():
            yield (Metric("edge_type_share", count / shape.edges, {"type": name, "side": side}, n=rests[name]) if shape.edges else
                   Metric("edge_type_share", None, {"type": name, "side": side}, n=0, reason="there are no edges"))
    current, baseline = sides["current"], sides.get("baseline")
    if baseline is None or not baseline.edges or not current.edges:
        yield Metric("edge_type_distance", None, n=current.edges, reason=_NO_BASELINE if baseline is None else "a side has no edges")
        return
    apart = sum(abs(current.types.get(name, 0) / current.edges - baseline.types.get(name, 0) / baseline.edges) for name in names)
    yield Metric("edge_type_distance", apart / 2, n=current.edges)
