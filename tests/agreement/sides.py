"""Two seeded sides of 24 columns: floats, integers, labels, gaps, constants and heavy tails, with a truth and predictions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

LABELS = ("two", "four", "many", "numbered", "truth", "gaps", "one")
"""Columns of labels; the others hold numbers."""
ROLES = ("y", "prediction", "score", "sex", "race")


def side(seed: int, n: int, shift: float) -> pa.Table:
    """One side; `shift` moves the numbers (in standard deviations of `normal`) and the labels made from them."""
    draw = np.random.default_rng(seed)
    x = draw.normal(shift, 1, n)
    return pa.table({**_numbers(draw, x, shift), **_labels(draw, x), **_answers(draw, n)})


def _numbers(draw: np.random.Generator, x: np.ndarray[Any, Any], shift: float) -> dict[str, Any]:
    n = len(x)
    return {
        "normal": x, "uniform": draw.uniform(shift, 1 + shift, n), "heavy tail": draw.standard_t(2, n) + shift, "cauchy": draw.standard_cauchy(n),
        "skewed": np.exp(x), "whole": draw.integers(0, 60, n), "count": draw.poisson(2 + max(shift, 0), n), "few": draw.integers(0, 4, n),
        "ties": np.round(x, 1), "half zero": np.where(draw.random(n) < 0.5, 0.0, x), "holes": pa.array([None if v > 1 else v for v in x], pa.float64()),
        "not finite": np.where(x > 2, np.inf, np.where(x < -2, np.nan, x)), "small": x * 1e-9, "large": x * 1e6 + 1e12, "constant": np.full(n, 3.5),
        "single precision": x.astype(np.float32), "negative": -np.exp(draw.normal(0, 2, n)),
    }


def _labels(draw: np.random.Generator, x: np.ndarray[Any, Any]) -> dict[str, Any]:
    n = len(x)
    return {
        "two": pa.array(np.where(x > 0.2, "yes", "no")), "four": pa.array(np.array(["a", "b", "c", "d"])[np.clip(x + 2, 0, 3).astype(int)]),
        "many": pa.array(np.char.add("c", draw.integers(0, 40, n).astype(str))), "numbered": pa.array(np.array(["10", "9"])[draw.integers(0, 2, n)]),
        "truth": pa.array(x > 0), "gaps": pa.array([None if v < -1 else "a" if v > 0 else "b" for v in x]), "one": pa.array(["only"] * n),
    }


def _answers(draw: np.random.Generator, n: int) -> dict[str, Any]:
    """A truth, a calibrated score with ties, the label it makes, and two protected columns that lean on it."""
    sex, race = draw.choice(["f", "m"], n), draw.choice(["a", "b", "c"], n, p=[0.6, 0.3, 0.1])
    score = np.round(1 / (1 + np.exp(-(draw.normal(0, 1, n) + 0.4 * (sex == "m") - 0.3 * (race == "c")))), 3)
    return {"y": (draw.random(n) < score).astype(int), "prediction": (score > 0.5).astype(int), "score": np.clip(score, 0.001, 0.999), "sex": sex, "race": race}
