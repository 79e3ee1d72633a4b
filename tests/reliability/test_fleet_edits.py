"""What plan --against says of two hundred models is what every one of them then comes to; the whole is a row of docs/reliability.md."""

from __future__ import annotations

from pathlib import Path

import pytest
from fleet_edits import guessed, random_edits


@pytest.fixture(autouse=True)
def _no_register(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ROOT", "DATABASE_URL", "EVIDENCE"):
        monkeypatch.delenv(f"AIRFLOW__MODELOPS__{name}", raising=False)
    (tmp_path / "fleet").mkdir()
    monkeypatch.chdir(tmp_path / "fleet")


def test_a_prediction_over_two_hundred_models_is_what_the_merge_then_does(tmp_path: Path) -> None:
    seen = random_edits(tmp_path / "fleet", 12, seed=6)
    assert seen["pass -> fail"] and seen["fail -> pass"] and seen["untouched"], seen


def test_a_replay_that_guesses_is_found_out(tmp_path: Path) -> None:
    with guessed(), pytest.raises(AssertionError):
        random_edits(tmp_path / "fleet", 12, seed=6)
