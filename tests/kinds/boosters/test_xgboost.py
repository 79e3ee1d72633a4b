"""XGBoost: the library's own answers, and no file that it would crash on."""

from __future__ import annotations

import json
import random
import struct
import sys

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from artifacts import EXAMPLES, GOOD
from fuzzing import bitten, changed_bytes, changed_json
from opening import opened, refused

from modelops_airflow.errors import ArtifactError
from modelops_airflow.kinds import KINDS
from modelops_airflow.kinds.boosters.ubjson import read_ubjson
from modelops_airflow.kinds.boosters.xgboost_file import read_xgboost

xgboost = pytest.importorskip("xgboost")

_RANDOM = np.random.default_rng(7)
X = pd.DataFrame(_RANDOM.normal(size=(300, 4)), columns=["a", "b", "c", "d"])
X.loc[::7, "b"] = np.nan
NOISE = X["a"] + 0.5 * _RANDOM.normal(size=300)
BINARY, CLASSES, POSITIVE = (NOISE > 0).astype(int), pd.cut(NOISE, [-9, -0.5, 0.5, 9], labels=False), np.exp(NOISE)
ROWS = pa.Table.from_pandas(X, preserve_index=False)


def _trained(target=BINARY, rounds=5, inputs=X, **settings):
    settings = {"objective": "binary:logistic", "max_depth": 3, "nthread": 1, "verbosity": 0} | settings
    matrix = xgboost.DMatrix(inputs, label=target, enable_categorical=True)
    if settings["objective"].startswith("rank:"):
        matrix.set_group([100, 100, 100])
    if settings["objective"] == "survival:aft":
        matrix.set_float_info("label_lower_bound", target)
        matrix.set_float_info("label_upper_bound", target)
    return xgboost.train(settings, matrix, rounds)


def _saved(booster, form="json"):
    return bytes(booster.save_raw(form))


@pytest.fixture(scope="module")
def plain():
    return _trained()


@pytest.fixture
def parts(plain):
    """A good file as JSON, to be spoilt."""
    return json.loads(_saved(plain))


def _bytes(parts):
    return json.dumps(parts, separators=(",", ":")).encode()


@pytest.mark.parametrize("form", ["json", "ubj"])
@pytest.mark.parametrize("settings", [
    {}, {"booster": "dart", "rate_drop": 0.3}, {"booster": "gblinear"}, {"num_parallel_tree": 3, "subsample": 0.5},
    {"tree_method": "exact", "gamma": 3, "max_depth": 6}, {"grow_policy": "lossguide", "max_leaves": 5},
], ids=str)
def test_a_binary_model_answers_what_the_library_answers_to_the_bit(settings, form):
    booster = _trained(**settings)
    answers = opened("xgboost", _saved(booster, form), f"m.{form}").score(ROWS)
    expected = booster.predict(xgboost.DMatrix(X)).astype(float)
    assert answers["score"].to_pylist() == expected.tolist()
    assert answers["prediction"].to_pylist() == (expected > 0.5).astype(int).tolist()


@pytest.mark.parametrize("booster", ["gbtree", "dart", "gblinear"])
def test_of_several_classes_the_most_probable_is_predicted(booster):
    model = _trained(CLASSES, objective="multi:softprob", num_class=3, booster=booster)
    answers = opened("xgboost", _saved(model), "m.json").score(ROWS)
    assert answers.column_names == ["prediction"]
    assert answers["prediction"].to_pylist() == model.predict(xgboost.DMatrix(X)).argmax(axis=1).tolist()


def test_two_classes_have_the_score_of_the_second():
    model = _trained(objective="multi:softprob", num_class=2)
    answers = opened("xgboost", _saved(model), "m.json").score(ROWS)
    assert answers["score"].to_pylist() == model.predict(xgboost.DMatrix(X))[:, 1].astype(float).tolist()


@pytest.mark.parametrize(("objective", "target", "settings"), [
    ("multi:softmax", CLASSES, {"num_class": 3}), ("binary:hinge", BINARY, {}), ("reg:squarederror", NOISE, {}), ("reg:absoluteerror", NOISE, {}),
    ("reg:pseudohubererror", NOISE, {}), ("reg:squaredlogerror", POSITIVE, {}), ("reg:logistic", BINARY, {}), ("reg:gamma", POSITIVE, {}),
    ("reg:tweedie", POSITIVE, {}), ("count:poisson", POSITIVE, {}), ("survival:cox", POSITIVE, {}), ("survival:aft", POSITIVE, {}),
    ("rank:pairwise", BINARY, {}), ("rank:ndcg", BINARY, {}), ("rank:map", BINARY, {}),
])
def test_other_objectives_predict_the_librarys_number(objective, target, settings):
    model = _trained(target, objective=objective, **settings)
    answers = opened("xgboost", _saved(model, "ubj"), "m.ubj").score(ROWS)
    assert answers.column_names == ["prediction"]
    assert answers["prediction"].to_pylist() == model.predict(xgboost.DMatrix(X)).astype(float).tolist()


