"""mlflow: folders that a real MLflow saved answer as `mlflow.pyfunc` did; nothing that it would import or open elsewhere passes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from artifacts import clean
from mlflow_folders import SAVED, files, folder, packed, with_mlmodel
from opening import opened, refused

from modelops_airflow.digest import digest_bytes
from modelops_airflow.errors import ArtifactError
from modelops_airflow.kinds import KINDS, open_model, read_artifact, scan, verify

EXPECTED = json.loads((SAVED / "expected.json").read_text())
ROWS = pq.read_table(SAVED / "rows.parquet")
NATIVE = {"sklearn-skops": "prediction", "sklearn-unsigned": "prediction", "xgboost-booster": "score", "xgboost-classifier": "prediction",
          "lightgbm-booster": "score", "onnx-linear": "prediction"}
"""Saved model -> the column of ours that is what `mlflow.pyfunc` answers."""

PICKLED = ("sklearn-pickle", "sklearn-cloudpickle", "sklearn-forest")


def rows_of(name: str) -> pa.Table:
    if name == "onnx-linear":
        return pq.read_table(SAVED / "onnx-rows.parquet")
    return ROWS.select(["amount", "duration_months"]) if name == "sklearn-unsigned" else ROWS


@pytest.mark.parametrize(("name", "column"), NATIVE.items())
def test_a_saved_model_answers_as_mlflow_does(name: str, column: str) -> None:
    answers = opened("mlflow", folder(name), f"{name}.zip").score(rows_of(name))
    assert np.allclose(np.asarray(answers[column], dtype=float), EXPECTED[name], rtol=1e-6, atol=0)
    if column == "score":
        assert answers["prediction"].to_pylist() == [int(one > 0.5) for one in EXPECTED[name]]


@pytest.mark.parametrize("name", PICKLED)
def test_a_pickled_model_answers_as_mlflow_does_and_under_its_own_kind_alone(name: str) -> None:
    answers = opened("mlflow-pickled", folder(name), f"{name}.zip").score(rows_of(name))
    assert answers["prediction"].to_pylist() == EXPECTED[name]
    assert "name the kind mlflow-pickled" in refused("mlflow", folder(name), f"{name}.zip")
    assert KINDS["mlflow-pickled"].by_policy and not KINDS["mlflow"].by_policy


@pytest.mark.parametrize("name", NATIVE)
def test_leave_is_not_taken_where_none_is_needed(name: str) -> None:
    assert "name the kind mlflow, which needs no policy's leave" in refused("mlflow-pickled", folder(name), f"{name}.zip")


def test_code_by_value_passes_under_no_kind() -> None:
    assert "carries code" in refused("mlflow-pickled", folder("pyfunc-value"), "m.zip")
    assert "mlflow-pickled" in refused("mlflow", folder("pyfunc-value"), "m.zip")


@pytest.mark.parametrize("kind", ["mlflow", "mlflow-pickled"])
def test_code_that_mlflow_would_import_is_refused(kind: str) -> None:
    assert "govern it as the kind python" in refused(kind, folder("pyfunc-code"), "m.zip")
    assert "sklearn.code names code" in refused(kind, folder("sklearn-with-code"), "m.zip")


def test_mlflow_is_imported_by_nothing() -> None:
    code = ("import sys; sys.path.insert(0, sys.argv[1]); from opening import opened; from mlflow_folders import folder, SAVED; import pyarrow.parquet as pq; "
            "sys.modules['mlflow'] = None; opened('mlflow', folder('sklearn-skops'), 'm.zip').score(pq.read_table(SAVED / 'rows.parquet')); print('scored')")
    here = Path(__file__).parent
    done = subprocess.run([sys.executable, "-c", f"import sys; sys.path.insert(0, {str(here)!r}); {code}", str(here.parent)],
                          capture_output=True, text=True, check=False)
    assert done.stdout == "scored\n", done.stderr


def test_what_the_folder_says_is_in_the_evidence() -> None:
    told = scan("mlflow", folder("xgboost-booster"), file="m.zip").notes
    facts = dict(one.split(": ", 1) for one in told)
    assert facts["flavour"] == "xgboost, its file model.ubj opened as xgboost" and facts["other flavours"] == "python_function"
    assert facts["MLflow"] == "3.17.2" and len(facts["model uuid"]) == 32 and facts["saved"].startswith("20")
    assert facts["inputs"] == "duration_months double, amount double, instalment_rate double, existing_credits double"
    assert facts["requirements"] == "mlflow==3.17.2, scikit-learn==1.9.1" and facts["objective"] == "binary:logistic"
    assert "conda.yaml" in facts["files"]


@pytest.mark.parametrize("path", [
    "../model.ubj", "/etc/passwd", "a/../../model.ubj", "..\\model.ubj", "C:/model.ubj", "./model.ubj", "", "model.ubj/", "mlflow-artifacts:/0/x",
    "model.ubj\x00", 7, ["model.ubj"], {"path": "model.ubj"},
])
@pytest.mark.parametrize(("flavour", "setting"), [("xgboost", "data"), ("python_function", "data"), ("python_function", "env"), ("other", "model_path")])
def test_a_path_that_leads_elsewhere_is_refused(flavour: str, setting: str, path: Any) -> None:
    if setting == "env":
        path = {"conda": path}
    data = with_mlmodel("xgboost-booster", flavour, **{setting: path})
    assert not clean(scan("mlflow", data, file="m.zip"))
    with pytest.raises(ArtifactError):
        verify("mlflow", data, digest_bytes(data), scan("mlflow", data, file="m.zip"))


def test_a_path_to_nothing_is_refused_and_a_good_one_of_an_unknown_flavour_is_not() -> None:
    assert "which is not in the model's folder" in refused("mlflow", with_mlmodel("xgboost-booster", "other", data="absent.bin"), "m.zip")
    assert clean(scan("mlflow", with_mlmodel("xgboost-booster", "other", data="model.ubj"), file="m.zip"))


@pytest.mark.parametrize(("settings", "says"), [
    ({"loader_module": "os"}, "which MLflow imports; expected mlflow.xgboost"), ({"loader_module": None}, "which MLflow imports"),
    ({"code": "model.ubj"}, "names code"), ({"data": "conda.yaml"}, "which is what is scored here"), ({"data": None}, "names no file"),
    ({"python_model": "model.ubj"}, "names model.ubj, model.ubj"),
])
def test_what_is_scored_here_is_what_mlflow_would_serve(settings: dict[str, Any], says: str) -> None:
    assert says in refused("mlflow", with_mlmodel("xgboost-booster", "python_function", **settings), "m.zip")


def test_the_safest_flavour_is_opened() -> None:
    """A model with two files: the pickle is not opened where the other is there, and MLflow must not serve it either."""
    found = {**files("sklearn-pickle"), "model.onnx": files("onnx-linear")["model.onnx"]}
    body = yaml.safe_load(found["MLmodel"])
    body["flavors"]["onnx"] = {"data": "model.onnx"}
    data = packed({**found, "MLmodel": yaml.safe_dump(body).encode()})
    assert "expected model.onnx, which is what is scored here" in refused("mlflow", data, "m.zip")
    body["flavors"]["python_function"] |= {"loader_module": "mlflow.onnx", "data": "model.onnx"}
    del body["flavors"]["python_function"]["model_path"]
    report = scan("mlflow", packed({**found, "MLmodel": yaml.safe_dump(body).encode()}), file="m.zip")
    assert clean(report) and "flavour: onnx, its file model.onnx opened as onnx" in report.notes


@pytest.mark.parametrize("text", [
    b"", b"[]", b"flavors: {}", b"flavors: [xgboost]", b"flavors: {xgboost: model.ubj}", b"flavors: {xgboost: {data: model.ubj}", b"\xff\xfe", b"x",
    b"flavors: &a {xgboost: {data: model.ubj}}\nother: *a", b"flavors: !!python/object:os.system {xgboost: {data: model.ubj}}",
    b"flavors: {xgboost: {data: model.ubj}}\nflavors: {xgboost: {data: other}}", b"a: " + b"[" * 100_000, b"#" * (2 << 20), b"flavors: {xgboost: {data: absent}}",
])
def test_an_mlmodel_that_is_none_is_a_located_refusal(text: bytes) -> None:
    assert "MLmodel" in refused("mlflow", packed({**files("xgboost-booster"), "MLmodel": text}), "m.zip") or "no file that is opened here" in refused(
        "mlflow", packed({**files("xgboost-booster"), "MLmodel": text}), "m.zip")


def test_a_folder_without_an_mlmodel_and_one_with_a_link_are_none(tmp_path: Path) -> None:
    found = files("xgboost-booster")
    del found["MLmodel"]
    assert "there is no file MLmodel" in refused("mlflow", packed(found), "m.zip")
    (tmp_path / "model").mkdir()
    (tmp_path / "model/MLmodel").symlink_to(SAVED / "xgboost-booster/MLmodel")
    with pytest.raises(ArtifactError, match="no plain file"):
        read_artifact(tmp_path / "model", "model")


def test_what_the_flavours_own_kind_finds_is_found() -> None:
    body = bytearray(files("xgboost-booster")["model.ubj"])
    body[len(body) // 2] ^= 0xFF
    assert not clean(scan("mlflow", packed({**files("xgboost-booster"), "model.ubj": bytes(body)}), file="m.zip"))


def signed(*inputs: dict[str, Any]) -> bytes:
    return with_mlmodel("sklearn-unsigned", None, signature={"inputs": json.dumps(inputs), "outputs": None, "params": None})


AMOUNT, MONTHS = {"name": "amount", "type": "long", "required": True}, {"name": "duration_months", "type": "long", "required": True}


def test_the_signature_chooses_and_orders_the_columns() -> None:
    model = opened("mlflow", signed(MONTHS, AMOUNT), "m.zip")
    mixed = ROWS.select(["sex", "duration_months", "amount"])
    assert model.score(mixed)["prediction"].to_pylist() == EXPECTED["sklearn-unsigned"] and model.notes() == ()
    unsigned = opened("mlflow", folder("sklearn-unsigned"), "m.zip")
    assert "no signature" in unsigned.notes()[0]


@pytest.mark.parametrize(("column", "values", "kind", "fine"), [
    ("long", [1, None], pa.int32(), True), ("long", [1.0, 2.0], pa.float64(), True), ("long", [1.5, 2.0], pa.float64(), False), ("long", ["1", "2"], pa.string(), False),
    ("integer", [1, 2**31], pa.int64(), False), ("integer", [1, 2**31 - 1], pa.int64(), True), ("double", [1, 2**53], pa.int64(), True),
    ("double", [1, 2**53 + 1], pa.int64(), False), ("float", [0.5, None], pa.float64(), True), ("float", [0.1, 0.5], pa.float64(), False),
    ("float", [float("nan"), 0.5], pa.float64(), True), ("float", [1, 2**24 + 1], pa.int64(), False), ("double", ["a", "b"], pa.string(), False),
    ("string", ["a", "b"], pa.string(), True), ("string", [1, 2], pa.int64(), False), ("boolean", [True, False], pa.bool_(), True), ("boolean", [0, 1], pa.int64(), False),
    ("double", [True, False], pa.bool_(), False), ("long", [float("inf"), 1.0], pa.float64(), False), ("long", [None, None], pa.null(), True),
])
def test_a_value_is_taken_if_it_is_the_same_in_the_signatures_type(column: str, values: list[Any], kind: pa.DataType, fine: bool) -> None:
    from modelops_airflow.kinds.mlflow_models.signature import Column, Signature

    signature, rows = Signature((Column("x", column),)), pa.table({"other": [0, 0], "x": pa.array(values, kind)})
    if not fine:
        with pytest.raises(ArtifactError, match=f"the signature wants {column} in column 'x'"):
            signature.applied(rows)
        return
    applied = signature.applied(rows)
    assert applied.column_names == ["x"]
    assert str(applied["x"].to_pylist()) == str([None if one is None else one for one in pa.array(values, kind).to_pylist()]) or applied["x"].to_pylist() == values


@pytest.mark.parametrize(("inputs", "says"), [
    ([{"name": "income", "type": "double", "required": True}], "wants columns the data does not have: income"),
    ([{"type": "tensor", "tensor-spec": {"dtype": "float64", "shape": [-1, 3]}}], "wants 3 columns; the data has 2"),
])
def test_data_that_does_not_fit_the_signature_is_refused(inputs: list[dict[str, Any]], says: str) -> None:
    with pytest.raises(ArtifactError, match=says):
        opened("mlflow", signed(*inputs), "m.zip").score(ROWS.select(["amount", "duration_months"]))


def test_an_optional_column_may_be_missing_and_a_tensor_of_the_right_width_is_fine() -> None:
    rows = ROWS.select(["amount", "duration_months"])
    for inputs in ([AMOUNT, MONTHS, {"name": "income", "type": "double", "required": False}],
                   [{"type": "tensor", "tensor-spec": {"dtype": "int64", "shape": [-1, 2]}}], [{**AMOUNT, "type": "tensor", "tensor-spec": {"shape": [-1]}}, MONTHS]):
        assert opened("mlflow", signed(*inputs), "m.zip").score(rows)["prediction"].to_pylist() == EXPECTED["sklearn-unsigned"]


@pytest.mark.parametrize("inputs", [
    "", "{}", "[]", "[1]", "null x", '[{"name": "a"}]', '[{"name": "a", "type": "array"}]', '[{"name": "a", "type": "long"}, {"name": "a", "type": "long"}]',
    '[{"type": "tensor", "tensor-spec": {"shape": [-1, 2, 2]}}]', '[{"type": "tensor"}]', "[" * 50_000, '[{"name": "a", "type": "tensor", "tensor-spec": {"shape": [-1, 7]}}]',
])
def test_a_signature_that_is_not_understood_is_a_finding_and_never_no_signature(inputs: str) -> None:
    data = with_mlmodel("sklearn-unsigned", None, signature={"inputs": inputs, "outputs": None})
    assert "the signature" in refused("mlflow", data, "m.zip")


def test_there_are_no_options() -> None:
    data = folder("sklearn-skops")
    with pytest.raises(ArtifactError, match="has no option"):
        open_model(verify("mlflow", data, digest_bytes(data), scan("mlflow", data, file="m.zip")), {"flavour": "sklearn"})
