"""ONNX: no tensor from another file, and the runtime's own answers."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from artifacts import EXAMPLES, GOOD, clean

from modelops_airflow.digest import digest_bytes
from modelops_airflow.errors import ArtifactError
from modelops_airflow.kinds import KINDS, scan, verify
from modelops_airflow.kinds.estimators.onnx_graph import keeps_tensors_elsewhere


@pytest.fixture(scope="module")
def onnx():
    pytest.importorskip("onnxruntime")
    return pytest.importorskip("onnx")


def _model(onnx, *, name="x", external=False, nested=False, outputs=1):
    """A graph that gives x + w."""
    helper, kinds = onnx.helper, onnx.TensorProto
    weight = helper.make_tensor("w", kinds.FLOAT, [1], [2.0])
    if external:
        weight.ClearField("float_data")
        weight.data_location = kinds.EXTERNAL
        entry = weight.external_data.add()
        entry.key, entry.value = "location", "secret.bin"
    first = [helper.make_node("Constant", [], ["w"], value=weight)] if nested else []
    nodes = [*first, helper.make_node("Add", [name, "w"], ["y"])]
    graph = helper.make_graph(
        nodes, "g", [helper.make_tensor_value_info(name, kinds.FLOAT, [None, 1])],
        [helper.make_tensor_value_info("y", kinds.FLOAT, [None, 1])], initializer=[] if nested else [weight])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9).SerializeToString()


def _load(data):
    return KINDS["onnx"].load(verify("onnx", data, digest_bytes(data), scan("onnx", data, file="m.onnx")))


@pytest.mark.parametrize("nested", [False, True], ids=["initializer", "constant"])
def test_external_data_is_refused_and_the_runtime_never_sees_it(onnx, nested, monkeypatch):
    monkeypatch.setattr("modelops_airflow.kinds.estimators.onnx._session", lambda _data: pytest.fail("the runtime was asked"))
    data = _model(onnx, external=True, nested=nested)
    report = scan("onnx", data, file="m.onnx")
    assert not clean(report)
    assert any("other files" in note for note in report.notes)


def test_another_spelling_of_the_same_protobuf_does_not_hide_external_data(onnx):
    """The length of the key is written with a needless byte: parsers read it as the same."""
    plain = _model(onnx, external=True)
    entry = b"\x0a\x08location"
    assert plain.count(entry) == 1
    model = onnx.ModelProto.FromString(plain)
    tensor = model.graph.initializer[0].SerializeToString()
    spelt = tensor.replace(entry, b"\x0a\x88\x00location").replace(
        b"\x6a" + bytes([len(model.graph.initializer[0].external_data[0].SerializeToString())]),
        b"\x6a" + bytes([len(model.graph.initializer[0].external_data[0].SerializeToString()) + 1]))
    assert onnx.TensorProto.FromString(spelt) == model.graph.initializer[0]
    head = onnx.ModelProto(ir_version=9).SerializeToString()
    graph = b"\x2a" + _size(len(spelt)) + spelt
    evil = head + b"\x3a" + _size(len(graph)) + graph
    assert onnx.ModelProto.FromString(evil).graph.initializer[0].external_data[0].value == "secret.bin"
    assert entry not in evil
    assert keeps_tensors_elsewhere(evil)
    assert not clean(scan("onnx", evil, file="m.onnx"))


def _size(number):
    return bytes([number]) if number < 128 else bytes([number & 0x7F | 0x80, number >> 7])


def test_a_column_of_the_name_location_is_no_external_data(onnx):
    data = _model(onnx, name="location")
    assert clean(scan("onnx", data, file="m.onnx"))
    assert _load(data).score(pa.table({"location": [1.0, 5.0]}))["prediction"].to_pylist() == [3.0, 7.0]


@pytest.mark.parametrize("data", [b"\x08", b"\x08\x09\x3a\xff", b"\x08\x09\x3b", b"\x08" + b"\xff" * 12, b"\x08\x09\x3a\x03\x2a\x05x"])
def test_what_is_no_protobuf_is_refused(data):
    assert not clean(scan("onnx", data, file="m.onnx"))


def test_data_that_does_not_fit_is_one_line(onnx):
    scorer = _load(_model(onnx))
    for rows in (pa.table({"z": [1.0], "q": [2.0]}), pa.table({"x": ["a"]})):
        with pytest.raises(ArtifactError) as caught:
            scorer.score(rows)
        assert "\n" not in str(caught.value)


def test_the_example_answers_as_the_bare_runtime_and_the_same_every_time(onnx):
    import onnxruntime

    data = GOOD["onnx"].read_bytes()
    rows = pq.read_table(EXAMPLES / "income" / "current.parquet").slice(0, 500)
    answers = _load(data).score(rows)
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    feed = {one.name: rows[one.name].to_numpy().astype(str).astype(object).reshape(-1, 1) if "string" in one.type
            else rows[one.name].to_numpy().astype(np.float32).reshape(-1, 1) for one in session.get_inputs()}
    label, probability = session.run(None, feed)
    assert answers["prediction"].to_pylist() == label.tolist()
    assert np.allclose(answers["score"].to_numpy(), probability[:, 1], atol=1e-6)
    assert all(_load(data).score(rows).equals(answers) for _ in range(3))
