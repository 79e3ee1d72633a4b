"""Programs of tests as models: verified and opened as any artifact is."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Mapping
from typing import Any

import pytest

from modelops_airflow.digest import digest_bytes
from modelops_airflow.kinds import Scorer, open_model, scan, verify
from modelops_airflow.kinds.confinement.jail import strength


def opened(kind: str, data: bytes, file: str = "model.bin", **options: Any) -> Scorer:
    """The model, by the only way there is."""
    return open_model(verify(kind, data, digest_bytes(data), scan(kind, data, file=file)), options)


def folder(files: Mapping[str, bytes], mode: int = 0o100644) -> bytes:
    """An artifact of several files."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        for name, data in files.items():
            member = zipfile.ZipInfo(name)
            member.external_attr = mode << 16
            archive.writestr(member, data)
    return sink.getvalue()


def demand_a_jail() -> None:
    """Skip where this system has no jail; in CI that is a failure."""
    if lacks := strength().lacks:
        if os.environ.get("CI"):
            pytest.fail(f"CI must test the jail, and this system has {' and '.join(lacks)}")
        pytest.skip(f"this system has {' and '.join(lacks)}")
