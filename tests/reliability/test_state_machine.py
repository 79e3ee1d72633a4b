"""Some sequences of what people do; 2,000 by `make reliability`."""

from __future__ import annotations

from places import Places
from state_machine import DEPLOYMENT_TRIGGERS, no_gate_is_asked, sequences

SEED = 7


def test_product_model_and_raw_rows_agree_after_every_step(sqlite_places: Places) -> None:
    told = sequences(sqlite_places, count=12, seed=SEED)
    assert told["violations"] == 0, told["first"]
    assert told["promotions done"] > 2 and told["promotions refused"] > 5
    assert "refused by the database alone" not in told


def test_without_the_gates_the_database_alone_still_refuses(sqlite_places: Places) -> None:
    told = sequences(sqlite_places, count=8, seed=SEED, broken=no_gate_is_asked)
    assert told["violations"] == 0, told["first"]
    assert told["refused by the database alone"] > 0


def test_without_both_the_checker_finds_what_was_not_approved(sqlite_places: Places) -> None:
    """The control."""
    told = sequences(sqlite_places, count=50, seed=SEED, broken=no_gate_is_asked, without=DEPLOYMENT_TRIGGERS)
    assert told["violations"] == 1
    assert "approve-risk has" in told["first"][0] or "approve-validation has" in told["first"][0]
