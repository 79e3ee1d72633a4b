"""modelops check --plot: a picture beside the numbers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).parents[2]
CURRENT, BASELINE = ROOT / "examples/credit/current.parquet", ROOT / "examples/credit/baseline.parquet"

Call = Callable[..., Any]


def test_a_picture_is_written_and_told_where(modelops: Call, tmp_path: Path) -> None:
    file = tmp_path / "drift.svg"
    answer = modelops("check", "drift", "--current", CURRENT, "--baseline", BASELINE, "--plot", file)

    assert answer.code == 0
    assert f"wrote {file}" in answer.err
    assert "ks_distance" in answer.out
    assert ElementTree.fromstring(file.read_text())[0].text == "Drift: how far each column is from the baseline"
    assert sorted(tmp_path.iterdir()) == [file], "nothing is left beside it"


def test_a_picture_takes_the_place_of_an_older_one_and_leaves_json_alone(modelops: Call, tmp_path: Path) -> None:
    file = tmp_path / "drift.svg"
    file.write_text("old")
    answer = modelops("check", "drift", "--current", CURRENT, "--baseline", BASELINE, "--plot", file, "--json")

    assert json.loads(answer.out)["check"] == "drift"
    assert file.read_text().startswith("<svg ")


def test_a_check_that_cannot_measure_draws_that(modelops: Call, tmp_path: Path) -> None:
    file = tmp_path / "drift.svg"
    answer = modelops("check", "drift", "--current", CURRENT, "--plot", file)

    assert answer.code == 2
    assert "there is no baseline" in file.read_text()


@pytest.mark.parametrize(("name", "says"), [
    (".", "which is a folder; name a file in it"), ("drift.png", "pictures are SVG; name a file that ends in .svg"), ("drift", "pictures are SVG"),
    ("none/drift.svg", "there is no folder"),
])
def test_what_a_picture_cannot_be_written_to_is_refused_before_anything_is_read(modelops: Call, tmp_path: Path, name: str, says: str) -> None:
    answer = modelops("check", "drift", "--current", tmp_path / "not-there.parquet", "--plot", tmp_path / name)

    assert answer.code == 2
    assert says in answer.err
    assert "not-there" not in answer.err
    assert list(tmp_path.iterdir()) == []


def test_a_folder_called_like_a_picture_is_not_written_over(modelops: Call, tmp_path: Path) -> None:
    (tmp_path / "drift.svg").mkdir()
    answer = modelops("check", "drift", "--current", CURRENT, "--plot", tmp_path / "drift.svg")

    assert answer.code == 2
    assert "is a folder" in answer.err
