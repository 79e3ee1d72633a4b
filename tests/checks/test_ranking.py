"""Rankings equal scikit-learn's ndcg_score query by query, and the other measures their definitions over every order of ties."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from worlds import profiles

from modelops_airflow.checks import CHECKS, asked_of, run_check
from modelops_airflow.data.dataset import Dataset
from modelops_airflow.data.merge import merge
from modelops_airflow.data.prepare import profiles_of
from modelops_airflow.data.profile import Profile
from modelops_airflow.measurement import Status

MEASURES = ("map", "mrr", "precision_at_k", "recall_at_k")


def _measured(table, baseline=None, **options):
    asked = {"query": "q", "k": 3, **options}
    both = profiles(table, baseline, asked=asked_of([("ranking", asked)]), target="y")
    return run_check("ranking", both, asked)


def _values(table, **options):
    measured = _measured(table, **options)
    assert measured.status is Status.MEASURED, measured.notes
    return {row.name: row.value for row in measured.metrics}


def _documents(seed, queries=12, ties=False, graded=True):
    """Rows in random order, so that nothing can depend on it."""
    generator = np.random.default_rng(seed)
    q = np.repeat([f"q{n}" for n in range(queries)], generator.integers(2, 9, queries))
    y = generator.integers(0, 4 if graded else 2, len(q)).astype(float)
    y[np.append(True, q[1:] != q[:-1])] = 1
    score = generator.integers(0, 3, len(q)).astype(float) if ties else generator.normal(size=len(q))
    order = generator.permutation(len(q))
    return pa.table({"q": q[order], "y": y[order], "score": score[order]})


def _by_query(table, relevant_from=None):
    """The queries that have an order: of different relevances, or of relevant and other rows."""
    q, y, score = (np.array(table[name].to_pylist()) for name in ("q", "y", "score"))
    asked = y if relevant_from is None else y >= relevant_from
    return [(y[q == one], score[q == one]) for one in np.unique(q) if len(np.unique(asked[q == one])) > 1]


def _published(hits, k):
    """AP, RR, P@k and R@k of one ordered list of yes and no, as textbooks have them."""
    places = [place for place, hit in enumerate(hits, 1) if hit]
    precision = [sum(hits[:place]) / place for place in places]
    return sum(precision) / len(places), 1 / places[0], sum(hits[:k]) / k, sum(hits[:k]) / len(places)


def _over_all_orders(y, score, k, relevant_from):
    """The mean of the published measures over every order that the scores permit."""
    levels = sorted(set(score), reverse=True)
    parts = [list(itertools.permutations([one >= relevant_from for one, s in zip(y, score, strict=True) if s == level])) for level in levels]
    found = [_published(list(itertools.chain(*order)), k) for order in itertools.product(*parts)]
    return [math.fsum(column) / len(found) for column in zip(*found, strict=True)]


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("k", [1, 3, 50])
def test_ndcg_equals_sklearn_query_by_query(seed, ties, k):
    sk = pytest.importorskip("sklearn.metrics")
    table = _documents(seed, ties=ties)
    wanted = [sk.ndcg_score([y], [score], k=k) for y, score in _by_query(table)]
    assert _values(table, k=k)["ndcg"] == pytest.approx(math.fsum(wanted) / len(wanted), abs=1e-12)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("ties", [False, True])
def test_the_others_equal_their_definitions_over_every_order_of_ties(seed, ties):
    table = _documents(seed, queries=8, ties=ties)
    each = [_over_all_orders(y, score, 3, 1.0) for y, score in _by_query(table, 1.0)]
    got = _values(table)
    for name, column in zip(MEASURES, zip(*each, strict=True), strict=True):
        assert got[name] == pytest.approx(math.fsum(column) / len(each), abs=1e-12), name


def test_an_example_worked_by_hand():
    """Manning, Raghavan and Schütze's definitions: relevant at 1 and 3 of four, and at 2 of two."""
    table = pa.table({"q": ["a"] * 4 + ["b"] * 2, "y": [1, 0, 1, 0, 0, 1], "score": [4.0, 3.0, 2.0, 1.0, 2.0, 1.0]})
    got = _values(table, k=2)
    assert got["map"] == pytest.approx(((1 + 2 / 3) / 2 + 1 / 2) / 2)
    assert got["mrr"] == pytest.approx((1 + 1 / 2) / 2)
    assert got["precision_at_k"] == pytest.approx(1 / 2)
    assert got["recall_at_k"] == pytest.approx((1 / 2 + 1) / 2)
    assert got["answerable_share"] == 1.0


