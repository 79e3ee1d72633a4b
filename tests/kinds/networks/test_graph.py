"""Graphs: numbers against networkx and hand counts, the same for every order of rows and every naming of nodes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import networkx as nx
import numpy as np
import pyarrow as pa
import pytest
from artifacts import clean

from modelops_airflow.digest import digest_bytes
from modelops_airflow.errors import ArtifactError
from modelops_airflow.kinds import Scorer, open_model, scan, verify
from modelops_airflow.kinds.networks.graph_file import ALGORITHMS

DIRECTED = {"in-degree": True, "out-degree": True}


def artifact(**keys: Any) -> bytes:
    named = {"graph": 1, "algorithm": "degree", "node": "id", "edges": "to", "directed": False} | keys
    return "".join(f"{key}: {str(value).lower() if isinstance(value, bool) else value}\n" for key, value in named.items()).encode()


def loaded(**keys: Any) -> Scorer:
    data = artifact(**keys)
    report = scan("graph", data, file="model.yaml")
    assert clean(report), report.notes
    return open_model(verify("graph", data, digest_bytes(data), report))


def table(graph: Any, names: Mapping[int, Any] | None = None, **columns: Any) -> pa.Table:
    """A networkx graph as a table of nodes; `seed` is 1, 0 or missing by the node's number."""
    named = names or {node: node for node in graph}
    edges = [[named[other] for other in graph[node] if graph.is_directed() or node < other] for node in graph]
    weights = [[float(graph[node][other].get("weight", 1)) for other in graph[node] if graph.is_directed() or node < other] for node in graph]
    kind = pa.list_(pa.string() if isinstance(next(iter(named.values())), str) else pa.int64())
    return pa.table({"id": [named[node] for node in graph], "to": pa.array(edges, kind), "weight": pa.array(weights, pa.list_(pa.float64())),
                     "seed": pa.array([{0: 1, 1: 0}.get(node % 9) for node in graph], pa.int64()), **columns})


def values(answer: pa.Table, column: str = "prediction") -> list[float]:
    return [float(one) for one in answer[column].to_pylist()]


def keys_of(algorithm: str) -> dict[str, Any]:
    return {"algorithm": algorithm, "directed": DIRECTED.get(algorithm, False)} | ({"seed": "seed"} if algorithm == "label-propagation" else {})


def some_graph(directed: bool = False, seed: int = 3) -> Any:
    graph = nx.gnp_random_graph(60, 0.06, seed=seed, directed=directed)
    draws = np.random.default_rng(seed)
    for _, _, facts in graph.edges(data=True):
        facts["weight"] = float(draws.integers(1, 9))
    return graph


ORACLES = {
    "pagerank": lambda graph: nx.pagerank(graph, tol=1e-14, max_iter=1000, weight=None), "clustering": nx.clustering,
    "betweenness": nx.betweenness_centrality, "closeness": nx.closeness_centrality,
    "core-number": lambda graph: nx.core_number(graph.to_undirected()), "degree": lambda graph: dict(graph.degree()),
}


@pytest.mark.parametrize("directed", [False, True])
@pytest.mark.parametrize("algorithm", ORACLES)
def test_each_number_is_the_library_s(algorithm: str, directed: bool) -> None:
    graph = some_graph(directed)
    expected = ORACLES[algorithm](graph)
    assert values(loaded(algorithm=algorithm, directed=directed).score(table(graph))) == pytest.approx([expected[node] for node in graph], rel=1e-9, abs=1e-15)


def test_degrees_and_components_of_a_graph_that_is_counted_by_hand() -> None:
    rows = pa.table({"id": ["a", "b", "c", "d"], "to": [["b", "c"], ["c"], [], []], "w": [[2.0, 3.0], [5.0], [], []]})
    assert values(loaded(algorithm="out-degree", directed=True).score(rows)) == [2, 1, 0, 0]
    assert values(loaded(algorithm="in-degree", directed=True).score(rows)) == [0, 1, 2, 0]
    assert values(loaded(algorithm="degree").score(rows)) == [2, 2, 2, 0]
    assert values(loaded(algorithm="degree", weights="w").score(rows)) == [5, 7, 8, 0]
    assert values(loaded(algorithm="component-size", directed=True).score(rows)) == [3, 3, 3, 1]
    assert values(loaded(algorithm="core-number").score(rows)) == [2, 2, 2, 0]


