"""Scoring rates of Local Law 144: the share above the median of everybody, and the ratio to the highest category."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from worlds import by_where, people, profiles

from modelops_airflow.checks import run_check
from modelops_airflow.data.merge import merge
from modelops_airflow.data.profile import Profile
from modelops_airflow.data.scan import edges_of, scan
from modelops_airflow.measurement import Status, Verdict
from modelops_airflow.plan.types import Requirement
from modelops_airflow.policy.verdict import judge

WHOLE = {"min_group_size": 1, "min_coverage": 0.0, "resamples": 100}
ASKED = [Requirement("scoring_impact_ratio", None, "< 0.80", {}, "model file", default=False)]


def _table(groups, scores, **more):
    return pa.table({"g": pa.array(groups, pa.string()), "score": pa.array(scores, pa.float64()), **more})


def _bias(table, options=None, **columns):
    return run_check("bias", profiles(table, **{"protected": ["g"], **columns}), options or {})


def test_an_audit_worked_by_hand():
    """Median 5: of a three of four are above, of b one of four, of those without a category none of one."""
    table = _table(["a"] * 4 + ["b"] * 4 + [None], [6, 7, 8, 1, 9, 2, 3, 5, 4.0])
    measured = _bias(table, WHOLE)
    assert [by_where(measured.metrics, "scoring_rate", g=name).value for name in "ab"] == [0.75, 0.25]
    row = by_where(measured.metrics, "scoring_impact_ratio", g="b")
    assert (row.value, row.reference) == (pytest.approx(1 / 3), "a")
    assert by_where(measured.metrics, "scoring_impact_ratio", g="a").value == 1.0
    assert any("above 5, the median of all rows" in note for note in measured.notes)


@settings(deadline=None, max_examples=80)
@given(st.lists(st.tuples(st.sampled_from(["a", "b", "c", None]), st.integers(0, 6)), min_size=2, max_size=50))
def test_scoring_rates_are_those_of_numpys_median(rows):
    groups, scores = ([row[place] for row in rows] for place in (0, 1))
    assume(len(set(groups) - {None}) > 1)
    measured = _bias(_table(groups, scores), WHOLE).metrics
    above = np.array(scores) > np.median(scores)
    rates = {name: above[[one == name for one in groups]].mean() for name in set(groups) - {None}}
    for name, rate in rates.items():
        assert by_where(measured, "scoring_rate", g=name).value == pytest.approx(rate, abs=1e-12)
        ratio = by_where(measured, "scoring_impact_ratio", g=name)
        if max(rates.values()) == 0:
            assert ratio.value is None and "nobody's score" in ratio.reason
        else:
            assert ratio.value == pytest.approx(rate / max(rates.values()), abs=1e-12)


def test_people_and_their_intersections_are_scored_with_intervals_and_tests():
    table = people()
    rows = run_check("bias", profiles(table, target="over_50k", favourable=1, protected=["race", "sex"]), {}).metrics
    above = np.array(table["score"]) > np.median(np.array(table["score"]))
    for race, sex in (("Black", "female"), ("White", "male")):
        here = np.array([one == race and other == sex for one, other in zip(table["race"].to_pylist(), table["sex"].to_pylist(), strict=True)])
        row = by_where(rows, "scoring_rate", race=race, sex=sex)
        assert row.value == pytest.approx(above[here].mean(), abs=1e-12)
        ratio = by_where(rows, "scoring_impact_ratio", race=race, sex=sex)
        assert ratio.ci[0] < ratio.value < ratio.ci[1]
        assert 0 <= ratio.p < 1


def test_a_model_that_only_scores_is_judged_by_its_scores():
    table = _table(["a", "b"] * 50, [n * 1.0 for n in range(100)])
    measured = _bias(table)
    assert measured.status is Status.MEASURED
    assert judge(ASKED, measured).verdict is Verdict.PASS
    impact = by_where(measured.metrics, "impact_ratio", g="a")
    assert impact.value is None and "no label is named" in impact.reason
    asked = [Requirement("impact_ratio", "< 0.80", None, {}, "house, tier 2")]
    assert judge(asked, measured).verdict is Verdict.ERROR, "selection that nobody looked at never passes"


def _broken(value):
    return _table(["a", "b"] * 50, [value, *range(1, 100)], prediction=[1, 0, 0, 1] * 25)


@pytest.mark.parametrize("value", [None, float("nan"), float("inf"), -float("inf")])
def test_one_missing_score_leaves_all_scoring_rates_unknown_and_never_passes(value):
    measured = _bias(_broken(value), favourable=1)
    for row in measured.metrics:
        if row.name.startswith("scoring") and row.where:
            assert row.value is None and row.reason == "1 rows have no finite score"
    assert judge(ASKED, measured).verdict is Verdict.ERROR
    assert judge(ASKED, _bias(_broken(0), favourable=1)).verdict is Verdict.PASS, "the control"
    assert by_where(measured.metrics, "selection_rate", g="a").value is not None, "selection does not depend on it"
    assert _bias(_broken(value).select(["g", "score"])).status is Status.ERROR


def test_scores_that_are_all_the_same_put_nobody_above_and_have_no_ratio():
    measured = _bias(_table(["a", "b"] * 50, [0.5] * 100))
    assert by_where(measured.metrics, "scoring_rate", g="a").value == 0.0
    assert judge(ASKED, measured).verdict is Verdict.ERROR


def test_without_scores_there_is_a_reason():
    row = by_where(_bias(_broken(0).select(["g", "prediction"]), favourable=1).metrics, "scoring_rate", g="a")
    assert (row.value, row.reason) == (None, "the data has no scores")


@pytest.mark.parametrize(("scores", "why"), [(["x", "y"] * 50, "the score is no number"), ([None] * 100, "100 rows have no finite score")])
def test_scores_of_a_wrong_type_are_an_error_where_there_is_nothing_else(scores, why):
    measured = _bias(pa.table({"g": ["a", "b"] * 50, "score": scores}))
    assert measured.status is Status.ERROR
    assert why in measured.notes[0]


def _profiles():
    return profiles(_broken(0), favourable=1, protected=["g"])


def test_a_profile_from_before_the_median_was_kept_says_so():
    both = _profiles()
    body = both.current.to_json()
    del body["median"]
    for group in body["groups"]["g"]:
        del group["above"]
    measured = run_check("bias", replace(both, current=Profile.from_json(body)), {})
    assert "scan the data again" in by_where(measured.metrics, "scoring_impact_ratio", g="a").reason
    assert judge(ASKED, measured).verdict is Verdict.ERROR
    assert by_where(measured.metrics, "impact_ratio", g="a").value is not None


def test_partitions_on_different_medians_have_no_scoring_rate():
    both = _profiles()
    parts = [scan(_broken(0).slice(start, 50), both.roles, protected=["g"], favourable="1", edges=edges_of(both.current)) for start in (0, 50)]
    measured = run_check("bias", replace(both, current=merge(parts)), {})
    assert "different medians" in by_where(measured.metrics, "scoring_rate", g="a").reason
    assert judge(ASKED, measured).verdict is Verdict.ERROR


def test_a_named_reference_is_that_of_scores_too():
    table = _table(["a"] * 4 + ["b"] * 4, [6, 7, 8, 1, 9, 2, 3, 5.0])
    row = by_where(_bias(table, {**WHOLE, "reference": {"g": "b"}}).metrics, "scoring_impact_ratio", g="a")
    assert (row.value, row.reference) == (3.0, "b")
