"""modelops check --keep: files that a check keeps, in a folder of the caller's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
CURRENT = ROOT / "examples/credit/current.parquet"

Call = Callable[..., Any]


def test_a_datasheet_is_written_and_told_where(modelops: Call, tmp_path: Path) -> None:
    answer = modelops("check", "data-quality", "--current", CURRENT, "--columns", "protected=sex,ignore=application_id", "--keep", tmp_path)

    assert answer.code == 0 and f"wrote {tmp_path / 'datasheet.md'}" in answer.err
    sheet = (tmp_path / "datasheet.md").read_text()
    assert sheet.startswith("# Datasheet\n") and "| sex | protected | categorical |" in sheet
    assert [one.name for one in tmp_path.iterdir()] == ["datasheet.md"], "nothing is left beside it"


def test_without_a_folder_nothing_is_kept_and_none_is_made(modelops: Call, tmp_path: Path) -> None:
    assert modelops("check", "data-quality", "--current", CURRENT).code == 0
    answer = modelops("check", "data-quality", "--current", tmp_path / "not-there.parquet", "--keep", tmp_path / "none")

    assert answer.code == 2 and "which is no folder; make it" in answer.err
    assert "not-there" not in answer.err and list(tmp_path.iterdir()) == []