def test_the_order_of_rows_changes_nothing_not_even_among_ties():
    table = _documents(1, ties=True)
    turned = table.take(list(reversed(range(table.num_rows))))
    for name, value in _values(table).items():
        assert _values(turned)[name] == pytest.approx(value, abs=1e-12), name


def test_relevance_is_graded_for_ndcg_and_yes_or_no_for_the_rest():
    table = _documents(2)
    strict = pa.table({"q": table["q"], "y": [float(one >= 3) for one in table["y"].to_pylist()], "score": table["score"]})
    for name in MEASURES:
        assert _values(table, relevant_from=3.0)[name] == _values(strict)[name]
    assert _values(table, relevant_from=3.0)["ndcg"] == _values(table)["ndcg"]


def test_queries_with_nothing_relevant_are_left_out_and_told():
    table = _documents(3, graded=False)
    more = pa.table({"q": ["empty"] * 5, "y": [0.0] * 5, "score": [1.0, 2.0, 3.0, 4.0, 5.0]})
    measured, alone = _measured(pa.concat_tables([table, more])), _values(table)
    got = {row.name: row.value for row in measured.metrics}
    assert {name: value for name, value in got.items() if name != "answerable_share"} == {name: value for name, value in alone.items() if name != "answerable_share"}
    count = len(_by_query(table, 1.0))
    assert (alone["answerable_share"], got["answerable_share"]) == (pytest.approx(count / 12), pytest.approx(count / 13))
    assert f"{13 - count} queries have nothing relevant" in measured.notes[1]


def test_queries_that_no_order_makes_better_are_left_out_and_told():
    """One row, or all relevant: they would count as perfect whatever the model does."""
    wrong = pa.table({"q": ["a"] * 2, "y": [0.0, 1.0], "score": [2.0, 1.0]})
    alone = pa.table({"q": [f"one{n}" for n in range(98)], "y": [1.0] * 98, "score": [1.0] * 98})
    same = pa.table({"q": ["all"] * 3, "y": [2.0] * 3, "score": [1.0, 2.0, 3.0]})
    graded = pa.table({"q": ["graded"] * 2, "y": [1.0, 2.0], "score": [1.0, 2.0]})
    measured, got = _measured(pa.concat_tables([wrong, alone, same])), _values(pa.concat_tables([wrong, alone, same]))
    assert {name: value for name, value in got.items() if name != "answerable_share"} == {
        name: value for name, value in _values(wrong).items() if name != "answerable_share"}
    assert (got["mrr"], got["answerable_share"]) == (0.5, pytest.approx(1 / 100))
    assert "99 queries have nothing relevant or nothing else" in measured.notes[1]
    rows = {row.name: row for row in _measured(pa.concat_tables([wrong, graded])).metrics}
    assert (rows["ndcg"].n, rows["mrr"].n) == (2, 1), "two grades have an order, also where both are relevant"
    nobody = _measured(alone)
    assert (nobody.status, "no query has rows of different relevance" in nobody.notes[0]) == (Status.ERROR, True)


def test_rows_without_relevance_are_left_out_and_told():
    table = _documents(4)
    more = pa.table({"q": ["q0"] * 2, "y": pa.nulls(2, pa.float64()), "score": [9.0, None]})
    measured = _measured(pa.concat_tables([table, more]))
    assert measured.metrics == _measured(table).metrics
    assert "2 rows have no relevance" in measured.notes[-1]


