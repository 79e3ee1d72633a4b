"""skops: what needs an untrusted type is refused; what is trusted predicts as the original."""

from __future__ import annotations

import importlib
import io
import re
import zipfile

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from artifacts import EXAMPLES, GOOD, clean

from modelops_airflow.digest import digest_bytes
from modelops_airflow.errors import ArtifactError
from modelops_airflow.kinds import KINDS, scan, verify
from modelops_airflow.plan.types import Requirement
from modelops_airflow.policy.verdict import judge

OPENED = []


def steal(values):
    """What an author might smuggle into a transformer."""
    OPENED.append("opened")
    return values


@pytest.fixture(scope="module")
def sk():
    pytest.importorskip("skops.io")
    import skops.io
    from sklearn.linear_model import LinearRegression, LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer

    class All:
        pass

    All.dumps, All.linear, All.logistic = staticmethod(skops.io.dumps), LinearRegression, LogisticRegression
    All.pipeline, All.function = staticmethod(make_pipeline), FunctionTransformer
    return All


def _load(data):
    return KINDS["skops"].load(verify("skops", data, digest_bytes(data), scan("skops", data, file="m.skops")))


X = np.random.default_rng(0).normal(size=(60, 2))


def test_a_custom_function_is_untrusted_and_never_called(sk):
    model = sk.pipeline(sk.function(steal), sk.linear()).fit(X, X[:, 0])
    OPENED.clear()
    data = sk.dumps(model)
    report = scan("skops", data, file="m.skops")
    values = {row.name: row.value for row in report.metrics}
    assert values["untrusted_types"] >= 1
    assert any("steal" in note for note in report.notes)
    with pytest.raises(ArtifactError, match="did not pass"):
        verify("skops", data, digest_bytes(data), report)
    assert OPENED == []


def test_a_model_predicts_as_the_original(sk):
    frame = pa.table({"b": X[:, 1], "a": X[:, 0], "other": np.arange(60)})
    model = sk.logistic().fit(frame.select(["a", "b"]).to_pandas(), (X[:, 0] > 0).astype(int))
    answers = _load(sk.dumps(model)).score(frame)
    assert answers["prediction"].to_pylist() == model.predict(frame.select(["a", "b"]).to_pandas()).tolist()
    assert answers["score"].to_pylist() == model.predict_proba(frame.select(["a", "b"]).to_pandas())[:, 1].tolist()


@pytest.mark.filterwarnings("ignore:X has feature names")
def test_several_classes_and_numbers_have_no_score(sk):
    rows = pa.table({"a": X[:, 0], "b": X[:, 1]})
    for model in (sk.linear().fit(X, X[:, 0]), sk.logistic().fit(X, np.arange(60) % 3)):
        assert _load(sk.dumps(model)).score(rows).column_names == ["prediction"]


@pytest.mark.parametrize("last", ["LogisticRegression", "SVC", "LinearRegression", "passthrough before", "alone"])
def test_a_pipeline_answers_to_the_bit_what_it_answers_whole(sk, last):
    """Its rows are prepared once for all that its last step is asked; an SVC's labels are not those of its probabilities."""
    from sklearn.compose import make_column_transformer
    from sklearn.linear_model import LinearRegression, LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler
    from sklearn.svm import SVC

    random = np.random.default_rng(1)
    rows = pa.table({"a": random.normal(size=300), "b": random.normal(size=300), "c": random.choice(["x", "y", "z"], size=300)})
    frame, labels = rows.to_pandas(), random.integers(0, 2, size=300)
    columns = make_column_transformer((StandardScaler(), ["a", "b"]), (OneHotEncoder(), ["c"]))
    model = {"LogisticRegression": lambda: make_pipeline(columns, LogisticRegression()), "SVC": lambda: make_pipeline(columns, SVC(probability=True, random_state=0)),
             "LinearRegression": lambda: make_pipeline(columns, LinearRegression()), "passthrough before": lambda: make_pipeline(columns, "passthrough", LogisticRegression()),
             "alone": lambda: make_pipeline(LogisticRegression())}[last]()
    shown = frame[["a", "b"]] if last == "alone" else frame
    model.fit(shown, labels)

    answers = _load(sk.dumps(model)).score(rows)

    assert answers["prediction"].to_pylist() == model.predict(shown).tolist()
    if hasattr(model, "predict_proba"):
        assert answers["score"].to_pylist() == model.predict_proba(shown)[:, 1].tolist()


