"""The shape of graphs: networkx is the oracle; rewiring is seen, renaming and another draw of the same graph are not."""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np
import pyarrow as pa
import pytest
from asked import Rows
from worlds import by_where, profiles

from modelops_airflow.checks import CheckContext, run_check
from modelops_airflow.evidence.floor import floored
from modelops_airflow.measurement import Measurement, Status

NODES = 600


def table(graph: Any, names: Any = None, types: Any = None) -> pa.Table:
    """A networkx graph as a table of nodes."""
    named = names or {node: f"n{node}" for node in graph}
    ends = {node: [other for other in graph[node] if graph.is_directed() or node < other] for node in graph}
    columns: dict[str, Any] = {"id": [named[node] for node in graph], "to": pa.array([[named[other] for other in ends[node]] for node in graph], pa.list_(pa.string()))}
    if types is not None:
        columns["type"] = pa.array([[types(node, other) for other in ends[node]] for node in graph], pa.list_(pa.string()))
    return pa.table(columns)


def measured(current: pa.Table, baseline: pa.Table | None = None, **options: Any) -> Measurement:
    context = CheckContext(dataset=Rows(current), baseline=None if baseline is None else Rows(baseline), columns={"key": ["id"]})
    return run_check("graph-structure", profiles(current, baseline, id="id"), {"edges": "to", "directed": False} | options, context=context)


def small_world(seed: int) -> Any:
    """Neighbours of neighbours know each other, as customers and accounts do."""
    return nx.watts_strogatz_graph(NODES, 8, 0.1, seed=seed)


def rewired(graph: Any, share: float, seed: int = 5) -> Any:
    """A share of the edges lead to another node than before."""
    moved, draws = graph.copy(), np.random.default_rng(seed)
    edges = list(graph.edges())
    for place in draws.choice(len(edges), int(share * len(edges)), replace=False):
        one, other = edges[place]
        new = int(draws.integers(len(graph)))
        while new == one or moved.has_edge(one, new):
            new = int(draws.integers(len(graph)))
        moved.remove_edge(one, other)
        moved.add_edge(one, new)
    return moved


def numbers(found: Measurement) -> dict[tuple[str, ...], float | None]:
    return {(row.name, *row.where.values()): row.value for row in found.metrics}


@pytest.mark.parametrize("directed", [False, True])
def test_the_facts_are_those_of_the_library(directed: bool) -> None:
    graph = nx.gnp_random_graph(80, 0.05, seed=2, directed=directed)
    plain = graph.to_undirected()
    told = numbers(measured(table(graph), directed=directed))
    parts = [len(part) for part in nx.connected_components(plain)]
    expected = {"graph_nodes": 80, "graph_edges": graph.number_of_edges(), "graph_density": nx.density(graph), "graph_components": len(parts),
                "largest_component_share": max(parts) / 80, "graph_clustering": nx.average_clustering(plain),
                "degree_assortativity": nx.degree_assortativity_coefficient(plain)}
    assert {name: told[name, "current"] for name in expected} == pytest.approx(expected, rel=1e-9)


def test_distances_are_scipy_s_and_those_counted_by_hand() -> None:
    from scipy.stats import ks_2samp

    one, other = small_world(1), nx.gnp_random_graph(NODES, 8 / NODES, seed=1)
    told = numbers(measured(table(other), table(one)))
    degrees = [[degree for _, degree in graph.degree()] for graph in (one, other)]
    assert told["ks_distance", "degree"] == pytest.approx(ks_2samp(*degrees).statistic)
    assert told["ks_distance", "clustering"] == pytest.approx(ks_2samp(list(nx.clustering(one).values()), list(nx.clustering(other).values())).statistic)
    star, line = nx.star_graph(9), nx.path_graph(10)  # degrees 1 (nine times), 9; and 1, 1, 2 (eight times)
    hand = numbers(measured(table(line), table(star)))
    assert hand["psi", "degree"] == pytest.approx((0.9 - 0.2) * np.log(0.9 / 0.2) + (0.1 - 0.8) * np.log(0.1 / 0.8))
    assert (hand["graph_nodes_ratio",], hand["graph_edges_ratio",], hand["graph_clustering_change",]) == (1, 1, 0)


def test_one_edge_in_ten_that_is_rewired_is_seen_and_another_draw_is_not() -> None:
    """The noise is measured: eight other draws of the same kind of graph."""
    baseline = small_world(0)
    names = [("ks_distance", "clustering"), ("psi", "clustering"), ("graph_clustering_change",)]
    noise = [numbers(measured(table(small_world(seed)), table(baseline))) for seed in range(1, 9)]
    seen = numbers(measured(table(rewired(baseline, 0.1)), table(baseline)))
    for name in names:
        assert abs(seen[name] or 0) > 2 * max(abs(one[name] or 0) for one in noise), name
    little = numbers(measured(table(rewired(baseline, 0.002)), table(baseline)))
    assert (little["ks_distance", "clustering"] or 0) < (seen["ks_distance", "clustering"] or 0) / 5


