"""Alarms through real tables: what drifts is told, what is unknown is told, and chance is not."""

from __future__ import annotations

import datetime
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from worlds import by_where, profiles

from modelops_airflow.checks import CheckContext, Earlier, run_check
from modelops_airflow.checks.alarm_history import Outcome, alarmed
from modelops_airflow.data.profile import Profiles
from modelops_airflow.digest import digest_bytes, digest_of
from modelops_airflow.measurement import Measurement, Status, Verdict
from modelops_airflow.plan.types import Requirement
from modelops_airflow.policy.verdict import judge

ASKED = [Requirement("alarms", None, ">= 1", {}, "model file", default=False)]


def _table(seed, rows, shift=0.0, nulls=0.0):
    generator = np.random.default_rng(seed)
    age = generator.normal(40 + 10 * shift, 10, size=rows)
    return pa.table({
        "age": pa.array(age, mask=generator.random(rows) < nulls),
        "income": generator.lognormal(10, 1.5, size=rows),
        "region": generator.choice(["north", "south", "east", "west"], p=[0.4, 0.3, 0.2, 0.1], size=rows),
        "children": generator.poisson(1.2, size=rows),
        "country": ["DE"] * rows,
    })


def _alarms(current, baseline, options=None, context=None):
    both = replace(profiles(current, baseline), inputs={"current": _digest(current), "baseline": _digest(baseline)})
    return run_check("alarms", both, options or {}, context=context)


def _digest(table):
    return digest_bytes(repr(table.to_pylist()).encode())


def _names(measured):
    return by_where(measured.metrics, "alarms").reason


def test_forty_months_of_real_tables_keep_the_budget_and_find_a_tenth_of_a_deviation():
    baseline = _table(0, 20_000)
    quiet = [_alarms(_table(seed, 4000), baseline, {"budget": 0.5}) for seed in range(1, 41)]
    assert sum(by_where(one.metrics, "alarms").value for one in quiet) <= 3, "0.67 are expected of 40 runs; 4 or more are one in 200"
    loud = [_alarms(_table(seed, 20_000, shift=0.1), baseline) for seed in range(100, 110)]
    assert all(by_where(one.metrics, "detectable_shift", column="age").value < 0.1 for one in loud), "they claim it"
    assert all(_names(one) == "age" for one in loud)
    assert all(judge(ASKED, one).verdict is Verdict.FAIL for one in loud)


def test_a_claim_gets_weaker_with_fewer_rows_and_the_noise_floor_rises():
    baseline, rows = _table(0, 20_000), {}
    for size in (100, 1000, 10_000):
        measured = _alarms(_table(1, size), baseline).metrics
        rows[size] = [by_where(measured, name, column="age").value for name in ("noise_floor", "alarm_threshold", "detectable_distance")]
        assert rows[size] == sorted(rows[size])
    assert rows[100] > rows[1000] > rows[10_000]
    assert rows[10_000][0] == pytest.approx(9 * (1 / 20_000 + 1 / 10_000)), "ten cells of two samples"


def test_a_distance_that_matters_to_nobody_raises_no_alarm_and_one_below_the_noise_is_told():
    drifted, baseline = _table(1, 20_000, shift=0.1), _table(0, 20_000)
    assert _names(_alarms(drifted, baseline)) == "age"
    calm = _alarms(drifted, baseline, {"at_least": 0.05, "columns": ["age", "income", "region", "children"]})
    assert by_where(calm.metrics, "alarms").value == 0.0
    assert by_where(calm.metrics, "expected_false_alarms").value < 1e-9
    assert not any("noise floor" in note for note in calm.notes)
    assert calm.notes[-1] == "age: further from the baseline than chance gives, and nearer than at_least 0.05: no alarm"
    assert not any("no alarm" in note for one in (_alarms(drifted, baseline), _alarms(_table(2, 20_000), baseline, {"at_least": 0.05})) for note in one.notes)
    low = _alarms(drifted, baseline, {"at_least": 0.0005})
    assert any("at_least 0.0005 is below the noise floor of age, income" in note for note in low.notes)
    assert by_where(low.metrics, "alarm_threshold", column="age").value > 0.0005