def test_data_that_does_not_fit_is_one_line(sk):
    model = sk.logistic().fit(pa.table({"a": X[:, 0], "b": X[:, 1]}).to_pandas(), X[:, 0] > 0)
    scorer = _load(sk.dumps(model))
    with pytest.raises(ArtifactError, match="does not have: b"):
        scorer.score(pa.table({"a": [1.0]}))
    for bad in (["x"], [None], [float("inf")]):
        with pytest.raises(ArtifactError, match="cannot score") as caught:
            scorer.score(pa.table({"a": pa.array(bad), "b": [1.0]}))
        assert "\n" not in str(caught.value)


def test_what_is_no_model_cannot_be_loaded(sk):
    with pytest.raises(ArtifactError, match="cannot predict"):
        _load(sk.dumps({"a": 1}))
    with pytest.raises(ArtifactError):
        _load(sk.dumps(X))


def test_the_example_scores_its_data(sk):
    data = GOOD["skops"].read_bytes()
    assert clean(scan("skops", data, file="m.skops"))
    rows = pq.read_table(EXAMPLES / "credit" / "current.parquet")
    answers = _load(data).score(rows)
    assert answers.num_rows == rows.num_rows
    assert min(answers["score"].to_pylist()) >= 0
    assert max(answers["score"].to_pylist()) <= 1
    assert answers.equals(_load(data).score(rows))


# What estimators would read


def _texts(where, **options):
    """A model over a column of texts or of paths."""
    from sklearn.compose import ColumnTransformer
    from sklearn.feature_extraction import text
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import Pipeline

    vectorizer = getattr(text, where)(analyzer="char", **options)
    return Pipeline([("c", ColumnTransformer([("v", vectorizer, "doc")])), ("l", LogisticRegression())])


@pytest.fixture
def paths(tmp_path):
    """Files of two sorts, and rows that name them."""
    for name in ("a", "b"):
        (tmp_path / name).write_text(name * 40)
    return pa.table({"doc": [str(tmp_path / name) for name in ("a", "b") * 5]})


def _changed(data, change):
    """The same archive with another schema."""
    source, out = zipfile.ZipFile(io.BytesIO(data)), io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for member in source.namelist():
            inside = source.read(member)
            archive.writestr(member, change(inside.decode()).encode() if member == "schema.json" else inside)
    return out.getvalue()


@pytest.mark.parametrize("where", ["CountVectorizer", "TfidfVectorizer", "HashingVectorizer"])
def test_a_model_that_opens_the_files_that_rows_name_is_refused(sk, paths, where):
    data = sk.dumps(_texts(where, input="filename").fit(paths.to_pandas(), [0, 1] * 5))
    report = scan("skops", data, file="m.skops")
    assert any(f"{where}: input is 'filename', expected 'content'" in note and "save the model with input='content'" in note for note in report.notes)
    with pytest.raises(ArtifactError, match="did not pass"):
        verify("skops", data, digest_bytes(data), report)


def test_without_the_rule_such_a_model_would_tell_what_is_in_a_canary(sk, paths, tmp_path, monkeypatch):
    """The negative control: skops trusts every type of it."""
    data = sk.dumps(_texts("CountVectorizer", input="filename").fit(paths.to_pandas(), [0, 1] * 5))
    monkeypatch.setattr("modelops_airflow.kinds.estimators.skops.reading_findings", lambda _: [])
    canary = tmp_path / "secret.pem"
    canary.write_text("b" * 100)
    assert _load(data).score(pa.table({"doc": [str(canary)]}))["prediction"].to_pylist() == [1]
    canary.write_text("a" * 100)
    assert _load(data).score(pa.table({"doc": [str(canary)]}))["prediction"].to_pylist() == [0]


@pytest.mark.parametrize("where", ["CountVectorizer", "TfidfVectorizer", "HashingVectorizer"])
def test_a_model_over_texts_themselves_passes(sk, where):
    rows = pa.table({"doc": ["aaaa", "bbbb"] * 5})
    data = sk.dumps(_texts(where).fit(rows.to_pandas(), [0, 1] * 5))
    assert clean(scan("skops", data, file="m.skops"))
    assert _load(data).score(rows)["prediction"].to_pylist() == [0, 1] * 5


