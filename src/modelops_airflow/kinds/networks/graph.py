"""Graph: a named algorithm over a table of nodes with their edges; the artifact says which, and holds no code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ...data.node_table import read_nodes
from ...errors import ArtifactError, DataError
from ...spec.problem import SpecError
from ..kind import Findings, Kind, Scorer, VerifiedArtifact, kind, missing_extra
from .graph_file import GraphModel, graph_model

if TYPE_CHECKING:
    import pyarrow as pa


@kind("graph", suffixes=(".yaml", ".yml"), extra="graph")
class Graph(Kind):
    """A measure of each node of a graph, such as pagerank or betweenness: a row is a node, a list column has its edges."""

    accepts = ("text",)

    def findings(self, data: bytes) -> Findings:
        """Mistakes of the text."""
        try:
            graph_model(data)
        except SpecError as error:
            return Findings(False, findings=tuple(str(problem) for problem in error.problems))
        return Findings(True)

    def described(self, data: bytes) -> Mapping[str, str]:
        """The algorithm, and the columns that make the graph."""
        model = graph_model(data)
        found = {"algorithm": model.algorithm, "columns": ", ".join(model.layout.columns), "edges": "directed" if model.layout.directed else "without direction"}
        return found | ({} if model.cut is None else {"cut": f"{model.cut:g}"})

    def load(self, artifact: VerifiedArtifact) -> Scorer:
        """The algorithm."""
        try:
            import networkx  # noqa: F401 - to say at once that it is missing
        except ImportError:
            raise missing_extra("graph", "graph") from None
        return _GraphScorer(graph_model(artifact.bytes))


class _GraphScorer(Scorer):
    ranks = True

    def __init__(self, model: GraphModel) -> None:
        self._model = model

    def score(self, rows: pa.Table) -> pa.Table:
        """The node's number as prediction; with a cut 1 from it on, else 0, and the number as score.

        Raises:
            ArtifactError: the rows are no graph, or the algorithm has no number for a node.
        """
        import numpy as np
        import pyarrow as pa

        from .graph_scores import node_scores

        try:
            table = read_nodes(rows, self._model.layout)
            found = node_scores(self._model, table, rows)[table.place]
        except DataError as error:
            raise ArtifactError(f"the graph cannot be scored: {error}") from None
        if not np.isfinite(found).all():
            raise ArtifactError(f"{self._model.algorithm} has no number for row {int((~np.isfinite(found)).argmax())}")
        if self._model.cut is None:
            return pa.table({"prediction": pa.array(found)})
        return pa.table({"prediction": pa.array((found >= self._model.cut).astype("int64")), "score": pa.array(found)})

    def notes(self) -> tuple[str, ...]:
        """What the graph leaves out."""
        return ("edges to nodes that are not in the data are left out",) if self._model.layout.open else ()
