"""LightGBM: the library's own answers, and no file that it would crash on."""

from __future__ import annotations

import random
import re
import sys

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from artifacts import EXAMPLES, GOOD
from fuzzing import bitten, changed_bytes, changed_text
from opening import opened, refused

from modelops_airflow.errors import ArtifactError
from modelops_airflow.kinds import KINDS
from modelops_airflow.kinds.boosters.lightgbm_file import read_lightgbm

lightgbm = pytest.importorskip("lightgbm")

_RANDOM = np.random.default_rng(7)
X = pd.DataFrame(_RANDOM.normal(size=(300, 4)), columns=["a", "b", "c", "d"])
X.loc[::7, "b"] = np.nan
NOISE = X["a"] + 0.5 * _RANDOM.normal(size=300)
BINARY, CLASSES, POSITIVE = (NOISE > 0).astype(int), pd.cut(NOISE, [-9, -0.5, 0.5, 9], labels=False), np.exp(NOISE)
ROWS = pa.Table.from_pandas(X, preserve_index=False)


def _trained(target=BINARY, rounds=5, inputs=X, **settings):
    settings = {"objective": "binary", "num_leaves": 5, "num_threads": 1, "verbosity": -1} | settings
    groups = [100, 100, 100] if "rank" in settings["objective"] else None
    return lightgbm.train(settings, lightgbm.Dataset(inputs, label=target, group=groups), rounds)


def _saved(booster):
    return booster.model_to_string().encode()


@pytest.fixture(scope="module")
def plain():
    return _trained()