CONTENT = r'"input": \{[^}]*?"content": "\\"content\\""[^}]*?"__id__": (\d+)\s*\}'


@pytest.mark.parametrize("change", [
    lambda text: text.replace('"\\"content\\""', '"\\"filename\\""'),
    lambda text: text.replace('"\\"content\\""', '"\\"\\\\u0066ilename\\""'),
    lambda text: re.sub(CONTENT, r'"input": {"__class__": "str", "__module__": "builtins", "__loader__": "CachedNode", "__id__": 77}', text),
    lambda text: re.sub(CONTENT, lambda found: found[0].replace('"input"', '"other"'), text),
    lambda text: re.sub(CONTENT, lambda found: found[0] + "," + found[0].replace('\\"content\\"', '\\"filename\\"'), text),
    lambda text: text.replace('"input": {', '"zz": {"__class__": "str", "__module__": "builtins", "__loader__": "JsonNode", "content": '
                              '"\\"filename\\"", "__id__": ' + re.search(CONTENT, text)[1] + '}, "input": {'),
])
def test_a_crafted_schema_does_not_get_around_the_rule(sk, change):
    rows = pa.table({"doc": ["aaaa", "bbbb"] * 5})
    data = sk.dumps(_texts("CountVectorizer").fit(rows.to_pandas(), [0, 1] * 5))
    assert clean(scan("skops", _changed(data, lambda text: text), file="m.skops"))
    bent = _changed(data, change)
    assert bent != _changed(data, lambda text: text)
    assert not clean(scan("skops", bent, file="m.skops"))


def test_an_estimator_with_a_cache_is_refused(sk, tmp_path):
    from sklearn.pipeline import Pipeline

    for memory, fine in ((None, True), (str(tmp_path / "cache"), False)):
        data = sk.dumps(Pipeline([("l", sk.linear())], memory=memory).fit(X, X[:, 0]))
        report = scan("skops", data, file="m.skops")
        assert clean(report) == fine
        assert any("save the model with memory=None" in note for note in report.notes) != fine


def test_the_rules_name_every_estimator_that_reads_by_a_parameter(sk):
    """A new one in scikit-learn fails here; functions and cache objects are types that skops does not trust."""
    from sklearn.utils import all_estimators

    from modelops_airflow.kinds.estimators.skops_reads import RULES

    suspicious = {"input", "memory", "cache", "path", "file", "filename", "directory", "folder", "url", "load_content", "location"}
    found = set()
    for _, estimator in all_estimators():
        known = getattr(estimator, "_parameter_constraints", {})
        options = {option for allowed in known.values() if isinstance(allowed, list) for one in allowed for option in getattr(one, "options", ())}
        if suspicious & known.keys() or {"filename", "file"} & {str(option) for option in options}:
            found.add(f"{estimator.__module__}.{estimator.__name__}")
    assert found == set(RULES)


@pytest.mark.parametrize("function", ["numpy.load", "numpy.fromfile", "pandas.read_csv", "sklearn.datasets.load_files"])
def test_functions_that_read_are_not_trusted(sk, function):
    module, _, name = function.rpartition(".")
    data = sk.dumps(sk.pipeline(sk.function(getattr(importlib.import_module(module), name))))
    assert any(note.startswith("untrusted type") and name in note for note in scan("skops", data, file="m.skops").notes)


def test_a_tree_is_refused_with_its_type_and_what_to_do(sk):
    from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier, RandomForestClassifier

    requirement = Requirement("untrusted_types", None, "> 0", {}, "built in")
    for estimator, missing in ((RandomForestClassifier(2), "sklearn.tree._tree.Tree"), (GradientBoostingClassifier(n_estimators=2), "sklearn.tree._tree.Tree"),
                               (HistGradientBoostingClassifier(max_iter=2), "TreePredictor")):
        report = scan("skops", sk.dumps(estimator.fit(X, X[:, 0] > 0)), file="m.skops")
        told = "; ".join(str(row) for row in judge([requirement], report).rows)
        assert missing in told and "onnx (skl2onnx)" in told and "fail" in told
