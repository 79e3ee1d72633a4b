"""A model that was in use before the register is declared, waived by the control side for a while, and never approved by that."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bank import Bank, governance, person
from legacy_world import DIGEST, accept, declare, declared, put, text, today
from modelops_airflow.database import database_time
from modelops_airflow.digest import digest_of
from modelops_airflow.errors import Refused
from modelops_airflow.governance import legacy_findings, waiver
from modelops_airflow.governance.define import define
from modelops_airflow.governance.legacy import Standing, legacy_models
from modelops_airflow.governance.waiver import accept_waiver, revoke_waiver
from modelops_airflow.inventory.tables import DecisionRow, DeploymentRow, VersionRow
from modelops_airflow.ledger import EventRow
from modelops_airflow.ledger.verify import verify


def standing(bank: Bank, days: int = 0) -> Standing:
    return declared(bank).standing(datetime.now(UTC) + timedelta(days=days))


def refused(bank: Bank, who: str = "rita", **changes: str) -> str:
    with pytest.raises(Refused) as error:
        accept(bank, who, **changes)
    return error.value.code


def test_a_declaration_has_todays_date_and_what_git_says_and_approves_nothing(bank: Bank) -> None:
    before = datetime.now(UTC) - timedelta(minutes=1)
    declare(bank)
    found = declared(bank)
    assert (found.artifact, found.since, found.environment, found.version) == (DIGEST, "2019-05-01", "production", "7")
    assert found.declared_at > before  # whatever day the file tells of
    maker, owner, writer = found.declared_by
    assert (maker, owner) == ("dana", "olaf") and writer.startswith("sha256:")  # an address is a digest in the ledger
    assert standing(bank) is Standing.ASKED
    with bank.register.read() as session:
        assert [session.scalars(select(row)).first() for row in (VersionRow, DeploymentRow, DecisionRow)] == [None, None, None]
    accept(bank)
    assert standing(bank) is Standing.WAIVED
    with bank.register.read() as session:
        assert [session.scalars(select(row)).first() for row in (VersionRow, DeploymentRow, DecisionRow)] == [None, None, None]


def test_only_the_control_side_accepts_and_nobody_who_had_a_hand_in_it(bank: Bank) -> None:
    declare(bank, writers=("Vera@bank.example", "dana@bank.example"))
    assert [refused(bank, who) for who in ("dana", "olaf", "nobody")] == ["role"] * 3
    assert refused(bank, "vera") == "author"  # she wrote the file, as git has it
    assert refused(bank, comment="  ") == "reason"
    assert standing(bank) is Standing.ASKED
    accept(bank, "rita")
    assert declared(bank).accepted_by == "rita"
    assert refused(bank, "rolf") == "state"
    assert bank.events("denied").count("waiver-accepted") == 6


def test_what_is_accepted_is_what_was_seen(bank: Bank) -> None:
    declare(bank)
    seen = declared(bank).terms
    for other in (text(until=today(60)), text(digest="sha256:" + "0" * 64), text(version="8"), text(tier=3)):
        declare(bank, other)
        assert refused(bank, terms=seen) == "stale"
    declare(bank)
    accept(bank, terms=seen)
    assert standing(bank) is Standing.WAIVED


def test_a_changed_declaration_takes_another_acceptance_and_the_old_words_bring_the_old_one_back(bank: Bank) -> None:
    declare(bank)
    accept(bank)
    declare(bank, text(until=today(60)))
    assert standing(bank) is Standing.ASKED
    declare(bank)
    assert standing(bank) is Standing.WAIVED


def test_a_forged_event_over_the_accepted_digest_says_something_else_and_is_not_covered(bank: Bank) -> None:
    from modelops_airflow.governance.legacy import DECLARED
    from modelops_airflow.ledger import append

    declare(bank)
    accept(bank)
    one = declared(bank)
    with bank.register.write() as session:
        append(session, DECLARED, {"artifact": "sha256:" + "6" * 64, "authors": [], "by": "sync", "commit": None, "environment": "production", "name": None,
                                   "since": None, "terms": one.terms, "until": "2999-01-01", "version": "7"}, model_id="pricing")
    assert standing(bank) is Standing.ASKED
    assert refused(bank) == "expiry"


@pytest.mark.parametrize(("tier", "most"), [(1, 90), (2, 180), (3, 365)])
def test_a_waiver_ends_within_the_limit_of_its_tier(bank: Bank, tier: int, most: int) -> None:
    declare(bank, text(tier=tier, until=today(most + 2)))
    assert refused(bank) == "expiry"
    declare(bank, text(tier=tier, until=today(most)))
    accept(bank)


def test_it_ends_by_itself_with_its_day_though_nothing_runs(bank: Bank) -> None:
    declare(bank)
    accept(bank)
    assert [standing(bank, days) for days in (0, 29, 31)] == [Standing.WAIVED, Standing.WAIVED, Standing.EXPIRED]
    found = declared(bank).finding(datetime.now(UTC) + timedelta(days=31))
    assert found is not None and found[:2] == ("legacy-waiver-ended", "critical")


def test_an_ended_waiver_is_not_accepted_again(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    declare(bank)
    monkeypatch.setattr(waiver, "database_time", lambda session: database_time(session) + timedelta(days=31))
    assert refused(bank) == "state"


def test_anyone_with_a_role_revokes_and_that_is_critical(bank: Bank) -> None:
    declare(bank)
    with pytest.raises(Refused, match="counts now"):
        revoke_waiver(bank.desk, "pricing", person("dana"), "too early")
    accept(bank)
    for who, reason in (("nobody", "because"), ("dana", " ")):
        with pytest.raises(Refused):
            revoke_waiver(bank.desk, "pricing", person(who), reason)
    assert standing(bank) is Standing.WAIVED
    revoke_waiver(bank.desk, "pricing", person("dana"), "it decides wrongly")
    assert standing(bank) is Standing.REVOKED
    bank.converge()
    assert "legacy-waiver-ended" in bank.findings()
    accept(bank, "rolf")
    assert standing(bank) is Standing.WAIVED


def test_without_a_waiver_it_is_an_open_finding_until_somebody_accepts_one(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    put(bank.root)
    declare(bank, text(until=None))
    bank.converge()
    assert sorted(bank.findings()) == ["legacy-not-waived", "unregistered-production"]  # the place shows what nobody answers for
    assert refused(bank) == "state"
    declare(bank)
    bank.converge()
    assert sorted(bank.findings()) == ["legacy-not-waived", "unregistered-production"]
    accept(bank)
    bank.converge()
    assert bank.findings() == []
    before = bank.events()
    assert (bank.converge(), bank.events()) == ([], before)

    def later(session: Session) -> datetime:
        return database_time(session) + timedelta(days=31)

    monkeypatch.setattr(legacy_findings, "database_time", later)
    bank.converge()
    assert sorted(bank.findings()) == ["legacy-waiver-ended", "unregistered-production"]


def test_other_bytes_at_the_place_are_a_critical_finding_though_the_waiver_counts(bank: Bank) -> None:
    put(bank.root)
    declare(bank)
    accept(bank)
    bank.converge()
    assert bank.findings() == []
    put(bank.root, data=b"something else")
    bank.converge()
    assert bank.findings() == ["legacy-differs-production"]
    (bank.root / "live/live/pricing.json").unlink()
    bank.converge()
    assert bank.findings() == ["legacy-differs-production"]  # nothing is not the same either
    put(bank.root)
    bank.converge()
    assert bank.findings() == []


def test_what_cannot_be_compared_is_never_the_same(bank: Bank) -> None:
    put(bank.root)
    declare(bank, text(digest=None))
    accept(bank)
    bank.converge()
    assert sorted(bank.findings()) == ["legacy-unseen-production", "unregistered-production"]
    declare(bank)
    accept(bank)
    (bank.root / "live/live/pricing.json").write_text("no pointer")
    bank.converge()
    assert "legacy-unseen-production" in bank.findings()
    (bank.root / "live/live/pricing.json").write_text('{"artifact": "sha256:' + "1" * 64 + '", "epoch": 0}')  # bytes that are not there
    bank.converge()
    assert "legacy-unseen-production" in bank.findings()


def test_a_model_under_another_name_there_is_found_by_that(bank: Bank) -> None:
    put(bank.root, "Pricing_V7")
    declare(bank, text(name="Pricing_V7"))
    accept(bank)
    assert (bank.converge(), bank.findings()) == ([], [])
    declare(bank)
    accept(bank)
    told = bank.converge()
    assert any("Pricing_V7" in line for line in told)
    assert bank.findings() == ["legacy-differs-production", "unregistered-production"], "whatever it is called"


def test_the_first_release_ends_it_and_a_later_stop_does_not_bring_it_back(bank: Bank) -> None:
    from modelops_airflow.governance.stop import suspend

    put(bank.root)
    declare(bank)
    accept(bank)
    release = bank.approve(bank.release("8"))
    with bank.register.read() as session:
        assert "pricing" in legacy_models(session)  # approved is not live
    bank.deploy(release)
    with bank.register.read() as session:
        assert legacy_models(session) == {}
    bank.converge()
    assert (bank.shown(), bank.findings()) == (release.artifact, [])
    suspend(bank.desk, "pricing", "production", person("vera"), "it drifts")
    bank.converge()
    with bank.register.read() as session:
        assert legacy_models(session) == {}
    assert bank.shown() is None
    declare(bank, text(until=today(20)))  # who was live here was not here before
    with bank.register.read() as session:
        assert legacy_models(session) == {}
    with pytest.raises(Refused, match="not declared"):
        accept_waiver(bank.desk, "pricing", person("rita"), "sha256:" + "0" * 64, "again")


def test_a_release_that_fails_leaves_what_runs_there_in_service(bank: Bank) -> None:
    from modelops_airflow.governance.promote import fail

    put(bank.root)
    declare(bank)
    accept(bank)
    promotion = bank.promote(bank.approve(bank.release("8")))
    fail(bank.register, promotion.deployment, promotion.epoch, "the place was full")
    bank.converge()
    assert bank.shown() == DIGEST
    assert [one for one in bank.findings() if one.startswith("legacy")] == []


def test_what_was_published_and_stopped_before_it_was_confirmed_is_taken_away(bank: Bank) -> None:
    from modelops_airflow.governance.stop import suspend

    put(bank.root)
    declare(bank)
    accept(bank)
    release = bank.approve(bank.release("8"))
    promotion = bank.promote(release)
    put(bank.root, data=bank.store.get(release.artifact), epoch=promotion.epoch)  # and then the deployer died
    suspend(bank.desk, "pricing", "production", person("vera"), "it errs")
    bank.converge()
    assert bank.shown() is None
    assert bank.findings() == ["legacy-differs-production"]  # nothing is not what the file declares


def test_a_stray_without_a_declaration_is_still_a_stray(bank: Bank) -> None:
    put(bank.root)
    declare(bank, text(legacy=False))
    bank.converge()
    assert bank.findings() == ["unregistered-production"]


def test_a_declaration_for_another_environment_covers_nothing_here(bank: Bank) -> None:
    bank.govern(governance(environments={**governance()["environments"], "elsewhere": {"target": "mark-only", "with": {"path": "marks"}}}))
    put(bank.root)
    declare(bank, text(at="elsewhere"))
    accept(bank)
    bank.converge()
    assert sorted(bank.findings()) == ["legacy-differs-elsewhere", "unregistered-production"]


def test_a_file_that_is_gone_or_declares_nothing_more_ends_the_cover(bank: Bank) -> None:
    put(bank.root)
    declare(bank)
    accept(bank)
    bank.converge()
    define(bank.register, [], "sync")
    bank.converge()
    assert bank.findings() == ["unregistered-production"]
    declare(bank)
    bank.converge()
    assert bank.findings() == []
    declare(bank, text(legacy=False))
    bank.converge()
    assert bank.findings() == ["unregistered-production"]


def test_the_same_file_is_declared_once(bank: Bank) -> None:
    declare(bank)
    declare(bank)
    declare(bank, text(more="lifecycles: {monitor: {uses: monitor}}\n"))
    assert bank.events().count("legacy-declared") == 1
    declare(bank, text().replace("Puts prices.", "Puts other prices."))
    assert bank.events().count("legacy-declared") == 2


def test_history_is_an_event_of_today_and_the_ledger_verifies(bank: Bank) -> None:
    declare(bank)
    accept(bank)
    with bank.register.read() as session:
        rows = session.scalars(select(EventRow).where(EventRow.kind.in_(("legacy-declared", "waiver-accepted")))).all()
        assert verify(session) == []
    assert [row.kind for row in rows] == ["legacy-declared", "waiver-accepted"]
    assert all(row.at.year >= datetime.now(UTC).year for row in rows)
    assert digest_of({"comment": "for a quarter"}).encode() in rows[1].body and b"for a quarter" not in rows[1].body
