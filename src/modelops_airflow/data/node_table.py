"""A graph as one table: a row is a node, and a list column names the nodes that it points to.

Nodes are put into the order of their ids and edges into the order of their ends, so the order of rows changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import DataError
from .profile import NUMERIC
from .values import kind_of, numbers

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    Places = np.ndarray[Any, np.dtype[np.int64]]
    Floats = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Layout:
    """Which columns make the graph.

    Attributes:
        node: the node's id, a text or whole number, once each.
        edges: ids of the nodes that the row points to, each once a row.
        weights, types: lists with one entry for each of the edges.
        directed: whether an edge has a direction; one without may be written at either end or at both.
        open: whether edges to nodes that are not in the table are left out; else they are an error.
    """

    node: str
    edges: str
    directed: bool
    weights: str | None = None
    types: str | None = None
    open: bool = False

    @property
    def columns(self) -> list[str]:
        """All that are read."""
        return [one for one in (self.node, self.edges, self.weights, self.types) if one]


@dataclass(frozen=True)
class NodeTable:
    """A graph.

    Attributes:
        size: nodes, numbered in the order of their ids.
        place: number of the node of each row.
        sources, targets: numbers of the ends of each edge; without a direction the smaller one first, and each edge once.
        weights: of each edge, above 0; types: as texts.
    """

    size: int
    place: Places
    sources: Places
    targets: Places
    weights: Floats | None = None
    types: np.ndarray[Any, Any] | None = None


def read_nodes(rows: pa.Table, layout: Layout) -> NodeTable:
    """The graph of a table.

    Raises:
        DataError: a column is missing or of another type, an id is missing or there twice, an edge leads to an unknown node or to its own
            node or is there twice, a weight is not above 0, or both ends of an edge say different things of it.
    """
    import numpy as np

    lacking = [name for name in layout.columns if name not in rows.column_names]
    if lacking:
        raise DataError(f"the graph needs columns the data does not have: {', '.join(lacking)}; columns: {', '.join(rows.column_names)}")
    ids, place = _ids(rows[layout.node], layout.node)
    lists = _List(rows, layout.edges)
    targets, known = _known(lists, ids, layout)
    sources = place[lists.parents[known]]
    weights = None if layout.weights is None else _weights(_List(rows, layout.weights), lists, layout.weights)[known]
    types = None if layout.types is None else _types(_List(rows, layout.types), lists, layout.types)[known]
    if (sources == targets).any():
        raise DataError(f"node {_told(ids, int(sources[sources == targets][0]))} points to itself; leave such edges out")
    size = len(ids)
    keys = sources * size + targets
    order = np.argsort(keys, kind="stable")
    again = np.flatnonzero(keys[order][1:] == keys[order][:-1])
    if len(again):
        edge = order[again[0]]
        raise DataError(f"the edge from {_told(ids, int(sources[edge]))} to {_told(ids, int(targets[edge]))} is there twice; write it once, with the sum as its weight")
    if not layout.directed:
        sources, targets = np.minimum(sources, targets), np.maximum(sources, targets)
        order = _once(ids, sources, targets, weights, types)
    return NodeTable(size, place, sources[order], targets[order], None if weights is None else weights[order], None if types is None else types[order])


class _List:
    """A list column: the row that each entry is of, and the entries."""

    def __init__(self, rows: pa.Table, name: str) -> None:
        import pyarrow as pa
        import pyarrow.compute as pc

        column: Any = rows[name].combine_chunks()
        if not (pa.types.is_list(column.type) or pa.types.is_large_list(column.type)):
            raise DataError(f"column {name!r} holds {column.type}; expected lists, one entry for each edge of the node")
        if column.null_count:
            row = pc.is_null(column).to_pylist().index(True)
            raise DataError(f"row {row} has no list in column {name!r}; expected an empty list for a node without edges")
        self.parents: Any = pc.list_parent_indices(column).to_numpy().astype("int64")
        self.entries: Any = pc.list_flatten(column)
        if self.entries.null_count:
            place = pc.is_null(self.entries).to_pylist().index(True)
            raise DataError(f"row {int(self.parents[place])} has a missing entry in the list of column {name!r}")


def _ids(column: Any, name: str) -> tuple[Any, Places]:
    """Ids in order, and the number of each row's."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    column = comparable(column, name)
    if column.null_count:
        raise DataError(f"row {pc.is_null(column).to_pylist().index(True)} has no id in column {name!r}")
    order = pc.sort_indices(column).to_numpy()
    ids: Any = column.take(pa.array(order)).combine_chunks()
    if len(ids) > 1 and pc.any(pc.equal(ids[1:], ids[:-1])).as_py():
        first = pc.equal(ids[1:], ids[:-1]).to_pylist().index(True)
        raise DataError(f"node {_told(ids, first)} is there twice in column {name!r}; expected one row a node")
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    return ids, place


