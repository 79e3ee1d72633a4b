"""The profile that a database counts is the one of the same rows read here."""

from __future__ import annotations

import copy

import pyarrow as pa
import pytest

from data.warehouse.compare import compare, read_here, source
from data.warehouse.same import differences
from data.warehouse.warehouse_rows import COLUMNS, other_outcomes, world
from modelops_airflow.data.dataset import open_dataset
from modelops_airflow.data.prepare import profiles_of
from modelops_airflow.errors import DataError

FORMS = ("text", "boolean", "float", "three classes", "regression", "logit", "unscored", "one class", "certain")


@pytest.mark.parametrize("seed", range(2))
def test_everything_is_counted_as_it_is_here(engine, seed):
    before, after = compare(engine, world(seed, 60), world(seed + 100, 300), COLUMNS)
    # The control: the worlds have what they are meant to have.
    assert before.columns["x"].nulls and after.columns["x"].infinite and len(before.columns["x"].edges) > 40
    assert after.outcomes.task == "binary" and "auc" in after.outcomes.facts and after.outcomes.calibration
    assert len(after.groups["cat+flag"]) > 20 and after.median.value is not None


def test_a_baseline_of_many_values_has_its_200_bins(engine):
    before, _ = compare(engine, world(5, 900).select(["x", "whole"]), world(6, 800).select(["x", "whole"]), {"protected": [], "favourable": 1})
    assert len(before.columns["x"].edges) > 190


@pytest.mark.parametrize("form", FORMS)
def test_truth_predictions_and_scores_of_every_sort(engine, form):
    favourable = "yes" if form == "text" else True if form == "boolean" and engine.name != "sqlite" else 1
    old, new = (other_outcomes(world(seed, 300), form, seed).select(["cat", "flag", "y", "prediction", "score"]) for seed in (7, 8))
    compare(engine, old, new, COLUMNS | {"favourable": favourable})


def test_a_count_that_is_off_by_one_is_a_difference(duckdb_engine):
    """The control of the comparison."""
    duckdb_engine.put("new", world(1, 60).drop_columns(["nothing"]))
    local, told = (profiles_of(source(duckdb_engine, "new", push), None, COLUMNS).current.to_json() for push in (False, True))
    assert differences(local, told) == []
    for path in (("columns", "x", "counts", 4), ("columns", "cat", "values", "red"), ("groups", "cat", 2, "fp"), ("outcomes", "confusion", 0, 2)):
        wrong = copy.deepcopy(told)
        place = wrong
        for part in path[:-1]:
            place = place[part]
        place[path[-1]] += 1
        assert differences(local, wrong) != [], path


def test_a_baseline_in_files_gives_its_edges_to_the_warehouse(engine, tmp_path):
    import pyarrow.parquet as pq

    old, new = engine.holds(world(3, 40)), world(4, 60)
    pq.write_table(old, tmp_path / "old.parquet")
    engine.put("new", new)
    baseline = open_dataset("old.parquet", resolve=tmp_path.joinpath, connections=None)
    told = profiles_of(source(engine, "new"), baseline, COLUMNS)
    before, after = read_here(old, engine.holds(new), COLUMNS)
    assert told.pushed == ("current",)
    assert told.baseline == before
    assert differences(after.to_json(), told.current.to_json()) == []


def test_values_on_an_edge_and_beside_it_fall_where_they_fall_here(engine):
    import math

    edges = [0.1, 0.3, 1 / 3, 2 / 3, 1e-300, 123456789.123456789, -0.7, 1e22, 5e-324]
    values = [one for edge in edges for one in (math.nextafter(edge, -math.inf), edge, math.nextafter(edge, math.inf))]
    compare(engine, pa.table({"v": edges}), pa.table({"v": values}), {"protected": [], "favourable": 1})


def test_categories_without_end_are_not_listed(engine):
    many = pa.table({"c": [f"c{n}" for n in range(1200)], "few": ["a", "b"] * 600})
    before, _ = compare(engine, many, many, {"protected": [], "favourable": 1})
    assert before.columns["c"].values is None and before.columns["few"].values == {"a": 600, "b": 600}


def test_who_a_row_is_is_not_described(engine):
    people = pa.table({"who": ["a", "b", None, "d"], "x": [1.0, 2.0, 3.0, 4.0]})
    before, after = compare(engine, people, people, {"protected": [], "favourable": 1, "key": ["who"]})
    assert (before.columns["who"].kind, after.columns["who"].nulls, after.columns["who"].values) == ("other", 1, None)


def test_what_cannot_be_described_is_told(engine):
    engine.put("huge", pa.table({"v": [1e200, 1.0]}))
    with pytest.raises(DataError, match="column 'v' cannot be described: its numbers are too large to add"):
        profiles_of(source(engine, "huge"), None, {})
    engine.put("empty", pa.table({"v": pa.array([], pa.float64())}))
    with pytest.raises(DataError, match="has no rows"):
        profiles_of(source(engine, "empty"), None, {})
    engine.put("one", pa.table({"v": [1.0], "p": ["a"]}))
    with pytest.raises(DataError, match="protected column 'sex' is not in the data"):
        profiles_of(source(engine, "one"), None, {"protected": ["sex"], "prediction": "p", "favourable": "a"})
    with pytest.raises(DataError, match=r"has no column 'zebra' \(target\)"):
        profiles_of(source(engine, "one"), None, {"target": "zebra"})