@pytest.mark.parametrize("what", ["nulls", "a label", "a constant", "all null", "a heavy tail"])
def test_every_kind_of_change_is_found(what):
    baseline, now = _table(0, 5000), _table(1, 5000)
    changed = {
        "nulls": lambda: _table(1, 5000, nulls=0.05),
        "a label": lambda: now.set_column(2, "region", pa.array(["abroad"] * 300 + now["region"].to_pylist()[300:])),
        "a constant": lambda: now.set_column(4, "country", pa.array(["AT"] * 20 + ["DE"] * 4980)),
        "all null": lambda: now.set_column(0, "age", pa.nulls(5000, pa.float64())),
        "a heavy tail": lambda: now.set_column(1, "income", pa.array(np.array(now["income"]) ** 1.1)),
    }[what]()
    expected = {"nulls": "age", "a label": "region", "a constant": "country", "all null": "age", "a heavy tail": "income"}[what]
    assert _names(_alarms(now, baseline)) is None, "the control"
    assert _names(_alarms(changed, baseline)) == expected


def test_one_foreign_row_in_a_constant_column_is_chance_and_twenty_are_not():
    baseline, now = _table(0, 5000), _table(1, 5000)
    for foreign, over in ((1, False), (5, False), (20, True)):
        measured = _alarms(now.set_column(4, "country", pa.array(["AT"] * foreign + ["DE"] * (5000 - foreign))), baseline).metrics
        far, limit = (by_where(measured, name, column="country").value for name in ("drift_distance", "alarm_threshold"))
        assert (far >= limit) is over


def test_a_column_that_cannot_be_compared_is_an_error_and_hides_no_alarm():
    baseline, now = _table(0, 5000), _table(1, 5000)
    odd = now.set_column(3, "children", pa.array(["one"] * 5000))
    measured = _alarms(odd, baseline)
    assert by_where(measured.metrics, "drift_distance", column="children").reason == "numeric became categorical"
    assert by_where(measured.metrics, "alarms").value is None
    assert judge(ASKED, measured).verdict is Verdict.ERROR
    both = _alarms(odd.set_column(0, "age", pa.array(np.array(now["age"]) + 5)), baseline)
    assert by_where(both.metrics, "alarms").value is None
    assert by_where(both.metrics, "alarms").reason == "at least 1 (age); of children it is not known whether they alarm"
    for asked in (ASKED, [replace(ASKED[0], fail="> 1")]):
        assert judge(asked, both).verdict is Verdict.ERROR, "the second may alarm or not"
    assert judge(ASKED, _alarms(now, baseline)).verdict is Verdict.PASS, "the control"


@pytest.mark.parametrize("options", [
    {"budget": 0.0}, {"budget": -1.0}, {"budget": 100.0}, {"runs_per_month": 0}, {"times": 0}, {"times": 2}, {"of_last": 0}, {"of_last": 31},
    {"at_least": -0.1}, {"at_least": 10.1}, {"columns": ["zebra"]}, {"columns": []}, {"budget": "1"}, {"times": 1.5},
])
def test_an_option_out_of_range_is_an_error(options):
    measured = _alarms(_table(1, 500), _table(0, 500), options)
    assert measured.status is Status.ERROR
    assert next(iter(options)).removesuffix("s")[:5] in measured.notes[0] or "column" in measured.notes[0]


def test_too_few_rows_are_an_error_and_no_baseline_too():
    few = _alarms(_table(1, 19), _table(0, 500))
    assert few.status is Status.ERROR and "500 and 19 rows; expected at least 20" in few.notes[0]
    assert run_check("alarms", profiles(_table(1, 500)), {}).status is Status.ERROR


def test_a_stored_profile_gives_the_same_bytes():
    both = profiles(_table(1, 3000), _table(0, 3000))
    once = run_check("alarms", both, {"times": 2, "of_last": 3})
    assert run_check("alarms", Profiles.from_json(both.to_json()), {"times": 2, "of_last": 3}).to_json() == once.to_json()


# -- earlier runs --

def _run(over, alarms=0):
    return Outcome(over, alarms)


NOTHING = Outcome({}, None)


@pytest.mark.parametrize(("now", "before", "expected"), [
    (True, [{"x": True}, {"x": False}], True), (True, [{"x": False}, {"x": True}], True), (True, [{"x": False}, {"x": False}], False),
    (False, [{"x": True}, {"x": True}], False), (None, [{"x": True}, {"x": True}], None),
    (True, [], None), (True, [{"x": False}], None), (True, [{"x": False}, {}], None), (True, [{"x": False}, {"x": None}], None),
    (True, [{}, {"x": True}], True), (False, [], False),
])
def test_two_of_three_runs_and_what_is_unknown_of_them(now, before, expected):
    assert alarmed("x", now, [_run(one) for one in before], 2, 3) is expected


def test_one_run_of_one_needs_no_earlier_one():
    assert alarmed("x", True, [], 1, 1) is True


TWICE = {"times": 2, "of_last": 3}


def _context(earlier):
    told = [None if one is None else Earlier(digest_of(one.to_json()), one) for one in earlier]
    return CheckContext(earlier=lambda most: told[:most])


