"""What a model answered, looked at before anybody gets it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import ArtifactError

if TYPE_CHECKING:
    import pyarrow as pa


def demand_sound(answers: pa.Table, rows: int) -> None:
    """One prediction a row, none missing, and no number that is none.

    Raises:
        ArtifactError: it is otherwise.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if "prediction" not in answers.column_names or answers.num_rows != rows:
        raise ArtifactError(f"the model answered {answers.num_rows} rows of {', '.join(answers.column_names) or 'nothing'} for {rows}")
    for name in answers.column_names:
        column = answers[name]
        finite = pc.all(pc.is_finite(column)).as_py() if pa.types.is_floating(column.type) else True
        if column.null_count or finite is False:
            raise ArtifactError(f"the model answered a {name} that is missing, or no finite number")
