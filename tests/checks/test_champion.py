"""Champion: both versions on the same rows; the numbers are those of scikit-learn, statsmodels, scipy and closed forms."""

from __future__ import annotations

import math

import numpy as np
import pyarrow as pa
import pytest
import sklearn.metrics as sk
from asked import applicants, logistic, measure, values
from scipy.stats import norm, spearmanr
from statsmodels.stats.contingency_tables import mcnemar

from modelops_airflow.checks.mcnemar import mcnemar_p
from modelops_airflow.checks.metrics import METRICS
from modelops_airflow.data.values import numbers
from modelops_airflow.measurement import Status, Verdict
from modelops_airflow.plan.types import Requirement
from modelops_airflow.policy.verdict import judge

COLUMNS = {"target": "good"}
PROTECTED = {"target": "good", "favourable": 1, "protected": ["home"]}
FEW = {"resamples": 200}


def simple(rows):
    """A worse model: it knows the income alone."""
    score = 1 / (1 + np.exp(-0.2 * (numbers(rows["income"]) - 50)))
    return pa.table({"prediction": (score > 0.5).astype(int), "score": score})


def told(model, table):
    answers = model(table)
    return numbers(answers["prediction"]), numbers(answers["score"])


def row(measured, name, **where):
    found = [one for one in measured.metrics if one.name == name and dict(one.where) == where]
    assert len(found) == 1, (name, where)
    return found[0]


@pytest.fixture(scope="module")
def people():
    return applicants(3000)


@pytest.fixture(scope="module")
def compared(people, tmp_path_factory):
    return measure(tmp_path_factory.mktemp("champion"), "champion", people, logistic, champion=simple, **PROTECTED)


def test_each_measure_is_this_version_minus_the_one_in_use(people, compared):
    y = numbers(people["good"])
    (old, old_score), (new, new_score) = told(simple, people), told(logistic, people)
    labels = {"accuracy": sk.accuracy_score, "precision": sk.precision_score, "recall": sk.recall_score, "f1": sk.f1_score,
              "balanced_accuracy": sk.balanced_accuracy_score, "mcc": sk.matthews_corrcoef}
    scores = {"auc": sk.roc_auc_score, "pr_auc": sk.average_precision_score, "logloss": sk.log_loss, "brier": sk.brier_score_loss}
    wanted = {name: one(y, new) - one(y, old) for name, one in labels.items()} | {name: one(y, new_score) - one(y, old_score) for name, one in scores.items()}
    for name, value in wanted.items():
        assert row(compared, f"{name}_against_champion").value == pytest.approx(value, abs=1e-12), name
    assert compared.status is Status.MEASURED
    assert compared.inputs["champion"] == f"sha256:{'c' * 64}"
    assert compared.parameters["champion"] == {"version": "1.0.0", "artifact": f"sha256:{'c' * 64}"}
    assert "in use: version 1.0.0" in compared.notes


def delong(y, one, other):
    """Half of the 95 % interval of a difference of two areas (DeLong, DeLong and Clarke-Pearson 1988)."""
    good, bad = y == 1, y == 0
    parts = []
    for score in (one, other):
        wins = (score[good][:, None] > score[bad][None, :]) + 0.5 * (score[good][:, None] == score[bad][None, :])
        parts.append((wins.mean(axis=1), wins.mean(axis=0)))
    over_good, over_bad = (np.cov([part[side] for part in parts]) for side in (0, 1))
    whole = over_good / good.sum() + over_bad / bad.sum()
    return norm.ppf(0.975) * math.sqrt(whole[0, 0] + whole[1, 1] - 2 * whole[0, 1])


def test_the_interval_of_the_area_is_delongs(people, compared):
    y = numbers(people["good"])
    found, half = row(compared, "auc_against_champion"), delong(y, told(logistic, people)[1], told(simple, people)[1])
    assert found.ci == pytest.approx((found.value - half, found.value + half), abs=0.15 * half)


