"""PMML: scikit-learn's answers, XML that expands nothing, and a Java process that is bounded and never left behind."""

from __future__ import annotations

import gc
import importlib.util
import os
import shutil
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from artifacts import EXAMPLES, GOOD
from opening import opened, refused

from modelops_airflow.errors import ArtifactError
from modelops_airflow.kinds import KINDS, scan
from modelops_airflow.kinds.estimators import pmml_java
from modelops_airflow.kinds.estimators.pmml_file import DEEPEST, read_pmml
from modelops_airflow.kinds.estimators.pmml_java import JavaModel
from modelops_airflow.measurement import Status


@pytest.fixture(autouse=True, scope="module")
def java() -> None:
    """Without Java and the library there is nothing to ask; in CI that is a failure."""
    if importlib.util.find_spec("pypmml") is None or shutil.which("java") is None:
        if os.environ.get("CI"):
            pytest.fail("CI must test PMML, and this machine has no pypmml or no java")
        pytest.skip("needs pypmml and Java")


HEAD = '<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header><Application name="test" version="1"/></Header>'
FIELDS = ('<DataDictionary><DataField name="a" optype="continuous" dataType="double"/><DataField name="n" optype="continuous" dataType="integer"/>'
          '<DataField name="c" optype="categorical" dataType="string"><Value value="own"/><Value value="rent"/></DataField>{target}</DataDictionary>')
LABEL = '<DataField name="y" optype="categorical" dataType="integer"><Value value="0"/><Value value="1"/></DataField>'
NUMBER = '<DataField name="y" optype="continuous" dataType="double"/>'
SCHEMA = '<MiningSchema><MiningField name="y" usageType="target"/><MiningField name="a"/><MiningField name="n"/><MiningField name="c"/></MiningSchema>'
TABLE = ('<RegressionTable intercept="-0.1"{category}><NumericPredictor name="a" coefficient="0.3333333333333333"/>'
         '<NumericPredictor name="n" coefficient="0.01"/><CategoricalPredictor name="c" value="own" coefficient="0.7"/></RegressionTable>')
ONE = TABLE.format(category=' targetCategory="1"')
CLASSES = (HEAD + FIELDS.format(target=LABEL) + '<RegressionModel functionName="classification" normalizationMethod="logit">' + SCHEMA
           + ONE + '<RegressionTable targetCategory="0" intercept="0"/></RegressionModel></PMML>')
REGRESSION = HEAD + FIELDS.format(target=NUMBER) + '<RegressionModel functionName="regression">' + SCHEMA + TABLE.format(category="") + "</RegressionModel></PMML>"
OUTPUT = ('<Output><OutputField name="decision" feature="predictedValue" dataType="integer" optype="categorical"/>'
          '<OutputField name="risk" feature="probability" value="1" dataType="double" optype="continuous"/>'
          '<OutputField name="safe" feature="probability" value="0" dataType="double" optype="continuous"/></Output>')
ROWS = pa.table({"a": [1.1, 2.5, -30.0], "n": [1, 2, 3], "c": ["own", "rent", "own"]})
RAW = np.array([-0.1 + a / 3 + 0.01 * n + 0.7 * (c == "own") for a, n, c in zip(*ROWS.to_pydict().values(), strict=True)])


@pytest.fixture(scope="module")
def scorer():
    return opened("pmml", CLASSES.encode(), "m.pmml")


@pytest.fixture(scope="module")
def regression():
    return opened("pmml", REGRESSION.encode(), "m.pmml")


def test_the_example_answers_as_scikit_learn_does():
    sys.path.insert(0, str(EXAMPLES / "credit"))
    try:
        from write_scorecard import document, trained
    finally:
        sys.path.pop(0)
    baseline, rows = pd.read_parquet(EXAMPLES / "credit" / "baseline.parquet"), pq.read_table(EXAMPLES / "credit" / "current.parquet")
    assert document(baseline) == GOOD["pmml"].read_bytes()
    model, columns = trained(baseline)
    current = pd.get_dummies(rows.to_pandas(), prefix_sep="=", dtype=float).reindex(columns=columns.columns, fill_value=0.0)
    current["amount"] /= 1000
    scorer = opened("pmml", GOOD["pmml"].read_bytes(), "m.pmml")
    answers = scorer.score(rows)
    assert np.allclose(answers["score"].to_numpy(), model.predict_proba(current)[:, 1], rtol=0, atol=1e-9)
    assert answers["prediction"].to_pylist() == model.predict(current).tolist()
    assert all(scorer.score(rows).equals(answers) for _ in range(2))