def test_weighted_pagerank_is_the_library_s() -> None:
    graph = some_graph(directed=True)
    expected = nx.pagerank(graph, alpha=0.7, tol=1e-14, max_iter=1000)
    found = loaded(algorithm="pagerank", directed=True, weights="weight", damping=0.7).score(table(graph))
    assert values(found) == pytest.approx([expected[node] for node in graph], rel=1e-9)


def test_label_propagation_is_the_mean_of_the_neighbours() -> None:
    """A path with its ends known rises in equal steps (Zhu, Ghahramani, Lafferty 2003); what no seed reaches has the mean of the seeds."""
    rows = pa.table({"id": [0, 1, 2, 3, 4, 5], "to": [[1], [2], [3], [4], [], []], "seed": pa.array([0, None, None, None, 1, None], pa.int64())})
    assert values(loaded(**keys_of("label-propagation")).score(rows)) == pytest.approx([0, 0.25, 0.5, 0.75, 1, 0.5], abs=1e-9)
    graph = some_graph()
    found = np.array(values(loaded(**keys_of("label-propagation"), weights="weight").score(table(graph))))
    for node in max(nx.connected_components(graph), key=len):
        if node % 9 > 1:
            around = graph[node]
            assert found[node] == pytest.approx(sum(found[other] * facts["weight"] for other, facts in around.items()) / sum(facts["weight"] for facts in around.values()))


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_the_order_of_rows_and_the_names_of_nodes_change_nothing(algorithm: str) -> None:
    graph, draws = some_graph(DIRECTED.get(algorithm, False)), np.random.default_rng(1)
    model, rows = loaded(**keys_of(algorithm)), table(graph)
    first = values(model.score(rows))
    order = draws.permutation(len(first))
    moved = values(model.score(rows.take(pa.array(order))))
    assert moved == [first[place] for place in order], "exactly"
    for names in ({node: int(one) for node, one in enumerate(draws.permutation(len(first)))}, {node: f"n{draws.random()}" for node in graph}):
        assert values(model.score(table(graph, names))) == pytest.approx(first, rel=2e-9, abs=1e-12)
    assert [values(model.score(rows)) for _ in range(3)] == [first] * 3


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_another_graph_has_other_numbers(algorithm: str) -> None:
    """The control of the test before."""
    model = loaded(**keys_of(algorithm))
    one, other = (values(model.score(table(some_graph(DIRECTED.get(algorithm, False), seed)))) for seed in (3, 4))
    assert one != other


def test_an_edge_without_direction_may_be_written_at_either_end_or_both() -> None:
    model = loaded(algorithm="degree", weights="w")
    one = pa.table({"id": [1, 2], "to": pa.array([[2], []], pa.list_(pa.int64())), "w": pa.array([[4.0], []], pa.list_(pa.float64()))})
    both = pa.table({"id": [1, 2], "to": [[2], [1]], "w": [[4.0], [4.0]]})
    assert values(model.score(one)) == values(model.score(both)) == [4, 4]
    with pytest.raises(ArtifactError, match="between 1 and 2 has different weights at its ends"):
        model.score(both.set_column(2, "w", pa.array([[4.0], [5.0]])))


def test_from_the_cut_on_the_prediction_is_1() -> None:
    rows = pa.table({"id": [1, 2, 3], "to": pa.array([[2, 3], [], []], pa.list_(pa.int64()))})
    answer = loaded(cut=2).score(rows)
    assert answer["prediction"].to_pylist() == [1, 0, 0] and values(answer, "score") == [2, 1, 1]


def test_edges_that_lead_out_are_left_out_where_the_file_says_so() -> None:
    rows = pa.table({"id": ["a", "b"], "to": [["b", "zebra"], []]})
    open_ = loaded(open=True)
    assert values(open_.score(rows)) == [1, 1] and "left out" in open_.notes()[0]
    assert loaded().notes() == ()


