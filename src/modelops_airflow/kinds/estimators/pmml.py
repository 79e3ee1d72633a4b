"""PMML: models of other tools in their common XML, scored with PMML4S in a Java process."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ...data.profile import NUMERIC
from ...data.values import kind_of, sort_key
from ...errors import ArtifactError
from ..kind import Findings, Kind, Scorer, VerifiedArtifact, kind
from ..looks import found_by
from .pmml_file import PmmlFile, read_pmml
from .pmml_java import JavaModel

if TYPE_CHECKING:
    import pyarrow as pa

ROWS = 20_000
"""Rows that are asked for at a time."""

_NO_NUMBER = -(2**63)
"""What PMML4S answers in place of a whole number that it does not know."""


@kind("pmml", suffixes=(".pmml", ".xml"), extra="pmml")
class Pmml(Kind):
    """A PMML model for classification or regression, scored with PMML4S in a Java process of its own.

    It needs a Java runtime of version 8 or later. The prediction is the model's predicted value; the score of a
    classification of two labels is the probability of the one that sorts last. Columns are found by the names of the
    mining schema; numbers must be numbers and texts texts. A missing value is missing to the model, and what the model
    does with it stands in the file; only not in a field of whole numbers, which PMML4S takes for -2**63, so that a
    missing one is an error here. A row for which it has no answer (a missing value without a treatment, a text that
    the file does not list) is an error that names the row. The XML is read first without expanding anything: a
    document type, an entity, tables in other places, other functions and several models are refused.
    """

    accepts = ("text",)

    def findings(self, data: bytes) -> Findings:
        """Whether the XML is harmless and of one model, and PMML4S takes it."""
        return found_by(lambda: _PmmlScorer(read_pmml(data)))

    def described(self, data: bytes) -> Mapping[str, str]:
        """Version, model, who made it and its columns."""
        told = read_pmml(data)
        return {"PMML": told.version, "model": f"{told.model} for {told.function}", "made by": told.application or "not said",
                "features": ", ".join(told.inputs)}

    def load(self, artifact: VerifiedArtifact) -> Scorer:
        """The model, in a Java process that ends with the scorer."""
        return _PmmlScorer(read_pmml(artifact.bytes))


class _PmmlScorer(Scorer):
    def __init__(self, file: PmmlFile) -> None:
        self._file, self._java = file, JavaModel(file.text)
        outputs, self._labels = self._java.outputs(), self._java.classes()
        values = [name for name, feature, _ in outputs if feature == "predictedValue"]
        if len(values) != 1 or len({name for name, _, _ in outputs}) != len(outputs):
            raise ArtifactError(f"the model has {len(values)} predicted values among {len(outputs)} outputs; expected one, and each name once")
        self._value = values[0]
        last = max(self._labels, key=sort_key) if len(self._labels) == 2 else None
        scores = [name for name, feature, label in outputs if feature == "probability" and label is not None and label == last]
        self._score = scores[0] if scores else None

    def score(self, rows: pa.Table) -> pa.Table:
        """The predicted value, and the probability of the label that sorts last of two."""
        import pyarrow as pa

        missing = [name for name in self._file.inputs if name not in rows.column_names]
        if missing:
            raise ArtifactError(f"the model needs columns the data does not have: {', '.join(missing)}")
        columns = [_values(rows[name], name, type_) for name, type_ in self._file.inputs.items()]
        for (name, type_), column in zip(self._file.inputs.items(), columns, strict=True):
            if None in column and (type_ == "integer" or self._file.derives_integers):
                raise ArtifactError(f"row {column.index(None)} of the data has no {name}, and PMML4S takes a whole number that is missing "
                                    f"for {_NO_NUMBER}; declare the field as double")
        predictions, scores = list[Any](), list[float]()
        for start in range(0, rows.num_rows, ROWS):
            for place, (value, score) in enumerate(self._answers([column[start : start + ROWS] for column in columns]), start):
                predictions.append(self._looked_at(value, place))
                scores.append(_probability(score, place) if self._score else 0.0)
        try:
            answers = {"prediction": pa.array(predictions)} if predictions else {"prediction": pa.array([], pa.float64())}
        except pa.ArrowException as error:
            raise ArtifactError(f"the model answers with values of several types: {str(error)[:100]}") from None
        return pa.table(answers | {"score": pa.array(scores, pa.float64())} if self._score else answers)

    def _answers(self, columns: list[list[Any]]) -> Iterator[tuple[Any, Any]]:
        """Predicted value and score of each row."""
        asked = json.dumps({"columns": list(self._file.inputs), "data": list(zip(*columns, strict=True))}, allow_nan=False)
        size = len(columns[0])
        try:
            told = json.loads(self._java.predict(asked))
            names, data = told["columns"], told["data"]
            value, score = names.index(self._value), names.index(self._score) if self._score else 0
            found = [(row[value], row[score]) for row in data]
        except (ValueError, KeyError, TypeError, IndexError, RecursionError) as error:
            raise ArtifactError(f"PMML4S answered something else than a table: {str(error)[:100]}") from None
        if len(found) != size:
            raise ArtifactError(f"PMML4S gave {len(found)} answers for {size} rows")
        yield from found

    def _looked_at(self, value: Any, row: int) -> Any:
        nothing = value is None or value == _NO_NUMBER or (isinstance(value, float) and not math.isfinite(value))
        if nothing or not isinstance(value, str | int | float) or (self._labels and _label(value) not in self._labels):
            raise ArtifactError(f"the model has no answer for row {row} of the data: a value is missing that it does not treat, or is none that the file lists")
        return value


def _label(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _probability(value: Any, row: int) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise ArtifactError(f"the model's probability for row {row} of the data is {str(value)[:40]}; expected a number from 0 to 1")
    return float(value)


def _values(column: pa.ChunkedArray[Any], name: str, kind: str) -> list[Any]:
    """Values as JSON has them; None where one is missing."""
    import pyarrow as pa

    if not pa.types.is_null(column.type) and (kind_of(column) == NUMERIC) == (kind == "string"):
        raise ArtifactError(f"the model wants {'text' if kind == 'string' else 'numbers'} in column {name!r}; the data has {column.type}")
    if kind == "string":
        return column.cast(pa.string()).to_pylist()
    values = [None if value is None or math.isnan(value) else value for value in column.to_pylist()]
    for row, value in enumerate(values):
        if value is not None and not (math.isfinite(value) and (kind != "integer" or value == int(value))):
            raise ArtifactError(f"row {row} of the data has {name} {value}; expected {'a whole' if kind == 'integer' else 'a finite'} number")
    return [None if value is None else int(value) if kind == "integer" else float(value) for value in values]
