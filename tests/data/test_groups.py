"""Groups: each row is counted where it belongs, however many labels there are."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow as pa
import pytest

from modelops_airflow.data.groups import group_tables
from modelops_airflow.errors import DataError

ROLES = {"y": "target", "p": "prediction"}


def _tables(table, protected):
    return group_tables(table, ROLES, protected, "1")


@pytest.mark.parametrize("labels", [3, 60])
def test_cells_are_those_of_counting_row_by_row(labels):
    generator = np.random.default_rng(labels)
    names = [f"l{n}" for n in range(labels)]
    table = pa.table({"a": generator.choice(names, 5000), "b": generator.choice([*names, None], 5000),
                      "y": generator.integers(0, 2, 5000), "p": generator.integers(0, 2, 5000)})
    rows = [(one["a"], one["b"] or "(unknown)", one["y"], one["p"]) for one in table.to_pylist()]
    counted = Counter(rows)
    both = _tables(table, ["a", "b"])["a+b"]
    assert sum(group.n for group in both) == 5000
    for group in both:
        a, b = group.where["a"], group.where["b"]
        cells = {(y, p): counted[a, b, y, p] for y in (0, 1) for p in (0, 1)}
        assert (group.tp, group.fp, group.tn, group.fn) == (cells[1, 1], cells[0, 1], cells[0, 0], cells[1, 0])
        assert (group.n, group.selected) == (sum(cells.values()), cells[1, 1] + cells[0, 1])


def test_more_combinations_than_a_whole_number_can_count_keep_their_labels():
    names = [f"l{n:03}" for n in range(1000)]
    columns = {f"p{n}": [*names, *["l999"] * 1001] for n in range(8)}
    table = pa.table({**columns, "y": [1] * 2001, "p": [1] * 2001})
    found = {tuple(group.where.values()): group.n for group in _tables(table, list(columns))["+".join(columns)]}
    assert found[("l999",) * 8] == 1002
    assert found[("l000",) * 8] == 1
    assert len(found) == 1000


def test_groups_without_end_are_refused():
    places = np.arange(20_000)
    table = pa.table({"a": (places % 200).astype(str), "b": (places // 200).astype(str), "y": places % 2, "p": places % 2})
    with pytest.raises(DataError, match="a, b together make more than 10000 groups; expected bands"):
        _tables(table, ["a", "b"])
