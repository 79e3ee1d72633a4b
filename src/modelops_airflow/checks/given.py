"""Given or asked: the scores or predictions of all rows, from where the profile has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..data.values import labels, numbers
from ..errors import CheckError
from .answers import ask, model_of
from .profiled_rows import read_all
from .sample import dataset_of, features_seen, truth_of

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    from ..data.profile import Profiles
    from .check import CheckContext

    Floats = np.ndarray[Any, np.dtype[np.float64]]


def all_rows(profiles: Profiles, context: CheckContext) -> pa.Table:
    """Every row of the current data, as it was profiled.

    Raises:
        CheckError: there is none, or it is no longer what was profiled.
    """
    dataset = dataset_of(context, "current")
    table = read_all(profiles, dataset, "current")
    if not table.num_rows:
        raise CheckError(f"{dataset.name} has no rows")
    return table


def numbers_of(role: str, table: pa.Table, profiles: Profiles, context: CheckContext, check: str) -> Floats:
    """The `score` or `prediction` of each row: the data's own where the model file names it, else the model's.

    Raises:
        CheckError: neither is there, or the model gives none.
    """
    name = next((name for name, one in profiles.roles.items() if one == role), None)
    # On the way to production given answers are ignored, and then no column is named: only the model counts.
    given = any(context.columns.get(one) for one in ("prediction", "score")) or context.score is None
    if given:
        if name is None or name not in table.column_names:
            raise CheckError(f"{check} needs a {role}, and the data has none; name data.columns.{role}, or have the model asked")
        return numbers(table[name])
    answers = ask(model_of(context, check), features_seen(table, profiles, context))
    if role not in answers.table.column_names:
        raise CheckError(f"{check} needs a {role}, and the model gives none")
    return numbers(answers.table[role])


def truth_column(table: pa.Table, context: CheckContext, check: str) -> pa.ChunkedArray[Any]:
    """The column of labels.

    Raises:
        CheckError: none is named, or the data lacks it.
    """
    truth = truth_of(table, context)
    if truth is None:
        raise CheckError(f"{check} needs the truth; name data.columns.target, and bring data that has it")
    return truth


def texts(column: pa.ChunkedArray[Any]) -> np.ndarray[Any, Any]:
    """Each row's label as text."""
    import numpy as np

    names, codes = labels(column)
    told: np.ndarray[Any, Any] = np.array(names, dtype=object)[codes]
    return told