def test_the_interval_of_the_accuracy_is_that_of_paired_shares(people, compared):
    y, n = numbers(people["good"]), people.num_rows
    old, new = told(simple, people)[0] == y, told(logistic, people)[0] == y
    gained, lost = (new & ~old).mean(), (old & ~new).mean()
    half = norm.ppf(0.975) * math.sqrt((gained + lost - (gained - lost) ** 2) / n)
    found = row(compared, "accuracy_against_champion")
    assert found.ci == pytest.approx((found.value - half, found.value + half), abs=0.15 * half)


def test_pairing_makes_the_interval_narrower_than_two_samples_would(people, compared):
    y = numbers(people["good"])
    apart = math.sqrt(sum(delong_alone(y, told(model, people)[1]) ** 2 for model in (simple, logistic)))
    low, high = row(compared, "auc_against_champion").ci
    assert (high - low) / 2 < 0.9 * apart


def delong_alone(y, score):
    return delong(y, score, np.zeros(len(y)))


def test_an_interval_holds_the_true_difference_nearly_always():
    """In 60 worlds of 300 rows; the truth is that of 200,000."""
    from modelops_airflow.checks.answers import answers_of
    from modelops_airflow.checks.champion_measures import Compared
    from modelops_airflow.checks.outcome_rows import outcome_rows
    from modelops_airflow.checks.paired import as_they_are, paired_intervals

    def both(table):
        return Compared.of(table["good"], answers_of(simple(table), table.num_rows), answers_of(logistic(table), table.num_rows), None)

    whole = both(applicants(200_000, seed=99))
    truth = whole(as_they_are(200_000, whole.more))
    inside = np.zeros(len(truth))
    for seed in range(60):
        drawn = paired_intervals([both(applicants(300, seed=1000 + seed))], 300, 100, 0)[0]
        inside += [low <= true <= high for (low, high), true in zip(drawn, truth, strict=True)]
    found = dict(zip([one.name for one in outcome_rows(whole.after)], inside.tolist(), strict=True))
    assert found.pop("ece") < 50, "which is why it has no interval"
    assert min(found.values()) >= 53, found


def test_mcnemar_is_that_of_statsmodels(people, compared):
    y = numbers(people["good"])
    old, new = told(simple, people)[0] == y, told(logistic, people)[0] == y
    table = [[(old & new).sum(), (old & ~new).sum()], [(~old & new).sum(), (~old & ~new).sum()]]
    assert row(compared, "mcnemar_p").value == pytest.approx(mcnemar(table, exact=True).pvalue, rel=1e-9)
    for b, c in ((0, 0), (5, 5), (1, 9), (40, 60), (3000, 3100)):
        assert mcnemar_p(b, c) == pytest.approx(mcnemar([[0, b], [c, 0]], exact=True).pvalue, rel=1e-9)


def test_decisions_and_order_are_compared_row_by_row(people, compared):
    (old, old_score), (new, new_score) = told(simple, people), told(logistic, people)
    assert row(compared, "other_decisions_share").value == (old != new).mean()
    assert row(compared, "champion_rank_correlation").value == pytest.approx(spearmanr(old_score, new_score).statistic)


def test_a_groups_ratio_is_compared_with_its_ratio_in_the_version_in_use(people, compared):
    home = np.array(people["home"].to_pylist())

    def ratios(model):
        chosen = told(model, people)[0]
        rates = {one: chosen[home == one].mean() for one in ("own", "rent")}
        return {one: rate / max(rates.values()) for one, rate in rates.items()}

    before, after = ratios(simple), ratios(logistic)
    for one in before:
        assert row(compared, "impact_ratio_against_champion", home=one).value == pytest.approx(after[one] - before[one])


def test_a_version_that_is_unfair_to_a_group_is_found_and_an_equal_one_is_not(people, tmp_path):
    def unfair(rows):
        answers = logistic(rows)
        rented = np.array(rows["home"].to_pylist()) == "rent"
        score = np.where(rented, numbers(answers["score"]) / 2, numbers(answers["score"]))
        return pa.table({"prediction": (score > 0.5).astype(int), "score": score})

    asked = [Requirement("impact_ratio_against_champion_worst", None, "< -0.05", {}, "model file", default=False)]
    worse = measure(tmp_path, "champion", people, unfair, FEW, champion=logistic, **PROTECTED)
    equal = measure(tmp_path, "champion", people, logistic, FEW, champion=logistic, **PROTECTED)

    assert row(worse, "impact_ratio_against_champion", home="rent").value < -0.5
    assert [judge(asked, one).verdict for one in (worse, equal)] == [Verdict.FAIL, Verdict.PASS]


