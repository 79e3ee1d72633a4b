"""ONNX: scored with ONNX Runtime; loading runs no code of the model's author."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ...errors import ArtifactError, LibraryMissing
from ..kind import Findings, Kind, Scorer, VerifiedArtifact, kind, missing_extra
from .onnx_graph import keeps_tensors_elsewhere

if TYPE_CHECKING:
    import pyarrow as pa


LARGEST = 100_000_000
"""Numbers in one answer that does not depend on the data."""
BLOCK = 32_768
"""Rows of the input that are put together at a time."""


@kind("onnx", suffixes=(".onnx",), extra="onnx")
class Onnx(Kind):
    """An ONNX graph, one input a column or one input for all, scored on the CPU with one thread."""

    accepts = ("ONNX",)

    def findings(self, data: bytes) -> Findings:
        """Whether the runtime takes it as a graph, and whether it refers to other files."""
        try:
            if keeps_tensors_elsewhere(data):  # it could name any file, so the runtime does not get to see it
                return Findings(True, findings=("the graph keeps tensors in other files",))
        except ValueError as error:
            return Findings(False, findings=(f"this is no ONNX model: {error}",))
        try:
            if _answers_too_much(_session(data)):
                return Findings(True, findings=(f"an answer of the graph has more than {LARGEST} numbers whatever the data says",))
        except LibraryMissing:
            raise
        except ArtifactError as error:
            return Findings(False, findings=(str(error),))
        return Findings(True)

    def load(self, artifact: VerifiedArtifact) -> Scorer:
        """A session over the verified bytes."""
        return _OnnxScorer(_session(artifact.bytes))


def _answers_too_much(session: Any) -> bool:
    """Whether a fixed shape of an output is one that no memory holds."""
    return any(math.prod(one for one in output.shape if isinstance(one, int)) > LARGEST
               for output in session.get_outputs() if isinstance(output.shape, list))


def _session(data: bytes) -> Any:
    try:
        import onnxruntime  # 0.7 s: only in the task that scores
    except ImportError:
        raise missing_extra("onnx", "onnx") from None
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # the same sums on every machine
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the runtime raises many types of its own for a broken graph
        raise ArtifactError(f"ONNX Runtime refuses the graph: {str(error).splitlines()[0][:200]}") from None


class _OnnxScorer(Scorer):
    def __init__(self, session: Any) -> None:
        self._session = session

    def score(self, rows: pa.Table) -> pa.Table:
        """First output as prediction; the last column of a probability output as score."""
        import pyarrow as pa

        try:
            outputs = self._session.run(None, self._inputs(rows))
            answers = {"prediction": pa.array(outputs[0].reshape(len(outputs[0]), -1)[:, 0])}
            if len(outputs) > 1 and getattr(outputs[1], "ndim", 0) == 2 and outputs[1].shape[1] == 2:
                answers["score"] = pa.array(outputs[1][:, 1].astype("float64"))
            return pa.table(answers)
        except ArtifactError:
            raise
        except Exception as error:  # the runtime raises many types of its own, and a graph may answer in any form
            raise ArtifactError(f"the graph cannot score the data: {str(error).splitlines()[0][:200]}") from None

    def _inputs(self, rows: pa.Table) -> dict[str, Any]:
        import numpy as np

        inputs = self._session.get_inputs()
        missing = [one.name for one in inputs if one.name not in rows.column_names]
        if len(inputs) == 1 and missing:
            wide = inputs[0].shape[-1]
            if isinstance(wide, int) and wide != len(rows.column_names):
                raise ArtifactError(f"the graph wants {wide} columns in {inputs[0].name!r}; the data has {len(rows.column_names)}")
            columns = [rows[name].to_numpy() for name in rows.column_names]
            whole = np.empty((rows.num_rows, len(columns)), dtype=np.float32)
            for start in range(0, rows.num_rows, BLOCK):  # a part of all columns at a time, so that what is written stays in the processor's cache
                for place, column in enumerate(columns):
                    whole[start : start + BLOCK, place] = column[start : start + BLOCK]
            return {inputs[0].name: whole}
        if missing:
            raise ArtifactError(f"the graph needs columns the data does not have: {', '.join(missing)}")
        return {one.name: _column(rows[one.name], one.type) for one in inputs}


_TYPES = {"tensor(float)": "float32", "tensor(double)": "float64", "tensor(int64)": "int64", "tensor(int32)": "int32"}


def _column(values: pa.ChunkedArray[Any], kind: str) -> Any:
    array = values.to_numpy()
    if kind == "tensor(string)":
        return array.astype(str).astype(object).reshape(-1, 1)
    if kind not in _TYPES:
        raise ArtifactError(f"the graph wants an input of {kind}; supported: {', '.join(_TYPES)} and strings")
    return array.astype(_TYPES[kind]).reshape(-1, 1)
