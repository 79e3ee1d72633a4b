"""JDM: decision models of GoRules, scored by the ZEN engine; nodes that run code are refused before the engine sees them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ...data.profile import NUMERIC
from ...data.values import kind_of, numbers
from ...errors import ArtifactError
from ..decisions import Decisions
from ..kind import Findings, Kind, Scorer, VerifiedArtifact, kind, missing_extra
from .feel import BOOLEAN, NUMBER, STRING
from .jdm_file import NoJdm
from .jdm_flow import Flow, read_flow
from .table_scorer import TableScorer

if TYPE_CHECKING:
    import pyarrow as pa

BATCH = 10_000
SMALLEST, LARGEST = 1e-20, 1e28
"""Size of numbers but 0: the engine's decimals take what is smaller for 0."""


@kind("jdm", suffixes=(".json",), extra="decisions")
class Jdm(Kind):
    """A GoRules decision model (JDM): decision tables and expressions, scored by the ZEN engine.

    Nodes may be input, output, decision table (hit policy first) and expression. Nodes that run code, ask another file, go through a
    list or carry a JSON Schema are refused, and so are functions of time and chance.

    The engine passes over a cell that it cannot read, or whose type does not fit the value, as if it were not met. So cells must be
    literals, comparisons, ranges, lists of these or `not in [...]`; outputs of tables literals; a table may only read columns of
    the data, and fields of a table that has a rule without conditions. A column is then a number, a text or a boolean as its
    cells are, a missing value is an error, and so is a row without an answer.
    """

    accepts = ("text",)

    def findings(self, data: bytes) -> Findings:
        """What is not read here, and what the engine does not take."""
        try:
            flow = read_flow(data)
        except ArtifactError as error:
            return Findings(not isinstance(error, NoJdm), findings=(str(error),))
        return Findings(True, findings=tuple(_not_compiled(flow)))

    def described(self, data: bytes) -> Mapping[str, str]:
        """What it reads and answers."""
        try:
            flow = read_flow(data)
        except ArtifactError:
            return {}
        return {"reads": ", ".join(f"{name} ({one or 'of any type'})" for name, one in flow.columns.items()), "answers": ", ".join(flow.answers),
                "tables": ", ".join(f"{len(one.rules)} rules" for one in flow.tables)}

    def load(self, artifact: VerifiedArtifact, *, output: str | None = None, score: str | None = None) -> Scorer:
        """An engine with the model.

        Args:
            output: field of the answer that is the prediction, with dots where it is inside another; needed where there are several.
            score: field of the answer that is a probability.
        """
        flow = read_flow(artifact.bytes)
        if output is None and len([one for one in flow.answers if one != score]) != 1:
            raise ArtifactError(f"the model answers {', '.join(flow.answers) or 'nothing'}; name one of them in model.with.output")
        named = output if output is not None else next(one for one in flow.answers if one != score)
        for one in (named, *([score] if score is not None else [])):
            if one not in flow.answers:
                raise ArtifactError(f"the model has no answer {one!r}; expected one of {', '.join(flow.answers)}")
        return _JdmScorer(flow, named, score)


def _zen() -> Any:
    try:
        import zen
    except ImportError:
        raise missing_extra("jdm", "decisions") from None
    return zen


def _not_compiled(flow: Flow) -> Iterator[str]:
    """Texts that the engine cannot read, which it would pass over."""
    zen = _zen()
    for node in flow.document["nodes"]:
        content = node["content"]
        texts = [(zen.compile_expression, one["value"]) for one in content.get("expressions", ())]
        for column in content.get("inputs", ()):
            texts += [(zen.compile_unary_expression, rule[column["id"]]) for rule in content["rules"] if rule[column["id"]].strip()]
        for column in content.get("outputs", ()):
            texts += [(zen.compile_expression, rule[column["id"]]) for rule in content["rules"]]
        for compiled, text in texts:
            try:
                compiled(text)
            except Exception as error:  # the library's own types
                yield f"node {node['id'][:80]!r}: the engine does not read {text[:80]!r}: {str(error).splitlines()[0][:200]}"