def test_the_worst_is_the_end_of_the_interval_on_the_bad_side(compared):
    for one in compared.metrics:
        if one.name.endswith("_against_champion") and one.value is not None and one.ci:
            end = one.ci[1] if METRICS[one.name].high_is_bad else one.ci[0]
            assert row(compared, f"{one.name}_worst", **one.where).value == end
    assert row(compared, "ece_against_champion").ci is None and not values(compared, "ece_against_champion_worst")
    assert row(compared, "brier_against_champion_worst").value == row(compared, "brier_against_champion").ci[1]
    assert row(compared, "auc_against_champion_worst").value == row(compared, "auc_against_champion").ci[0]


def test_the_same_model_differs_in_nothing(people, tmp_path):
    measured = measure(tmp_path, "champion", people, logistic, FEW, champion=logistic, **PROTECTED)
    for one in measured.metrics:
        if one.name.endswith("against_champion"):
            assert one.value == 0, one
        elif one.name.endswith("_worst") and one.reason is None:
            assert abs(one.value) < 0.01, one
    assert (row(measured, "mcnemar_p").value, row(measured, "champion_rank_correlation").value) == (1, 1)
    assert row(measured, "other_decisions_share").ci[1] == pytest.approx(3.84 / 3003.84, rel=1e-3), "of rows not seen some may differ"


def test_versions_that_differ_in_no_row_may_differ_in_others_and_the_more_so_the_fewer_rows_there_are(tmp_path):
    """Of 13 positives none is lost; the true loss may be up to 1 - 0.025 ** (1 / 13) = 25 %."""
    few = pa.table({"x": [1.0] * 13 + [0.0] * 287, "y": [1] * 13 + [0] * 287})
    many = pa.concat_tables([few] * 10)

    def one(rows):
        return pa.table({"prediction": numbers(rows["x"]).astype(int), "score": 0.1 + 0.8 * numbers(rows["x"])})

    small, large = (measure(tmp_path, "champion", table, one, FEW, champion=one, target="y") for table in (few, many))
    for name, least in (("recall", 0.1), ("auc", 0.05), ("f1", 0.05), ("accuracy", 0.005)):
        assert row(small, f"{name}_against_champion").value == 0
        assert row(small, f"{name}_against_champion_worst").value < -least
        assert -least < row(large, f"{name}_against_champion_worst").value < 0


def test_several_labels_and_amounts_have_their_measures(tmp_path):
    generator = np.random.default_rng(3)
    x = generator.normal(size=2000)
    table = pa.table({"x": x, "y": np.digitize(x + generator.normal(0, 0.3, 2000), [-1, 1]), "amount": 100 + 10 * x + generator.normal(size=2000)})

    def classes(shift):
        return lambda rows: pa.table({"prediction": np.digitize(numbers(rows["x"]) + shift, [-1, 1])})

    def amounts(shift):
        return lambda rows: pa.table({"prediction": 100 + 10 * numbers(rows["x"]) + shift})

    y, z = numbers(table["y"]), numbers(table["amount"])
    several = measure(tmp_path, "champion", table, classes(0), FEW, champion=classes(0.5), target="y", ignore=["amount"])
    old, new = (np.digitize(x + shift, [-1, 1]) for shift in (0.5, 0))
    assert row(several, "f1_against_champion").value == pytest.approx(sk.f1_score(y, new, average="macro") - sk.f1_score(y, old, average="macro"))
    assert row(several, "mcnemar_p").value < 1e-6
    numeric = measure(tmp_path, "champion", table, amounts(0), FEW, champion=amounts(3), target="amount", ignore=["y"])
    before, after = 100 + 10 * x + 3, 100 + 10 * x
    for name, one in (("mae", sk.mean_absolute_error), ("rmse", sk.root_mean_squared_error), ("r2", sk.r2_score), ("mape", sk.mean_absolute_percentage_error)):
        found = row(numeric, f"{name}_against_champion")
        assert found.value == pytest.approx(one(z, after) - one(z, before))
        assert found.ci[0] < found.value < found.ci[1]
    assert not values(numeric, "other_decisions_share") and not values(numeric, "mcnemar_p")
    assert row(numeric, "champion_rank_correlation").value == pytest.approx(1)


