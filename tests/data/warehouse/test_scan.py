"""The profile that a database counts is the one of the same rows read here."""

from __future__ import annotations

import copy

import pyarrow as pa
import pytest

from data.warehouse.same import differences
from data.warehouse.worlds import COLUMNS, ROLES, other_outcomes, world
from modelops_airflow.data.dataset import open_dataset
from modelops_airflow.data.prepare import profiles_of
from modelops_airflow.data.scan import edges_of, scan
from modelops_airflow.data.values import label
from modelops_airflow.errors import DataError

FORMS = ("text", "boolean", "float", "three classes", "regression", "logit", "unscored", "one class", "certain")


def _source(engine, table, push_down=True):
    return open_dataset({"sql": f"SELECT * FROM {table}", "connection": "w", "push_down": push_down},
                        resolve=None, connections=lambda _name: engine.url)


def _facts(columns):
    return {"protected": tuple(columns["protected"]), "favourable": label(columns["favourable"])}


def _local(old, new, columns):
    before = scan(old, ROLES, **_facts(columns))
    return before, scan(new, ROLES, **_facts(columns), edges=edges_of(before))


def _compare(engine, old, new, columns):
    engine.put("old", old)
    engine.put("new", new)
    before, after = _local(engine.holds(old), engine.holds(new), columns)
    told = profiles_of(_source(engine, "new"), _source(engine, "old"), columns)
    assert told.pushed == ("current", "baseline")
    assert differences(before.to_json(), told.baseline.to_json()) == []
    assert differences(after.to_json(), told.current.to_json()) == []
    return before, after


@pytest.mark.parametrize("seed", range(3))
def test_everything_is_counted_as_it_is_here(engine, seed):
    before, after = _compare(engine, world(seed), world(seed + 100, 700), COLUMNS)
    # The control: the worlds have what they are meant to have.
    assert before.columns["x"].infinite and before.columns["x"].nulls and len(before.columns["x"].edges) > 100
    assert after.outcomes.task == "binary" and "auc" in after.outcomes.facts and after.outcomes.calibration
    assert len(after.groups["cat+flag"]) > 20 and after.median.value is not None


@pytest.mark.parametrize("form", FORMS)
def test_truth_predictions_and_scores_of_every_sort(engine, form):
    if engine.name == "spark" and form not in ("float", "regression"):
        pytest.skip("Spark compiles slowly; the other engines count the other forms")
    favourable = "yes" if form == "text" else True if form == "boolean" and engine.name != "sqlite" else 1
    old, new = (other_outcomes(world(seed, 300), form, seed) for seed in (7, 8))
    _compare(engine, old, new, COLUMNS | {"favourable": favourable})


def test_a_count_that_is_off_by_one_is_a_difference(engine):
    """The control of the comparison."""
    if engine.name != "duckdb":
        pytest.skip("one engine is enough to look at the comparison itself")
    engine.put("new", world(1))
    local, told = (profiles_of(_source(engine, "new", push_down), None, COLUMNS).current.to_json() for push_down in (False, True))
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

    old, new = engine.holds(world(3)), world(4)
    pq.write_table(old, tmp_path / "old.parquet")
    engine.put("new", new)
    baseline = open_dataset("old.parquet", resolve=tmp_path.joinpath, connections=None)
    told = profiles_of(_source(engine, "new"), baseline, COLUMNS)
    before, after = _local(old, engine.holds(new), COLUMNS)
    assert told.pushed == ("current",)
    assert told.baseline == before
    assert differences(after.to_json(), told.current.to_json()) == []


def test_values_on_an_edge_and_beside_it_fall_where_they_fall_here(engine):
    import math

    edges = [0.1, 0.3, 1 / 3, 2 / 3, 1e-300, 123456789.123456789, -0.7, 1e22, 5e-324]
    values = [one for edge in edges for one in (math.nextafter(edge, -math.inf), edge, math.nextafter(edge, math.inf))]
    _compare(engine, pa.table({"v": edges}), pa.table({"v": values}), {"protected": [], "favourable": 1})


def test_categories_without_end_are_not_listed(engine):
    many = pa.table({"c": [f"c{n}" for n in range(1200)], "few": ["a", "b"] * 600})
    before, _ = _compare(engine, many, many, {"protected": [], "favourable": 1})
    assert before.columns["c"].values is None and before.columns["few"].values == {"a": 600, "b": 600}


def test_what_cannot_be_described_is_told(engine):
    engine.put("huge", pa.table({"v": [1e200, 1.0]}))
    with pytest.raises(DataError, match="column 'v' cannot be described: its numbers are too large to add"):
        profiles_of(_source(engine, "huge"), None, {})
    engine.put("empty", pa.table({"v": pa.array([], pa.float64())}))
    with pytest.raises(DataError, match="has no rows"):
        profiles_of(_source(engine, "empty"), None, {})
    engine.put("one", pa.table({"v": [1.0], "p": ["a"]}))
    with pytest.raises(DataError, match="protected column 'sex' is not in the data"):
        profiles_of(_source(engine, "one"), None, {"protected": ["sex"], "prediction": "p", "favourable": "a"})
    with pytest.raises(DataError, match=r"has no column 'zebra' \(target\)"):
        profiles_of(_source(engine, "one"), None, {"target": "zebra"})
