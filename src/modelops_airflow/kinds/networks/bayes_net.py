"""Bayesian networks: exact inference over what each row knows.

Probabilities are told with ten significant digits: the library multiplies in an order of its own, which shows in the last ones.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ...data.values import UNKNOWN, named, sort_key
from ...errors import ArtifactError, DataError
from ..kind import Findings, Kind, Scorer, VerifiedArtifact, kind, missing_extra
from ..looks import found_by
from .bayes_network import Network
from .bif import read_bif
from .xmlbif import is_xml, read_xmlbif

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

DIGITS = 10
LARGEST = 20 << 20
"""Bytes of a file."""
LARGEST_CLIQUE = 10_000_000
"""Numbers of the largest table that exact inference needs."""


@kind("bayes-net", suffixes=(".bif", ".xml", ".xmlbif", ".bifxml"), extra="bayes-net")
class BayesNet(Kind):
    """A discrete Bayesian network in BIF or XMLBIF, asked by exact inference for the probability of one of its variables."""

    accepts = ("text",)

    def findings(self, data: bytes) -> Findings:
        """Mistakes of the file; tables that are no probabilities; document types and entities."""
        return found_by(lambda: _network(data))

    def described(self, data: bytes) -> Mapping[str, str]:
        """How large the network is."""
        network = _network(data)
        numbers = sum(len(row) for one in network.variables for row in one.table)
        return {"variables": str(len(network.variables)), "edges": str(sum(len(one.parents) for one in network.variables)), "probabilities": str(numbers)}

    def load(self, artifact: VerifiedArtifact, *, target: str, hidden: Sequence[str] = ()) -> Scorer:
        """The network, ready to be asked.

        Args:
            target: the variable to tell. The prediction is its most probable label, the score, where there are two, the probability of the one
                that sorts last.
            hidden: variables that the data does not have; all others must be columns.

        Raises:
            ArtifactError: a variable is not in the network, or exact inference would take too much memory.
        """
        network = _network(artifact.bytes)
        unknown = [one for one in (target, *hidden) if one not in network.names]
        if unknown or target in hidden:
            raise ArtifactError(f"the network has no variable {unknown[0]!r}; variables: {', '.join(network.names)[:300]}" if unknown else
                                f"variable {target!r} is the target and cannot be hidden")
        return _Asked(network, target, [one for one in network.names if one != target and one not in hidden])


def _network(data: bytes) -> Network:
    if len(data) > LARGEST:
        raise ArtifactError(f"the network has {len(data) >> 20} MiB; expected at most {LARGEST >> 20}")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise ArtifactError("the network is not UTF-8 text") from None
    return read_xmlbif(text) if is_xml(text) else read_bif(text)


class _Asked(Scorer):
    def __init__(self, network: Network, target: str, evidence: Sequence[str]) -> None:
        try:
            import pyagrum
        except ImportError:
            raise missing_extra("bayes-net", "bayes-net") from None
        self._network, self._target, self._evidence = network, target, evidence
        self._number = {name: number for number, name in enumerate(network.names)}
        library: Any = pyagrum
        self._net = _built(library, network, self._number)
        _demand_small(library, self._net, network)
        self._begin = library.LazyPropagation

    def score(self, rows: pa.Table) -> pa.Table:
        """The most probable label of the target; with two labels the probability of the one that sorts last.

        Raises:
            ArtifactError: a column is missing, a value is no label of its variable, or the network holds what a row says for impossible.
        """
        import numpy as np
        import pyarrow as pa

        labels = self._network[self._target].labels
        asked, of_row = np.unique(self._known(rows), axis=0, return_inverse=True)
        answers = np.array([self._answer(one, of_row, place) for place, one in enumerate(asked.tolist())]).reshape(-1, len(labels))
        found = answers[of_row.reshape(-1)]
        told = {"prediction": pa.array([labels[place] for place in found.argmax(axis=1).tolist()], pa.string())}
        if len(labels) == 2:
            told["score"] = pa.array(found[:, labels.index(max(labels, key=sort_key))])
        return pa.table(told)

    def _known(self, rows: pa.Table) -> np.ndarray[Any, np.dtype[np.int64]]:
        """For each row the place of each variable's label; -1 where it is missing."""
        import numpy as np

        missing = [name for name in self._evidence if name not in rows.column_names]
        if missing:
            raise ArtifactError(f"the network needs columns the data does not have: {', '.join(missing)}; name those that nobody knows in the option hidden")
        found = np.full((rows.num_rows, len(self._evidence)), -1, dtype=np.int64)
        for place, name in enumerate(self._evidence):
            own = {label: number for number, label in enumerate(self._network[name].labels)}
            try:
                names, codes = named(rows[name])
            except DataError as error:
                raise ArtifactError(f"column {name!r} cannot be read as labels: {error}") from None
            for code, label in enumerate(names):
                if label != UNKNOWN and label not in own and (codes == code).any():
                    raise ArtifactError(f"row {int((codes == code).argmax())} has {label!r} in column {name!r}; the network knows {', '.join(own)[:200]}")
            found[:, place] = np.array([own.get(label, -1) for label in names] or [-1])[codes]
        return found

    def _answer(self, places: Sequence[int], of_row: Any, asked: int) -> list[float]:
        evidence = {self._number[name]: place for name, place in zip(self._evidence, places, strict=True) if place >= 0}
        try:
            inference: Any = self._begin(self._net)  # a new one: it remembers what it was asked before
            inference.setNumberOfThreads(1)
            inference.setTargets({self._number[self._target]})
            inference.setEvidence(evidence)
            inference.makeInference()
            found: list[float] = inference.posterior(self._number[self._target]).tolist()
            possible = inference.evidenceProbability() > 0  # the posterior alone does not look at what is apart from the target
        except Exception as error:  # the library raises types of its own, for what is impossible among others
            raise ArtifactError(f"the network cannot tell {self._target!r} of row {int((of_row.reshape(-1) == asked).argmax())}: {str(error).splitlines()[0][:200]}") from None
        if not possible:
            raise ArtifactError(f"the network cannot tell {self._target!r} of row {int((of_row.reshape(-1) == asked).argmax())}: it holds what the row says for impossible")
        if not all(0 <= one <= 1 + 1e-9 for one in found) or abs(math.fsum(found) - 1) > 1e-6:
            raise ArtifactError(f"the inference answered {found} for row {int((of_row.reshape(-1) == asked).argmax())}, which are no probabilities")
        return [float(f"{one:.{DIGITS}g}") for one in found]