def test_a_resample_counts_exactly_what_performance_counts(people):
    """The recount of a resample against the outcomes of a table that has these rows so many times."""
    from modelops_airflow.checks.answers import answers_of, outcomes_of
    from modelops_airflow.checks.outcome_rows import outcome_rows
    from modelops_airflow.checks.recount import recount_of

    generator = np.random.default_rng(1)
    small = people.slice(0, 300)
    rounded = logistic(small).set_column(1, "score", pa.array(np.round(numbers(logistic(small)["score"]), 2)))  # with ties
    for truth, answers in ((small["good"], rounded), (pa.chunked_array([numbers(small["income"])]), pa.table({"prediction": numbers(small["debt"])})),
                           (pa.chunked_array([np.arange(300) % 3]), pa.table({"prediction": np.arange(300) % 5 % 3}))):
        read = answers_of(answers, 300)
        whole = outcomes_of(truth, read, None)
        recount = recount_of(truth, read, whole, [] if whole.task == "regression" else [("0", True), ("1", False)])
        for _ in range(20):
            places = generator.integers(0, 300, 300)
            again = outcomes_of(truth.take(places), answers_of(answers.take(places), 300), whole)
            counted = outcome_rows(recount(np.concatenate([np.bincount(places, minlength=300), [0, 0]]).astype(float)))
            assert [one.name for one in counted] == [one.name for one in outcome_rows(again)]
            for one, other in zip(counted, outcome_rows(again), strict=True):
                assert one.value == pytest.approx(other.value, rel=1e-9), one.name


def test_without_labels_decisions_are_compared_and_measures_are_unknown(people, tmp_path):
    asked = [Requirement("accuracy_against_champion", None, "< -0.01", {}, "house", default=True)]
    empty = people.set_column(people.column_names.index("good"), "good", pa.nulls(people.num_rows, pa.int64()))
    for table, columns in ((people.drop_columns(["good"]), {}), (empty, COLUMNS)):
        measured = measure(tmp_path, "champion", table, logistic, FEW, champion=simple, **columns)
        assert row(measured, "other_decisions_share").value > 0
        assert row(measured, "accuracy_against_champion").reason == "no row has a known label"
        assert row(measured, "mcnemar_p").value is None
        assert judge(asked, measured).verdict is Verdict.ERROR, "also of a policy's number"


def test_no_version_in_use_does_not_apply_and_an_unknown_one_is_an_error(people, tmp_path):
    asked = [Requirement("auc_against_champion", None, "< 0", {}, "model file", default=False)]
    first = measure(tmp_path, "champion", people, logistic, FEW, champion="no version was ever in use", **COLUMNS)
    unknown = measure(tmp_path, "champion", people, logistic, FEW, **COLUMNS)
    assert (first.status, judge(asked, first).verdict) == (Status.NOT_APPLICABLE, Verdict.NOT_APPLICABLE)
    assert judge(asked, first).rows[0].reason == "no version was ever in use"
    assert (unknown.status, judge(asked, unknown).verdict) == (Status.ERROR, Verdict.ERROR)
    assert "which version is in use is not known here" in unknown.notes[0]


def test_a_requirement_on_a_check_that_does_not_apply_stays_an_error_elsewhere(people, tmp_path):
    asked = [Requirement("auc", None, "< 0.6", {}, "model file", default=False)]
    measured = measure(tmp_path, "performance", people.drop_columns(["good"]), logistic)
    assert (measured.status, judge(asked, measured).verdict) == (Status.NOT_APPLICABLE, Verdict.ERROR)


def raising(_rows):
    raise RuntimeError("out of order")


