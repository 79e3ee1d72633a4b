"""An emergency release is loud, skips approvals and nothing else, and ends if they do not follow."""

from __future__ import annotations

from typing import Any

import pytest

from bank import Bank, governance, person
from modelops_airflow.errors import PromotionRefused, Refused
from modelops_airflow.governance.break_glass import break_glass
from modelops_airflow.governance.gate import open_gate
from modelops_airflow.governance.record import known_run
from modelops_airflow.governance.start import RunKey
from modelops_airflow.governance.vote import vote
from modelops_airflow.targets import strengths

EMERGENCY = governance(break_glass={"roles": ["risk"], "within": "P5D"})


@pytest.fixture
def ready(bank: Bank) -> Bank:
    """A bank whose governance lets the risk function release in an emergency."""
    bank.govern(EMERGENCY)
    return bank


def broken(bank: Bank, who: str = "rita", **changed: Any) -> None:
    asked = {"version": "1.0.0", "reason": "The old table prices at zero.", "subject": "", **changed}
    break_glass(bank.register, "pricing", asked["version"], person(who), asked["reason"], asked["subject"],
                strengths=strengths())


def test_one_person_puts_a_decided_version_live_and_everybody_sees_it(ready: Bank) -> None:
    release = ready.release()
    broken(ready, subject=release.subject)
    ready.converge()
    assert ready.shown() == release.artifact
    assert ready.state() == "in_use"
    assert ready.findings() == ["break-glass"]
    assert "break-glass" in ready.events("done")


def test_an_emergency_does_not_stand_in_for_evidence_that_is_gone(ready: Bank) -> None:
    release = ready.release()
    broken(ready, subject=release.subject)
    ready.lose_evidence(release.key)
    assert "may no longer go live" in ready.converge()[0]
    assert (ready.shown(), ready.deployments()) == (None, [(1, "failed")])


def test_approvals_afterwards_end_the_emergency(ready: Bank) -> None:
    release = ready.release()
    broken(ready, "ruth", subject=release.subject)
    ready.converge()
    ready.approve(release)
    assert ready.findings() == []
    assert ready.events("done")[-2:] == ["break-glass-ended", "decision"]
    ready.deploy(release)
    ready.converge()
    assert (ready.shown(), ready.state()) == (release.artifact, "in_use")


@pytest.mark.parametrize("late", [True, False])
def test_what_is_not_approved_in_time_is_taken_out_of_service(ready: Bank, late: bool) -> None:
    release = ready.release()
    broken(ready, subject=release.subject)
    ready.converge()
    if late:
        ready.forge("UPDATE modelops_break_glass SET due_at = at")
    ready.converge()
    ready.converge()
    assert (ready.shown() is None) == late
    assert ready.state() == ("suspended" if late else "in_use")
    assert ready.findings() == ["break-glass"]


def test_a_rejection_afterwards_takes_it_out_of_service(ready: Bank) -> None:
    release = ready.release()
    broken(ready, subject=release.subject)
    ready.converge()
    ready.vote(release, "approve-validation", "vera", "reject", comment="The evidence does not hold.")
    ready.converge()
    ready.converge()
    assert (ready.shown(), ready.state()) == (None, "suspended")


@pytest.mark.parametrize(
    ("who", "changed", "code"),
    [
        ("dana", {}, "role"),
        ("olaf", {}, "role"),
        ("vera", {}, "role"),
        ("stranger", {}, "role"),
        ("rita", {"reason": "  "}, "reason"),
        ("rita", {"subject": "sha256:" + "0" * 64}, "stale"),
        ("rita", {"version": "9.9.9"}, "stale"),
    ],
)
def test_who_may_not_or_says_too_little_is_refused_and_on_record(
    ready: Bank, who: str, changed: dict[str, str], code: str
) -> None:
    release = ready.release()
    with pytest.raises(Refused) as refused:
        broken(ready, who, **{"subject": release.subject, **changed})
    assert refused.value.code == code
    assert ready.events("denied") == ["break-glass"]
    assert ready.shown() is None


def test_an_author_of_the_version_never_breaks_the_glass(ready: Bank) -> None:
    release = ready.release(by="rita")
    with pytest.raises(Refused, match="no author"):
        broken(ready, "rita", subject=release.subject)
    broken(ready, "rolf", subject=release.subject)


def test_without_a_word_of_governance_nobody_breaks_the_glass(bank: Bank) -> None:
    release = bank.release()
    with pytest.raises(Refused, match="names nobody"):
        broken(bank, subject=release.subject)


def test_a_rejection_is_not_overridden(ready: Bank) -> None:
    release = ready.release()
    ready.vote(release, "approve-validation", "vera", "reject", comment="No.")
    with pytest.raises(PromotionRefused, match="rejected"):
        broken(ready, subject=release.subject)


def test_a_row_without_its_event_breaks_no_glass(ready: Bank) -> None:
    """Somebody with the database writes the row himself."""
    release = ready.release()
    ready.forge(
        "INSERT INTO modelops_break_glass (run, model_id, subject, person, reason, at, due_at) "
        "SELECT id, model_id, subject, 'rita', 'x', started_at, '2099-01-01 00:00:00' FROM modelops_run"
    )
    from modelops_airflow.governance.obstacles import obstacles
    from modelops_airflow.governance.record import known_run

    with ready.register.read() as session:
        run = known_run(session, release.key)
        found = obstacles(session, run, ready.plan().to_json(), "break-glass")
    assert "no emergency release of this subject is in force and on record" in found


def test_the_glass_breaks_once(ready: Bank) -> None:
    release = ready.release()
    broken(ready, subject=release.subject)
    with pytest.raises(Refused, match="already"):
        broken(ready, "rolf", subject=release.subject)


def test_a_change_of_the_artifact_is_no_emergency(ready: Bank) -> None:
    release = ready.release()
    ready.forge("UPDATE modelops_run SET artifact = :other", other="sha256:" + "1" * 64)
    with pytest.raises(PromotionRefused, match="artifact digest differs"):
        broken(ready, subject=release.subject)


def test_an_emergency_does_not_wait_for_gates_that_have_not_opened(ready: Bank) -> None:
    """Gates of the shipped life cycle open one after the other."""
    key = ready.pin("1.0.0")
    ready.measure(key)
    assert ready.decide(key) == "pass"
    open_gate(ready.register, key, "approve-validation")
    broken(ready, subject=subject_of_run(ready, key))
    ready.converge()
    assert ready.shown() is not None


def test_another_run_of_the_same_subject_ends_no_emergency_with_half_of_its_gates(ready: Bank) -> None:
    release = ready.release()
    broken(ready, subject=release.subject)
    ready.converge()
    key = ready.pin("1.0.0", run="manual__again")
    ready.measure(key)
    ready.decide(key)
    gate = open_gate(ready.register, key, "approve-validation")
    vote(ready.register, gate, person("vera"), "approve", "Read.", release.subject)
    assert ready.findings() == ["break-glass"]
    assert "break-glass-ended" not in ready.events()


def test_what_was_approved_after_an_emergency_is_watched_like_anything_else(ready: Bank) -> None:
    release = ready.release()
    broken(ready, "ruth", subject=release.subject)
    ready.converge()
    ready.approve(release)
    assert ready.converge() == []
    wanted = {**EMERGENCY, "roles": {**EMERGENCY["roles"], "risk": {"side": "control", "held_by": ["rolf", "ruth"]}}}
    ready.govern(wanted)
    assert "no longer holds the role risk" in ready.converge()[0]


def subject_of_run(bank: Bank, key: RunKey) -> str:
    with bank.register.read() as session:
        return str(known_run(session, key).subject)