@pytest.mark.parametrize("settings", [
    {}, {"boosting": "dart"}, {"boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.5}, {"monotone_constraints": [1, 0, 0, 0]},
    {"min_data_in_leaf": 5000}, {"zero_as_missing": True}, {"use_missing": False}, {"num_leaves": 2}, {"sigmoid": 2.5},
], ids=str)
def test_a_binary_model_answers_what_the_library_answers_to_the_bit(settings):
    model = _trained(**settings)
    answers = opened("lightgbm", _saved(model), "m.txt").score(ROWS)
    assert answers["score"].to_pylist() == model.predict(X).tolist()
    assert answers["prediction"].to_pylist() == (model.predict(X) > 0.5).astype(int).tolist()


@pytest.mark.parametrize("objective", ["multiclass", "multiclassova"])
def test_of_several_classes_the_most_probable_is_predicted(objective):
    model = _trained(CLASSES, objective=objective, num_class=3)
    answers = opened("lightgbm", _saved(model), "m.txt").score(ROWS)
    assert answers.column_names == ["prediction"]
    assert answers["prediction"].to_pylist() == model.predict(X).argmax(axis=1).tolist()


def test_two_classes_have_the_score_of_the_second():
    model = _trained(objective="multiclass", num_class=2)
    assert opened("lightgbm", _saved(model), "m.txt").score(ROWS)["score"].to_pylist() == model.predict(X)[:, 1].tolist()


@pytest.mark.parametrize(("objective", "target", "settings"), [
    ("regression", NOISE, {}), ("regression", POSITIVE, {"reg_sqrt": True}), ("regression_l1", NOISE, {}), ("huber", NOISE, {}), ("fair", NOISE, {}),
    ("poisson", POSITIVE, {}), ("quantile", NOISE, {"alpha": 0.9}), ("mape", POSITIVE, {}), ("gamma", POSITIVE, {}), ("tweedie", POSITIVE, {}),
    ("cross_entropy", BINARY, {}), ("cross_entropy_lambda", BINARY, {}), ("lambdarank", BINARY, {}), ("rank_xendcg", BINARY, {}),
])
def test_other_objectives_predict_the_librarys_number(objective, target, settings):
    model = _trained(target, objective=objective, **settings)
    answers = opened("lightgbm", _saved(model), "m.txt").score(ROWS)
    assert answers.column_names == ["prediction"]
    assert answers["prediction"].to_pylist() == model.predict(X).tolist()


def test_a_classifier_of_the_scikit_learn_interface_answers_the_same():
    model = lightgbm.LGBMClassifier(n_estimators=5, n_jobs=1, verbosity=-1).fit(X, BINARY)
    answers = opened("lightgbm", _saved(model.booster_), "m.txt").score(ROWS)
    assert answers["prediction"].to_pylist() == model.predict(X).tolist()
    assert answers["score"].to_pylist() == model.predict_proba(X)[:, 1].tolist()


def test_a_model_that_was_stopped_early_answers_with_its_best_round():
    split = lightgbm.Dataset(X[:200], label=BINARY[:200])
    model = lightgbm.train({"objective": "binary", "num_threads": 1, "verbosity": -1, "learning_rate": 0.9}, split, 60,
                           valid_sets=[split.create_valid(X[200:], label=BINARY[200:])], callbacks=[lightgbm.early_stopping(3, verbose=False)])
    assert 0 < model.best_iteration < 57, "the control: it was stopped early"
    assert opened("lightgbm", _saved(model), "m.txt").score(ROWS)["score"].to_pylist() == model.predict(X).tolist()


def test_the_example_answers_as_the_library_does_and_the_same_every_time():
    rows = pq.read_table(EXAMPLES / "credit" / "current.parquet")
    booster = lightgbm.Booster(model_file=GOOD["lightgbm"])
    frame = rows.select(booster.feature_name()).to_pandas()
    frame = frame.astype({name: "category" for name in frame if frame[name].dtype == object})
    data = GOOD["lightgbm"].read_bytes()
    answers = opened("lightgbm", data, "m.txt").score(rows)
    assert answers["score"].to_pylist() == booster.predict(frame).tolist()
    assert all(opened("lightgbm", data, "m.txt").score(rows).equals(answers) for _ in range(3))


# What the data must be


def test_features_are_found_by_name_whatever_the_order_and_what_else_is_there(plain):
    scorer = opened("lightgbm", _saved(plain), "m.txt")
    shuffled = ROWS.select(["d", "b", "a", "c"]).append_column("other", pa.array(["text"] * 300))
    assert scorer.score(shuffled).equals(scorer.score(ROWS))
    swapped = ROWS.rename_columns(["b", "a", "c", "d"])
    assert not scorer.score(swapped).equals(scorer.score(ROWS)), "the control: names do matter"


def test_a_column_that_is_not_there_or_is_text_is_named(plain):
    scorer = opened("lightgbm", _saved(plain), "m.txt")
    with pytest.raises(ArtifactError, match=r"needs columns the data does not have: b"):
        scorer.score(ROWS.drop_columns(["b"]))
    for words in (pa.array(["1"] * 300), pa.array(["x"] * 300).dictionary_encode()):
        with pytest.raises(ArtifactError, match=r"wants numbers in column 'b' and knows no categories"):
            scorer.score(ROWS.set_column(1, "b", words))


def test_missing_is_missing_to_the_model(plain):
    scorer = opened("lightgbm", _saved(plain), "m.txt")
    assert scorer.score(ROWS.set_column(1, "b", pa.nulls(300)))["score"].to_pylist() == plain.predict(X.assign(b=np.nan)).tolist()
    assert scorer.score(ROWS.slice(0, 0)).num_rows == 0


def test_without_names_the_data_has_as_many_columns():
    model = _trained(inputs=X.to_numpy())
    scorer = opened("lightgbm", _saved(model), "m.txt")
    assert scorer.score(ROWS)["score"].to_pylist() == model.predict(X.to_numpy()).tolist()
    with pytest.raises(ArtifactError, match="4 features without names; the data has 3 columns"):
        scorer.score(ROWS.select(["a", "b", "c"]))


def test_categories_that_the_file_keeps_are_taken_as_text():
    frame = X.assign(b=pd.Categorical(np.where(X["a"] > 0.3, "hoch", "grün")), c=pd.Categorical(_RANDOM.choice([10, 20, 30], 300)))
    model = _trained(inputs=frame, min_data_per_group=5)
    scorer = opened("lightgbm", _saved(model), "m.txt")
    rows = pa.Table.from_pandas(frame.astype({"b": str, "c": int}))
    assert scorer.score(rows)["score"].to_pylist() == scorer.score(pa.Table.from_pandas(frame))["score"].to_pylist() == model.predict(frame).tolist()
    with pytest.raises(ArtifactError, match="column 'b' has tief, which the model has never seen; it knows grün, hoch"):
        scorer.score(rows.set_column(1, "b", pa.array(["tief"] * 300)))
    missing = frame.assign(b=pd.Categorical([None] * 300, categories=["grün", "hoch"]))
    assert scorer.score(rows.set_column(1, "b", pa.nulls(300, pa.string())))["score"].to_pylist() == model.predict(missing).tolist()


# What a file must be


def _in(name, change, tree=0):
    """A file of which one line of a tree is another; its size is told as it is."""

    def spoil(text):
        before, block, after = re.split(rf"(?s)(Tree={tree}\n.*?\n\n\n)", text, maxsplit=1)
        spoilt = re.sub(rf"(?m)^{name}=(.*)$", lambda found: f"{name}={change(found[1])}", block, count=1)
        assert spoilt != block
        sizes = re.search(r"tree_sizes=([0-9 ]+)", before)[1].split(" ")
        sizes[tree] = str(int(sizes[tree]) + len(spoilt) - len(block))
        return re.sub(r"tree_sizes=[0-9 ]+", f"tree_sizes={' '.join(sizes)}", before) + spoilt + after

    return spoil


SPOILT = {
    "a child outside": _in("left_child", lambda value: "77" + value[1:]), "a leaf outside": _in("left_child", lambda value: "-77" + value[2:]),
    "a circle": _in("right_child", lambda value: "0" + value[1:]), "a feature outside": _in("split_feature", lambda value: "4" + value[1:]),
    "a feature below": _in("split_feature", lambda value: "-1" + value[1:]), "leaves that are not there": _in("num_leaves", lambda _: "4000"),
    "no leaves": _in("num_leaves", lambda _: "-5"), "a huge tree": _in("num_leaves", lambda _: "2147483647"),
    "a value less": _in("leaf_value", lambda value: value.rsplit(" ", 1)[0]), "a leaf that is no number": _in("leaf_value", lambda value: "nan " + value.split(" ", 1)[1]),
    "an infinite leaf": _in("leaf_value", lambda value: "1e999 " + value.split(" ", 1)[1]), "words": _in("threshold", lambda _: "x y z w"),
    "a split by category without any": _in("decision_type", lambda value: "1" + value[1:]), "an unknown decision": _in("decision_type", lambda value: "14" + value[1:]),
    "categories that are not there": _in("num_cat", lambda _: "3"), "a linear tree": _in("is_linear", lambda _: "1"),
    "a line twice": _in("is_linear", lambda value: f"{value}\nis_linear=0"), "an unknown line": _in("is_linear", lambda value: f"{value}\nloader=os"),
    "a tree that is longer than told": lambda text: text.replace("is_linear=0", "is_linear=00", 1),
    "sizes beyond the file": lambda text: re.sub(r"tree_sizes=(\d+)", "tree_sizes=999999999", text),
    "a tree less": lambda text: re.sub(r"tree_sizes=(\d+) ", "tree_sizes=", text),
    "features that are not there": lambda text: text.replace("max_feature_idx=3", "max_feature_idx=9"),
    "fewer features": lambda text: text.replace("max_feature_idx=3", "max_feature_idx=1"),
    "two features of one name": lambda text: text.replace("feature_names=a b", "feature_names=a a"),
    "classes of a binary model": lambda text: text.replace("num_class=1", "num_class=3"),
    "an unknown objective": lambda text: text.replace("objective=binary", "objective=mine", 1),
    "a linear tree's parts": _in("is_linear", lambda _: "1\nleaf_const=0 0 0 0 0"), "no objective": lambda text: text.replace("objective=binary sigmoid:1\n", "", 1), "another version": lambda text: text.replace("version=v4", "version=v9"),
    "no end": lambda text: text[: text.index("end of trees")], "cut": lambda text: text[: len(text) // 3], "NUL": lambda text: text.replace("a", "\x00", 1),
    "line ends of Windows": lambda text: text.replace("\n", "\r\n"), "categories that are no JSON": lambda text: text.replace("pandas_categorical:[]", "pandas_categorical:[["),
    "categories of nothing": lambda text: text.replace("pandas_categorical:[]", 'pandas_categorical:[["a"]]'),
}


@pytest.mark.parametrize("what", SPOILT)
def test_a_file_whose_parts_do_not_fit_is_refused_and_the_library_never_sees_it(plain, what, monkeypatch):
    monkeypatch.setattr("modelops_airflow.kinds.boosters.lightgbm._booster", lambda _file: pytest.fail("the library was asked"))
    text = _saved(plain).decode()
    spoilt = SPOILT[what](text)
    assert spoilt != text
    assert len(refused("lightgbm", spoilt.encode(), "m.txt")) > 40


def test_the_library_gets_the_trees_alone(plain):
    text = read_lightgbm(_saved(plain)).text
    assert text.endswith("end of trees\n")
    assert "forcedsplits_filename" in _saved(plain).decode()


def test_mutated_files_that_pass_harm_nobody_and_unlooked_at_they_do(plain, tmp_path):
    chance, good, passed, others = random.Random(5), _saved(plain), [], []
    good = good[: good.index(b"end of trees\n") + 13]
    for _ in range(800):
        data = changed_text(good, chance) if chance.random() < 0.7 else changed_bytes(good, chance)
        try:
            read_lightgbm(data)
            passed.append(data)
        except ArtifactError:
            others.append(data)
    assert len(passed) > 40
    assert bitten("lightgbm", passed[:80], tmp_path) == []
    assert bitten("lightgbm", others, tmp_path, most=1), "the control: the library alone is harmed by them"


def test_a_tree_that_is_deeper_than_libraries_can_go_is_refused(plain):
    deep = 20_000
    line = " ".join
    block = "\n".join([
        "Tree=0", f"num_leaves={deep + 1}", "num_cat=0", f"split_feature={line(['0'] * deep)}", f"split_gain={line(['1'] * deep)}",
        f"threshold={line(['0'] * deep)}", f"decision_type={line(['2'] * deep)}", f"left_child={line(str(one) for one in [*range(1, deep), -1])}",
        f"right_child={line(str(-one - 2) for one in range(deep))}", f"leaf_value={line(['0'] * (deep + 1))}", f"leaf_weight={line(['1'] * (deep + 1))}",
        f"leaf_count={line(['1'] * (deep + 1))}", f"internal_value={line(['0'] * deep)}", f"internal_weight={line(['1'] * deep)}",
        f"internal_count={line(['1'] * deep)}", "is_linear=0", "shrinkage=1", "", "", ""])
    head = _saved(plain).decode().split("tree_sizes=")[0]
    assert "deeper than 4096 levels" in refused("lightgbm", f"{head}tree_sizes={len(block)}\n\n{block}end of trees\n".encode(), "m.txt")


def test_what_a_file_says_of_itself_is_told(plain):
    assert KINDS["lightgbm"].described(_saved(plain)) == {"objective": "binary", "trees": "5", "features": "a, b, c, d"}


def test_without_the_library_it_is_told_what_to_install(plain, monkeypatch):
    monkeypatch.setitem(sys.modules, "lightgbm", None)
    with pytest.raises(ArtifactError, match=r"pip install 'modelops-airflow\[lightgbm\]'"):
        KINDS["lightgbm"].findings(_saved(plain))