def test_a_classifier_of_the_scikit_learn_interface_answers_the_same(tmp_path):
    model = xgboost.XGBClassifier(n_estimators=5, n_jobs=1).fit(X, BINARY)
    model.save_model(tmp_path / "m.json")
    answers = opened("xgboost", (tmp_path / "m.json").read_bytes(), "m.json").score(ROWS)
    assert answers["prediction"].to_pylist() == model.predict(X).tolist()
    assert answers["score"].to_pylist() == model.predict_proba(X)[:, 1].astype(float).tolist()


def test_the_example_answers_as_the_library_does_and_the_same_every_time():
    rows = pq.read_table(EXAMPLES / "credit" / "current.parquet")
    booster = xgboost.Booster(model_file=GOOD["xgboost"])
    frame = rows.select(booster.feature_names).to_pandas()
    frame = frame.astype({name: "category" for name in frame if frame[name].dtype == object})
    data = GOOD["xgboost"].read_bytes()
    answers = opened("xgboost", data, "m.ubj").score(rows)
    assert answers["score"].to_pylist() == booster.predict(xgboost.DMatrix(frame, enable_categorical=True)).astype(float).tolist()
    assert all(opened("xgboost", data, "m.ubj").score(rows).equals(answers) for _ in range(3))


# What the data must be


def test_features_are_found_by_name_whatever_the_order_and_what_else_is_there(plain):
    scorer = opened("xgboost", _saved(plain), "m.json")
    shuffled = ROWS.select(["d", "b", "a", "c"]).append_column("other", pa.array(["text"] * 300))
    assert scorer.score(shuffled).equals(scorer.score(ROWS))
    swapped = ROWS.rename_columns(["b", "a", "c", "d"])
    assert not scorer.score(swapped).equals(scorer.score(ROWS)), "the control: names do matter"


def test_a_column_that_is_not_there_or_is_text_is_named(plain):
    scorer = opened("xgboost", _saved(plain), "m.json")
    with pytest.raises(ArtifactError, match=r"needs columns the data does not have: b"):
        scorer.score(ROWS.drop_columns(["b"]))
    for words in (pa.array(["1"] * 300), pa.array(["x"] * 300).dictionary_encode(), pa.array([None] * 299 + ["x"])):
        with pytest.raises(ArtifactError, match=r"wants numbers in column 'b' and knows no categories"):
            scorer.score(ROWS.set_column(1, "b", words))


def test_missing_is_missing_to_the_model_and_numbers_of_any_type_are_numbers(plain):
    scorer = opened("xgboost", _saved(plain), "m.json")
    empty = ROWS.set_column(1, "b", pa.nulls(300))
    expected = plain.predict(xgboost.DMatrix(X.assign(b=np.nan)))
    assert scorer.score(empty)["score"].to_pylist() == expected.astype(float).tolist()
    whole = ROWS.set_column(1, "b", pa.array([None, 1, 2] * 100, pa.int16()))
    assert scorer.score(whole).equals(scorer.score(ROWS.set_column(1, "b", pa.array([None, 1.0, 2.0] * 100))))
    assert scorer.score(ROWS.set_column(1, "b", pa.array([True, False] * 150))).equals(
        scorer.score(ROWS.set_column(1, "b", pa.array([1, 0] * 150))))
    assert scorer.score(ROWS.slice(0, 0)).num_rows == 0


@pytest.mark.parametrize("number", [np.inf, -np.inf, 1e300])
def test_an_infinite_number_is_an_error_with_its_row(plain, number):
    with pytest.raises(ArtifactError, match="row 3 has a infinite or too large"):
        opened("xgboost", _saved(plain), "m.json").score(ROWS.set_column(0, "a", pa.array([0.0, 0.0, 0.0, number] + [0.0] * 296)))


