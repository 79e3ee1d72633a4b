"""A stop that suspends a version reaches it where else it is on its way: it becomes live nowhere by itself."""

from __future__ import annotations

from typing import Any

import pytest

from bank import GOVERNANCE, Bank, governance, person
from canaries import PLACES, THROUGH, done, facts, slots, with_canary
from modelops_airflow.errors import PromotionRefused, Refused
from modelops_airflow.governance import stop
from modelops_airflow.governance.promote import Promotion, confirm_live, promote_canary, publishing
from modelops_airflow.governance.rollback import rollback
from modelops_airflow.governance.stop import suspend
from modelops_airflow.targets import Release, strengths, target_of

ENVIRONMENTS = {**GOVERNANCE["environments"], **{name: {"target": "folder", "with": {"path": name}} for name in ("stage", "branch")}}


@pytest.fixture
def wide(bank: Bank) -> Bank:
    """A bank with more environments than production."""
    bank.govern(governance(environments=ENVIRONMENTS))
    return bank


def begun(bank: Bank, to: str, version: str = "1.0.0") -> Promotion:
    """A release that is being published to an environment."""
    permission = bank.promote(bank.approve(bank.release(version, run=f"{to} {version}", strategy={"to": to})))
    publishing(bank.register, permission.deployment, permission.epoch)
    return permission


def written(bank: Bank, permission: Promotion) -> None:
    """Its deployer writes it to the place, however late."""
    target_of(permission.target, permission.options, resolve=bank.project.resolve).deploy(Release(
        permission.model, permission.environment, permission.version, permission.artifact, permission.epoch, permission.subject,
        lambda: bank.store.get(permission.artifact)))


def confirmed(bank: Bank, permission: Promotion) -> None:
    """Its deployer says that it is live."""
    confirm_live(bank.register, permission.deployment, permission.epoch, permission.artifact)


def stopped(bank: Bank, where: str = "production") -> None:
    """Somebody suspends the model."""
    suspend(bank.register, "pricing", where, person("rita"), "wrong prices")


def written_around_a_stop(bank: Bank, permission: Promotion, when: str) -> None:
    """The model is suspended in production, and what is on its way elsewhere is written before that or after it."""
    if when == "before the stop":
        written(bank, permission)
    stopped(bank)
    if when == "after it":
        written(bank, permission)


@pytest.mark.parametrize("when", ["before the stop", "after it"])
def test_what_is_published_elsewhere_while_its_version_is_suspended_does_not_stay_there(wide: Bank, when: str) -> None:
    wide.live()
    permission = begun(wide, "stage")
    written_around_a_stop(wide, permission, when)
    assert (wide.state(), slots(wide)["stage"]) == ("suspended", [(1, "release", "withdrawn")])
    assert facts(wide, "publication-withdrawn")["deployment"] == permission.deployment
    with pytest.raises(PromotionRefused, match="is stale"):
        confirmed(wide, permission)
    assert wide.shown("stage") == permission.artifact
    assert wide.converge() == ["pricing was taken out of service in production", "pricing was taken out of service in stage"]
    assert (wide.shown(), wide.shown("stage"), wide.findings(), wide.converge()) == (None, None, [], [])
    assert wide.events("denied").count("live") == 1
    with pytest.raises(Exception, match="stale"):
        written(wide, permission)


def test_without_that_the_register_refuses_what_the_place_shows(wide: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control."""
    monkeypatch.setattr(stop, "_off_its_way", lambda *_: None)
    wide.live()
    permission = begun(wide, "stage")
    stopped(wide)
    written(wide, permission)
    with pytest.raises(Refused, match="is suspended and cannot become in_use"):
        confirmed(wide, permission)


def test_a_publication_that_was_left_behind_by_such_a_stop_ends_at_the_next_look(wide: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    """Registers of before have them; each round told of another refusal, and the place showed it on."""
    monkeypatch.setattr(stop, "_off_its_way", lambda *_: None)
    wide.live()
    written(wide, begun(wide, "stage"))
    stopped(wide)
    assert [line for line in wide.converge() if "cannot become in_use" in line]
    assert (slots(wide)["stage"], wide.findings()) == ([(1, "release", "failed")], ["target-differs-stage"])
    assert wide.converge() == ["pricing was taken out of service in stage"]
    assert (wide.shown("stage"), wide.findings(), wide.converge()) == (None, [], [])
    assert wide.events("denied").count("live") == 1


def test_a_version_that_is_live_in_a_further_place_is_not_suspended_and_goes_on(wide: Bank) -> None:
    wide.live()
    first = begun(wide, "branch")
    written(wide, first)
    confirmed(wide, first)
    permission = begun(wide, "stage")
    stopped(wide)
    written(wide, permission)
    confirmed(wide, permission)
    wide.converge()
    assert (wide.state(), wide.shown(), wide.shown("stage"), wide.shown("branch")) == ("in_use", None, permission.artifact, permission.artifact)


def test_another_version_on_its_way_elsewhere_goes_on(wide: Bank) -> None:
    wide.live()
    permission = begun(wide, "stage", "1.1.0")
    stopped(wide)
    written(wide, permission)
    confirmed(wide, permission)
    assert (wide.state(), wide.state("1.1.0"), done(wide, "publication-withdrawn")) == ("suspended", "in_use", [])


def test_a_canary_of_a_suspended_version_does_not_arrive(bank: Bank) -> None:
    """It is on its way to no environment that was stopped; a canary moves no version, so that only its fence holds it up."""
    with_canary(bank)
    body: dict[str, Any] = governance(environments={**PLACES, "stage": ENVIRONMENTS["stage"]})
    bank.govern(body)
    first = begun(bank, "stage")
    written(bank, first)
    confirmed(bank, first)
    release = bank.approve(bank.release(run="through", strategy=THROUGH))
    permission = promote_canary(bank.register, release.key, strengths=strengths())
    assert permission is not None
    publishing(bank.register, permission.deployment, permission.epoch)
    stopped(bank, "stage")
    with pytest.raises(PromotionRefused, match="is stale"):
        confirmed(bank, permission)
    assert (bank.state(), slots(bank)["canary"]) == ("suspended", [(1, "canary", "withdrawn")])


@pytest.mark.parametrize("when", ["before the stop", "after it"])
def test_what_was_written_over_another_version_that_is_live_there_is_taken_away(wide: Bank, when: str) -> None:
    old = begun(wide, "stage", "0.9.0")
    written(wide, old)
    confirmed(wide, old)
    wide.live()
    permission = begun(wide, "stage")
    written_around_a_stop(wide, permission, when)
    assert wide.shown("stage") == permission.artifact
    told = wide.converge()
    assert wide.shown("stage") is None, "what was stopped serves nobody"
    assert any("showed a version that was stopped, which was taken away" in line for line in told)
    assert wide.findings() == ["target-differs-stage"]
    with pytest.raises(Exception, match="stale"):
        written(wide, permission)
    rollback(wide.desk, "pricing", "stage", "0.9.0", person("rita"), "bring it back", strengths=strengths())
    wide.converge()
    wide.converge()  # what was just published is compared in the next round
    assert (wide.shown("stage"), wide.findings(), wide.state("0.9.0")) == (old.artifact, [], "in_use")


def test_what_somebody_else_wrote_over_what_is_live_is_left_for_people(wide: Bank) -> None:
    """The negative control: bytes that are of no stopped version are a finding alone."""
    old = begun(wide, "stage", "0.9.0")
    written(wide, old)
    confirmed(wide, old)
    wide.live()
    written(wide, begun(wide, "stage"))
    wide.converge()
    assert wide.shown("stage") is not None
