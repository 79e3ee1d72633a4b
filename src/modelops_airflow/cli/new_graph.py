"""modelops new graph: one table of nodes with their edges, from tables or GraphML."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import DataError
from .options import HERE, Json, Root
from .written import tell

if TYPE_CHECKING:
    import pyarrow as pa

_SUFFIXES = (".parquet", ".csv")


def graph(
    out: Annotated[str, typer.Option("--out", help="The Parquet file to write, below the project's folder.")],
    nodes: Annotated[Path | None, typer.Option("--nodes", help="Parquet or CSV file: a row a node.")] = None,
    edges: Annotated[Path | None, typer.Option("--edges", help="Parquet or CSV file: a row an edge.")] = None,
    graphml: Annotated[Path | None, typer.Option("--graphml", help="A GraphML file, instead of both.")] = None,
    node: Annotated[str, typer.Option("--id", help="Column of the nodes' ids.")] = "id",
    source: Annotated[str, typer.Option("--source", help="Column of the edges: where they begin.")] = "source",
    target: Annotated[str, typer.Option("--target", help="Column of the edges: where they end.")] = "target",
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Write a graph as one table, a row a node: `edges` lists the nodes it points to, `edge_NAME` what else is known of each edge."""
    from pyarrow import parquet

    from ..data.edge_table import EDGES, with_edges
    from ..spec.project import Project

    if (graphml is None) == (nodes is None and edges is None) or (nodes is None) != (edges is None):
        raise DataError("expected --nodes and --edges, or --graphml")
    path = Project.around(root).resolve(out)
    if path.suffix != ".parquet":
        raise DataError(f"{out} does not end in .parquet, and CSV has no lists; name another file with --out")
    if path.exists():
        raise DataError(f"{out} is there already; name another file with --out")
    directed = ""
    if graphml is not None:
        from ..data.graphml import read_graphml

        one, other, with_direction = read_graphml(graphml.read_bytes(), graphml.name)
        node, source, target, directed = "id", "source", "target", f", directed: {str(with_direction).lower()}"
    else:
        assert nodes is not None and edges is not None  # noqa: S101 - for the type checker; looked at above
        one, other = _read(nodes), _read(edges)
    table = with_edges(one, other, node=node, source=source, target=target)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        parquet.write_table(table, file)
    tell([path], json=json, then=f"name it under data, with columns: {{key: [{node}]}}, and in the graph model: node: {node}, edges: {EDGES}{directed}")


def _read(path: Path) -> pa.Table:
    from ..data.dataset import Dataset

    if path.suffix.lower() not in _SUFFIXES or not path.is_file():
        raise DataError(f"{path} is no file that ends in {' or '.join(_SUFFIXES)}")
    return Dataset(path.name, files=(path,)).read()
