"""A declaration cannot go around what people decided here, and nobody who had a hand in a model accepts its waiver."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from bank import Bank, governance, person
from legacy_world import DIGEST, accept, declare, declared, put, text
from modelops_airflow.errors import Refused, TargetError
from modelops_airflow.governance.legacy import Standing
from modelops_airflow.governance.stop import retire, suspend
from modelops_airflow.policy.waiver import end_of
from modelops_airflow.targets import Observation
from modelops_airflow.targets.folder import Folder


def standing(bank: Bank) -> Standing:
    return declared(bank).standing(datetime.now(UTC))


def code(bank: Bank, who: str) -> str:
    with pytest.raises(Refused) as error:
        accept(bank, who)
    return error.value.code


def test_a_developer_whose_name_was_taken_out_of_the_file_does_not_accept(bank: Bank) -> None:
    declare(bank, text().replace("developers: [dana]", "developers: [vera, dana]"))
    declare(bank)
    assert code(bank, "vera") == "author"
    accept(bank, "rita")  # the control


def test_who_wrote_the_file_after_it_declared_does_not_accept(bank: Bank) -> None:
    declare(bank)
    declare(bank, text().replace("Puts prices.", "Puts prices anew."), writers=("dana@bank.example", "rita@bank.example"))
    assert code(bank, "rita") == "author"
    accept(bank, "vera")


@pytest.mark.parametrize("change", [("owner: olaf", "owner: rita"), ("kind: rules", "kind: python"), ("pricing-7.yaml", "other.yaml"), ("tier: 2", "tier: 3")])
def test_another_owner_kind_file_or_tier_takes_another_acceptance(bank: Bank, change: tuple[str, str]) -> None:
    declare(bank)
    accept(bank)
    declare(bank, text().replace(*change))
    assert standing(bank) is Standing.ASKED
    declare(bank, text(more="lifecycles: {monitor: {uses: monitor}}\n"))
    assert standing(bank) is Standing.WAIVED, "the control: how it is watched is no part of it"


@pytest.mark.parametrize("version", ["1.0.0", "other"])
def test_what_was_rejected_or_retired_here_is_not_waived(bank: Bank, version: str) -> None:
    release = bank.release()
    bank.vote(release, "approve-risk", "rita", "reject")
    put(bank.root, data=bank.store.get(release.artifact))
    declare(bank, text(digest=release.artifact, version=version))
    assert (standing(bank), code(bank, "rita")) == (Standing.STOPPED, "state")
    retire(bank.desk, "pricing", person("rita"), "never")
    assert (standing(bank), code(bank, "rita")) == (Standing.STOPPED, "state")
    bank.converge()
    assert "legacy-waiver-ended" in bank.findings()


def test_an_accepted_waiver_ends_with_the_rejection_of_its_bytes(bank: Bank) -> None:
    release = bank.release()
    put(bank.root, data=bank.store.get(release.artifact))
    declare(bank, text(digest=release.artifact, version="1.0.0"))
    accept(bank)
    assert standing(bank) is Standing.WAIVED, "a release that waits changes nothing"
    bank.vote(release, "approve-risk", "rita", "reject")
    assert standing(bank) is Standing.STOPPED
    assert bank.shown() == release.artifact, "and it is for people to take it out of service"


def test_what_was_released_here_is_no_legacy_of_another_environment(bank: Bank) -> None:
    release = bank.live()
    places = {name: {"target": "folder", "with": {"path": path}} for name, path in (("production", "live"), ("old", "old"))}
    bank.govern(governance(environments=places))
    declare(bank, text(digest=release.artifact, version="1.0.0", at="old"))
    assert standing(bank) is Standing.STOPPED and "was released here to production" in declared(bank).stopped
    suspend(bank.desk, "pricing", "production", person("rita"), "it errs")
    assert "was suspended here" in declared(bank).stopped


def test_a_declaration_does_not_keep_what_was_stopped_in_its_place(bank: Bank) -> None:
    release = bank.approve(bank.release())
    promotion = bank.promote(release)
    put(bank.root, data=bank.store.get(release.artifact), epoch=promotion.epoch)  # published, and then the deployer died
    suspend(bank.desk, "pricing", "production", person("rita"), "it errs")
    declare(bank, text(digest=release.artifact))
    bank.converge()
    assert bank.shown() is None


def test_a_declaration_does_not_keep_what_a_failed_deployment_left(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    release, looks, observed = bank.approve(bank.release()), [], Folder.observed

    def another_the_second_time(self: Folder, model: str) -> Observation:
        looks.append(model)
        return Observation(None, 1, dangling=True) if len(looks) == 2 else observed(self, model)

    with monkeypatch.context() as patch:
        patch.setattr(Folder, "observed", another_the_second_time)
        with pytest.raises(TargetError):
            bank.deploy(release)
    assert bank.shown() == release.artifact
    declare(bank, text(digest=release.artifact))
    bank.converge()
    assert bank.shown() is None


def test_the_last_day_of_the_calendar_stops_no_look(bank: Bank) -> None:
    put(bank.root)
    declare(bank, text(until="9999-12-31"))
    assert end_of(date.max) > end_of(date.max - timedelta(days=1))
    bank.converge()
    assert (bank.findings(), code(bank, "rita"), bank.shown()) == (["unregistered-production", "legacy-not-waived"], "expiry", DIGEST)
