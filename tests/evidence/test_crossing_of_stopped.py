"""A pack of what was stopped over there is no evidence that it passed; one that was stopped and came back by its people is."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from test_replayed_decisions import house, named, packed

from bank import Bank, Candidate, person
from canaries import WATCHED, approved, hold, with_canary
from modelops_airflow.evidence.crossing import Crossing, crossing_of
from modelops_airflow.governance.stop import suspend

__all__ = ["house"]


def crossed(bank: Bank, release: Candidate, house: Ed25519PrivateKey, root: Path) -> Crossing:
    return crossing_of(packed(bank, release, root), {named(house): {"production"}})


def test_what_was_pulled_back_there_has_not_passed(bank: Bank, house: Ed25519PrivateKey, tmp_path: Path) -> None:
    """The version that came back in its place has."""
    old = with_canary(bank).live("1.0.0")
    new = approved(bank, "1.1.0", **WATCHED)
    bank.deploy(new)
    before = crossed(bank, new, house, tmp_path)
    hold(bank, "live")
    bank.converge()
    after = crossed(bank, new, house, tmp_path)
    assert (before.verdict, before.passed, before.stopped) == ("pass", True, "")
    assert (after.verdict, after.passed, after.stopped) == ("pass", False, "it was pulled back from production")
    assert crossed(bank, old, house, tmp_path).passed


def test_what_was_suspended_there_has_not_passed(bank: Bank, house: Ed25519PrivateKey, tmp_path: Path) -> None:
    """A suspension ends what is live then, not what was before it; and what people let live again after it has passed."""
    old, new = bank.live("1.0.0"), bank.live("1.1.0")
    assert crossed(bank, new, house, tmp_path).passed
    suspend(bank.register, "pricing", "production", person("rita"), "wrong prices")
    after = crossed(bank, new, house, tmp_path)
    assert (after.passed, after.stopped) == (False, "it was suspended in production")
    assert crossed(bank, old, house, tmp_path).passed


@pytest.mark.parametrize("what", ["promotion", "outcome"])
def test_a_stop_of_something_else_or_one_that_was_refused_stops_nothing(what: str) -> None:
    from modelops_airflow.evidence.crossing import _stopped

    def event(index: int, kind: str, outcome: str = "done", **facts: object) -> dict[str, object]:
        return {"index": index, "kind": kind, "outcome": outcome, "model": "m", "facts": {"environment": "stage", **facts}}

    begun = [event(0, "promotion", epoch=1, subject="s"), event(1, "live", epoch=1)]
    assert _stopped([*begun, event(2, "suspended")], "m", "s") == "it was suspended in stage", "the control"
    end = event(2, "suspended", outcome="denied") if what == "outcome" else event(2, "pulled-back", subject="other")
    assert _stopped([*begun, end], "m", "s") == ""
    assert _stopped([*begun, event(2, "suspended"), event(3, "live", epoch=1)], "m", "s") == ""
