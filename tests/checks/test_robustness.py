"""Every check against broken columns: an error, a reason or an honest number, never an exception and never better by breakage."""

from __future__ import annotations

import datetime
import decimal
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from asked import Rows, in_use
from spoken_answers import said
from worlds import profiles

from modelops_airflow.checks import CheckContext, asked_of, run_check
from modelops_airflow.data.values import numbers, sort_key
from modelops_airflow.digest import canonical, digest_bytes
from modelops_airflow.errors import DataError
from modelops_airflow.kinds import KINDS, scan, verify
from modelops_airflow.measurement import Status, Verdict
from modelops_airflow.plan.types import Requirement
from modelops_airflow.policy.verdict import judge
from modelops_airflow.spec.project import Project

N = 100
UNTIL = datetime.datetime(2026, 3, 29, tzinfo=datetime.UTC)
BASE = pa.table({
    "x": np.arange(float(N)), "y": [0, 1] * 50, "prediction": [0, 1, 1, 1] * 25, "score": np.linspace(0, 1, N), "g": ["a", "b"] * 50,
    "at": pa.array([UNTIL - datetime.timedelta(hours=n) for n in range(N)]),
})
COLUMNS = {"target": "y", "favourable": 1, "protected": ["g"], "time": "at"}
BROKEN = {
    "nan": pa.array([float("nan")] * N), "infinite": pa.array([float("inf")] * N), "half infinite": pa.array([float("inf"), 1.0] * 50),
    "null": pa.nulls(N), "null numbers": pa.nulls(N, pa.float64()), "null texts": pa.nulls(N, pa.string()),
    "texts": pa.array([f"q{n}" for n in range(N)]), "truths": pa.array([True, False] * 50),
    "huge whole": pa.array([2**60 + n for n in range(N)]), "unsigned": pa.array([2**64 - 1] * N, pa.uint64()),
    "largest float": pa.array([1.7e308, -1.7e308] * 50), "smallest float": pa.array([5e-324 * n for n in range(N)]),
    "lists": pa.array([[1]] * N), "structs": pa.array([{"a": 1}] * N), "bytes": pa.array([b"x"] * N),
    "decimals": pa.array([decimal.Decimal("1.5")] * N), "dates": pa.array([datetime.date(2020, 1, 1)] * N),
    "durations": pa.array([datetime.timedelta(1)] * N), "dictionary": pa.array(["a", "b"] * 50).dictionary_encode(),
    "words for not a number": pa.array(["nan", "a", "NaN", "inf"] * 25), "half floats": pa.array(np.ones(N, np.float16)),
}
CHECKS = [
    ("drift", {}), ("drift", {"method": "psi"}), ("drift", {"method": "ks"}), ("drift", {"method": "chisquare"}),
    ("drift", {"binning": "evidently"}), ("drift", {"binning": "evidently", "method": "psi"}), ("bias", {}), ("performance", {}),
    ("bias", {"least_share": 0.02, "reference": {"g": "a"}}), ("expectations", {}),
    ("performance", {"by_vintage": "day", "min_slice_size": 10}), ("performance", {"by": ["g", "prediction"], "min_slice_size": 10}), ("performance", {"by": ["protected"], "min_slice_size": 10}), ("performance-estimate", {"resamples": 100}),
    ("performance-estimate", {"calibrate": "none", "resamples": 100}), ("ranking", {"query": "prediction"}), ("ranking", {"query": "prediction", "k": 1}),
    ("alarms", {}), ("alarms", {"times": 2, "of_last": 3}), ("volumetrics", {}), ("data-quality", {}), ("freshness", {}), ("multivariate", {}),
    ("imported-results", {"file": "evidently.json", "format": "evidently", "max_age": "any"}), ("evidently", {"metrics": ["RowCount"]}),
    ("evidence-from", {"environment": "stage"}),
]
ASKED = asked_of(CHECKS, ["g"])


def measure(check, options, both, table, baseline):
    """A check with all that a step hands over beside the profiles."""
    context = CheckContext(resolve=Project(Path(__file__).parent / "imported").resolve, dataset=Rows(table), baseline=Rows(baseline), columns=COLUMNS, until=UNTIL,
                           earlier=lambda _most: [], crossed=lambda environment: f"nothing came from {environment}")
    return run_check(check, both, options, context=context)


