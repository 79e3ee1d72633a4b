"""The file of a graph model: which algorithm, over which columns, read with the same strict reader as every other file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ...data.node_table import Layout
from ...errors import ArtifactError
from ...spec.problem import Problem, SpecError
from ...spec.types import Strict
from ...spec.validate import validated

ALGORITHMS = ("degree", "in-degree", "out-degree", "pagerank", "clustering", "betweenness", "closeness", "core-number", "component-size", "label-propagation")
WEIGHTED = ("degree", "in-degree", "out-degree", "pagerank", "label-propagation")
DAMPING = 0.85


class _File(Strict):
    graph: Literal[1]
    algorithm: Literal["degree", "in-degree", "out-degree", "pagerank", "clustering", "betweenness", "closeness", "core-number", "component-size",
                       "label-propagation"]
    node: str
    edges: str
    directed: bool
    weights: str | None = None
    open: bool = False
    damping: float | None = None
    seed: str | None = None
    cut: float | None = None


@dataclass(frozen=True)
class GraphModel:
    """What a node's number is, and from which number on the prediction is 1.

    Attributes:
        damping: of pagerank, above 0 and below 1.
        seed: of label propagation: column with 1 and 0 where the truth is known, and nothing elsewhere.
        cut: None: the number itself is the prediction.
    """

    algorithm: str
    layout: Layout
    damping: float
    seed: str | None
    cut: float | None


def parse_graph(text: str, file: str) -> GraphModel:
    """Parse a graph model.

    Raises:
        SpecError: every mistake, located.
    """
    document, spec = validated(text, file, _File)
    problems = [Problem(file, *document.mark((key,)), "SPEC012", why) for key, why in _clashes(spec).items()]
    if problems:
        raise SpecError(problems)
    layout = Layout(spec.node, spec.edges, spec.directed, spec.weights, open=spec.open)
    return GraphModel(spec.algorithm, layout, DAMPING if spec.damping is None else spec.damping, spec.seed, spec.cut)


def _clashes(spec: _File) -> dict[str, str]:
    """Keys that do not go together, and why."""
    found = {}
    if spec.weights is not None and spec.algorithm not in WEIGHTED:
        found["weights"] = f"{spec.algorithm} counts edges and takes no weights; those that do: {', '.join(WEIGHTED)}"
    if spec.algorithm in ("in-degree", "out-degree") and not spec.directed:
        found["directed"] = f"{spec.algorithm} needs edges with a direction; expected directed: true"
    if spec.damping is not None and spec.algorithm != "pagerank":
        found["damping"] = f"{spec.algorithm} has no damping; it belongs to pagerank"
    elif spec.damping is not None and not 0 < spec.damping < 1:
        found["damping"] = f"damping {spec.damping:g} is not permitted; expected above 0 and below 1"
    if (spec.seed is None) == (spec.algorithm == "label-propagation"):
        found["seed"] = f"{spec.algorithm} {'needs a seed: the column with 1 and 0 of nodes that are known' if spec.seed is None else 'has no seed'}"
    return found


def graph_model(data: bytes) -> GraphModel:
    """The graph model of an artifact.

    Raises:
        ArtifactError: it is not UTF-8 text.
        SpecError: every mistake, located.
    """
    try:
        return parse_graph(data.decode("utf-8"), "graph model")
    except UnicodeDecodeError:
        raise ArtifactError("the graph model is not UTF-8 text") from None