@pytest.mark.parametrize(("other", "why"), [
    (raising, "the version in use: the model did not answer: out of order"),
    (lambda rows: pa.table({"prediction": pa.nulls(rows.num_rows, pa.int64())}), "the version in use: the model has no usable answer"),
    (lambda rows: simple(rows).slice(1), "the version in use: the model answered"),
    (lambda rows: pa.table({"prediction": np.where(numbers(rows["income"]) > 50, "yes", "no")}), "no label in common"),
])
def test_a_version_in_use_that_cannot_be_asked_is_an_error_and_no_missing_one(people, tmp_path, other, why):
    measured = measure(tmp_path, "champion", people, logistic, FEW, champion=other, **COLUMNS)
    assert measured.status is Status.ERROR
    assert why in measured.notes[0]


def test_a_version_in_use_without_scores_leaves_ranks_unknown_and_labels_known(people, tmp_path):
    measured = measure(tmp_path, "champion", people, logistic, FEW, champion=lambda rows: simple(rows).select(["prediction"]), **COLUMNS)
    assert row(measured, "accuracy_against_champion").value > 0
    for name in ("auc_against_champion", "auc_against_champion_worst"):
        assert row(measured, name).reason == "of the version in use: there are no scores"
    assert row(measured, "champion_rank_correlation").reason == "one of the two gives no scores"


def test_fairness_that_cannot_be_compared_is_unknown_and_not_left_out(people, tmp_path):
    measured = measure(tmp_path, "champion", people, logistic, FEW, champion=simple, target="good", protected=["home"])
    assert "names no favourable label" in row(measured, "impact_ratio_against_champion").reason
    nobody = measure(tmp_path, "champion", people, logistic, FEW, champion=lambda rows: pa.table({"prediction": np.zeros(rows.num_rows, int)}), **PROTECTED)
    assert row(nobody, "impact_ratio_against_champion", home="own").reason == "nobody is selected by the version in use"
    wrong = measure(tmp_path, "champion", people, logistic, FEW, champion=simple, target="good", favourable="yes", protected=["home"])
    assert wrong.status is Status.ERROR and "favourable label 'yes'" in wrong.notes[0]


def test_small_groups_are_listed_and_never_judged_and_must_not_be_many(people, tmp_path):
    homes = ["own"] * 1500 + ["rent"] * 1400 + ["boat"] * 20 + ["tent"] * 5 + ["own"] * 75
    table = people.set_column(people.column_names.index("home"), "home", pa.array(homes))
    measured = measure(tmp_path, "champion", table, logistic, FEW, champion=simple, **PROTECTED)
    assert [row(measured, "impact_ratio_against_champion", home=one).judged for one in ("own", "rent", "boat", "tent")] == [True, True, False, False]
    assert row(measured, "impact_ratio_against_champion", home="tent").value is None
    strict = measure(tmp_path, "champion", table, logistic, FEW | {"min_group_size": 1450}, champion=simple, **PROTECTED)
    assert strict.status is Status.ERROR


def test_groups_of_all_attributes_together_are_compared_too(people, tmp_path):
    bands = np.where(numbers(people["age"]) < 40, "young", "old")
    table = people.append_column("band", pa.array(bands))
    measured = measure(tmp_path, "champion", table, logistic, FEW, champion=simple, target="good", favourable=1, protected=["home", "band"])
    assert row(measured, "impact_ratio_against_champion", home="rent", band="young").n > 0


def test_the_same_seed_gives_the_same_bytes_and_another_sample_says_so(people, tmp_path):
    first, again, other = (measure(tmp_path, "champion", people, logistic, FEW | {"rows": 500, "seed": seed}, champion=simple, **PROTECTED)
                           for seed in (1, 1, 2))
    assert first.to_json() == again.to_json() != other.to_json()
    assert "current data: 500 of 3000 rows, drawn with seed 1" in first.notes


def test_one_label_alone_has_no_ranks_and_no_interval_of_them(tmp_path):
    table = applicants(200)
    alone = table.set_column(table.column_names.index("good"), "good", pa.array([1] * 200))
    measured = measure(tmp_path, "champion", alone, logistic, FEW, champion=simple, **COLUMNS)
    assert row(measured, "auc_against_champion_worst").reason == "the scores' labels are all the same"
    assert row(measured, "accuracy_against_champion").ci is not None, "the control"