def test_an_alarm_waits_for_a_second_run_and_a_lost_run_is_not_taken_for_a_quiet_one():
    baseline = _table(0, 10_000)
    quiet, drifted = (_alarms(_table(seed, 10_000, shift=by), baseline, TWICE) for seed, by in ((1, 0.0), (2, 0.2)))
    now = _table(3, 10_000, shift=0.2)
    first = _alarms(now, baseline, TWICE, _context([quiet, _alarms(_table(5, 10_000), baseline, TWICE)]))
    assert not any("nothing is known" in note for note in first.notes), "the control"
    assert by_where(first.metrics, "alarms").value == 0.0
    assert by_where(first.metrics, "runs_known").value == 3.0
    second = _alarms(now, baseline, TWICE, _context([quiet, drifted]))
    assert _names(second) == "age"
    for lost in (None, Measurement.error("alarms", "broken"), replace(quiet, parameters={**quiet.parameters, "budget": 2.0}),
                 replace(quiet, inputs={**quiet.inputs, "baseline": "sha256:other"}), replace(quiet, metrics=()),
                 replace(quiet, version=quiet.version - 1), replace(quiet, inputs={**quiet.inputs, "current": _digest(now)}), quiet):
        unsure = _alarms(now, baseline, TWICE, _context([quiet, lost]))
        assert any("nothing is known of these earlier runs, 1 being the newest: 2;" in note for note in unsure.notes)
        assert by_where(unsure.metrics, "alarms").value is None
        assert by_where(unsure.metrics, "runs_known").value == 2.0
        assert judge(ASKED, unsure).verdict is Verdict.ERROR
    calm = _alarms(_table(5, 10_000), baseline, TWICE, _context([None, None]))
    assert by_where(calm.metrics, "alarms").value == 0.0, "whatever the others were, this run is over no threshold"


def test_without_a_register_nothing_is_known_and_it_is_said():
    measured = _alarms(_table(1, 5000), _table(0, 5000), TWICE)
    assert by_where(measured.metrics, "observed_alarms").reason == "nothing here knows earlier runs"
    assert any("nothing here knows earlier runs" in note for note in measured.notes)


def test_expected_and_observed_alarms_stand_side_by_side():
    baseline = _table(0, 10_000)
    runs = [_alarms(_table(seed, 5000, shift=by), baseline, {"budget": 2.0}) for seed, by in ((1, 0.0), (2, 0.3), (3, 0.3))]
    measured = _alarms(_table(4, 5000), baseline, {"budget": 2.0}, _context([*runs, None]))
    assert by_where(measured.metrics, "expected_false_alarms").value == pytest.approx(2.0)
    row = by_where(measured.metrics, "observed_alarms")
    assert (row.value, row.n) == (2.0, 3)


def test_the_evidence_of_earlier_runs_is_an_input_and_with_it_the_result_can_be_measured_again():
    baseline = _table(0, 5000)
    kept = {}
    for seed in (1, 2):
        measured = _alarms(_table(seed, 5000, shift=0.3), baseline, TWICE)
        kept[digest_of(measured.to_json())] = measured
    newest, oldest = kept
    now = _table(3, 5000, shift=0.3)
    found = _alarms(now, baseline, TWICE, _context([kept[newest], None, kept[oldest]]))
    assert found.inputs == {"earlier:1": newest, "earlier:3": oldest, "current": _digest(now), "baseline": _digest(baseline)}
    named = [kept.get(found.inputs.get(f"earlier:{place}")) for place in (1, 2, 3)]
    assert _alarms(now, baseline, TWICE, _context(named)).to_json() == found.to_json()
    assert set(_alarms(now, baseline, TWICE).inputs) == {"current", "baseline"}, "the control"


@pytest.mark.parametrize("check", ["alarms", "drift"])
def test_a_column_that_is_named_and_cannot_be_compared_is_an_error_that_names_it(check):
    baseline, now = _table(0, 500), _table(1, 500)
    days = pa.array([datetime.date(2026, 1, 1)] * 500)
    both = profiles(now.set_column(3, "children", pa.array(["one"] * 500)).append_column("new", now["age"]).append_column("day", days),
                    baseline.append_column("day", days))
    for name, why in (("new", "not in the baseline"), ("zebra", "not in the current data"), ("day", "it holds times"), ("children", "numeric became categorical")):
        measured = run_check(check, both, {"columns": ["age", name]})
        assert measured.status is Status.ERROR
        assert repr(name) in measured.notes[0] and why in measured.notes[0]
    assert run_check(check, both, {"columns": ["age"]}).status is Status.MEASURED, "the control"
    assert run_check(check, both, {}).status is Status.MEASURED, "who names none gets what there is"