def test_without_names_the_data_has_as_many_columns():
    model = xgboost.train({"nthread": 1, "objective": "binary:logistic"}, xgboost.DMatrix(X.to_numpy(), label=BINARY), 3)
    scorer = opened("xgboost", _saved(model), "m.json")
    assert scorer.score(ROWS)["score"].to_pylist() == model.predict(xgboost.DMatrix(X.to_numpy())).astype(float).tolist()
    with pytest.raises(ArtifactError, match="4 features without names; the data has 3 columns"):
        scorer.score(ROWS.select(["a", "b", "c"]))


@pytest.fixture(scope="module")
def categories():
    frame = X.assign(b=pd.Categorical(np.where(X["a"] > 0.3, "high", "low")), c=pd.Categorical(_RANDOM.choice([10, 20, 30], 300)))
    return _trained(inputs=frame, max_cat_to_onehot=1), frame


@pytest.mark.parametrize("form", ["json", "ubj"])
def test_categories_that_the_file_keeps_are_taken_as_text(categories, form):
    model, frame = categories
    scorer = opened("xgboost", _saved(model, form), f"m.{form}")
    expected = model.predict(xgboost.DMatrix(frame, enable_categorical=True)).astype(float).tolist()
    rows = pa.Table.from_pandas(frame.astype({"b": str, "c": int}))
    assert scorer.score(rows)["score"].to_pylist() == expected
    assert scorer.score(pa.Table.from_pandas(frame))["score"].to_pylist() == expected
    with pytest.raises(ArtifactError, match="column 'b' has middling, which the model has never seen; it knows high, low"):
        scorer.score(rows.set_column(1, "b", pa.array(["middling"] * 300)))
    missing = frame.assign(b=pd.Categorical([None] * 300, categories=["high", "low"]))
    assert scorer.score(rows.set_column(1, "b", pa.nulls(300, pa.string())))["score"].to_pylist() == model.predict(
        xgboost.DMatrix(missing, enable_categorical=True)).astype(float).tolist()


# What a file must be


def _forest(parts):
    return parts["learner"]["gradient_booster"]["model"]


SPOILT = {
    "a child outside": lambda parts: _forest(parts)["trees"][0]["left_children"].__setitem__(0, 999),
    "a child below": lambda parts: _forest(parts)["trees"][0]["left_children"].__setitem__(0, -7),
    "a circle": lambda parts: _forest(parts)["trees"][0]["left_children"].__setitem__(1, 0),
    "a feature outside": lambda parts: _forest(parts)["trees"][1]["split_indices"].__setitem__(0, 4),
    "a feature below": lambda parts: _forest(parts)["trees"][1]["split_indices"].__setitem__(0, -1),
    "trees that are not there": lambda parts: _forest(parts)["gbtree_model_param"].update(num_trees="500"),
    "a tree too many": lambda parts: _forest(parts)["trees"].append(_forest(parts)["trees"][0]),
    "a class outside": lambda parts: _forest(parts)["tree_info"].__setitem__(0, 1),
    "rounds outside": lambda parts: _forest(parts)["iteration_indptr"].__setitem__(-1, 900),
    "nodes that are not there": lambda parts: _forest(parts)["trees"][0]["tree_param"].update(num_nodes="99"),
    "features that are not there": lambda parts: parts["learner"]["learner_model_param"].update(num_feature="9"),
    "a huge number of features": lambda parts: parts["learner"]["learner_model_param"].update(num_feature="999999999"),
    "a missing list": lambda parts: _forest(parts)["trees"][0].pop("split_conditions"),
    "a short list": lambda parts: _forest(parts)["trees"][0]["split_conditions"].pop(),
    "a list of texts": lambda parts: _forest(parts)["trees"][0].update(split_conditions=["x"] * 15),
    "a split by category without any": lambda parts: _forest(parts)["trees"][0]["split_type"].__setitem__(0, 1),
    "an unknown part": lambda parts: parts["learner"].update(loader="os.system"),
    "an unknown objective": lambda parts: parts["learner"]["objective"].update(name="mine"),
    "a bare margin": lambda parts: parts["learner"]["objective"].update(name="binary:logitraw"),
    "classes of a binary model": lambda parts: parts["learner"]["learner_model_param"].update(num_class="3"),
    "several targets": lambda parts: parts["learner"]["learner_model_param"].update(num_target="2"),
    "a base of words": lambda parts: parts["learner"]["learner_model_param"].update(base_score="nan"),
    "too many bases": lambda parts: parts["learner"]["learner_model_param"].update(base_score="[1E0,2E0]"),
    "an unknown booster": lambda parts: parts["learner"]["gradient_booster"].update(name="gbforest"),
    "another version": lambda parts: parts.update(version=[1, 7, 6]),
    "two features of one name": lambda parts: parts["learner"].update(feature_names=["a", "a", "b", "c"]),
    "a list in place of an object": lambda parts: parts.update(learner=[]),
}


