"""The commands, the model and the steps of docs/how-to/govern-a-graph.md work as written."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

import networkx as nx
import pytest

from modelops_airflow.checks import CHECKS
from modelops_airflow.kinds.networks.graph_file import ALGORITHMS, graph_model

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/how-to/govern-a-graph.md").read_text(encoding="utf-8")
NEW, GRAPHML, CHECK = re.findall(r"^modelops .+$", PAGE, re.MULTILINE)
MODEL, COLUMNS, STEP = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
EXAMPLE = (ROOT / "dags/models/payment-network.yaml").read_text(encoding="utf-8")


def told(command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    from modelops_airflow.cli import main

    monkeypatch.setattr(sys, "argv", shlex.split(command))
    try:
        main()
    except SystemExit as end:
        assert not end.code, capsys.readouterr().err
    return capsys.readouterr().out


@pytest.mark.parametrize("command", [NEW, GRAPHML])
def test_tables_and_graphml_become_a_graph(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "dags").mkdir()
    (tmp_path / "nodes.csv").write_text("id\na\nb\n")
    (tmp_path / "edges.csv").write_text("source,target\na,b\n")
    nx.write_graphml(nx.path_graph(3), tmp_path / "network.graphml")
    monkeypatch.chdir(tmp_path)
    assert "edges: edges" in told(command, monkeypatch, capsys) and (tmp_path / "graph.parquet").exists()


def test_the_check_prints_what_the_page_names(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    shown = told(CHECK, monkeypatch, capsys)
    names = re.findall(r"^\| `(\w+)` \|", PAGE.partition("## Drift")[2], re.MULTILINE)
    assert len(names) == 8 and all(name in shown for name in names)
    assert set(names) <= set(CHECKS["graph-structure"].metrics)


def test_the_model_and_the_sections_are_those_of_the_example() -> None:
    model = graph_model(MODEL.encode())
    assert model == graph_model((ROOT / "examples/network/model-1.0.0.yaml").read_bytes())
    assert COLUMNS in EXAMPLE and STEP in EXAMPLE


def test_every_algorithm_is_told() -> None:
    rows = re.findall(r"^\| (`[a-z-]+`(?:, `[a-z-]+`)*) \|", PAGE.partition("## The model file")[0], re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"`([a-z-]+)`", row)} == set(ALGORITHMS)
