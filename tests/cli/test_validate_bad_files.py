"""`modelops validate` on every bad file there is: exit 2 and located lines, never a traceback."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

BAD = Path(__file__).parents[1] / "bad"
LOCATED = re.compile(r"dags/models/[^:]+:\d+:\d+: [A-Z]+\d{3} .+")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """A project whose every model file is bad."""
    models = tmp_path / "dags" / "models"
    models.mkdir(parents=True)
    shutil.copy(BAD / "governance.yaml", tmp_path / "dags" / "governance.yaml")
    files = [Path(shutil.copy(file, models)) for folder in ("spec", "plan") for file in sorted((BAD / folder).glob("*.yaml"))]
    monkeypatch.chdir(tmp_path)
    return files


def test_each_bad_file_ends_in_exit_2_and_located_lines(modelops: Callable[..., Any], project: list[Path]) -> None:
    assert len(project) >= 60
    for file in project:
        answer = modelops("validate", file)
        lines = [line for line in (answer.out + answer.err).splitlines() if line.strip()]
        assert answer.code == 2, file.name
        assert lines and all(LOCATED.fullmatch(line) for line in lines), (file.name, lines[:3])


def test_all_bad_files_are_told_at_once(modelops: Callable[..., Any], project: list[Path]) -> None:
    answer = modelops("validate")
    told = {line.split(":")[0] for line in (answer.out + answer.err).splitlines() if line.strip()}
    assert answer.code == 2
    assert told == {f"dags/models/{file.name}" for file in project}
