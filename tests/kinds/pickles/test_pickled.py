"""Honest pickled models: every way to save them is accepted, and the jail answers as the model itself does."""

from __future__ import annotations

import os
import time
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from artifacts import clean
from honest_models import fitted, frame, saved

from modelops_airflow.digest import digest_bytes
from modelops_airflow.errors import ArtifactError
from modelops_airflow.kinds import KINDS, scan, verify
from modelops_airflow.kinds.pickles.walk import Walk

MODELS = fitted()
NAMES = [f"{index} {type(model).__name__}" for index, model in enumerate(MODELS)]


def load(kind: str, data: bytes) -> Any:
    return KINDS[kind].load(verify(kind, data, digest_bytes(data), scan(kind, data, file="model.pkl")))


@pytest.mark.parametrize("model", MODELS, ids=NAMES)
def test_every_way_to_save_an_honest_model_is_accepted(model: Any) -> None:
    for how, (kind, data) in saved(model).items():
        report = scan(kind, data, file="model.pkl")
        assert clean(report), (how, report.notes)


@pytest.mark.parametrize(("index", "how"), [
    *((index, ("pickle 5", "joblib zlib", "joblib 0")[index % 3]) for index in range(len(MODELS))),
    *((0, how) for how in ("pickle 2", "cloudpickle", "joblib gzip", "joblib bz2", "joblib xz", "joblib lzma")),
    (len(MODELS) - 1, "joblib 0"), (2, "pickle 2"), (2, "joblib protocol 2"),
])
def test_the_jail_answers_as_the_model_does(index: int, how: str) -> None:
    model, rows = MODELS[index], frame()
    kind, data = saved(model)[how]
    answers = load(kind, data).score(pa.Table.from_pandas(rows))
    asked = rows[list(model.feature_names_in_)]
    assert answers["prediction"].to_pylist() == model.predict(asked).tolist()
    if hasattr(model, "predict_proba"):
        assert np.array_equal(answers["score"].to_numpy(), model.predict_proba(asked)[:, 1])
    else:
        assert answers.column_names == ["prediction"]


def test_a_model_of_some_classes_answers_numbers_alone() -> None:
    from sklearn.linear_model import LogisticRegression

    rows = frame()[["a", "b"]]
    model = LogisticRegression().fit(rows, np.arange(len(rows)) % 3)
    assert load("pickle", saved(model)["pickle 5"][1]).score(pa.Table.from_pandas(rows)).column_names == ["prediction"]


def test_data_that_does_not_fit_is_one_line() -> None:
    scorer = load("pickle", saved(MODELS[0])["pickle 5"][1])
    for rows, word in ((pa.table({"a": [1.0]}), "does not have: b"), (pa.table({"a": ["x"], "b": [1.0]}), "cannot score")):
        with pytest.raises(ArtifactError, match=word) as caught:
            scorer.score(rows)
        assert "\n" not in str(caught.value)


def test_a_file_of_another_format_is_refused_with_what_it_is_and_what_to_do() -> None:
    data = saved(MODELS[0])["pickle 5"][1]
    report = scan("skops", data, file="model.skops")
    assert not clean(report)
    assert report.notes[0] == ("artifact model.skops is pickle by its content; expected zip archive; "
                               "save the model as skops, or name the kind that it is")


def test_joblibs_arrays_are_refused_in_a_file_of_pickle() -> None:
    report = scan("pickle", saved(MODELS[0])["joblib 0"][1], file="model.pkl")
    assert not clean(report)


def test_code_by_value_is_refused_with_a_message_that_says_so() -> None:
    import cloudpickle
    from sklearn.preprocessing import FunctionTransformer

    report = scan("cloudpickle", cloudpickle.dumps(FunctionTransformer(lambda rows: rows)), file="model.pkl")
    assert not clean(report)
    assert any("the file carries code" in note for note in report.notes)


@pytest.mark.parametrize("how", ["pickle 2", "pickle 5", "joblib 0"])
def test_every_changed_byte_is_accepted_or_told_and_never_raises(how: str) -> None:
    kind, data = saved(MODELS[0])[how]
    for place in range(0, len(data), 3):
        for change in (1, 0x80):
            bent = bytearray(data)
            bent[place] ^= change
            scan(kind, bytes(bent), file="model.pkl")
    for end in range(0, len(data), 7):
        assert not clean(scan(kind, data[:end], file="model.pkl"))


def test_reading_imports_nothing_that_the_pickle_names() -> None:
    import sys

    before = set(sys.modules)
    walk = Walk(data=b"\x80\x02" + b"csklearn.datasets.descr\nx\n" + b"cantigravity\nfly\n\x86.")
    walk.whole()
    assert set(walk.untrusted) == {"sklearn.datasets.descr.x", "antigravity.fly"}
    assert set(sys.modules) == before


def test_a_jail_is_started_for_a_batch_and_not_for_a_row() -> None:
    rows = pa.Table.from_pandas(frame())
    many = pa.concat_tables([rows] * 500)
    scorer = load("pickle", saved(MODELS[0])["pickle 5"][1])
    scorer.score(rows)
    started = time.perf_counter()
    assert scorer.score(many).num_rows == many.num_rows
    assert time.perf_counter() - started < 30
    assert not [one for one in os.listdir("/proc") if one.isdigit() and _is_jail(one)]


def _is_jail(process: str) -> bool:
    try:
        with open(f"/proc/{process}/stat") as stat, open(f"/proc/{process}/cmdline", "rb") as line:
            return stat.read().split(") ")[1].split()[1] == str(os.getpid()) and b"modelops_airflow.kinds.confinement.jailed" in line.read()
    except OSError:
        return False