@pytest.mark.parametrize("output", ["", OUTPUT], ids=["without outputs", "with outputs of other names"])
def test_a_classification_has_the_label_and_the_probability_of_the_last(output):
    answers = opened("pmml", CLASSES.replace("</MiningSchema>", "</MiningSchema>" + output).encode(), "m.xml").score(ROWS)
    probability = 1 / (1 + np.exp(-RAW))
    assert np.allclose(answers["score"].to_numpy(), probability, rtol=0, atol=1e-12)
    assert answers["prediction"].to_pylist() == (probability > 0.5).astype(int).tolist()


def test_a_regression_has_its_number_alone(regression):
    answers = regression.score(ROWS)
    assert answers.column_names == ["prediction"]
    assert np.allclose(answers["prediction"].to_numpy(), RAW, rtol=1e-12)
    assert regression.score(ROWS.slice(0, 0)).num_rows == 0


def test_more_rows_than_are_asked_for_at_a_time_stay_in_order(regression, monkeypatch):
    monkeypatch.setattr("modelops_airflow.kinds.estimators.pmml.ROWS", 7)
    many = pa.table({"a": np.arange(30.0), "n": [0] * 30, "c": ["rent"] * 30})
    assert np.allclose(regression.score(many)["prediction"].to_numpy(), np.arange(30) / 3 - 0.1)


# What the data must be


@pytest.mark.parametrize(("name", "values", "told"), [
    ("a", ["1", "2", "3"], "wants numbers in column 'a'; the data has string"), ("c", [1, 2, 3], "wants text in column 'c'; the data has int64"),
    ("a", [1.0, float("inf"), 2.0], "row 1 of the data has a inf; expected a finite number"), ("n", [1.0, 2.0, 2.5], "row 2 of the data has n 2.5; expected a whole number"),
    ("a", [1.0, 2.0, float("nan")], "no answer for row 2"), ("a", [None, 1.0, 2.0], "no answer for row 0"), ("n", [1, None, 2], "row 1 of the data has no n, and PMML4S takes a whole number that is missing for -9223372036854775808"),
    ("c", ["own", "rent", "villa"], "no answer for row 2"),
])
def test_what_the_model_cannot_take_is_an_error_that_says_where(scorer, name, values, told):
    with pytest.raises(ArtifactError, match=told):
        scorer.score(ROWS.set_column(ROWS.column_names.index(name), name, pa.array(values)))


def test_a_missing_word_is_none_of_the_known_ones(scorer):
    answers = scorer.score(ROWS.set_column(2, "c", pa.array([None, None, None], pa.string())))
    assert answers.equals(scorer.score(ROWS.set_column(2, "c", pa.array(["rent"] * 3))))


def test_where_whole_numbers_are_derived_nothing_may_be_missing():
    derived = ('<LocalTransformations><DerivedField name="d" optype="continuous" dataType="integer"><FieldRef field="a"/></DerivedField>'
               "</LocalTransformations>")
    text = CLASSES.replace("</MiningSchema>", "</MiningSchema>" + derived).replace('NumericPredictor name="a"', 'NumericPredictor name="d"')
    scorer = opened("pmml", text.encode(), "m.pmml")
    assert scorer.score(ROWS).num_rows == 3
    with pytest.raises(ArtifactError, match="row 1 of the data has no a"):
        scorer.score(ROWS.set_column(0, "a", pa.array([1.0, None, 2.0])))


def test_a_column_that_is_not_there_is_named(scorer):
    with pytest.raises(ArtifactError, match="needs columns the data does not have: n"):
        scorer.score(ROWS.drop_columns(["n"]))


def test_a_missing_value_that_the_file_treats_is_taken(scorer):
    treated = CLASSES.replace('<MiningField name="a"/>', '<MiningField name="a" missingValueReplacement="2.5"/>')
    answers = opened("pmml", treated.encode(), "m.pmml").score(ROWS.set_column(0, "a", pa.array([None, float("nan"), 2.5])))
    given = scorer.score(ROWS.set_column(0, "a", pa.array([2.5, 2.5, 2.5])))
    assert answers.equals(given)


# What a file must be

