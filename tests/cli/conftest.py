"""The command line as a user calls it, in this process."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    err: str


@pytest.fixture
def modelops(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Answer]:
    """Calls `modelops` with arguments; nothing of the environment of whoever runs the tests counts."""
    from modelops_airflow.cli import main

    for name in ("ROOT", "DATABASE_URL", "EVIDENCE"):
        monkeypatch.delenv(f"AIRFLOW__MODELOPS__{name}", raising=False)

    def call(*arguments: object) -> Answer:
        monkeypatch.setattr(sys, "argv", ["modelops", *map(str, arguments)])
        capsys.readouterr()
        code = 0
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
        told = capsys.readouterr()
        return Answer(code, told.out, told.err)

    return call


@pytest.fixture
def project(tmp_path: Path, modelops: Callable[..., Answer], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project as `modelops init` makes it; the working folder is in it."""
    folder = tmp_path / "bank"
    assert modelops("init", folder).code == 0
    monkeypatch.chdir(folder)
    return folder