def comparable(column: Any, name: str) -> Any:
    """Ids as texts or whole numbers.

    Raises:
        DataError: they are neither.
    """
    import pyarrow as pa

    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if not (pa.types.is_integer(kind) or pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        raise DataError(f"ids of column {name!r} are {kind}; expected texts or whole numbers")
    try:
        return column.cast(pa.int64() if pa.types.is_integer(kind) else pa.large_string())
    except pa.ArrowException as error:
        raise DataError(f"ids of column {name!r} cannot be compared: {str(error).splitlines()[0]}") from None


def _known(lists: _List, ids: Any, layout: Layout) -> tuple[Places, Places]:
    """Numbers of the nodes that edges lead to, and which entries of the lists these edges are."""
    import numpy as np
    import pyarrow.compute as pc

    if not len(lists.entries):
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    wanted = comparable(lists.entries, layout.edges)
    if wanted.type != ids.type:
        raise DataError(f"column {layout.edges!r} names nodes by {wanted.type} and column {layout.node!r} by {ids.type}; expected the same type")
    found = pc.fill_null(pc.index_in(wanted, value_set=ids), -1).to_numpy().astype("int64")
    known = np.flatnonzero(found >= 0)
    if len(known) < len(found) and not layout.open:
        stranger = int(np.flatnonzero(found < 0)[0])
        raise DataError(f"row {int(lists.parents[stranger])} points to node {wanted[stranger].as_py()!r}, which is not in column {layout.node!r}; "
                        "add its row, or say open: true to leave such edges out")
    return found[known], known


def _weights(values: _List, lists: _List, name: str) -> Floats:
    import numpy as np

    _demand_parallel(values, lists, name)
    if len(values.entries) and kind_of(values.entries) != NUMERIC:
        raise DataError(f"column {name!r} holds lists of {values.entries.type}; expected numbers")
    found = numbers(values.entries) if len(values.entries) else np.empty(0)
    bad = ~(np.isfinite(found) & (found > 0))
    if bad.any():
        raise DataError(f"row {int(values.parents[bad][0])} has the weight {found[bad][0]:g} in column {name!r}; expected a number above 0")
    return found


def _types(values: _List, lists: _List, name: str) -> np.ndarray[Any, Any]:
    import numpy as np

    _demand_parallel(values, lists, name)
    return np.array([str(one) for one in values.entries.to_pylist()], dtype=object)


def _demand_parallel(values: _List, lists: _List, name: str) -> None:
    import numpy as np

    if not np.array_equal(values.parents, lists.parents):
        raise DataError(f"the lists of column {name!r} are not as long as those of the edges; expected one entry for each edge")


def _once(ids: Any, sources: Places, targets: Places, weights: Floats | None, types: np.ndarray[Any, Any] | None) -> Places:
    """Edges without a direction, each once, in the order of their ends."""
    import numpy as np

    keys = sources * len(ids) + targets
    order: Places = np.argsort(keys, kind="stable")
    again = np.zeros(len(keys), dtype=np.bool_)
    again[1:] = keys[order][1:] == keys[order][:-1]
    for what, values in (("weights", weights), ("types", types)):
        if values is None:
            continue
        other = np.flatnonzero(again & (values[order] != np.roll(values[order], 1)))
        if len(other):
            edge = order[other[0]]
            raise DataError(f"the edge between {_told(ids, int(sources[edge]))} and {_told(ids, int(targets[edge]))} has different {what} at its ends")
    once: Places = order[~again]
    return once


def _told(ids: Any, place: int) -> str:
    return repr(ids[place].as_py())[:100]
