"""Statuses: never green without evidence, and overdue by the clock alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from modelops_airflow.data.duration import after, before
from modelops_airflow.errors import DataError
from modelops_airflow.measurement import Measurement, Metric
from modelops_airflow.policy.control_evidence import GateEvidence, RunEvidence, StepEvidence, Waiver
from modelops_airflow.policy.control_status import Status, statuses

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
AT = datetime(2026, 11, 1, tzinfo=UTC)
CONTROL: dict[str, Any] = {
    "applies": True, "why": "", "class": "risk", "ref": "", "text": "", "how": "assisted", "at": ["release", "review"], "steps": ["drift"],
    "numbers": {"psi": {"warn": ">= 0.10", "fail": ">= 0.25", "basis": "industry"}}, "attest": {"role": "legal", "statement": "It is so."},
    "every": {"period": "P1M", "basis": "project default"},
}
GATE = GateEvidence("attest-legal", "approved", {"legal": 1}, ("own OWN-1",), AT)


def drift(value: float | None = 0.02, verdict: str | None = "pass", at: datetime = AT, **more: Any) -> StepEvidence:
    return StepEvidence("drift", verdict, at, Measurement.of("drift", [Metric("psi", value, {"column": "income"}, reason=None if value is not None else "too few rows")]), **more)


def plan(lifecycle: str, *uses: str, draft: bool = False, **control: Any) -> dict[str, Any]:
    told = {key: value for key, value in {**CONTROL, **control}.items() if value is not None}
    return {"lifecycle": lifecycle, "steps": [{"uses": one} for one in uses], "packs": {"own": {"draft": draft, "controls": {"OWN-1": told}}}}


def status(evidence: dict[str, RunEvidence], now: datetime = NOW, waivers: tuple[Waiver, ...] = (), **control: Any) -> Status:
    found, = statuses([plan("release", "drift", "approval", "deploy", **control), plan("review", "drift", "attestation", **control), plan("monitor", "drift", **control)],
                      evidence, now, waivers)
    return found


def released(*steps: StepEvidence, gate: GateEvidence | None = GATE) -> dict[str, RunEvidence]:
    return {"release": RunEvidence(steps, () if gate is None else (gate,))}


def changed(gate: GateEvidence, **facts: Any) -> GateEvidence:
    return GateEvidence(**{**gate.__dict__, **facts})


@pytest.mark.parametrize(("evidence", "expected"), [
    (released(drift()), "satisfied"), ({}, "not tested"), ({"monitor": RunEvidence((drift(),), (GATE,))}, "not tested"),
    (released(drift(), gate=None), "partially"), (released(), "partially"), (released(drift(), gate=changed(GATE, state="open")), "partially"),
    (released(drift(), gate=changed(GATE, state="approved", at=None)), "partially"),
    (released(drift(), gate=changed(GATE, controls=("own OWN-2",))), "partially"), (released(drift(), gate=changed(GATE, state="rejected")), "not satisfied"),
    (released(drift(0.3)), "not satisfied"), (released(drift(verdict="fail")), "not satisfied"),
    (released(drift(verdict="error")), "partially"), (released(drift(verdict="not_applicable")), "partially"), (released(drift(verdict=None)), "partially"),
    (released(drift(None)), "partially"), (released(StepEvidence("drift", "pass", AT, None)), "partially"),
    (released(StepEvidence("drift", "pass", AT, Measurement.of("drift", [Metric("ks_p", 0.5)]))), "partially"),
    (released(drift(), drift(0.3)), "not satisfied"), (released(drift(), drift(verdict="error")), "partially"),
])
def test_a_status_is_what_the_evidence_says_and_silence_is_never_green(evidence: dict[str, RunEvidence], expected: str) -> None:
    found = status(evidence)

    assert found.status == expected and found.met is (expected == "satisfied")
    assert bool(found.lacking) is not found.met


def test_a_warning_is_told_and_fails_nothing() -> None:
    found = status(released(drift(0.15)))

    assert found.status == "satisfied" and "warned" in found.why


def test_what_is_too_old_is_overdue_whether_or_not_anything_runs() -> None:
    assert status(released(drift()), now=datetime(2026, 11, 30, tzinfo=UTC)).status == "satisfied"
    late = status(released(drift()), now=datetime(2026, 12, 1, tzinfo=UTC))
    assert (late.status, late.due, late.met) == ("overdue", datetime(2026, 12, 1, tzinfo=UTC), False) and late.lacking[0][1] == "run the review"
    assert status(released(drift()), now=datetime(2036, 1, 1, tzinfo=UTC), every=None).status == "satisfied"


def test_the_oldest_part_decides_when_it_is_due() -> None:
    older = changed(GATE, at=AT - timedelta(days=20))

    assert status(released(drift(), gate=older), now=AT + timedelta(days=15)).status == "overdue"


def test_the_newest_life_cycle_speaks() -> None:
    review = AT + timedelta(days=10)
    good = {**released(drift()), "review": RunEvidence((drift(at=review),), (changed(GATE, at=review),))}
    bad = {**released(drift()), "review": RunEvidence((drift(0.4, at=review),), ())}

    assert status(good, now=datetime(2026, 12, 5, tzinfo=UTC)).status == "satisfied"
    assert status(bad).status == "not satisfied"
    assert status({**released(drift()), "review": RunEvidence()}).status == "satisfied"


def test_a_waiver_holds_until_its_end_and_no_longer() -> None:
    waiver = Waiver("own", "OWN-1", NOW + timedelta(days=1), "the vendor delivers in December")

    assert status({}, waivers=(waiver,)).status == "waived" and "until 2026-11-27" in status({}, waivers=(waiver,)).why
    assert status({}, waivers=(waiver,), now=waiver.until).status == "not tested"
    assert status({}, waivers=(Waiver("own", "OWN-2", waiver.until, "another"),)).status == "not tested"


def test_approvals_count_seats_of_approved_gates() -> None:
    asks = {"approvals": {"risk": 2}, "steps": [], "numbers": {}, "attest": None, "every": None, "at": ["release"]}

    def gates(*states: str) -> dict[str, RunEvidence]:
        return {"release": RunEvidence((), tuple(GateEvidence(f"g{n}", state, {"risk": 1}, (), AT) for n, state in enumerate(states)))}

    assert status(gates("approved", "approved"), **asks).status == "satisfied"
    assert status(gates("approved", "open"), **asks).status == "not tested" and status(gates("approved", "open"), **asks).lacking[0][1] == "decide at gate g1"
    assert status(gates("approved", "rejected"), **asks).status == "not satisfied"


def test_a_control_that_does_not_apply_says_why_and_a_draft_is_never_plainly_satisfied() -> None:
    left_out = status({}, applies=False, why="not (tier == 1)")
    assert (left_out.status, left_out.why) == ("not applicable", "not (tier == 1)")
    assert status(released(drift()), draft=True).shown == "satisfied, draft pack"
    assert status({}, draft=True).shown == "not tested"


def test_a_model_without_a_life_cycle_that_asks_is_not_tested() -> None:
    found, = statuses([plan("monitor", "drift")], {}, NOW)

    assert found.status == "not tested" and "no life cycle" in found.why


@pytest.mark.parametrize(("text", "start", "end"), [
    ("P1Y", "2024-02-29", "2025-02-28"), ("P1M", "2026-01-31", "2026-02-28"), ("P1Y2M3D", "2026-01-01", "2027-03-04"), ("P2W", "2026-01-01", "2026-01-15"),
])
def test_a_stretch_after_a_day_is_counted_by_the_calendar(text: str, start: str, end: str) -> None:
    assert after(datetime.fromisoformat(start), text) == datetime.fromisoformat(end)
    with pytest.raises(DataError, match="no duration"):
        after(NOW, "a year")
    with pytest.raises(DataError, match="after the calendar"):
        after(datetime(9990, 1, 1), "P99Y")
    assert before(after(datetime(2026, 3, 15), text), text) == datetime(2026, 3, 15)
