"""A model with words, as checks are handed one, and a check over it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
from asked import Rows
from worlds import profiles

from modelops_airflow.checks import CheckContext, run_check
from modelops_airflow.measurement import Measurement


def said(answers: list[str], **changes: Any) -> pa.Table:
    """A table as `Scorer.said` gives it: valid texts of ten tokens to prompts of a hundred."""
    n = len(answers)
    columns = {"request": [f"question {place}" for place in range(n)], "prediction": ["answered"] * n, "state": ["valid"] * n, "answer": answers, "finish": ["stop"] * n, "prompt_tokens": [100] * n,
               "completion_tokens": [10] * n, "closed": [False] * n, "replayed": [False] * n}
    return pa.table(columns | {name: value if isinstance(value, list) else [value] * n for name, value in changes.items()})


def speaking(answer: Callable[[dict[str, Any]], str], **changes: Any) -> Callable[[pa.Table], pa.Table]:
    """A model that answers each row by a function of it."""
    return lambda rows: said([answer(row) for row in rows.to_pylist()], **changes)


def measure(check: str, table: pa.Table, model: Any, options: dict[str, Any] | None = None, *, baseline: pa.Table | None = None, **more: Any) -> Measurement:
    """A check that asks for words."""
    sides = profiles(table, baseline)
    context = CheckContext(dataset=Rows(table), baseline=None if baseline is None else Rows(baseline), said=model, **more)
    return run_check(check, sides, options or {}, context=context)
