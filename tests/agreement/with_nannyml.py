"""Performance estimated without labels beside what NannyML estimated, recorded by benchmarks/nannyml_estimates.py."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
from statistic import Agreement, Tolerance
from worlds import profiles

from modelops_airflow.checks import run_check
from modelops_airflow.data.asked import Asked

ROOT = Path(__file__).parents[2]
RECORDED: dict[str, Any] = json.loads((ROOT / "tests/checks/nannyml_estimates.json").read_text(encoding="utf-8"))
NEAR = Tolerance(0.001, 0, "calibrated row by row there, bin by bin here")


def compare(agreement: Agreement, _: int) -> None:
    """Every recorded case, on the same seeded data made again."""
    for case, told in RECORDED["cases"].items():
        (old, truth), (new, _later) = _samples()(case)
        both = profiles(_table(new, [None] * len(new)), _table(old, truth), asked=Asked(scores=True), target="y")
        ours = {row.name: row.value for row in run_check("performance-estimate", both, {"resamples": 100}).metrics}
        for name, theirs in told.items():
            agreement.of("NannyML", f"estimated_{name}", NEAR).add(case, ours[f"estimated_{name}"], theirs["value"])


def _table(score: Any, truth: Any) -> pa.Table:
    return pa.table({"score": score, "prediction": (score > 0.5).astype(int), "y": pa.array(truth, pa.int64())})


def _samples() -> Any:
    """The recording script's data."""
    spec = importlib.util.spec_from_file_location("nannyml_estimates", ROOT / RECORDED["script"])
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.samples
