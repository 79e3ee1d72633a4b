"""A pack of what was stopped over there is no evidence that it passed; one that was stopped and came back by its people is."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from test_replayed_decisions import house, named, packed

from bank import Bank, Candidate, governance, person
from canaries import WATCHED, approved, hold, with_canary
from modelops_airflow.evidence.crossing import Crossing, crossing_of
from modelops_airflow.governance.break_glass import break_glass
from modelops_airflow.governance.stop import retire, suspend
from modelops_airflow.targets import strengths

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


def test_a_version_that_was_retired_there_has_not_passed(bank: Bank, house: Ed25519PrivateKey, tmp_path: Path) -> None:
    """The version that was live before and stays has: a retirement names its versions."""
    old, new = bank.live("1.0.0"), bank.live("1.1.0")
    before = crossed(bank, new, house, tmp_path)
    retire(bank.register, "pricing", person("olaf"), "it prices at zero", "1.1.0")
    after = crossed(bank, new, house, tmp_path)
    assert (before.verdict, before.passed, before.stopped) == ("pass", True, "")
    assert (after.verdict, after.passed, after.stopped) == ("pass", False, "its version was retired")
    assert crossed(bank, old, house, tmp_path).passed


@pytest.mark.parametrize("approved_in_time", [False, True])
def test_an_emergency_release_that_ended_without_its_approvals_there_has_not_passed(
    bank: Bank, house: Ed25519PrivateKey, tmp_path: Path, approved_in_time: bool,
) -> None:
    bank.govern(governance(break_glass={"roles": ["risk"], "within": "P5D"}))
    release = bank.release()
    break_glass(bank.register, "pricing", "1.0.0", person("ruth"), "the old table prices at zero", release.subject, strengths=strengths())
    bank.converge()
    assert crossed(bank, release, house, tmp_path).passed
    if approved_in_time:
        bank.approve(release)
    else:
        bank.forge("UPDATE modelops_break_glass SET due_at = at")
    bank.converge()
    after = crossed(bank, release, house, tmp_path)
    assert "break-glass-ended" in bank.events("done")
    assert (after.verdict, after.passed, after.stopped) == (
        ("pass", True, "") if approved_in_time else ("pass", False, "its emergency release to production ended without its approvals"))


@pytest.mark.parametrize("what", ["promotion", "outcome"])
def test_a_stop_of_something_else_or_one_that_was_refused_stops_nothing(what: str) -> None:
    from modelops_airflow.evidence.crossing import _stopped

    def event(index: int, kind: str, outcome: str = "done", **facts: object) -> dict[str, object]:
        return {"index": index, "kind": kind, "outcome": outcome, "model": "m", "facts": {"environment": "stage", **facts}}

    def stopped(*events: dict[str, object]) -> str:
        return _stopped([*begun, *events], "m", "1.0.0", "s", "stage")

    begun = [event(0, "promotion", epoch=1, subject="s"), event(1, "live", epoch=1)]
    assert stopped(event(2, "suspended")) == "it was suspended in stage", "the control"
    end = event(2, "suspended", outcome="denied") if what == "outcome" else event(2, "pulled-back", subject="other")
    assert stopped(end) == ""
    assert stopped(event(2, "suspended"), event(3, "live", epoch=1)) == ""


def test_an_end_that_names_no_environment_is_of_its_version_or_of_what_was_decided_over() -> None:
    from modelops_airflow.evidence.crossing import _stopped

    def stopped(kind: str, *after: str, outcome: str = "done", **facts: object) -> str:
        told = [{"index": 0, "kind": "promotion", "outcome": "done", "model": "m", "facts": {"environment": "stage", "epoch": 1, "subject": "s"}},
                {"index": 1, "kind": kind, "outcome": outcome, "model": "m", "facts": facts},
                *({"index": 2, "kind": "live", "outcome": "done", "model": "m", "facts": {"environment": where, "epoch": 1}} for where in after)]
        return _stopped(told, "m", "1.0.0", "s", "stage")

    assert stopped("retired", versions=["0.9.0", "1.0.0"]) == "its version was retired"
    assert stopped("retired", versions=["0.9.0"]) == ""
    assert stopped("retired", versions=["1.0.0"], outcome="denied") == ""
    for how, subject, expected in (("late", "s", True), ("rejected", "s", True), ("approved", "s", False), ("late", "other", False)):
        assert bool(stopped("break-glass-ended", how=how, subject=subject)) == expected
    assert stopped("break-glass-ended", "stage", how="late", subject="s") == "", "its people let it live again"
    assert stopped("break-glass-ended", "canary", how="late", subject="s"), "where it went in the emergency it is not live"
