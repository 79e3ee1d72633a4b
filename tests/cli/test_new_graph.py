"""modelops new graph: tables and GraphML become one table of nodes, and nothing of a file is believed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import networkx as nx
import pyarrow.parquet as pq
import pytest

Call = Callable[..., Any]
NODES = "id,region\na,north\nb,south\nc,south\n"
EDGES = "source,target,amount\na,b,3\nc,b,5\na,c,7\n"


@pytest.fixture
def files(project: Path) -> Path:
    (project / "nodes.csv").write_text(NODES)
    (project / "edges.csv").write_text(EDGES)
    return project


def converted(modelops: Call, folder: Path, *arguments: str) -> Any:
    return modelops("new", "graph", "--nodes", folder / "nodes.csv", "--edges", folder / "edges.csv", "--out", "graph.parquet", "--root", folder, *arguments)


def test_two_tables_become_one(modelops: Call, files: Path) -> None:
    told = converted(modelops, files, "--json")
    assert told.code == 0, told.err
    assert "edges: edges" in json.loads(told.out)["next"]
    assert pq.read_table(files / "graph.parquet").to_pydict() == {
        "id": ["a", "b", "c"], "region": ["north", "south", "south"], "edges": [["b", "c"], [], ["b"]], "edge_amount": [[3, 7], [], [5]]}


@pytest.mark.parametrize("directed", [False, True])
def test_a_graphml_file_becomes_one_that_is_scored_as_the_library_does(modelops: Call, project: Path, directed: bool) -> None:
    from modelops_airflow.data.node_table import Layout, read_nodes

    graph = nx.gnp_random_graph(30, 0.1, seed=1, directed=directed)
    nx.set_node_attributes(graph, {node: {"region": f"r{node % 3}", "size": node} for node in graph})
    nx.set_edge_attributes(graph, {edge: {"weight": 1.5} for edge in graph.edges})
    nx.write_graphml(graph, project / "g.graphml")
    told = modelops("new", "graph", "--graphml", project / "g.graphml", "--out", "g.parquet", "--root", project)
    assert told.code == 0, told.err
    assert f"directed: {str(directed).lower()}" in told.out
    table = pq.read_table(project / "g.parquet")
    found = read_nodes(table, Layout("id", "edges", directed, weights="edge_weight"))
    names = table["id"].to_pylist()
    by_place = {int(place): int(name) for place, name in zip(found.place, names, strict=True)}
    edges = {(by_place[int(one)], by_place[int(other)]) for one, other in zip(found.sources, found.targets, strict=True)}
    assert {frozenset(edge) if not directed else edge for edge in edges} == {frozenset(edge) if not directed else edge for edge in graph.edges}
    assert table["region"].to_pylist() == [f"r{int(name) % 3}" for name in names]


@pytest.mark.parametrize(("head", "told"), [
    ('<!DOCTYPE graphml [<!ENTITY a "b">]>', "declares a DOCTYPE"), ("<!doctype graphml SYSTEM 'file:///etc/passwd'>", "declares a DOCTYPE"),
    ("<!  DOCTYPE x>", "declares a DOCTYPE"), ("<zebra>", "cannot be read as GraphML"),
])
def test_document_types_and_entities_are_refused(modelops: Call, project: Path, head: str, told: str) -> None:
    body = '<graphml xmlns="http://graphml.graphdrawing.org/xmlns"><graph edgedefault="directed"><node id="n"/></graph></graphml>'
    (project / "g.graphml").write_text(f"{head}{body}")
    answer = modelops("new", "graph", "--graphml", project / "g.graphml", "--out", "g.parquet", "--root", project)
    assert answer.code == 2 and told in answer.err and not (project / "g.parquet").exists()
    (project / "g.graphml").write_bytes(f'<?xml version="1.0" encoding="utf-16"?>{head}{body}'.encode("utf-16"))
    again = modelops("new", "graph", "--graphml", project / "g.graphml", "--out", "g.parquet", "--root", project)
    assert again.code == 2 and "not UTF-8" in again.err
    (project / "g.graphml").write_text(body)
    assert modelops("new", "graph", "--graphml", project / "g.graphml", "--out", "g.parquet", "--root", project).code == 0, "the control"


@pytest.mark.parametrize(("edges", "told"), [
    ("source,target\na,z\n", "points to node 'z'"), ("source,target\nz,a\n", "row 0 of the edges begins at 'z', which is no node"),
    ("source,target\na,b\na,b\n", "is there twice"), ("source,target\na,a\n", "points to itself"), ("source,to\na,b\n", "no column 'target'"),
    ("source,target\n1,2\n", "expected the same type"),
])
def test_edges_that_are_none_are_told(modelops: Call, files: Path, edges: str, told: str) -> None:
    (files / "edges.csv").write_text(edges)
    answer = converted(modelops, files)
    assert answer.code == 2 and told in answer.err and not (files / "graph.parquet").exists()


@pytest.mark.parametrize(("arguments", "told"), [
    (("--out", "x.parquet"), "expected --nodes and --edges, or --graphml"), (("--nodes", "n.csv", "--out", "x.parquet"), "expected --nodes and --edges"),
    (("--nodes", "n.csv", "--edges", "e.csv", "--out", "x.csv"), "CSV has no lists"), (("--graphml", "g", "--out", "../x.parquet"), "leads outside the project root"),
    (("--nodes", "n.txt", "--edges", "e.csv", "--out", "x.parquet"), "is no file that ends in"),
])
def test_what_cannot_be_asked_is_told(modelops: Call, project: Path, arguments: tuple[str, ...], told: str) -> None:
    answer = modelops("new", "graph", *arguments, "--root", project)
    assert answer.code == 2 and told in answer.err + answer.out


def test_a_file_that_is_there_is_never_written_over(modelops: Call, files: Path) -> None:
    assert converted(modelops, files).code == 0
    before = (files / "graph.parquet").read_bytes()
    again = converted(modelops, files)
    assert again.code == 2 and "is there already" in again.err and (files / "graph.parquet").read_bytes() == before
