"""MLflow models as artifacts: those that a real MLflow saved, and the same with something changed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import yaml

from modelops_airflow.folder_archive import archive_of
from modelops_airflow.kinds import read_artifact

SAVED = Path(__file__).parent / "saved"


def folder(name: str) -> bytes:
    """The artifact of a saved model."""
    return read_artifact(SAVED / name, name).bytes


def files(name: str) -> dict[str, bytes]:
    """Its files."""
    return {path.relative_to(SAVED / name).as_posix(): path.read_bytes() for path in (SAVED / name).rglob("*") if path.is_file()}


def packed(changed: Mapping[str, bytes]) -> bytes:
    """An artifact of files."""
    return archive_of(sorted(changed.items()))


def with_mlmodel(name: str, flavour: str | None, **settings: object) -> bytes:
    """A saved model with other settings of a flavour, or of the whole."""
    found = files(name)
    body = yaml.safe_load(found["MLmodel"])
    (body if flavour is None else body["flavors"].setdefault(flavour, {})).update(settings)
    return packed({**found, "MLmodel": yaml.safe_dump(body).encode()})
