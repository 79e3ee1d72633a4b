"""An environment that moves or goes takes nothing out of sight: a deployment is looked for where it was made until it ends there."""

from __future__ import annotations

import shutil
from typing import Any

import pytest

from bank import Bank, governance, person
from modelops_airflow.digest import digest_of
from modelops_airflow.errors import PromotionRefused
from modelops_airflow.governance.activate import activate, propose
from modelops_airflow.governance.promote import confirm_live, promote, publishing
from modelops_airflow.governance.stop import retire, suspend
from modelops_airflow.policy.place import Place
from modelops_airflow.steps import converge as converge_module
from modelops_airflow.targets import strengths, target_of

ELSEWHERE = "elsewhere-production"
MOVED = governance(environments={"production": {"target": "folder", "with": {"path": "live2"}}})
GONE = governance(environments={"test": {"target": "folder", "with": {"path": "t"}}})
BACK = governance(environments={"production": {"target": "folder", "with": {"path": "live"}}}, timezone="Europe/Berlin")


def put(bank: Bank, body: dict[str, Any]) -> None:
    """Put a governance in force."""
    propose(bank.register, body, "sync")
    activate(bank.register, digest_of(body), person("vera"))


def at(bank: Bank, path: str) -> str | None:
    """What a place shows."""
    return target_of("folder", {"path": path}, resolve=bank.project.resolve).observed("pricing").artifact


@pytest.mark.parametrize("body", [MOVED, GONE], ids=["moved", "gone"])
@pytest.mark.parametrize("stop", ["suspend", "retire"])
def test_what_is_stopped_after_its_environment_moved_is_taken_away_where_it_was(bank: Bank, body: dict[str, Any], stop: str) -> None:
    live = bank.live()
    put(bank, body)
    assert bank.findings() == [ELSEWHERE]
    assert bank.converge() == []
    assert (bank.findings(), bank.shown()) == ([ELSEWHERE], live.artifact)
    if stop == "suspend":
        suspend(bank.register, "pricing", "production", person("vera"), "it errs")
    else:
        retire(bank.register, "pricing", person("vera"), "it errs")
    assert bank.findings() == [ELSEWHERE], "as long as the old place may show it"
    assert len(bank.converge()) == 1
    assert (bank.shown(), bank.findings(), bank.converge()) == (None, [], [])


