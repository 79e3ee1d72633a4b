"""Where the measured data came from, and whether the same measurement could be done again today."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from ..data.dataset import Dataset, files_of
from ..digest import Digest, digest_file
from ..errors import DataError, EvidenceError
from .datasets import baseline_dataset, columns_of, current_dataset, labels_dataset

if TYPE_CHECKING:
    from .run import Run

Statements = Mapping[str, Mapping[str, Any]]


def inputs_of(run: Run, statements: Statements, erased: Collection[str] = ()) -> list[dict[str, Any]]:
    """Every input that a statement names, hashed again now: readable, changed, gone, erased, or not pinned.

    Args:
        erased: digests of which there are tombstones.
    """
    named = {(side, digest) for told in statements.values()
             for side, digest in told["body"]["predicate"]["measurement"]["inputs"].items()}
    rows = [{"name": side, "digest": digest, "state": _state(run, side, digest)} for side, digest in sorted(named)]
    found = [{"name": "artifact", "digest": run.artifact, "state": _stored(run, run.artifact)}, *(row for row in rows if row["name"] != "artifact")]
    return [row | ({"state": "erased"} if row["state"] == "gone" and row["digest"] in erased else {}) for row in found]


def _stored(run: Run, digest: str) -> str:
    try:
        run.store.get(digest)
    except EvidenceError as error:
        return "changed" if "changed" in str(error) else "gone"
    return "readable"


def _state(run: Run, side: str, digest: str) -> str:
    if side.startswith(("earlier:", "pack:")) or side == "champion":  # evidence of a run before, or from elsewhere; the artifact of a version before
        return _stored(run, digest)
    try:
        if side.startswith("file:"):
            return "readable" if _digest(run, side.partition(":")[2]) == digest else "changed"
        dataset = _dataset(run, side)
        if dataset is None:
            return "gone"
        if dataset.query is not None:
            return "not pinned"
        return "readable" if dataset.digest() == digest else "changed"
    except (DataError, OSError):
        return "gone"


def _digest(run: Run, file: str) -> Digest:
    """Of one file, or of those of a folder or pattern together."""
    path = run.project.resolve(file)
    return digest_file(path) if path.is_file() else Dataset(file, files=files_of(file, run.project.resolve)).digest()


def _dataset(run: Run, side: str) -> Dataset | None:
    return {"current": current_dataset, "baseline": baseline_dataset, "labels": labels_dataset}.get(side, lambda _run: None)(run)


def population_of(run: Run, statements: Statements) -> list[dict[str, Any]]:
    """For each side: what the model file names as its source, how it was narrowed, and how many rows were scanned."""
    data = run.plan.data
    if data is None:
        return []
    rows = {row["where"].get("side"): row["value"] for told in statements.values()
            for row in told["body"]["predicate"]["measurement"]["metrics"] if row["name"] == "rows"}
    return [{"side": side, "source": _source(data[side]), "filter": _filter(run, side), "rows": rows.get(side)}
            for side in ("baseline", "current") if data.get(side) is not None]


def _source(source: Any) -> str:
    return source if isinstance(source, str) else f"connection {source['connection']}: {source.get('sql') or source['files']}"


def _filter(run: Run, side: str) -> str:
    data: Mapping[str, Any] = run.plan.data or {}
    window = data.get("window") if side == "current" and run.plan.windowed else None
    if window is None or run.interval is None:
        return "all rows"
    return f"the last {window['last']} before {run.interval.end.isoformat()} by {columns_of(run).get('time') or 'the query'}"
