"""Records what NannyML estimates on seeded data, for tests/checks/nannyml_estimates.json.

    pip install nannyml==0.13.1 flaml statsmodels     # in an environment of its own
    NML_DISABLE_USAGE_LOGGING=1 python benchmarks/nannyml_estimates.py > tests/checks/nannyml_estimates.json

Only the draws below are shared with the test, which makes the same data by `samples` and asks our own check.
"""

from __future__ import annotations

import json

import numpy as np

SEED, BASELINE, CURRENT = 20, 20_000, 10_000
METRICS = {"roc_auc": "auc", "f1": "f1", "precision": "precision", "recall": "recall", "specificity": "specificity", "accuracy": "accuracy"}


def samples(case: str) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Score and truth of the baseline and of the current data.

    `calibrated`: the score is the chance. `shifted`: the same, and the current scores are lower. `overconfident`: the
    chance is nearer to a half than the score says.
    """
    generator = np.random.default_rng(SEED)
    sides = []
    for n, shift in ((BASELINE, 0.0), (CURRENT, -0.7 if case == "shifted" else 0.0)):
        score = 1 / (1 + np.exp(-generator.normal(shift - 0.5, 1.5, n)))
        chance = 0.5 + 0.6 * (score - 0.5) if case == "overconfident" else score
        sides.append((score, (generator.random(n) < chance).astype(int)))
    return sides[0], sides[1]


def estimates(case: str) -> dict[str, dict[str, float]]:
    """NannyML's estimate, its sampling error and what it came to, by our name of the metric."""
    import flaml
    import pandas as pd

    flaml.AutoML = getattr(flaml, "AutoML", object)  # wanted by another of its estimators, at import
    import nannyml

    frames = []
    for score, truth in samples(case):
        frames.append(pd.DataFrame({"score": score, "prediction": (score > 0.5).astype(int), "y": truth}))
    estimator = nannyml.CBPE(problem_type="classification_binary", y_pred_proba="score", y_pred="prediction", y_true="y",
                             metrics=list(METRICS), chunk_number=1)
    frame = estimator.fit(frames[0]).estimate(frames[1]).filter(period="analysis").to_df(multilevel=True)
    return {ours: {"value": float(frame[theirs]["value"].iloc[0]), "sampling_error": float(frame[theirs]["sampling_error"].iloc[0])}
            for theirs, ours in METRICS.items()}


if __name__ == "__main__":
    from importlib.metadata import version

    cases = {case: estimates(case) for case in ("calibrated", "shifted", "overconfident")}
    print(json.dumps({"nannyml": version("nannyml"), "numpy": np.__version__, "seed": SEED, "script": "benchmarks/nannyml_estimates.py", "cases": cases}, indent=1))