@pytest.mark.parametrize("directed", [False, True])
def test_renaming_nodes_and_moving_rows_change_nothing(directed: bool) -> None:
    graph, draws = nx.gnp_random_graph(200, 0.03, seed=4, directed=directed), np.random.default_rng(0)
    names = {node: f"m{other}" for node, other in enumerate(draws.permutation(200))}
    renamed = table(graph, names).take(pa.array(draws.permutation(200)))
    told = numbers(measured(renamed, table(graph), directed=directed))
    assert all(value == 0 for (name, *_), value in told.items() if name in ("ks_distance", "psi"))
    assert all(value == 1 for (name, *_), value in told.items() if name.endswith("_ratio"))
    assert all(value == pytest.approx(0, abs=1e-12) for (name, *_), value in told.items() if name.endswith("_change"))


def test_reversing_the_edges_is_seen_where_they_have_a_direction() -> None:
    star = nx.DiGraph([(0, other) for other in range(1, 30)])
    told = numbers(measured(table(star.reverse()), table(star), directed=True))
    assert told["ks_distance", "in-degree"] == pytest.approx(28 / 30) and told["ks_distance", "out-degree"] == pytest.approx(28 / 30)
    assert numbers(measured(table(star.reverse().to_undirected()), table(star.to_undirected())))["ks_distance", "degree"] == 0


def test_types_of_edges_are_compared_and_few_are_not_shown() -> None:
    graph = nx.path_graph(101)
    half = table(graph, types=lambda one, _other: "card" if one < 50 else "cash")
    other = table(graph, types=lambda one, _other: "card" if one < 75 else "cash" if one < 95 else "gold")
    found = measured(other, half, edge_types="type")
    told = numbers(found)
    assert told["edge_type_share", "card", "current"] == 0.75 and told["edge_type_share", "gold", "baseline"] == 0
    assert told["edge_type_distance",] == pytest.approx((0.25 + 0.30 + 0.05) / 2)
    assert numbers(floored(found))["edge_type_share", "gold", "current"] is None, "five edges"


def test_without_a_baseline_there_is_no_distance() -> None:
    found = measured(table(nx.path_graph(20)))
    assert found.status is Status.MEASURED
    for name in ("graph_nodes_ratio", "degree_assortativity_change"):
        row = by_where(found.metrics, name)
        assert row.value is None and "no baseline" in row.reason
    assert numbers(found)["psi", "degree"] is None


def test_a_graph_without_edges_has_reasons_and_no_numbers() -> None:
    empty, line = nx.empty_graph(20), nx.path_graph(20)
    found = measured(table(line, types=lambda *_: "a"), table(empty, types=lambda *_: "a"), edge_types="type")
    assert found.status is Status.MEASURED
    told = numbers(found)
    assert told["degree_assortativity", "baseline"] is None and told["graph_edges_ratio",] is None and told["edge_type_distance",] is None
    assert told["graph_components", "baseline"] == 20


@pytest.mark.parametrize(("current", "options", "told"), [
    (table(nx.path_graph(3)), {"edges": "nowhere"}, "columns the data does not have: nowhere"), (table(nx.path_graph(3)), {"edges": "id"}, "expected lists"),
    (pa.table({"id": ["a"], "to": [["b"]]}), {}, "points to node 'b', which is not in column 'id'"),
    (pa.table({"id": ["a", "a"], "to": pa.array([[], []], pa.list_(pa.string()))}), {}, "is there twice"),
])
def test_rows_that_are_no_graph_are_an_error(current: pa.Table, options: dict[str, Any], told: str) -> None:
    found = measured(current, **options)
    assert found.status is Status.ERROR and told in found.notes[0]


def test_edges_that_lead_out_can_be_left_out() -> None:
    found = measured(pa.table({"id": ["a"], "to": [["b"]]}), open_edges=True)
    assert numbers(found)["graph_edges", "current"] == 0 and "left out" in found.notes[0]


def test_without_rows_or_an_id_nothing_is_measured() -> None:
    rows = table(nx.path_graph(3))
    told = run_check("graph-structure", profiles(rows), {"edges": "to", "directed": False}, context=CheckContext(dataset=Rows(rows)))
    assert "no column says which node a row is" in told.notes[0]
    unread = run_check("graph-structure", profiles(rows), {"edges": "to", "directed": False, "node": "id"})
    assert "cannot be read here" in unread.notes[0]
