"""The basis of a step: which environment and code measured, and over what time, on record beside its evidence.

Artifact, data, options, requirements and own checks stand in statements and plan already, by digest. The basis adds what
must not be in a statement, since two honest runs may differ in it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..data.late import LateDataset
from ..digest import Digest, digest_file, digest_of
from ..errors import DataError, EvidenceError
from .datasets import baseline_dataset, current_dataset
from .environment import code, environment

if TYPE_CHECKING:
    from ..data.dataset import Dataset
    from ..evidence.store import BlobStore
    from ..measurement import Measurement
    from .run import Run


def put_basis(run: Run, measurement: Measurement) -> Digest:
    """Store what a measurement of this process rests on, beside what its statement says."""
    interval = run.interval and [run.interval.start.isoformat(), run.interval.end.isoformat()]
    body: dict[str, Any] = {"form": 1, "environment": run.store.put_json(environment()), "code": code(), "interval": interval}
    if measurement.check == "profile":
        body["data"] = _files_of_sides(run, measurement.inputs)
    return run.store.put_json(body)


def read_basis(store: BlobStore, digest: str | None) -> Mapping[str, Any] | None:
    """A basis with its environment in full; None where none was recorded.

    Raises:
        EvidenceError: it is gone, changed, or no basis.
    """
    if digest is None:
        return None
    body = json.loads(store.get(digest))
    if not isinstance(body, dict) or body.get("form") != 1:
        raise EvidenceError(f"{digest} is not the basis of a step in a form that this release knows; read it with a newer one")
    return {**body, "environment": json.loads(store.get(body["environment"]))}


def _files_of_sides(run: Run, inputs: Mapping[str, str]) -> dict[str, list[list[str]]]:
    """Name and digest of each file of a side that has several, if they are still those that were measured."""
    found = {}
    for side, dataset in _sides(run).items():
        if len(dataset.files) > 1:
            files = [[path.name, digest_file(path)] for path in dataset.files]
            if digest_of(files) == inputs.get(side):
                found[side] = files
    return found


def _sides(run: Run) -> dict[str, Dataset]:
    try:
        current, baseline = current_dataset(run), baseline_dataset(run)
    except (DataError, OSError):  # a profile that could not be made says so in its own statement
        return {}
    sides = {"current": current} | ({"baseline": baseline} if baseline is not None else {})
    return sides | ({"labels": current.labels.source} if isinstance(current, LateDataset) else {})