def test_where_only_the_place_of_now_is_looked_at_the_suspended_model_stays_live(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control."""
    live = bank.live()
    put(bank, MOVED)
    monkeypatch.setattr(converge_module, "_left", lambda *_: [])
    suspend(bank.register, "pricing", "production", person("vera"), "it errs")
    bank.converge()
    assert bank.shown() == live.artifact
    assert bank.findings() == [ELSEWHERE]


def test_a_release_moves_the_model_and_the_old_place_is_emptied(bank: Bank) -> None:
    bank.live("1.0.0")
    put(bank, MOVED)
    second = bank.live("1.1.0")
    assert (at(bank, "live2"), bank.findings()) == (second.artifact, [ELSEWHERE])
    assert bank.converge() == ["pricing was taken away from folder (path live), where production was"]
    assert (bank.shown(), at(bank, "live2"), bank.findings(), bank.converge()) == (None, second.artifact, [], [])


def test_the_same_version_moves_by_another_run_on_the_approvals_it_has(bank: Bank) -> None:
    live = bank.live()
    put(bank, MOVED)
    again = bank.release(run="again")
    bank.deploy(again)
    bank.converge()
    assert (bank.shown(), at(bank, "live2"), bank.findings()) == (None, live.artifact, [])
    assert bank.deployments() == [(1, "superseded"), (2, "live")]


def test_a_permission_for_the_old_place_is_not_published(bank: Bank) -> None:
    release = bank.approve(bank.release())
    old = bank.promote(release)
    put(bank, MOVED)
    with pytest.raises(PromotionRefused, match=r"governance no longer has production at folder \(path live\)"):
        publishing(bank.register, old.deployment, old.epoch)
    new = bank.promote(release)
    assert (new.epoch, dict(new.options)) == (2, {"path": "live2"})
    bank.deploy(release)
    assert (bank.shown(), at(bank, "live2")) == (None, release.artifact)
    assert bank.deployments() == [(1, "failed"), (2, "live")]


@pytest.mark.parametrize("then", ["confirmed", "tried again", "failed"])
def test_what_was_being_published_when_the_environment_moved_does_not_stay_unseen(bank: Bank, then: str) -> None:
    release = bank.approve(bank.release())
    old = bank.promote(release)
    publishing(bank.register, old.deployment, old.epoch)
    target = target_of(old.target, old.options, resolve=bank.project.resolve)
    from modelops_airflow.targets import Release

    target.deploy(Release("pricing", "production", "1.0.0", old.artifact, old.epoch, old.subject, lambda: bank.store.get(old.artifact)))
    put(bank, MOVED)
    if then == "confirmed":
        confirm_live(bank.register, old.deployment, old.epoch, old.artifact)
        assert (bank.converge(), bank.findings(), bank.shown()) == ([], [ELSEWHERE], release.artifact)
        return
    if then == "tried again":
        bank.deploy(release)
    else:
        bank.sql("UPDATE modelops_deployment SET state = 'failed'")
    bank.converge()
    assert (bank.shown(), bank.findings()) == (None, [])
    assert at(bank, "live2") == (release.artifact if then == "tried again" else None)


def test_a_deployment_that_ended_at_the_old_place_is_not_made_again_at_the_new_one(bank: Bank) -> None:
    first = bank.live("1.0.0")
    bank.live("1.1.0")
    put(bank, MOVED)
    with pytest.raises(PromotionRefused, match="going back is a rollback"):
        bank.promote(first)


def test_a_place_is_the_same_however_its_path_is_written(bank: Bank) -> None:
    live = bank.live()
    put(bank, governance(environments={"production": {"target": "folder", "with": {"path": "./live/"}}}))
    assert (bank.findings(), bank.converge()) == ([], [])
    assert promote(bank.register, live.key, strengths=strengths()).done


def test_a_place_that_is_the_new_one_by_a_link_is_not_emptied(bank: Bank) -> None:
    bank.live("1.0.0")
    (bank.root / "live2").symlink_to(bank.root / "live")
    put(bank, MOVED)
    second = bank.live("1.1.0")
    bank.converge()
    assert (bank.shown(), at(bank, "live2"), bank.findings()) == (second.artifact, second.artifact, [ELSEWHERE])


def image(command: str, **options: Any) -> dict[str, Any]:
    return governance(environments={"production": {"target": "container", "with": {"path": "images", "command": [command], **options}}})


def test_other_settings_of_the_same_place_are_no_other_place(bank: Bank) -> None:
    """A new start command: the model is released again, and the place is not said to be left, nor emptied."""
    put(bank, image("serve"))
    bank.live("1.0.0")
    put(bank, image("serve-better"))
    assert (bank.findings(), bank.converge()) == ([ELSEWHERE], []), "it still runs with the former command"
    second = bank.live("1.1.0")
    target = target_of("container", {"path": "images", "command": ["serve-better"]}, resolve=bank.project.resolve)
    assert bank.converge() == []
    assert (target.observed("pricing").artifact, bank.findings()) == (second.artifact, [])


def test_two_environments_are_not_one_service() -> None:
    """Two ways to write the same webhook overlap; one with another connection does not."""
    one, same, other = (Place("webhook", {"connection": name, **more}) for name, more in (("a", {}), ("a", {"timeout": 5.0}), ("b", {})))
    assert one.overlaps(same) and one.same_as(same) and one != same
    assert not one.overlaps(other)
    assert Place("sagemaker", {"bucket": "b"}).same_as(Place("sagemaker", {"bucket": "b", "prefix": "modelops", "instance": "x"}))
    assert not Place("unknown", {"a": 1}).same_as(Place("unknown", {"a": 2}))


def test_what_somebody_copied_to_the_new_place_is_shown_and_left(bank: Bank) -> None:
    live = bank.live()
    shutil.copytree(bank.root / "live", bank.root / "live2")
    put(bank, MOVED)
    bank.converge()
    assert (bank.shown(), at(bank, "live2"), bank.findings()) == (live.artifact, live.artifact, [ELSEWHERE])


def test_no_environment_takes_the_place_of_another(bank: Bank) -> None:
    bank.live()
    bank.forge("UPDATE modelops_slot SET environment = 'test'")
    bank.forge("UPDATE modelops_deployment SET environment = 'test'")
    release = bank.approve(bank.release("1.1.0"))
    with pytest.raises(PromotionRefused, match="test had pricing before"):
        bank.promote(release)
    put(bank, MOVED)
    assert bank.promote(release).epoch == 1, "the control: at a place of its own it may"


def test_an_environment_that_comes_back_to_its_old_place_goes_on_there(bank: Bank) -> None:
    bank.live("1.0.0")
    put(bank, MOVED)
    bank.live("1.1.0")
    bank.converge()
    put(bank, BACK)
    third = bank.live("1.2.0")
    bank.converge()
    assert (bank.shown(), at(bank, "live2"), bank.findings()) == (third.artifact, None, [])


def test_an_old_place_that_cannot_be_read_keeps_its_finding(bank: Bank) -> None:
    bank.live()
    put(bank, MOVED)
    suspend(bank.register, "pricing", "production", person("vera"), "it errs")
    (bank.root / "live" / "live" / "pricing.json").write_text("{")
    assert "is not readable" in bank.converge()[0]
    assert bank.findings() == [ELSEWHERE]


@pytest.mark.parametrize("column", ["target = 'mark-only'", "options = NULL", "strength = 'enforced'"])
def test_the_place_of_a_deployment_is_fixed(bank: Bank, column: str) -> None:
    bank.live()
    with pytest.raises(Exception, match="what a row of modelops_deployment says is fixed"):
        bank.sql(f"UPDATE modelops_deployment SET {column}")