@pytest.mark.parametrize("what", SPOILT)
def test_a_file_whose_parts_do_not_fit_is_refused_and_the_library_never_sees_it(parts, what, monkeypatch):
    monkeypatch.setattr("modelops_airflow.kinds.boosters.xgboost._booster", lambda _data: pytest.fail("the library was asked"))
    SPOILT[what](parts)
    assert len(refused("xgboost", _bytes(parts), "m.json")) > 40


def test_the_file_that_is_spoilt_there_is_good(parts):
    opened("xgboost", _bytes(parts), "m.json")


@pytest.mark.parametrize(("change", "told"), [
    (lambda text: text[:-200], "no XGBoost model"), (lambda text: text + "{}", "no XGBoost model"), (lambda text: "[]", "no XGBoost model"),
    (lambda text: "{}", "no XGBoost model"), (lambda text: "[" * 100_000, "no XGBoost model"), (lambda text: text.replace("a", "\x00", 1), "unknown by its content"),
    (lambda text: text.replace('"split_conditions":[', '"split_conditions":[NaN,', 1), "finite"),
    (lambda text: text.replace('"split_conditions":[', '"split_conditions":[1e999,', 1), "finite"),
    (lambda text: text.replace('"tree_info":', '"tree_info":[9],"tree_info":', 1), "twice"),
], ids=["cut", "more behind", "a list", "an empty object", "deep", "NUL", "NaN", "infinite", "a name twice"])
def test_a_text_that_is_no_model_is_refused(plain, change, told):
    assert told in refused("xgboost", change(_saved(plain).decode()).encode(), "m.json")


@pytest.mark.parametrize("size", [2**40, 2**62, -1])
@pytest.mark.parametrize("mark", [b"[$d#L", b"[#L", b"feature_namesSL"])
def test_a_size_that_the_bytes_do_not_hold_is_refused(plain, mark, size):
    data = _saved(plain, "ubj")
    at = (data.index(mark) if mark in data else data.index(b"feature_names") + len(b"feature_names") + 2) + (len(mark) if mark in data else 1)
    report = refused("xgboost", data[:at] + struct.pack(">q", size) + data[at + 8 :], "m.ubj")
    assert "no XGBoost model" in report


def test_a_model_that_was_stopped_early_is_refused_with_what_to_save(plain):
    early = plain.copy()
    early.set_attr(best_iteration="2")
    assert "save booster[:3]" in refused("xgboost", _saved(early), "m.json")
    opened("xgboost", _saved(early[:3]), "m.json")


def test_ubjson_reads_what_the_library_wrote_as_json(plain):
    def plainly(part):
        if isinstance(part, dict):
            return {name: plainly(one) for name, one in part.items()}
        return [plainly(one) for one in part] if isinstance(part, list | np.ndarray) else float(np.float32(part)) if isinstance(part, float | np.floating) else part

    assert plainly(read_ubjson(_saved(plain, "ubj"))) == plainly(json.loads(_saved(plain)))


def test_mutated_files_that_pass_harm_nobody_and_unlooked_at_they_do(plain, tmp_path):
    chance, files = random.Random(11), []
    for _ in range(800):
        form = chance.choice(["json", "ubj"])
        data = _saved(plain, form)
        files.append(changed_json(data, chance) if form == "json" and chance.random() < 0.8 else changed_bytes(data, chance))
    passed = []
    for data in files:
        try:
            read_xgboost(data)
            passed.append(data)
        except ArtifactError:
            continue
    assert len(passed) > 80
    assert bitten("xgboost", passed[:80], tmp_path) == []
    assert bitten("xgboost", [data for data in files if data not in passed], tmp_path, most=1), "the control: the library alone is harmed by them"


def test_what_a_file_says_of_itself_is_told(plain):
    told = KINDS["xgboost"].described(_saved(plain))
    assert told["objective"] == "binary:logistic" and told["trees"] == "5" and told["features"] == "a, b, c, d"


def test_without_the_library_it_is_told_what_to_install(plain, monkeypatch):
    monkeypatch.setitem(sys.modules, "xgboost", None)
    with pytest.raises(ArtifactError, match=r"pip install 'modelops-airflow\[xgboost\]'"):
        KINDS["xgboost"].findings(_saved(plain))
