"""What the steps of a life cycle do, without Airflow.

Each step is one function in one file: `(run, step) -> StepResult`. `STEPS` names them by their
`uses`. Airflow's operators and `modelops run` call the same functions, so the same YAML and data
give the same evidence digests in both.

Gates (`approval`, `attestation`) are not in `STEPS`: nothing computes a human decision.
"""

from __future__ import annotations

from .catalogue import GATES, STEPS, step_function
from .run import Run, StepResult, StepStatus

__all__ = ["GATES", "STEPS", "Run", "StepResult", "StepStatus", "step_function"]