class _JdmScorer(Scorer):
    def __init__(self, flow: Flow, output: str, score: str | None) -> None:
        self._flow, self._output, self._score = flow, output, score
        zen = _zen()
        try:
            self._engine = zen.ZenEngine({"loader": {"type": "static", "content": {"model": flow.document}}})
        except Exception as error:  # the library's own types
            raise ArtifactError(f"the engine refuses the model: {str(error).splitlines()[0][:200]}") from None

    def score(self, rows: pa.Table) -> pa.Table:
        """The engine's answer for each row."""
        import pyarrow as pa

        predictions: list[str | float | bool] = []
        scores: list[float] = []
        for start in range(0, rows.num_rows, BATCH):
            answers = self._answered(self._given(rows.slice(start, BATCH), start), start)
            predictions += [_plain(one, self._output, row) for row, one in enumerate(answers, start)]
            if self._score is not None:
                scores += [_share(one, self._score, row) for row, one in enumerate(answers, start)]
        columns = {"prediction": pa.array(predictions, _type(predictions, self._output))}
        return pa.table(columns | ({"score": pa.array(scores, pa.float64())} if self._score is not None else {}))

    def decisions(self) -> Decisions | None:
        """The rules, where the model is one table."""
        return TableScorer(self._flow.tables[0]).decisions() if self._flow.only_table else None

    def _answered(self, given: list[dict[str, Any]], start: int) -> list[Any]:
        try:
            told = self._engine.evaluate_batch([{"key": "model", "context": one} for one in given])
        except BaseException as error:
            if not isinstance(error, Exception) and type(error).__name__ != "PanicException":  # the engine's own, which is no Exception
                raise
            raise ArtifactError(f"the engine cannot score the data: {str(error).splitlines()[0][:200]}") from None
        if len(told) != len(given):
            raise ArtifactError(f"the engine gave {len(told)} answers for {len(given)} rows")
        for place, one in enumerate(told):
            if not one.get("success"):
                raise ArtifactError(f"the model cannot score row {start + place} of the data: {str(one.get('error'))[:200]}")
        return [one["data"]["result"] for one in told]

    def _given(self, rows: pa.Table, start: int) -> list[dict[str, Any]]:
        """The columns that the model reads, of the right kind and without a missing value."""
        missing = [name for name in self._flow.columns if name not in rows.column_names]
        if missing:
            raise ArtifactError(f"the model needs columns the data does not have: {', '.join(missing)}")
        names = list(self._flow.columns)
        columns = [_values(rows[name], name, self._flow.columns[name], start) for name in names]
        return [dict(zip(names, one, strict=True)) for one in zip(*columns, strict=True)] if columns else [{} for _ in range(rows.num_rows)]


def _values(column: pa.ChunkedArray[Any], name: str, wanted: str | None, start: int) -> list[Any]:
    import numpy as np
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    type_ = column.type
    kind = STRING if pa.types.is_string(type_) or pa.types.is_large_string(type_) else BOOLEAN if pa.types.is_boolean(type_) else \
        NUMBER if kind_of(column) == NUMERIC else str(type_)
    if kind not in (STRING, BOOLEAN, NUMBER) or (wanted is not None and kind != wanted):
        raise ArtifactError(f"the model reads {name} as a {wanted or 'number, string or boolean'}; the data has {type_}")
    if kind == NUMBER:
        size = np.abs(numbers(column))
        good = (size == 0) | ((size > SMALLEST) & (size < LARGEST))
    else:
        good = column.is_valid().to_numpy().astype(bool)
    if not good.all():
        raise ArtifactError(f"row {start + int((~good).argmax())} of the data has {name} missing, or of a size that the engine cannot hold")
    return list(column.to_pylist() if kind != NUMBER or pa.types.is_integer(type_) else numbers(column).tolist())


def _at(answer: Any, path: str) -> Any:
    for name in path.split("."):
        answer = answer.get(name) if isinstance(answer, dict) else None
    return answer


def _plain(answer: Any, path: str, row: int) -> str | float | bool:
    value = _at(answer, path)
    if isinstance(value, str | bool):
        return value
    if isinstance(value, int | float) and math.isfinite(value):
        return float(value)
    raise ArtifactError(f"the model has no answer {path!r} for row {row} of the data; expected a text, number or boolean, found {str(value)[:60]}")


def _share(answer: Any, path: str, row: int) -> float:
    value = _at(answer, path)
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 1:
        raise ArtifactError(f"{path!r} of row {row} is no probability: expected a number from 0 to 1, found {str(value)[:60]}")
    return float(value)


def _type(predictions: list[str | float | bool], path: str) -> Any:
    """The one type of all predictions."""
    import pyarrow as pa

    kinds = {type(one) for one in predictions}
    if len(kinds) > 1:
        raise ArtifactError(f"the model answers {path!r} in several types: {', '.join(sorted(one.__name__ for one in kinds))}")
    return pa.bool_() if kinds == {bool} else pa.float64() if kinds == {float} else pa.string()