@pytest.mark.parametrize(("column", "value", "why"), [
    ("score", None, "no finite score"), ("score", float("nan"), "no finite score"), ("q", None, "no query"), ("y", -1.0, "below 0"),
])
def test_what_cannot_be_ordered_is_an_error(column, value, why):
    table = _documents(5)
    broken = [value, *table[column].to_pylist()[1:]]
    measured = _measured(table.set_column(table.column_names.index(column), column, pa.array(broken)))
    assert measured.status is Status.ERROR
    assert why in measured.notes[0]


@pytest.mark.parametrize(("options", "why"), [
    ({"query": ""}, "no query column"), ({"query": "zebra"}, "no column 'zebra'"), ({"k": 0}, "expected 1 or more"), ({"relevant_from": 0.0}, "above 0"),
    ({"relevant_from": 99.0}, "not a value"),
])
def test_wrong_options_are_errors(options, why):
    measured = _measured(_documents(6), **options)
    if why == "not a value":
        rows = {row.name: row for row in measured.metrics}
        assert rows["map"].value is None and rows["ndcg"].value is not None
        assert rows["answerable_share"].value == 0.0
        return
    assert measured.status is Status.ERROR
    assert why in measured.notes[0]


def test_nothing_relevant_anywhere_is_an_error():
    table = _documents(7)
    measured = _measured(table.set_column(1, "y", pa.array([0.0] * table.num_rows)))
    assert (measured.status, measured.notes[0]) == (Status.ERROR, "no query has rows of different relevance: no order is better than another")


def test_a_scan_that_was_not_asked_is_an_error():
    assert "was not asked" in run_check("ranking", profiles(_documents(0), target="y"), {"query": "q"}).notes[0]


def test_the_change_against_the_baseline_and_the_interval_of_a_mean():
    old, new = _documents(8, queries=60), _documents(9, queries=60)
    measured = _measured(new, old)
    rows, before = {row.name: row for row in measured.metrics}, _values(old)
    assert rows["ndcg_change"].value == rows["ndcg"].value - before["ndcg"]
    each = np.array([_over_all_orders(y, score, 3, 1.0)[1] for y, score in _by_query(new, 1.0)])
    half = 1.959963984540054 * each.std(ddof=1) / math.sqrt(len(each))
    assert rows["mrr"].ci == pytest.approx((each.mean() - half, each.mean() + half), abs=1e-12)
    assert rows["mrr"].n == len(each)
    assert set(rows) == set(CHECKS["ranking"].metrics)


def test_rankings_are_right_where_the_model_is_asked_and_the_data_has_other_scores(tmp_path):
    table = _documents(10)
    wrong = table.set_column(2, "score", pa.array([-one for one in table["score"].to_pylist()]))
    pq.write_table(wrong, tmp_path / "current.parquet")
    asked = {"query": "q", "k": 3}
    both = profiles_of(
        Dataset("current", files=(tmp_path / "current.parquet",)), None, {"target": "y", "ignore": ["score", "q"]}, asked=asked_of([("ranking", asked)]),
        score=lambda _rows: pa.table({"prediction": table["score"]}),
    )
    assert {row.name: row.value for row in run_check("ranking", both, asked).metrics} == _values(table)


def test_profiles_keep_rankings_and_do_not_merge_them():
    both = profiles(_documents(0), asked=asked_of([("ranking", {"query": "q"})]), target="y")
    assert Profile.from_json(both.current.to_json()) == both.current
    assert "cannot be merged" in merge([both.current, both.current]).rankings["q@10>=1.0"].reason


def test_two_thresholds_that_look_alike_are_two():
    table = _documents(3)
    near = [{"query": "q", "k": 3, "relevant_from": one} for one in (1.0000001, 1.0000004)]
    table = table.set_column(1, "y", pa.array([1.0000002] * (table.num_rows // 2) + [1.0] * (table.num_rows - table.num_rows // 2)))
    both = profiles(table, asked=asked_of([("ranking", one) for one in near]), target="y")
    assert [{row.name: row.value for row in run_check("ranking", both, one).metrics}["map"] is None for one in near] == [False, True]