@pytest.mark.parametrize(("rows", "told"), [
    ({"id": ["a", "b"], "to": [["b", "zebra"], []]}, "row 0 points to node 'zebra', which is not in column 'id'"),
    ({"id": ["a", "a"], "to": [[], ["a"]]}, "node 'a' is there twice in column 'id'"),
    ({"id": ["a", None], "to": [["a"], []]}, "row 1 has no id"),
    ({"id": ["a", "b"], "to": [["b"], None]}, "row 1 has no list"),
    ({"id": ["a", "b"], "to": [["b", None], []]}, "row 0 has a missing entry"),
    ({"id": ["a", "b"], "to": [["a"], []]}, "node 'a' points to itself"),
    ({"id": ["a", "b"], "to": [["b", "b"], []]}, "the edge from 'a' to 'b' is there twice"),
    ({"id": ["a", "b"], "to": ["b", "a"]}, "holds string; expected lists"),
    ({"id": [1, 2], "to": [["2"], []]}, "by large_string and column 'id' by int64; expected the same type"),
    ({"id": [1.5, 2.5], "to": [[2.5], []]}, "ids of column 'id' are double"),
    ({"id": ["a"]}, "needs columns the data does not have: to"),
])
def test_what_is_no_graph_is_told_by_row(rows: dict[str, Any], told: str) -> None:
    with pytest.raises(ArtifactError, match=told.replace("[", r"\[")):
        loaded().score(pa.table(rows))


@pytest.mark.parametrize(("weights", "told"), [
    ([[1.0, 2.0], [1.0]], "not as long as those of the edges"), ([[float("nan")], []], "row 0 has the weight nan"), ([[0.0], []], "row 0 has the weight 0"),
    ([["x"], []], "holds lists of string; expected numbers"),
])
def test_weights_that_are_none_are_told(weights: list[Any], told: str) -> None:
    with pytest.raises(ArtifactError, match=told):
        loaded(weights="w").score(pa.table({"id": ["a", "b"], "to": [["b"], []], "w": weights}))


@pytest.mark.parametrize("seeds", [[1, None], [1, 2], ["x", "y"], [float("inf"), 0]])
def test_seeds_that_are_not_both_1_and_0_are_an_error(seeds: list[Any]) -> None:
    with pytest.raises(ArtifactError, match="seeds of column 'seed'"):
        loaded(**keys_of("label-propagation")).score(pa.table({"id": ["a", "b"], "to": [["b"], []], "seed": seeds}))


def test_what_would_take_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("modelops_airflow.kinds.networks.graph_scores.MOST_STEPS", 100)
    with pytest.raises(ArtifactError, match="goes from each of 60 nodes"):
        loaded(algorithm="betweenness").score(table(some_graph()))
    assert loaded(algorithm="clustering").score(table(some_graph())).num_rows == 60


@pytest.mark.parametrize(("keys", "told"), [
    ({"algorithm": "page-rank"}, "algorithm"), ({"weights": "w", "algorithm": "clustering"}, "counts edges and takes no weights"),
    ({"algorithm": "in-degree"}, "expected directed: true"), ({"damping": 0.5}, "it belongs to pagerank"),
    ({"algorithm": "pagerank", "damping": 1}, "above 0 and below 1"), ({"algorithm": "label-propagation"}, "needs a seed"), ({"seed": "x"}, "has no seed"),
    ({"colour": "red"}, "colour"), ({"directed": "maybe"}, "directed"), ({"graph": 2}, "graph"), ({"cut": ".nan"}, ""),
])
def test_a_mistake_in_the_file_is_a_finding_with_its_line(keys: dict[str, Any], told: str) -> None:
    report = scan("graph", artifact(**keys), file="model.yaml")
    assert not clean(report)
    assert any("graph model:" in note and told in note for note in report.notes), report.notes


@pytest.mark.parametrize("data", [b"\xff\xfe", b"graph: 1\n", b"[]", b"rules: 1\n", b"graph: !!python/object:os.system {}\n"])
def test_what_is_no_graph_model_is_refused(data: bytes) -> None:
    assert not clean(scan("graph", data, file="model.yaml"))
