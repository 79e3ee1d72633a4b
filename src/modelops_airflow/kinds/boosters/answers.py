"""What a library answered, as the table that a scorer gives; every number is looked at first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...errors import ArtifactError

if TYPE_CHECKING:
    import pyarrow as pa

NUMBER, BINARY, CLASSES, LABEL = "number", "binary", "classes", "label"
"""What a model answers: a number, the probability of label 1, a probability for each class, or a label alone."""


def answered(values: Any, rows: int, *, what: str, classes: int = 2) -> pa.Table:
    """`prediction`, and `score` where there are two labels and a probability.

    Label 1 is predicted where its probability is above 0.5; of several classes the most probable, the first of equals.

    Args:
        values: what the library gave.
        what: NUMBER, BINARY, CLASSES or LABEL.
        classes: of CLASSES, and the labels that LABEL may be: 0 to one less.

    Raises:
        ArtifactError: a row has no finite number, or the answers are others than asked for.
    """
    import numpy as np
    import pyarrow as pa

    values = np.asarray(values)
    shape = (rows, classes) if what == CLASSES else (rows,)
    if values.dtype.kind not in "fiu" or values.shape not in (shape, (*shape, 1)):
        raise ArtifactError(f"the model answered {values.dtype} of shape {values.shape}; expected a number for each of {shape}")
    values = values.reshape(shape).astype(np.float64)
    odd = ~np.isfinite(values)
    if what in (BINARY, CLASSES):
        odd |= (values < 0) | (values > 1)
    if what == LABEL:
        odd |= (values != np.floor(values)) | (values < 0) | (values >= classes)
    if odd.any():
        row = int(np.flatnonzero(odd.reshape(rows, -1).any(axis=1))[0])
        raise ArtifactError(f"the model's answer for row {row} is {values[row].tolist()}; expected "
                            f"{'a finite number' if what == NUMBER else 'a label' if what == LABEL else 'a probability'}")
    if what == NUMBER:
        return pa.table({"prediction": pa.array(values)})
    if what == LABEL:
        return pa.table({"prediction": pa.array(values.astype(np.int64))})
    if what == BINARY:
        return pa.table({"prediction": pa.array((values > 0.5).astype(np.int64)), "score": pa.array(values)})
    labels = {"prediction": pa.array(values.argmax(axis=1).astype(np.int64))}
    return pa.table(labels | {"score": pa.array(values[:, 1])} if classes == 2 else labels)