@pytest.mark.parametrize(("check", "options"), CHECKS)
def test_intact_data_is_measured_by_every_check(check, options):
    measured = measure(check, options, profiles(BASE, BASE, asked=ASKED, **COLUMNS), BASE, BASE)
    assert measured.status is Status.MEASURED, measured.notes


def _with(where, values):
    return BASE.set_column(BASE.column_names.index(where), where, values)


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize("side", ["current", "baseline"])
@pytest.mark.parametrize("where", BASE.column_names)
@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_column_is_told_and_never_raises(broken, where, side):
    table = _with(where, BROKEN[broken])
    now, before = (table, BASE) if side == "current" else (BASE, table)
    try:
        both = profiles(now, before, asked=ASKED, **COLUMNS)
    except DataError as error:
        assert where in str(error), "the message names the column or its role"
        return
    canonical(both.to_json())
    for check, options in CHECKS:
        measured = measure(check, options, both, now, before)
        canonical(measured.to_json())
        assert measured.status is Status.MEASURED or measured.notes
        for row in measured.metrics:
            assert row.value is not None or row.reason


@pytest.mark.parametrize("broken", ["nan", "infinite", "half infinite", "null", "null numbers", "null texts"])
def test_a_prediction_that_is_not_there_is_an_error_of_bias_and_performance(broken):
    both = profiles(_with("prediction", BROKEN[broken]), **COLUMNS)
    assert run_check("bias", both, {}).status is Status.ERROR
    assert run_check("performance", both, {}).status is Status.ERROR


@pytest.mark.parametrize("broken", sorted(BROKEN.keys() - {"half infinite"}))
def test_a_broken_target_never_raises_the_accuracy(broken):
    whole = run_check("performance", profiles(BASE, **COLUMNS), {}).metrics[0].value
    try:
        measured = run_check("performance", profiles(_with("y", BROKEN[broken]), **COLUMNS), {})
    except DataError:
        return
    for row in measured.metrics:
        assert row.name not in ("accuracy", "r2") or row.value is None or row.value <= whole


def test_an_infinite_label_counts_as_no_label():
    measured = run_check("performance", profiles(_with("y", BROKEN["half infinite"]), **COLUMNS), {})
    assert {row.n for row in measured.metrics if row.name != "labelled_share"} == {50}


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_group_column_is_never_equality(broken):
    try:
        measured = run_check("bias", profiles(_with("g", BROKEN[broken]), **COLUMNS), {})
    except DataError:
        return
    told = {row.where.get("g") for row in measured.metrics if row.name == "selection_rate"}
    if measured.status is Status.MEASURED:
        assert len(told) >= 2
    else:
        assert measured.status is Status.ERROR


SCORES = {"huge whole", "smallest float", "truths", "half floats", "decimals", "unsigned"}


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_score_is_never_equality_of_scores(broken):
    asked = [Requirement("scoring_impact_ratio", None, "< 0.80", {}, "model file", default=False)]
    table = pa.table({"g": ["a", "b"] * 50, "score": BROKEN[broken]})
    try:
        measured = run_check("bias", profiles(table, protected=["g"]), {})
    except DataError as error:
        assert "score" in str(error)
        return
    assert (measured.status is Status.MEASURED) == (broken in SCORES)
    assert judge(asked, measured).verdict is not Verdict.PASS or broken in ("huge whole", "smallest float")
    honest = run_check("bias", profiles(table.set_column(1, "score", BASE["score"]), protected=["g"]), {})
    assert judge(asked, honest).verdict is Verdict.PASS, "the control"


@pytest.mark.parametrize("rows", [0, 1])
@pytest.mark.parametrize(("check", "options"), [one for one in CHECKS if one[0] not in ("imported-results", "evidence-from")])  # which look at no row of the data
def test_no_row_or_one_row_is_never_a_quiet_pass(check, options, rows):
    few = BASE.slice(0, rows)
    measured = measure(check, options, profiles(few, BASE, asked=ASKED, **COLUMNS), few, BASE)
    if measured.status is Status.MEASURED:
        values = {row.name: row for row in measured.metrics}
        if check == "expectations":
            assert rows == 1 or values["critical_failed"].value > 0
        else:
            assert all(row.value is None or (row.n or 0) <= max(rows, len(BASE.column_names)) for row in measured.metrics)
            assert rows == 1 or all(row.value is None for row in measured.metrics)


