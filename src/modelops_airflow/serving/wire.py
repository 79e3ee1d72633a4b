"""Wire: rows and answers between the version in use and one that is apart.

Rows go as Arrow. Answers come back as JSON and are looked at again: the memory of who sends them may be spoilt.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ..errors import ArtifactError
from ..kinds.checked_answers import checked
from .authorised import Authorised
from .slot import Answer

if TYPE_CHECKING:
    import pyarrow as pa


def rows_sent(rows: pa.Table) -> bytes:
    """A table as a stream of Arrow."""
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema) as writer:
        writer.write_table(rows)
    return sink.getvalue().to_pybytes()


def rows_of(sent: bytes) -> pa.Table:
    """The table again."""
    import pyarrow as pa

    with pa.ipc.open_stream(sent) as reader:
        return reader.read_all()


def answer_sent(answer: Answer) -> dict[str, Any]:
    """An answer for JSON."""
    return {"by": asdict(answer.by), "answers": answer.table.to_pydict()}


def answer_of(told: Mapping[str, Any], rows: int, who: str) -> Answer:
    """The answer again.

    Raises:
        ArtifactError: there is none, and why.
    """
    import pyarrow as pa

    if "error" in told:
        raise ArtifactError(str(told["error"]))
    return Answer(checked(pa.table({str(name): pa.array(values) for name, values in told["answers"].items()}), rows, f"the {who}"), Authorised(**told["by"]))