def _built(pyagrum: Any, network: Network, number: Mapping[str, int]) -> Any:
    """The library's network of numbers alone: names and labels of the file stay here."""
    net = pyagrum.BayesNet()
    for name in network.names:
        net.add(pyagrum.LabelizedVariable(f"v{number[name]}", "", len(network[name].labels)), number[name])
    for one in network.variables:
        for parent in one.parents:
            net.addArc(number[parent], number[one.name])
    for one in network.variables:
        table = net.cpt(number[one.name])
        if not one.parents:
            table[:] = list(one.table[0])
            continue
        sizes = [len(network[parent].labels) for parent in one.parents]
        for row, distribution in enumerate(one.table):
            table[{f"v{number[parent]}": place for parent, place in zip(one.parents, _places(row, sizes), strict=True)}] = list(distribution)
    return net


def _places(row: int, sizes: Sequence[int]) -> list[int]:
    """The label of each parent in a row of a table; the first parent's varies slowest."""
    found = []
    for size in reversed(sizes):
        row, place = divmod(row, size)
        found.append(place)
    return found[::-1]


def _demand_small(pyagrum: Any, net: Any, network: Network) -> None:
    tree = pyagrum.JunctionTreeGenerator().junctionTree(net)
    largest = max(math.prod(len(network.variables[node].labels) for node in tree.clique(one)) for one in tree.nodes())
    if largest > LARGEST_CLIQUE:
        raise ArtifactError(f"exact inference needs a table of {largest:,} numbers; expected at most {LARGEST_CLIQUE:,}; take a network with fewer parents")
