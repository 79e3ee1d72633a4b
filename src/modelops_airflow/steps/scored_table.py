"""What is written of a scored interval: one answer a row, beside what says which row it is, and who answered."""

from __future__ import annotations

import hashlib
import io
import json
from typing import TYPE_CHECKING, Any

from ..data.dataset import Dataset
from ..data.prepare import features_of
from ..digest import Digest, digest_of
from ..errors import ArtifactError, DataError, ModelOpsError
from ..governance.score import Permission
from ..kinds import Scorer
from ..kinds.checked_answers import checked
from .datasets import columns_of
from .run import Interval, Run

if TYPE_CHECKING:
    import pyarrow as pa

OURS = ("prediction", "score", "version", "artifact", "epoch")
"""Columns that say what was answered, and who did."""


def scored_file(
    run: Run, permission: Permission, interval: Interval, scorer: Scorer, dataset: Dataset, *, inputs: bool
) -> tuple[bytes, int, Digest]:
    """The file's bytes, its rows, and the digest of what was read. The same rows and version give the same bytes.

    Args:
        inputs: also write the columns that the model sees.

    Raises:
        DataError: no rows, or a column with a name of ours.
        ArtifactError: the model cannot score these rows, or answers something else than one answer a row.
    """
    table, columns = dataset.read(threads=run.threads), columns_of(run)
    features = features_of(table, columns)
    answers = _answers(scorer, features, f"{permission.model} {permission.version}")
    kept = features if inputs else table.select([name for name in table.column_names if name in _keys(run)])
    if taken := [name for name in kept.column_names if name in OURS]:
        raise DataError(f"data set {dataset.name} has a column {taken[0]!r}, which says something else in what is scored; rename it")
    written = _beside(kept, answers, permission)
    about = {"model": permission.model, "environment": permission.environment, "version": permission.version, "artifact": permission.artifact,
             "epoch": permission.epoch, "begins": interval.start.isoformat(), "ends": interval.end.isoformat()}
    return _bytes(written.replace_schema_metadata({"modelops": json.dumps(about, sort_keys=True)})), table.num_rows, _read(dataset, table)


def _answers(scorer: Scorer, rows: pa.Table, who: str) -> pa.Table:
    try:
        return checked(scorer.score(rows), rows.num_rows, who)
    except ModelOpsError:
        raise
    except Exception as error:  # whatever a library makes of somebody's rows
        raise ArtifactError(f"{who} cannot score these rows: {error!r:.200}") from None


def _keys(run: Run) -> list[str]:
    data = run.plan.data or {}
    named = (data.get("columns") or {}).get("key") or ()
    return list(dict.fromkeys([*named, *([data["labels"]["key"]] if data.get("labels") else [])]))


def _beside(kept: pa.Table, answers: pa.Table, permission: Permission) -> pa.Table:
    import pyarrow as pa

    for name in answers.column_names:
        kept = kept.append_column(name, answers[name])
    told: list[tuple[str, Any, pa.DataType]] = [("version", permission.version, pa.string()), ("artifact", permission.artifact, pa.string()),
                                                ("epoch", permission.epoch, pa.int64())]
    for name, value, kind in told:
        kept = kept.append_column(name, pa.array([value] * answers.num_rows, kind))
    return kept


def _read(dataset: Dataset, table: pa.Table) -> Digest:
    """Of files their bytes; of a query its text, its bounds and the rows that it gave."""
    if dataset.query is None:
        return dataset.digest()
    return digest_of({"query": dataset.digest(), "rows": hashlib.sha256(_bytes(table)).hexdigest()})


def _bytes(table: pa.Table) -> bytes:
    import pyarrow.parquet as pq

    sink = io.BytesIO()
    pq.write_table(table, sink)
    return sink.getvalue()


