"""A release through a canary: the same approvals, time in the canary first, and production only if nothing was wrong there."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from bank import GOVERNANCE, Bank, governance, person
from canaries import PLACES, THROUGH, approved, bakes, corrupt, done, facts, hold, later, slots, told, with_canary
from modelops_airflow.errors import PromotionRefused, Refused
from modelops_airflow.governance.promote import promote, promote_canary
from modelops_airflow.governance.rollback import rollback
from modelops_airflow.governance.stop import suspend
from modelops_airflow.governance.vote import withdraw
from modelops_airflow.ledger import verify
from modelops_airflow.targets import strengths

WHY = "3 of its 3 requests failed"


@pytest.fixture(autouse=True)
def opened(bank: Bank) -> None:
    with_canary(bank)


def test_it_bakes_then_goes_live_and_the_canary_is_taken_away(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    old = bank.live("1.0.0")
    new = approved(bank, "1.1.0", **THROUGH)

    waiting = bakes(bank, new)

    assert 1790 < waiting.left.total_seconds() <= 1800
    assert (bank.shown("canary"), bank.shown()) == (new.artifact, old.artifact)
    assert (bank.state("1.0.0"), bank.state("1.1.0")) == ("in_use", "approved")
    later(monkeypatch, 29)
    bakes(bank, new)
    later(monkeypatch, 31)
    assert "is live in production" in bank.deploy(new)
    assert (bank.shown("canary"), bank.shown()) == (None, new.artifact)
    assert slots(bank) == {"production": [(1, "release", "superseded"), (2, "release", "live")], "canary": [(1, "canary", "withdrawn")]}
    assert (bank.state("1.0.0"), bank.state("1.1.0")) == ("approved", "in_use")
    assert done(bank, "live", "canary-ended", "pulled-back") == ["live", "live", "canary-ended", "live"]
    assert (bank.converge(), told(bank)) == ([], {})
    assert "is live in production" in bank.deploy(new)  # the task once more: nothing is left to do
    with bank.register.read() as session:
        assert verify(session) == []


def test_without_approvals_nothing_goes_into_the_canary(bank: Bank) -> None:
    release = bank.release("1.0.0", strategy=THROUGH)
    bank.vote(release, "approve-validation", "vera")

    with pytest.raises(PromotionRefused, match="gate approve-risk is open"):
        bank.deploy(release)

    assert bank.shown("canary") is None and slots(bank) == {}


def test_nothing_is_promoted_past_its_canary(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    release = approved(bank, "1.0.0", **THROUGH)
    with pytest.raises(PromotionRefused, match="it was not in its canary canary yet"):
        bank.promote(release)
    bakes(bank, release)
    with pytest.raises(PromotionRefused, match="is baking until"):
        bank.promote(release)
    later(monkeypatch, 31)
    assert not bank.promote(release).done


def test_the_database_refuses_what_went_past_its_canary(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    release = approved(bank, "1.0.0", **THROUGH)
    monkeypatch.setattr("modelops_airflow.governance.promote.canary_obstacles", lambda *_: [])
    with pytest.raises(Refused, match="the database refuses the deployment"):
        bank.promote(release)


@pytest.mark.parametrize("strategy", [{}, {"through": "elsewhere", "bake": "PT30M"}])
def test_the_database_refuses_a_canary_that_the_plan_does_not_have(bank: Bank, strategy: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    from modelops_airflow.governance import promote as module
    from modelops_airflow.governance.strategy import Strategy

    release = approved(bank, "1.0.0", **strategy)
    monkeypatch.setattr(module, "strategy_of", lambda _: Strategy("canary"))
    monkeypatch.setattr(module, "in_the_way", lambda *_: [])
    with pytest.raises(Refused, match="the database refuses the deployment"):
        promote_canary(bank.register, release.key, strengths=strengths())


@pytest.mark.parametrize("through", ["canary", "production"])
def test_a_plan_makes_no_environment_a_canary_that_governance_does_not_make_one(bank: Bank, through: str) -> None:
    """No linter is asked here: the plan is as a forger could have pinned it, and everybody approved it."""
    release = bank.approve(bank.release("1.0.0", strategy={"to": "sandbox" if through == "production" else "production", "through": through, "bake": "PT30M"}))
    places = {**GOVERNANCE["environments"], **PLACES, "sandbox": {"target": "folder", "with": {"path": "sandbox"}}}
    if through == "canary":
        places["production"] = {name: value for name, value in PLACES["production"].items() if name != "canary"}
    bank.govern(governance(environments=places), "vera", "rita")
    with pytest.raises(PromotionRefused, match=f"governance does not say that {through} is the canary of "):
        promote_canary(bank.register, release.key, strengths=strengths())
    assert bank.shown(through if through == "canary" else "live") is None


@pytest.mark.parametrize(("by", "harm", "why"), [
    ("sync", lambda bank: hold(bank, "canary"), WHY), ("the step itself", lambda bank: corrupt(bank, "canary"), "its place shows sha256:"),
])
def test_a_canary_in_trouble_leaves_production_as_it_was(bank: Bank, monkeypatch: pytest.MonkeyPatch, by: str, harm: object, why: str) -> None:
    old = bank.live("1.0.0")
    new = approved(bank, "1.1.0", **THROUGH)
    bakes(bank, new)
    harm(bank)  # type: ignore[operator]
    if by == "sync":
        line, = bank.converge()
        assert line.startswith("version 1.1.0 of pricing was pulled back from canary") and why in line
    later(monkeypatch, 31)

    with pytest.raises(PromotionRefused, match="pulled back"):
        bank.deploy(new)

    assert (bank.shown("canary"), bank.shown()) == (None, old.artifact)
    assert slots(bank) == {"production": [(1, "release", "live")], "canary": [(1, "canary", "withdrawn")]}
    assert list(told(bank)) == ["pulled-back-canary"]
    severity, message = told(bank)["pulled-back-canary"]
    assert severity == "critical" and why in message and "1.1.0" in message
    assert (bank.state("1.0.0"), bank.state("1.1.0")) == ("in_use", "rejected")
    assert done(bank, "pulled-back") == ["pulled-back"]
    with pytest.raises(PromotionRefused):
        bank.deploy(new)
    assert (bank.converge(), done(bank, "pulled-back")) == ([], ["pulled-back"])


def test_what_was_pulled_back_is_not_promoted_by_another_run_of_the_same_and_a_new_version_closes_the_finding(
    bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    bakes(bank, approved(bank, "1.1.0", **THROUGH))
    hold(bank, "canary")
    bank.converge()

    again = bank.release("1.1.0", run="again", strategy=THROUGH)

    with pytest.raises(PromotionRefused, match="was pulled back from service with this plan"):
        bank.deploy(again)
    new = approved(bank, "1.2.0", **THROUGH)
    bakes(bank, new)
    later(monkeypatch, 31)
    bank.deploy(new)
    assert told(bank) == {}


def test_a_person_stops_a_canary_and_its_release_does_not_go_on(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    release = approved(bank, "1.0.0", **THROUGH)
    bakes(bank, release)
    suspend(bank.register, "pricing", "canary", person("dana"), "it looks odd")
    later(monkeypatch, 31)

    with pytest.raises(PromotionRefused, match="was pulled back from service"):
        bank.deploy(release)

    assert list(told(bank)) == ["canary-stopped-canary"]
    bank.converge()
    assert (bank.shown("canary"), bank.shown()) == (None, None)


def test_an_approval_that_is_taken_back_while_it_bakes_counts_no_more_and_one_given_again_does(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    release = approved(bank, "1.0.0", **THROUGH)
    bakes(bank, release)
    withdraw(bank.register, 2, person("rita"))
    later(monkeypatch, 31)
    with pytest.raises(PromotionRefused, match="gate approve-risk is open"):
        bank.deploy(release)
    assert bank.shown() is None
    assert "did not go on from its canary" in told(bank)["canary-stopped-canary"][1]

    bank.vote(release, "approve-risk", "ruth")
    bank.deploy(release)

    assert bank.shown() == release.artifact
    bank.converge()
    assert told(bank) == {}


def test_a_later_canary_in_the_same_place_ends_an_earlier_ones_way(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = approved(bank, "1.0.0", **THROUGH), approved(bank, "1.1.0", **THROUGH)
    bakes(bank, first)
    bakes(bank, second)
    later(monkeypatch, 31)
    with pytest.raises(PromotionRefused, match="superseded"):
        bank.deploy(first)
    bank.deploy(second)
    assert (bank.shown(), bank.shown("canary")) == (second.artifact, None)


def test_a_superseded_canary_is_no_way_back_into_production(bank: Bank) -> None:
    for version in ("1.0.0", "1.1.0"):
        bakes(bank, approved(bank, version, **THROUGH))
    with pytest.raises(Refused, match="never live"):
        rollback(bank.register, "pricing", "canary", "1.0.0", person("olaf"), "it was good", strengths=strengths())
    assert list(slots(bank)) == ["canary"]


def test_a_canary_that_cannot_be_read_is_not_good(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    from modelops_airflow.errors import TargetError

    release = approved(bank, "1.0.0", **THROUGH)
    bakes(bank, release)
    (bank.root / "canary" / "live" / "pricing.json").write_text("{")
    later(monkeypatch, 31)
    with pytest.raises(TargetError):
        bank.deploy(release)
    assert bank.shown() is None


def test_a_rollback_does_not_bake(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    from modelops_airflow.steps.deploy import publish

    first = approved(bank, "1.0.0", **THROUGH)
    bakes(bank, first)
    later(monkeypatch, 31)
    bank.deploy(first)
    bank.live("1.1.0")

    publish(bank.register, rollback(bank.register, "pricing", "production", "1.0.0", person("olaf"), "worse", strengths=strengths()),
            bank.store, bank.project)

    assert bank.shown() == first.artifact


def test_monitors_look_at_production_and_not_at_the_canary(bank: Bank) -> None:
    from modelops_airflow.governance.versions import live

    bakes(bank, approved(bank, "1.0.0", **THROUGH))
    with bank.register.read() as session:
        assert live(session, "pricing") is None
    bank.live("1.1.0")
    with bank.register.read() as session:
        row = live(session, "pricing")
        assert row is not None and row.environment == "production"


def test_the_strategy_is_in_what_people_approve(bank: Bank) -> None:
    plain, through = bank.plan(), bank.plan(strategy=THROUGH)
    longer = bank.plan(strategy={**THROUGH, "bake": "PT31M"})
    assert len({plain.digest, through.digest, longer.digest, bank.plan(strategy={"watch": "PT1M"}).digest}) == 4


def test_an_edited_row_does_not_shorten_a_bake(bank: Bank) -> None:
    release = approved(bank, "1.0.0", **THROUGH)
    bakes(bank, release)
    bank.sql("UPDATE modelops_deployment SET at = '2001-01-01 00:00:00.000000', observed_at = '2001-01-01 00:00:00.000000'")
    bakes(bank, release)
    with pytest.raises(PromotionRefused, match="baking"):
        promote(bank.register, release.key, strengths=strengths())


def test_the_database_refuses_what_the_ledger_has_as_pulled_back(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    release = approved(bank, "1.0.0", **THROUGH)
    bakes(bank, release)
    hold(bank, "canary")
    bank.converge()
    monkeypatch.setattr("modelops_airflow.governance.obstacles.pulled_back_on_record", lambda *_: False)
    monkeypatch.setattr("modelops_airflow.governance.promote.canary_obstacles", lambda *_: [])
    bank.release("1.0.0", run="again", strategy=THROUGH)
    with bank.register.read() as session:
        assert session.scalar(text("SELECT state FROM modelops_version")) == "approved"
    with pytest.raises(Refused, match="the database refuses the deployment"):
        promote_canary(bank.register, type(release.key)("pricing.release", "again"), strengths=strengths())


def test_a_person_stops_production_and_with_it_the_canary_on_its_way_there(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    bank.live("1.0.0")
    new = approved(bank, "1.1.0", **THROUGH)
    bakes(bank, new)

    suspend(bank.register, "pricing", "production", person("rita"), "stop all")

    assert {rows[-1][2] for rows in slots(bank).values()} == {"withdrawn"}
    bank.converge()
    assert (bank.shown("canary"), bank.shown()) == (None, None)
    assert facts(bank, "pulled-back")["subject"] == new.subject
    later(monkeypatch, 31)
    with pytest.raises(PromotionRefused, match="was pulled back from service"):
        bank.deploy(new)


def test_production_can_be_stopped_where_only_a_canary_is_on_its_way_there(bank: Bank) -> None:
    bakes(bank, approved(bank, "1.0.0", **THROUGH))
    assert suspend(bank.register, "pricing", "production", person("rita"), "stop all") == 0
    bank.converge()
    assert (bank.shown("canary"), bank.shown()) == (None, None)


def test_stopping_another_environment_leaves_the_canary(bank: Bank) -> None:
    bakes(bank, approved(bank, "1.0.0", **THROUGH))
    with pytest.raises(Refused, match="nothing of pricing is live in elsewhere"):
        suspend(bank.register, "pricing", "elsewhere", person("rita"), "stop all")
    assert slots(bank)["canary"] == [(1, "canary", "live")]


def test_a_release_that_is_refused_after_its_bake_is_not_told_as_pulled_back(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    release = approved(bank, "1.0.0", **THROUGH)
    bakes(bank, release)
    withdraw(bank.register, 2, person("rita"))
    later(monkeypatch, 31)
    with pytest.raises(PromotionRefused):
        bank.deploy(release)
    bank.converge()
    assert slots(bank)["canary"] == [(1, "canary", "live")] and bank.shown("canary") == release.artifact
    assert "pulled-back-canary" not in told(bank) and "canary-stopped-canary" in told(bank)


def test_a_canary_speaks_for_nothing_once_production_has_changed(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    bank.live("1.0.0")
    new = approved(bank, "1.1.0", **THROUGH)
    bakes(bank, new)
    later(monkeypatch, 31)
    third = bank.live("1.2.0")
    with pytest.raises(PromotionRefused, match=r"production has changed since version 1\.1\.0 went into its canary"):
        bank.deploy(new)
    assert bank.shown() == third.artifact


def test_a_rollback_and_a_new_canary_close_no_finding_of_a_canary_and_the_next_release_does(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    from modelops_airflow.steps.deploy import publish

    bank.live("1.0.0")
    bank.live("1.0.1")
    bakes(bank, approved(bank, "1.1.0", **THROUGH))
    hold(bank, "canary")
    bank.converge()
    publish(bank.register, rollback(bank.register, "pricing", "production", "1.0.0", person("olaf"), "worse", strengths=strengths()),
            bank.store, bank.project)
    assert list(told(bank)) == ["pulled-back-canary"]
    new = approved(bank, "1.2.0", **THROUGH)
    bakes(bank, new)
    assert list(told(bank)) == ["pulled-back-canary"]
    later(monkeypatch, 31)
    bank.deploy(new)
    assert told(bank) == {}


def test_no_canary_takes_the_place_of_a_release(bank: Bank) -> None:
    first = bank.approve(bank.release("1.0.0", strategy={"to": "canary"}))
    bank.deploy(first)
    assert slots(bank) == {"canary": [(1, "release", "live")]}
    with pytest.raises(PromotionRefused, match=r"canary is its canary, and version 1\.0\.0 was released there"):
        bank.deploy(approved(bank, "1.1.0", **THROUGH))
    assert bank.shown("canary") == first.artifact