@pytest.mark.parametrize(
    "options",
    [{"method": 3}, {"method": None}, {"columns": [1]}, {"columns": []}, {"columns": ["zebra"]}, {"roles": ["king"]}, {"binning": ["baseline"]}],
)
def test_options_of_a_wrong_type_are_errors(options):
    assert run_check("drift", profiles(BASE, BASE, **COLUMNS), options).status is Status.ERROR


def test_very_many_labels_are_refused_by_name():
    many = pa.array([f"p{n}" for n in range(3000)])
    with pytest.raises(DataError, match="more than 1000 different labels"):
        profiles(pa.table({"y": many, "prediction": many}), target="y")
    with pytest.raises(DataError, match="'g' has more than 1000 different values"):
        profiles(pa.table({"prediction": [0, 1] * 1500, "g": many}), favourable=1, protected=["g"])


def test_intersections_are_as_large_as_the_data_and_not_the_product_of_labels():
    rows = 900
    columns = {name: pa.array([f"{name}{n}" for n in range(rows)]) for name in "abc"}
    groups = profiles(pa.table({**columns, "prediction": [0, 1] * 450}), favourable=1, protected=list("abc")).current.groups
    assert len(groups["a+b+c"]) == rows
    assert sum(group.selected for group in groups["a+b+c"]) == 450


def test_the_word_nan_is_a_label_with_a_fixed_place():
    names = ["b", "nan", "10", "9", "inf", "a", "NaN"]
    orders = {tuple(sorted(names[turn:] + names[:turn], key=sort_key)) for turn in range(len(names))}
    assert orders == {("9", "10", "NaN", "a", "b", "inf", "nan")}


def test_labels_of_another_form_are_no_opinion():
    """True and 1, or 1.0 as a text and 1: nothing agrees, which is no measurement of the model or of equality."""
    rows = {"g": ["a", "b"] * 200, "prediction": [1, 1, 0, 0] * 100}
    for truth in (pa.array([True, False, True, True] * 100), pa.array(["1.0", "0.0", "1.0", "1.0"] * 100)):
        both = profiles(pa.table({**rows, "y": truth}), target="y", favourable=1, protected=["g"])
        for check in ("bias", "performance"):
            measured = run_check(check, both, {})
            assert measured.status is Status.ERROR
            assert "no label in common" in measured.notes[0]
    alike = profiles(pa.table({**rows, "y": pa.array([Decimal("1.00"), Decimal("0.00"), Decimal("1.00"), Decimal("1.00")] * 100)}),
                     target="y", favourable=1, protected=["g"])
    wrong = profiles(pa.table({**rows, "prediction": [1] * 400, "y": [0] * 400}), target="y", favourable=1, protected=["g"])
    for check in ("bias", "performance"):
        assert run_check(check, alike, {}).status is Status.MEASURED, "the control: decimals are the numbers they are"
        assert run_check(check, wrong, {}).status is Status.MEASURED, "and two labels may be all wrong"


def test_somebodys_own_text_is_not_taken_for_missing():
    table = pa.table({"x": ["(unknown)", "a", None] * 100})
    column = profiles(table).current.columns["x"]
    assert (column.nulls, column.values) == (100, {"'(unknown)'": 100, "a": 100})


def test_labels_taken_away_are_told_and_small_denominators_judge_nobody():
    truth = [1, 0] * 300 + [None] * 590 + [1] * 5 + [0] * 5
    table = pa.table({"g": ["m"] * 600 + ["w"] * 600, "prediction": [1, 0] * 300 + [1, 0] * 295 + [1] * 5 + [0] * 5,
                      "y": pa.array(truth, pa.int64())})
    both = profiles(table, target="y", favourable=1, protected=["g"])
    share = next(row for row in run_check("performance", both, {}).metrics if row.name == "labelled_share")
    assert share.value == pytest.approx(610 / 1200)
    rows = run_check("bias", both, {}).metrics
    odds = next(row for row in rows if row.name == "equalized_odds_difference")
    assert (odds.value, odds.reason) == (None, "a group has fewer than 30 rows to divide by")
    women = next(row for row in rows if row.name == "tpr" and row.where == {"g": "w"})
    assert (women.n, women.value, women.reason) == (5, None, "n < 30: not assessable")
    asked = next(row for row in run_check("bias", both, {"min_group_size": 5}).metrics if row.name == "equalized_odds_difference")
    assert (asked.value, asked.n) == (0.0, 305), "the control: who asks for less gets the number, and what it rests on"


