"""Statements: a measurement as an in-toto Statement, whose digest is the evidence.

Nothing that differs between two honest runs is in a statement: no time, host, run or package
version. The same model, data and check give the same digest, in Airflow and on a laptop. Numbers
about fewer rows than the floor are not in one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..digest import Digest
from ..errors import EvidenceError
from ..measurement import Measurement
from .floor import floored
from .store import BlobStore

STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "urn:modelops-airflow:measurement:1"


def statement(measurement: Measurement, *, subject: Digest, step: str) -> dict[str, Any]:
    """The in-toto Statement v1 that says: this was measured of that artifact.

    Args:
        subject: digest of the model's artifact.
        step: id of the step in its life cycle.
    """
    return {
        "_type": STATEMENT,
        "subject": [{"name": "artifact", "digest": {"sha256": subject.removeprefix("sha256:")}}],
        "predicateType": PREDICATE,
        "predicate": {"step": step, "measurement": floored(measurement).to_json()},
    }


def put_statement(store: BlobStore, measurement: Measurement, *, subject: Digest, step: str) -> Digest:
    """Store a statement; its digest is the evidence digest."""
    return store.put_json(statement(measurement, subject=subject, step=step))


def read_statement(store: BlobStore, digest: str) -> Mapping[str, Any]:
    """A statement by its digest.

    Raises:
        EvidenceError: it is gone, changed, or no statement.
    """
    try:
        body: Any = json.loads(store.get(digest))
    except ValueError:
        raise EvidenceError(f"{digest} is not a statement of a measurement") from None
    if not isinstance(body, dict) or body.get("predicateType") != PREDICATE:
        raise EvidenceError(f"{digest} is not a statement of a measurement")
    return body


def read_measurement(store: BlobStore, digest: str) -> Measurement:
    """The measurement that a statement holds."""
    return measurement_in(read_statement(store, digest))


def measurement_in(body: Mapping[str, Any]) -> Measurement:
    """The measurement inside a statement."""
    return Measurement.from_json(body["predicate"]["measurement"])
