"""skops: what needs an untrusted type is refused; what is trusted predicts as the original."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from artifacts import EXAMPLES, GOOD, clean

from modelops_airflow.digest import digest_bytes
from modelops_airflow.errors import ArtifactError
from modelops_airflow.kinds import KINDS, scan, verify

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