DOCTYPE = '<!DOCTYPE PMML [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
LAUGHS = '<!DOCTYPE PMML [<!ENTITY a "ha">' + "".join(f'<!ENTITY {two} "{f"&{one};" * 10}">' for one, two in zip("abcdefgh", "bcdefghi", strict=True)) + "]>"
HOSTILE = {
    "an entity of a file": (DOCTYPE + CLASSES.replace('name="test"', 'name="&x;"'), "document type"),
    "a billion laughs": (LAUGHS + CLASSES, "document type"), "a document type alone": ("<!DOCTYPE PMML>" + CLASSES, "document type"),
    "a parameter entity": ('<!DOCTYPE PMML SYSTEM "http://127.0.0.1:9/x.dtd">' + CLASSES, "document type"), "an unknown entity": (CLASSES.replace("own", "&own;"), "no PMML"),
    "a style sheet": ('<?xml-stylesheet href="http://127.0.0.1:9/x"?>' + CLASSES, "processing instruction"),
    "another encoding": ('<?xml version="1.0" encoding="UTF-7"?>' + CLASSES, "UTF-8"), "deep": (CLASSES.replace("<Header>", "<Header>" + "<Extension>" * DEEPEST), "levels"),
    "cut": (CLASSES[:-30], "no PMML"), "more behind": (CLASSES + "<PMML/>", "no PMML"), "NUL": (CLASSES.replace("own", "o\x00n"), "unknown by its content"),
    "no name space": (CLASSES.replace(' xmlns="http://www.dmg.org/PMML-4_4"', ""), "name space"), "another root": ("<a/>", "expected PMML"), "no model": (HEAD + "</PMML>", "expected one for"),
    "two models": (CLASSES.replace("</PMML>", CLASSES[CLASSES.index("<RegressionModel") :]), "expected one"), "another function": (CLASSES.replace('"classification"', '"clustering"'), "clustering"),
    "a table elsewhere": (CLASSES.replace("<Header>", "<Header><TableLocator/>"), "TableLocator"), "a field twice": (CLASSES.replace(LABEL, LABEL + LABEL), "twice"),
    "a field of another type": (CLASSES.replace('optype="continuous" dataType="double"', 'optype="continuous" dataType="dateTime"'), "dateTime"),
    "a field that is not declared": (CLASSES.replace('<MiningField name="a"/>', '<MiningField name="a"/><MiningField name="z"/>'), "not declared"),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_file_is_refused_and_java_never_sees_it(what, monkeypatch):
    monkeypatch.setattr("modelops_airflow.kinds.estimators.pmml.JavaModel", lambda _text: pytest.fail("Java was asked"))
    text, told = HOSTILE[what]
    assert told in refused("pmml", text.encode(), "m.pmml")


def test_what_pmml4s_refuses_is_refused():
    assert "PMML4S refuses it" in refused("pmml", CLASSES.replace("RegressionModel", "FooModel").encode(), "m.pmml")


def test_a_file_says_what_it_is():
    assert KINDS["pmml"].described(CLASSES.encode()) == {
        "PMML": "4.4", "model": "RegressionModel for classification", "made by": "test 1", "features": "a, n, c"}


# The Java process


def _java_of(model):
    return Path(f"/proc/{model._process.pid}")


def test_the_process_ends_with_the_scorer():
    model = JavaModel(CLASSES)
    process = _java_of(model)
    assert process.exists(), "the control"
    del model
    gc.collect()
    assert not process.exists()


def test_the_process_is_not_spoken_to_without_its_secret():
    from py4j.java_gateway import GatewayParameters, JavaGateway

    model = JavaModel(CLASSES)
    port = model._gateway.gateway_parameters.port
    stranger = JavaGateway(gateway_parameters=GatewayParameters(port=port, auth_token="guessed", enable_memory_management=False))
    with pytest.raises(Exception, match=r"."):
        stranger.jvm.java.lang.System.getProperty("user.home")
    assert model.classes() == ["0", "1"]


def test_an_answer_that_takes_too_long_ends_the_process():
    model = JavaModel(CLASSES)
    model._seconds = 0.3
    with pytest.raises(ArtifactError, match=r"did not answer within 0.3 seconds"):
        model._asked(lambda: model._gateway.jvm.java.lang.Thread.sleep(60_000))


def test_a_process_that_takes_too_much_memory_ends_alone():
    model = JavaModel(CLASSES)
    with pytest.raises(ArtifactError, match="1 GiB of memory"):
        model._asked(lambda: model._gateway.new_array(model._gateway.jvm.long, 400_000_000))


def test_without_java_it_is_told_to_install_it(monkeypatch):
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    report = scan("pmml", CLASSES.encode(), file="m.pmml")
    assert report.status is Status.ERROR
    assert any("install a Java runtime" in note for note in report.notes)


def test_without_the_library_it_is_told_what_to_install(monkeypatch):
    monkeypatch.setattr(pmml_java, "find_spec", lambda _name: None)
    with pytest.raises(ArtifactError, match=r"pip install 'modelops-airflow\[pmml\]'"):
        KINDS["pmml"].findings(CLASSES.encode())


def test_the_text_that_java_gets_is_the_text_that_was_read():
    assert read_pmml(CLASSES.encode()).text == CLASSES
