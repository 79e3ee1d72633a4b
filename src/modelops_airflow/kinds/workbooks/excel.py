"""Excel: a workbook as a model, worked out row by row; the program's own values must come out first."""

from __future__ import annotations

import contextlib
import io
import math
import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import ArtifactError
from ..confinement.memory_limit import at_most
from ..kind import Findings, Kind, Scorer, VerifiedArtifact, kind, missing_extra
from .workbook import opened, workbook_findings

if TYPE_CHECKING:
    import pyarrow as pa

MEMORY = 2 << 30
"""Bytes that working out a row may take."""
CLOSE = 1e-9
"""Relative: how near a number must come to the one that the spreadsheet program left."""

_BOOK = "model.xlsx"
_CELL = re.compile(r"'?(?P<sheet>[^'!]+)'?!\$?(?P<column>[A-Za-z]{1,3})\$?(?P<row>[0-9]{1,7})")
Value = str | float | bool


@kind("excel", suffixes=(".xlsx",), extra="excel")
class Excel(Kind):
    """A workbook without macros and links: columns go into cells, an output cell is the prediction."""

    accepts = ("zip archive",)

    def findings(self, data: bytes) -> Findings:
        """Macros, links, functions that reach out; nothing is worked out."""
        _demand_libraries()
        try:
            readable, found = workbook_findings(data)
        except ArtifactError as error:
            return Findings(False, findings=(str(error),))
        return Findings(readable, findings=tuple(found))

    def load(self, artifact: VerifiedArtifact, *, inputs: Mapping[str, str], output: str, score: str = "") -> Scorer:
        """The workbook, ready to be asked, if it gives the values that the spreadsheet program left in it.

        Args:
            inputs: column -> the cell that its value goes into: a defined name, or `Sheet!B2`.
            output: cell of the prediction.
            score: cell of the score, the probability of the label that sorts last; none if left out.

        Raises:
            ArtifactError: a cell is not there or of the wrong sort, a function is not supported, or other values come out.
        """
        _demand_libraries()
        formulas, values = opened(artifact.bytes, values=False), opened(artifact.bytes, values=True)
        asked = {column: _place(formulas, named, column) for column, named in inputs.items()}
        answers = [_place(formulas, named, "the output") for named in (output, score) if named]
        if not asked or len(set(asked.values())) < len(asked):
            raise ArtifactError("expected one or more inputs, each with a cell of its own")
        stored = {column: _stored(formulas, values, place, column) for column, place in asked.items()}
        scorer = _WorkbookScorer(stored, _compiled(artifact.bytes, list(asked.values()), answers), scored=bool(score))
        _demand_same(scorer.ask(tuple(stored.values()), 0), [_value(values, place) for place in answers], answers)
        return scorer


def _demand_libraries() -> None:
    try:
        import formulas  # noqa: F401
        import openpyxl  # noqa: F401 - to say at once that they are missing
    except ImportError:
        raise missing_extra("excel", "excel") from None


def _place(book: Any, named: str, what: str) -> tuple[str, str]:
    """Sheet and cell of a defined name or a reference."""
    text = named
    if named in book.defined_names:
        text = str(book.defined_names[named].attr_text)
    found = _CELL.fullmatch(text.strip())
    if found is None or found["sheet"] not in book.sheetnames:
        raise ArtifactError(f"{what}: {named!r} is no single cell of the workbook; names: {', '.join(book.defined_names)[:200] or 'none'}; "
                            f"sheets: {', '.join(book.sheetnames)[:200]}")
    return found["sheet"], f"{found['column'].upper()}{found['row']}"


def _value(book: Any, place: tuple[str, str]) -> Any:
    return book[place[0]][place[1]].value


def _stored(formulas: Any, values: Any, place: tuple[str, str], column: str) -> Value:
    """The value that an input has in the workbook: its sort is the one that is expected."""
    value = _value(values, place)
    if formulas[place[0]][place[1]].data_type == "f" or not isinstance(value, str | int | float | bool):
        raise ArtifactError(f"input {column!r}: cell {place[0]}!{place[1]} holds no number, text or truth; expected one as an example")
    return value if isinstance(value, str | bool) else float(value)


def _compiled(data: bytes, inputs: Sequence[tuple[str, str]], outputs: Sequence[tuple[str, str]]) -> Callable[..., Any]:
    import formulas

    with tempfile.TemporaryDirectory(prefix="modelops-workbook-") as folder, contextlib.redirect_stderr(io.StringIO()):
        path = Path(folder) / _BOOK
        path.write_bytes(data)
        try:
            with at_most(MEMORY):
                model: Any = formulas.ExcelModel().loads(str(path)).finish()
                found: Callable[..., Any] = model.compile(inputs=[_key(one) for one in inputs], outputs=[_key(one) for one in outputs])
        except Exception as error:  # the library raises what it likes for what it does not know
            raise ArtifactError(f"the workbook's formulas cannot be worked out: {(str(error) or type(error).__name__).splitlines()[0][:200]}") from None
    return found


