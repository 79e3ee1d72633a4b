"""The task is the truth's: predictions cannot choose which numbers they are judged by."""

from __future__ import annotations

import pyarrow as pa

from modelops_airflow.data.outcomes import outcomes

ROLES = {"y": "target", "p": "prediction", "s": "score"}


def test_one_stray_prediction_does_not_make_two_classes_three() -> None:
    table = pa.table({"y": [0, 1] * 20, "p": [0, 1] * 19 + [0, 7], "s": [0.1, 0.9] * 20})
    found = outcomes(table, ROLES)
    assert found is not None
    assert (found.task, found.positive, "auc" in found.facts) == ("binary", "1", True)


def test_three_classes_of_truth_are_three() -> None:
    found = outcomes(pa.table({"y": [0, 1, 2] * 10, "p": [0, 1, 1] * 10}), ROLES)
    assert found is not None and found.task == "multiclass"
