"""Who is above the median of the score: exact, of everybody, and never guessed."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelops_airflow.data.group import Median
from modelops_airflow.data.median import median_of
from modelops_airflow.data.merge import merge
from modelops_airflow.data.profile import Profile
from modelops_airflow.data.scan import scan
from modelops_airflow.errors import DataError

ROLES = {"g": "protected", "score": "score", "prediction": "prediction"}
FACTS = {"protected": ("g",), "favourable": "1"}


def _table(scores, groups=None):
    groups = groups or ["a", "b"] * len(scores)
    return pa.table({"score": pa.array(scores, pa.float64()), "g": pa.array(groups[: len(scores)], pa.string()),
                     "prediction": pa.array([1] * len(scores), pa.int64())})


def _scan(scores, groups=None, **more):
    return scan(_table(scores, groups), ROLES, **FACTS, edges={"score": (0.0, 1.0)}, **more)


def _above(profile):
    return {group.where["g"]: group.above for group in profile.groups["g"]}


@settings(deadline=None)
@given(st.lists(st.one_of(st.integers(-3, 3).map(float), st.floats(-1e9, 1e9)), min_size=1, max_size=40))
def test_the_median_and_who_is_above_it_are_numpys(scores):
    profile = _scan(scores)
    values = np.array(scores)
    assert profile.median == Median(float(np.median(values)))
    for place, name in enumerate("ab"[: len(scores)]):
        assert _above(profile)[name] == int((values[place::2] > np.median(values)).sum())


def test_a_score_equal_to_the_median_is_not_above_it():
    assert _above(_scan([0.5, 0.5, 0.5, 0.9])) == {"a": 0, "b": 1}


def test_people_of_unknown_category_are_in_the_sample():
    profile = _scan([0.1, 0.2, 0.8, 0.9, 0.9, 0.9], ["a", "b", "a", None, None, None])
    assert profile.median.value == pytest.approx(0.85)
    assert _above(profile) == {"(unknown)": 3, "a": 0, "b": 0}
    assert _above(_scan([0.1, 0.2, 0.8], ["a", "b", "a"]))["a"] == 1, "the control: without them the median is another"


def test_the_largest_numbers_have_a_finite_median():
    assert median_of(_table([1.7e308, 1.7e308, 1.7e308, -1.7e308]), ROLES) == Median(1.7e308)


@pytest.mark.parametrize("missing", [None, float("nan"), float("inf"), -float("inf")])
def test_one_row_without_a_finite_score_leaves_the_median_unknown(missing):
    profile = _scan([0.1, 0.2, missing, 0.4])
    assert profile.median == Median(None, "1 rows have no finite score")
    assert set(_above(profile).values()) == {None}


def test_texts_as_scores_leave_the_median_unknown():
    table = _table([0.1, 0.2]).set_column(0, "score", pa.array(["high", "low"]))
    assert scan(table, ROLES, **FACTS).median == Median(None, "the score is no number")


def test_without_rows_there_is_no_median():
    assert _scan([]).median == Median(None, "there are no rows")


def test_without_a_score_or_protected_columns_there_is_none_to_speak_of():
    assert scan(_table([0.1, 0.2]).select(["g", "prediction"]), {"g": "protected", "prediction": "prediction"}, **FACTS).median is None
    assert scan(_table([0.1, 0.2]), ROLES, favourable="1").median is None


def test_scores_alone_are_tabled_without_predictions_or_a_favourable_label():
    profile = scan(_table([0.1, 0.2, 0.3, 0.4]).select(["score", "g"]), ROLES, protected=("g",))
    assert [(group.n, group.selected, group.above) for group in profile.groups["g"]] == [(2, None, 1), (2, None, 1)]


def test_parts_on_the_same_median_merge_to_the_whole():
    scores = [0.1, 0.9, 0.3, 0.2, 0.8, 0.7]
    whole = _scan(scores)
    parts = [_scan(scores[:2], median=whole.median.value), _scan(scores[2:], median=whole.median.value)]
    assert merge(parts).median == whole.median
    assert merge(parts).groups == whole.groups
    assert merge([*parts, _scan([])]).median == whole.median, "a part without rows says nothing"


def test_parts_on_medians_of_their_own_do_not_know_who_is_above():
    merged = merge([_scan([0.1, 0.8]), _scan([0.3, 0.2, 0.8, 0.7])])
    assert merged.median.value is None
    assert "different medians" in merged.median.reason
    assert set(_above(merged).values()) == {None}


def test_one_part_with_a_missing_score_makes_the_whole_unknown():
    merged = merge([_scan([0.1, 0.9]), _scan([0.3, None])])
    assert merged.median == Median(None, "in a partition 1 rows have no finite score")
    assert set(_above(merged).values()) == {None}


def test_a_part_from_before_medians_were_kept_makes_the_whole_unknown():
    old = _before(_scan([0.1, 0.9]))
    assert merge([old, _scan([0.1, 0.9])]).median == Median(None, "not every partition knows the median of the score")
    assert merge([old, old]).median is None
    assert set(_above(merge([old, old])).values()) == {None}


def test_a_known_median_must_be_finite():
    with pytest.raises(DataError, match="expected a finite number"):
        _scan([0.1], median=float("nan"))


def _before(profile):
    """A profile as it was stored before the median was kept."""
    body = profile.to_json()
    del body["median"]
    for groups in body["groups"].values():
        for group in groups:
            del group["above"]
    return Profile.from_json(body)


def test_a_profile_from_before_still_loads():
    old = _before(_scan([0.1, 0.9]))
    assert old.median is None
    assert old.groups["g"][0].selected == 1
    assert Profile.from_json(_scan([0.1, 0.9]).to_json()) == _scan([0.1, 0.9])