def _key(place: tuple[str, str]) -> str:
    """As the library names a cell."""
    return f"'[{_BOOK}]{place[0].upper()}'!{place[1]}"


def _demand_same(found: Sequence[Value], left: Sequence[Any], places: Sequence[tuple[str, str]]) -> None:
    """What comes out of the workbook's own inputs must be what the spreadsheet program left.

    Raises:
        ArtifactError: it is something else, or nothing was left.
    """
    for ours, theirs, place in zip(found, left, places, strict=True):
        if theirs is None:
            raise ArtifactError(f"cell {place[0]}!{place[1]} holds no worked-out value; open the workbook in a spreadsheet program and save it")
        numeric = all(isinstance(one, int | float) and not isinstance(one, bool) for one in (ours, theirs))
        if not (math.isclose(float(ours), float(theirs), rel_tol=CLOSE, abs_tol=1e-12) if numeric else type(ours) is type(theirs) and ours == theirs):
            raise ArtifactError(f"cell {place[0]}!{place[1]} is {ours!r} here and {theirs!r} in the spreadsheet program; a function may mean something else here")


class _WorkbookScorer(Scorer):
    """Asks the compiled workbook once for each different row.

    Args:
        stored: column -> the value in the workbook, whose sort its values must have.
    """

    def __init__(self, stored: Mapping[str, Value], compiled: Callable[..., Any], *, scored: bool) -> None:
        self._stored, self._compiled, self._scored = stored, compiled, scored

    def score(self, rows: pa.Table) -> pa.Table:
        """The output cell for each row.

        Raises:
            ArtifactError: a column is missing, a value is missing or of another sort, or the workbook answers an error.
        """
        import pyarrow as pa

        missing = [name for name in self._stored if name not in rows.column_names]
        if missing:
            raise ArtifactError(f"the workbook needs columns the data does not have: {', '.join(missing)}")
        columns = [[_fitting(value, sample, row, name) for row, value in enumerate(rows[name].to_pylist())] for name, sample in self._stored.items()]
        known: dict[tuple[Value, ...], list[Value]] = {}
        answers = []
        for row, asked in enumerate(zip(*columns, strict=True)):
            if asked not in known:
                known[asked] = self.ask(asked, row)
            answers.append(known[asked])
        try:
            told: dict[str, Any] = {"prediction": pa.array([one[0] for one in answers])}
            if self._scored:
                told["score"] = pa.array([one[1] for one in answers], pa.float64())
        except pa.ArrowException:
            raise ArtifactError("the workbook answers numbers to some rows and texts to others; expected one sort of answer") from None
        return pa.table(told)

    def ask(self, asked: Sequence[Value], row: int) -> list[Value]:
        """The outputs for one row.

        Raises:
            ArtifactError: one of them is an error, empty, or no number, text or truth.
        """
        try:
            with at_most(MEMORY):
                outputs = self._compiled(*asked)
            told = [one.value[0, 0] for one in (outputs if isinstance(outputs, list | tuple) else [outputs])]
        except Exception as error:  # as above
            raise ArtifactError(f"the workbook cannot be worked out for row {row}: {(str(error) or type(error).__name__).splitlines()[0][:200]}") from None
        return [_plain(one, row) for one in told]


def _fitting(value: Any, sample: Value, row: int, name: str) -> Value:
    if isinstance(sample, bool) or isinstance(value, bool):
        fits: bool = isinstance(sample, bool) and isinstance(value, bool)
    elif isinstance(sample, str):
        fits = isinstance(value, str) and bool(value)
    else:
        fits = isinstance(value, int | float) and math.isfinite(value)
    if not fits:
        sort = "true or false" if isinstance(sample, bool) else "a text" if isinstance(sample, str) else "a number"
        raise ArtifactError(f"row {row} has {value!r} in column {name!r}; the workbook's cell takes {sort}, and an empty cell would count as 0")
    return value if isinstance(value, str | bool) else float(value)


def _plain(value: Any, row: int) -> Value:
    if hasattr(value, "item"):
        value = value.item()
    if type(value) is str and not value.startswith("#"):
        return value
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float) and math.isfinite(value):
        return float(value)
    raise ArtifactError(f"the workbook answers {str(value)[:50] or 'an empty cell'!r} to row {row}; expected a number, a text or true or false")