ASKING = [
    ("robustness", {}), ("sensitivity", {"points": 3}), ("explainability", {"repeats": 2}), ("explainability", {"repeats": 2, "measure": "change"}),
    ("explainability", {"method": "shap", "repeats": 2, "explained": 10, "background": 10}),
    ("replay", {}), ("replay", {"mode": "rank"}), ("backtest", {"min_group_size": 10}), ("backtest", {"by": "g"}), ("backtest", {"exceptions": "y"}),
    ("champion", {"resamples": 100}), ("regression-diagnostics", {"order": "rows", "lags": 2}), ("documents", {"file": "model.md"}),
]
FEATURES = {**COLUMNS, "prediction": "prediction", "score": "score"}
SPEAKING = [("llm-answers", {}), ("llm-answers", {"source": "g", "pattern": "[a-z ]+", "output_price": 1.0}), ("llm-leaks", {"canaries": ["canary-1"]}),
            ("llm-attacks", {"column": "g"}), ("counterfactual", {"swap": ["a/b"]})]

TABLE_OF_X = b"{rules: 1, output: o, inputs: {x: {type: number}}, rules_in_order: [{when: {x: '< 50'}, then: low}, {then: high}]}"
RULES_OF_X = KINDS["rules"].load(verify("rules", TABLE_OF_X, digest_bytes(TABLE_OF_X), scan("rules", TABLE_OF_X, file="x.yaml"))).decisions


def of_x(rows):
    """A model of one number, which raises over anything else, and answers what is not finite with the same."""
    x = numbers(rows["x"])
    return pa.table({"prediction": (x > 50).astype(int), "score": x / 100})


def words_of_x(rows):
    """A model with words about one number, which raises over anything else."""
    return said([f"it is {one:.0f}" for one in numbers(rows["x"])])


def asked(check, options, table, baseline, model=of_x, sides=None, champion=of_x, words=words_of_x):
    context = CheckContext(dataset=Rows(table), baseline=Rows(baseline), columns=FEATURES, score=model, decisions=RULES_OF_X, champion=in_use(champion), said=words)
    return run_check(check, sides or profiles(table, baseline, **FEATURES), options, context=context)


@pytest.mark.parametrize(("side", "where"), [("current", where) for where in ("x", "y", "prediction", "score", "g")] + [("baseline", "x"), ("baseline", "y")])
@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_column_is_told_by_checks_that_ask_and_never_raises(broken, side, where):
    table = _with(where, BROKEN[broken])
    now, before = (table, BASE) if side == "current" else (BASE, table)
    try:
        both = profiles(now, before, **FEATURES)
    except DataError:
        return
    for check, options in [*ASKING, *SPEAKING, ("structure", {})]:
        measured = asked(check, options, now, before, sides=both)
        canonical(measured.to_json())
        assert measured.status is Status.MEASURED or measured.notes
        for row in measured.metrics:
            assert row.value is not None or row.reason


def raising(_rows):
    raise RuntimeError("out of order")


ODD_MODELS = {
    "raises": raising, "no rows": lambda rows: of_x(rows).slice(0, 0), "no columns": lambda rows: pa.table({}),
    "no prediction": lambda rows: of_x(rows).select(["score"]), "nan": lambda rows: pa.table({"prediction": [float("nan")] * rows.num_rows}),
    "nothing": lambda rows: pa.table({"prediction": pa.nulls(rows.num_rows)}), "lists": lambda rows: pa.table({"prediction": [[1]] * rows.num_rows}),
    "infinite": lambda rows: of_x(rows).set_column(1, "score", pa.array([float("inf")] * rows.num_rows)),
    "words for scores": lambda rows: of_x(rows).set_column(1, "score", pa.array(["much"] * rows.num_rows)), "none": None, "text": lambda rows: "yes",
}


@pytest.mark.parametrize("odd", ODD_MODELS)
def test_a_version_in_use_that_does_not_answer_is_never_measured_as_worse(odd):
    """Nor as not there: that would excuse the new one."""
    measured = asked("champion", {"resamples": 100}, BASE, BASE, champion=ODD_MODELS[odd])
    assert measured.status is Status.ERROR and measured.notes
    assert asked("champion", {"resamples": 100}, BASE, BASE).status is Status.MEASURED, "the control"


