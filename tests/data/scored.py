"""A small scored table, and what its columns are."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

ROLES = {"x": "feature", "colour": "protected", "y": "target", "prediction": "prediction", "score": "score"}
FACTS = {"protected": ("colour",), "favourable": "1"}


def scored(n: int = 3000, seed: int = 0) -> pa.Table:
    """A feature with gaps, a protected column, truth, prediction and score."""
    generator = np.random.default_rng(seed)
    x = generator.normal(size=n)
    score = 1 / (1 + np.exp(-x + generator.normal(size=n)))
    return pa.table({
        "x": pa.array([None if v > 2 else v for v in x], pa.float64()),
        "colour": generator.choice(["red", "blue", "green"], n),
        "y": (x > 0).astype(int), "prediction": (score > 0.5).astype(int), "score": score,
    })
