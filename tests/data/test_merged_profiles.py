"""Profiles of partitions are the profile of the whole, to the last digit, however the rows were divided."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scored import FACTS, scored
from scored import ROLES as SCORED

from modelops_airflow.data.asked import Asked
from modelops_airflow.data.dataset import Dataset
from modelops_airflow.data.merge import merge
from modelops_airflow.data.ranking import Queries
from modelops_airflow.data.scan import edges_of, scan
from modelops_airflow.errors import DataError

ROLES = SCORED | dict.fromkeys(("tail", "whole", "thirty", "rare", "many", "few"), "feature")

ASKED = Asked(slices=("colour", "rare"), scores=True, queries=(Queries("thirty", 5, 1.0),))


def _table(n=3000, seed=0):
    """With columns that are heavy-tailed, that have more different values together than in parts, and that are huge."""
    generator = np.random.default_rng(100 + seed)
    more = {
        "tail": generator.standard_cauchy(n) * 1e3, "whole": generator.integers(-50, 1000, n), "thirty": generator.integers(0, 30, n),
        "rare": generator.geometric(0.3, n), "few": generator.choice([-0.0, 0.0, 0.1, 1e140], n),
        "many": pa.array([f"label {place}" for place in generator.integers(0, 1500, n)]),
    }
    table = scored(n, seed)
    return pa.table(dict(zip(table.column_names, table.columns, strict=True)) | more)


def _split(table, generator):
    """Rows shuffled and cut at random places, one part perhaps of a single row."""
    shuffled = table.take(generator.permutation(table.num_rows))
    cuts = np.unique([0, *generator.integers(0, table.num_rows, generator.integers(1, 9)), table.num_rows])
    return [shuffled.slice(a, b - a) for a, b in pairwise(cuts)]


def test_a_hundred_random_splits_give_the_very_same_columns_and_groups():
    table = _table()
    edges = edges_of(scan(_table(seed=1), ROLES, **FACTS))
    whole = scan(table, ROLES, **FACTS, edges=edges)
    again = {"edges": edges, "median": whole.median.value}
    generator = np.random.default_rng(7)
    for _ in range(100):
        parts = [scan(part, ROLES, **FACTS, **again) for part in _split(table, generator)]
        merged = merge([parts[place] for place in generator.permutation(len(parts))])
        assert merged.columns == whole.columns
        assert merged.groups == whole.groups
        assert merged.outcomes.confusion == whole.outcomes.confusion


@pytest.mark.parametrize("threads", [1, 4])
def test_partitions_scanned_as_one_folder_are_the_whole_to_the_last_digit(tmp_path, threads):
    """Ranks and sums of floats too: the rows stand in the same order, however they are cut."""
    table = _table(9000)
    pq.write_table(table, tmp_path / "whole.parquet")
    for part, (a, b) in enumerate(pairwise([0, 1, 2500, 7001, 9000])):
        pq.write_table(table.slice(a, b - a), tmp_path / f"part-{part}.parquet", row_group_size=333)
    files = tuple(sorted(tmp_path.glob("part-*.parquet")))
    edges = edges_of(scan(_table(seed=1), ROLES, **FACTS))
    for stored in (None, edges):
        whole = scan(table, ROLES, **FACTS, edges=stored)
        columns = Dataset("parts", files=files).columns(threads=threads)
        assert scan(columns, ROLES, **FACTS, edges=stored) == whole
        asked = ASKED.of(whole, table, ROLES, whole)
        assert ASKED.of(whole, columns, ROLES, whole) == asked
        assert (len(asked.slices["colour"].found), asked.scores.reason, [one.reason for one in asked.rankings.values()]) == (3, "", [""])
    assert whole.outcomes.facts["auc"] > 0.5
    assert scan(Dataset("parts", files=files[1:]).columns(), ROLES, **FACTS, edges=edges) != whole, "the control: a lost row shows"


def test_a_lost_row_shows():
    """The control: equality is not for want of looking."""
    table = _table()
    edges = edges_of(scan(_table(seed=1), ROLES, **FACTS))
    whole = scan(table, ROLES, **FACTS, edges=edges)
    merged = merge([scan(part, ROLES, **FACTS, edges=edges) for part in (table.slice(0, 1000), table.slice(1001))])
    same = [name for name, column in merged.columns.items() if column == whole.columns[name]]
    assert same == []


def test_merging_merged_parts_is_merging_all():
    table = _table()
    edges = edges_of(scan(table, ROLES, **FACTS))
    a, b, c = (scan(table.slice(start, 1000), ROLES, **FACTS, edges=edges) for start in (0, 1000, 2000))
    assert merge([merge([a, b]), c]).columns == merge([a, merge([b, c])]).columns == scan(table, ROLES, **FACTS, edges=edges).columns
    facts = merge([a, b, c]).outcomes.facts
    assert facts["squared"] == pytest.approx(scan(table, ROLES, **FACTS).outcomes.facts["squared"], rel=1e-12)
    assert "auc" not in facts, "ranks cannot be merged"


def test_the_only_part_is_the_whole_with_its_ranks():
    profile = scan(_table(), ROLES, **FACTS)
    assert "auc" in profile.outcomes.facts
    assert merge([profile]) == profile


def test_parts_on_other_edges_or_columns_do_not_merge():
    one, other = (scan(_table(seed=seed), ROLES, **FACTS) for seed in (0, 1))
    with pytest.raises(DataError, match="bin edges"):
        merge([one, other])
    with pytest.raises(DataError, match="different columns"):
        merge([one, scan(_table().select(["x"]), ROLES)])
    with pytest.raises(DataError, match="no profiles"):
        merge([])


def test_a_part_without_exact_sums_does_not_merge():
    edges = edges_of(scan(_table(), ROLES))
    body = scan(_table(), ROLES, edges=edges).to_json()
    body["columns"]["x"]["sums"] = [1.0, 2.0]  # as the first release wrote it
    old = type(scan(_table(), ROLES)).from_json(body)
    assert old.columns["x"].sums is None
    with pytest.raises(DataError, match="earlier release"):
        merge([old, scan(_table(), ROLES, edges=edges)])
