"""A model of bytes, by the way that every model takes: scanned, verified, opened."""

from __future__ import annotations

from typing import Any

from artifacts import clean

from modelops_airflow.digest import digest_bytes
from modelops_airflow.kinds import Scorer, open_model, scan, verify


def opened(kind: str, data: bytes, file: str, **options: Any) -> Scorer:
    report = scan(kind, data, file=file)
    assert clean(report), report.notes
    return open_model(verify(kind, data, digest_bytes(data), report), options)


def refused(kind: str, data: bytes, file: str) -> str:
    """What the scan says against the bytes."""
    report = scan(kind, data, file=file)
    assert not clean(report)
    return " ".join(report.notes)
