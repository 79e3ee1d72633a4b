"""A score is a probability, but of a model that says of its own that its scores rank."""

from __future__ import annotations

import math

import pyarrow as pa
import pytest

from modelops_airflow.errors import ArtifactError
from modelops_airflow.kinds.checked_answers import checked


def answers(*scores: float | None) -> pa.Table:
    return pa.table({"prediction": pa.array([1] * len(scores)), "score": pa.array(scores, pa.float64())})


def test_a_score_above_one_is_none_of_a_model_that_gives_probabilities() -> None:
    with pytest.raises(ArtifactError, match=r"a score that is no probability.*row 1"):
        checked(answers(0.5, 4.0), 2, "the model")
    assert checked(answers(0.5, 4.0), 2, "the model", ranks=True)["score"].to_pylist() == [0.5, 4.0]


@pytest.mark.parametrize("score", [math.nan, math.inf, -math.inf, None])
@pytest.mark.parametrize("ranks", [True, False])
def test_what_is_no_finite_number_is_never_a_score(score: float | None, ranks: bool) -> None:
    with pytest.raises(ArtifactError, match="row 0"):
        checked(answers(score), 1, "the model", ranks=ranks)