@pytest.mark.parametrize("odd", ODD_MODELS)
@pytest.mark.parametrize(("check", "options"), [*ASKING[:7], ("champion", {"resamples": 100})])
def test_a_model_that_does_not_answer_is_never_measured_as_good(check, options, odd):
    measured = asked(check, options, BASE, BASE, ODD_MODELS[odd])
    if measured.status is Status.MEASURED:
        assert check == "replay"
        assert next(row.value for row in measured.metrics if row.name == "answers_changed_share") == 1
    else:
        assert measured.status is Status.ERROR and measured.notes
    assert asked(check, options, BASE, BASE).status is Status.MEASURED, "the control"


ODD_WORDS = {
    "raises": raising, "no rows": lambda rows: words_of_x(rows).slice(0, 0), "no columns": lambda rows: pa.table({}), "none": None, "text": lambda rows: "yes",
    "no answer": lambda rows: words_of_x(rows).drop_columns("answer"), "null": lambda rows: said(["x"] * rows.num_rows, answer=[None] * rows.num_rows),
    "numbers": lambda rows: said([1] * rows.num_rows), "other state": lambda rows: said(["x"] * rows.num_rows, state="good"),
    "tokens below none": lambda rows: said(["x"] * rows.num_rows, prompt_tokens=-1), "truths as texts": lambda rows: said(["x"] * rows.num_rows, closed="no"),
}


@pytest.mark.parametrize("odd", ODD_WORDS)
@pytest.mark.parametrize(("check", "options"), SPEAKING[:4])
def test_a_model_without_usable_words_is_never_measured_as_good(check, options, odd):
    measured = asked(check, options, BASE, BASE, words=ODD_WORDS[odd])
    assert measured.status is Status.ERROR and measured.notes
    assert asked(check, options, BASE, BASE).status is Status.MEASURED, "the control"


@pytest.mark.parametrize("odd", ODD_MODELS)
def test_a_model_that_does_not_answer_swapped_words_is_never_equal(odd):
    measured = asked("counterfactual", {"swap": ["a/b"]}, BASE, BASE, ODD_MODELS[odd])
    assert measured.status is Status.ERROR and measured.notes
    assert asked("counterfactual", {"swap": ["a/b"]}, BASE, BASE).status is Status.MEASURED, "the control"


@pytest.mark.parametrize("rows", [0, 1])
@pytest.mark.parametrize(("check", "options"), [*ASKING, *SPEAKING])
def test_no_row_or_one_row_is_never_a_quiet_pass_of_checks_that_ask(check, options, rows):
    table = BASE.slice(0, rows)
    measured = asked(check, options, table, BASE)
    if measured.status is Status.MEASURED:
        assert rows == 1 and (check == "replay" or options.get("exceptions"))
        assert all((row.n or 0) <= 1 for row in measured.metrics)


RING = pa.table({"node": pa.array(range(N)), "links": [[(n + 1) % N] for n in range(N)], "kinds": [["a"]] * N})


def ring_measured(table, baseline):
    """The graph check with both sides."""
    context = CheckContext(dataset=Rows(table), baseline=Rows(baseline))
    return run_check("graph-structure", profiles(table, baseline, key=["node"], ignore=["links", "kinds"]), {"edges": "links", "directed": True, "node": "node", "edge_types": "kinds"}, context=context)


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize("side", ["current", "baseline"])
@pytest.mark.parametrize("where", RING.column_names)
@pytest.mark.parametrize("broken", BROKEN)
def test_a_graph_with_a_broken_column_is_told_and_never_raises(broken, where, side):
    table = RING.set_column(RING.column_names.index(where), where, BROKEN[broken])
    measured = ring_measured(*((table, RING) if side == "current" else (RING, table)))
    canonical(measured.to_json())
    assert (measured.status is Status.ERROR and measured.notes) or (broken, where) == ("lists", "kinds")
    assert ring_measured(RING, RING).status is Status.MEASURED, "the control"


@pytest.mark.parametrize("rows", [0, 1])
def test_a_graph_of_no_row_or_one_row_is_never_a_quiet_pass(rows):
    measured = ring_measured(RING.slice(0, rows), RING)
    assert measured.status is Status.ERROR, "no rows, or an edge that leads out"
