"""The kinds' benchmark asks both sides the same: answers of few rows are equal."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize("kind", ["skops", "onnx", "xgboost", "lightgbm"])
def test_ours_and_the_library_give_the_same_answers(kind, monkeypatch):
    pytest.importorskip({"onnx": "skl2onnx"}.get(kind, kind))
    monkeypatch.setattr(sys, "path", [str(Path(__file__).parents[2] / "benchmarks"), *sys.path])
    kinds = importlib.import_module("kinds")
    train, target, rows = kinds.sides(2000)
    data, file, direct = kinds.MAKERS[kind](train, target, rows)
    ours = kinds.through(kind, data, file, rows)
    assert ours().tolist() == direct().tolist()
    assert min(kinds.turns(ours, direct, 1)) >= 0
