"""The pack of a version that passed by a waiver names the waiver, and whoever leaves it out or lengthens it is found offline."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from bank import TABLE, Bank, person
from modelops_airflow.database import database_time
from modelops_airflow.digest import canonical, digest_bytes
from modelops_airflow.documents.controls import asked_by, controls
from modelops_airflow.documents.sources import Sources
from modelops_airflow.evidence.pack import VERIFIER
from modelops_airflow.evidence.verify import Pack, Wrong, unzipped, verify
from modelops_airflow.governance import waive
from modelops_airflow.governance.control_waivers import ACCEPTED, control_waivers, judged_run
from modelops_airflow.governance.documents import fetch
from modelops_airflow.governance.start import RunKey, pin
from modelops_airflow.governance.transaction import governed
from modelops_airflow.ledger import append
from modelops_airflow.steps.evidence_pack import pack_of
from waiver_world import CONTROL, PACK, POLICIES, accept, ask, begin, day, plan, waived_release, waiver


def packed(bank: Bank) -> tuple[bytes, int]:
    """A deployed version that rests on a waiver, in a pack."""
    release, number = waived_release(bank)
    bank.approve(release)
    bank.deploy(release)
    return bank.store.get(pack_of(bank.run(release.key))), number


def member(data: bytes, name: str) -> Any:
    return json.loads(unzipped(data)[f"{name}.json"])


def test_the_pack_says_waived_and_by_whom_until_when_and_why_and_verifies(bank: Bank) -> None:
    data, number = packed(bank)
    answer = verify(data)
    assert answer["problems"] == []
    assert f"step bias did not meet {PACK} {CONTROL}, which rita waived until {day()}" in answer["established"]
    assert any(gap.startswith("waivers: bias: four-fifths FF-RATIO is not met") for gap in answer["gaps"])
    bias = next(one for one in member(data, "manifest")["controls"] if one["control"] == "bias")
    assert (bias["status"], bias["verdict"], bias["waiver"], bias["valid_until"]) == ("waived", "fail", str(number), day().isoformat())
    assert "The sample of one branch is small." in bias["reason"]
    assert member(data, "evidence-manifest")["waived"][0]["waiver"] == number
    jsonschema.validate(member(data, "manifest"), json.loads((VERIFIER.parent / "evidence-pack.schema.json").read_text()))


def test_a_section_tells_a_waived_control_as_the_table_of_all_does(bank: Bank) -> None:
    sources, today = Sources.of(packed(bank)[0]), datetime.now(UTC).date()
    everything, section = str(controls(sources, today)), str(asked_by(sources, today, PACK, [CONTROL]))
    for told in (everything, section):
        assert "Words(text='waived')" in told and "not satisfied" not in told


def test_a_revoked_waiver_is_told_as_it_was_when_the_version_went_ahead(bank: Bank) -> None:
    release, number = waived_release(bank)
    bank.approve(release)
    bank.deploy(release)
    waive.revoke(bank.desk, "pricing", number, person("ines"), "it is abused")
    data = bank.store.get(pack_of(bank.run(release.key)))
    assert verify(data)["problems"] == []
    assert member(data, "waivers")[0]["counts"] is False


@pytest.mark.parametrize(("how", "told"), [
    ("another day", "told in other words"), ("left out", "no waiver says why: bias"), ("never accepted", "did not count when the version went ahead"),
    ("nobody waived it", "others accepted waiver"), ("it ended", "told otherwise"), ("another control", "says something else than waiver"),
    ("another step", f"{PACK} {CONTROL} asks nothing of step bias")])
def test_who_edits_a_pack_of_a_waiver_is_found(bank: Bank, how: str, told: str) -> None:
    """Members are changed inside an opened pack, past the signature, so that this check alone is asked."""
    data, _ = packed(bank)
    pack = Pack(data, set())
    pack.manifest()
    pack.log()
    pack.evidence()
    assert pack.waivers() == [f"step bias did not meet {PACK} {CONTROL}, which rita waived until {day()}"]
    if how == "another day":
        pack.json["waivers"][0]["words"]["until"] = "2999-01-01"
    elif how == "left out":
        pack.json["evidence-manifest"]["waived"] = []
    elif how == "never accepted":
        pack.events = [one for one in pack.events if one["kind"] != "control-waiver-accepted"]
    elif how == "another control":
        pack.json["plan"]["packs"][PACK]["controls"][CONTROL]["text"] = "Something milder."
    elif how == "another step":
        (step,) = [one for one in pack.json["plan"]["steps"] if one["id"] == "bias"]
        step |= {"required_by": [], "requirements": []}
    elif how == "it ended":
        pack.json["waivers"][0]["counts"] = False
    else:
        pack.json["waivers"][0]["accepted_by"] = ["ruth"]
    with pytest.raises(Wrong, match=told):
        pack.evidence() if how == "left out" else pack.waivers()


def test_a_document_says_waived_and_until_when_and_never_satisfied(bank: Bank, tmp_path: Path) -> None:
    data, _ = packed(bank)
    sources = Sources.of(data)
    told = str(controls(sources, datetime.now(UTC).date()))
    assert "waived" in told and day().isoformat() in told and "satisfied" not in told
    after = str(controls(sources, day(40)))
    assert "waived" not in after and "not satisfied" in after


def test_canonical_words_are_the_terms(bank: Bank) -> None:
    data, _ = packed(bank)
    told, = member(data, "waivers")
    assert digest_bytes(canonical(told["words"])) == member(data, "evidence-manifest")["waived"][0]["terms"]


def test_a_waiver_that_too_few_accepted_for_the_tier_of_the_plan_did_not_count(bank: Bank) -> None:
    data, _ = packed(bank)
    pack = Pack(data, set())
    pack.manifest()
    pack.log()
    pack.evidence()
    pack.json["plan"]["model"]["tier"] = 1
    with pytest.raises(Wrong, match="did not count when the version went ahead"):
        pack.waivers()


GUARDS = {
    "owns it": (' if not known_as(rules, one["by"]) & makers}', "}"),
    "develops it": (' if not known_as(rules, one["by"]) & makers}', "}"),
    "is an author": (' if not known_as(rules, one["by"]) & makers}', "}"),
    "was of no control side": (' if one["by"] in holders(self.ruled(one["index"]), "control", "")]', "]"),
}


def edited(pack: Any, how: str) -> Any:
    """An opened pack in which the person who accepted the waiver might not have."""
    for part in (pack.manifest, pack.log, pack.evidence, pack.waivers):
        part()
    if how == "owns it":
        pack.json["plan"]["model"]["owner"] = "rita"
    elif how == "develops it":
        pack.json["plan"]["model"]["developers"].append("simple:rita")
    elif how == "is an author":
        pack.json["run"]["authors"].append(["rita", "git"])
        pinned, = [one for one in pack.events if one["kind"] == "pinned"]
        pinned["facts"]["authors"].append("rita")
    else:
        for role in pack.json["governance"]["roles"].values():
            role["held_by"] = [name for name in role["held_by"] if name != "rita"]
    return pack


@pytest.mark.parametrize("how", GUARDS)
def test_a_waiver_accepted_by_somebody_who_might_not_did_not_count(bank: Bank, how: str) -> None:
    data, _ = packed(bank)
    with pytest.raises(Wrong, match="did not count when the version went ahead"):
        edited(Pack(data, set()), how).waivers()

    guard, without = GUARDS[how]
    source, names = VERIFIER.read_text(), {"__name__": "verifier"}
    assert source.count(guard) == 1
    exec(compile(source.replace(guard, without), "verify.py", "exec"), names)
    assert len(edited(names["Pack"](data, set()), how).waivers()) == 1, "nothing else stops it"  # type: ignore[operator]


def test_who_left_the_control_side_after_accepting_had_accepted(bank: Bank) -> None:
    release, _ = waived_release(bank)
    roles = json.loads(json.dumps(POLICIES["roles"]).replace('"rita"', '"rolf"'))
    bank.govern({**POLICIES, "roles": roles})
    data = bank.store.get(pack_of(bank.run(release.key)))
    assert verify(data)["problems"] == []
    assert member(data, "waivers")[0]["counts"] is True
    assert "rita" not in json.dumps(member(data, "governance")["roles"]) and "rita" in json.dumps(member(data, "governance-2")["roles"])


SHARED = "shared@bank.example"


def known(**git: list[str]) -> dict[str, Any]:
    """The bank's governance with further addresses of some people."""
    people = {name: {**facts, "git": [*facts["git"], *git.get(name, [])]} for name, facts in POLICIES["people"].items()}
    return {**POLICIES, "people": people}


def committed(bank: Bank, version: str = "1.0.0") -> RunKey:
    """A version whose file somebody wrote under an address that several may have."""
    planned = plan(bank, version)
    path = bank.root / planned.model["artifact"]
    path.write_text(TABLE.format(version=version))
    key = RunKey("pricing.release", f"manual__{version}")
    pin(bank.register, key, planned.to_json(), bank.store.put_file(path), path.name, "dana", [{"file": "f", "authors": [SHARED], "commit": "abc"}])
    bank.measure(key, 0.75)
    return key


def told_now(bank: Bank, key: RunKey) -> bool:
    """Whether the pack, its verifier and the register say that the waiver counts now; they say the same."""
    data = bank.store.get(pack_of(bank.run(key)))
    with bank.register.read() as session:
        run = bank._run(session, key)
        judged = judged_run(session, run, fetch(session, run.plan))
        (one,) = control_waivers(session, ["pricing"]).values()
        counts = not judged.why_not(one, database_time(session))
    assert (verify(data)["problems"], member(data, "waivers")[0]["counts"]) == ([], counts)
    return counts


def released(bank: Bank, key: RunKey) -> bytes:
    """A version that passes by a waiver is approved and goes live; its pack."""
    assert bank.decide(key) == "pass"
    release = bank.gates(key)
    bank.approve(release)
    bank.deploy(release)
    return bank.store.get(pack_of(bank.run(key)))


def test_an_address_that_had_moved_to_somebody_else_by_the_decision_takes_no_acceptance_away(bank: Bank) -> None:
    bank.govern(known(rita=[SHARED]))
    begin(bank, "0.9.0")
    accept(bank, ask(bank))
    bank.govern(known(dana=[SHARED]))
    key = committed(bank)
    released(bank, key)
    assert told_now(bank, key) is True


def test_who_is_found_to_be_an_author_after_going_live_accepted_it_for_then_and_not_for_now(bank: Bank) -> None:
    bank.govern(POLICIES)
    key = committed(bank)
    accept(bank, ask(bank))
    released(bank, key)
    assert told_now(bank, key) is True
    bank.govern(known(rita=[SHARED]))
    assert told_now(bank, key) is False


def test_an_author_who_is_named_by_a_digest_alone_is_known_to_the_verifier(bank: Bank) -> None:
    bank.govern(known(rita=[SHARED]))
    key = begin(bank)
    accept(bank, ask(bank))
    pack = Pack(released(bank, key), set())
    for part in (pack.manifest, pack.log, pack.evidence, pack.waivers):
        part()
    pack.json["run"]["authors"].append([digest_bytes(SHARED.encode()), "in the ledger"])
    pinned, = [one for one in pack.events if one["kind"] == "pinned"]
    pinned["facts"]["authors"].append(digest_bytes(SHARED.encode()))
    with pytest.raises(Wrong, match="did not count when the version went ahead"):
        pack.waivers()


def test_a_pack_without_waivers_has_no_governance_of_earlier_ones(bank: Bank) -> None:
    bank.govern(POLICIES)
    begin(bank, "0.9.0")
    number = ask(bank)
    accept(bank, number)
    waive.revoke(bank.desk, "pricing", number, person("ines"), "not needed")
    bank.govern(known(ruth=["ruth@bank.example"]))
    data = bank.store.get(pack_of(bank.run(bank.live("1.0.0").key)))
    assert "governance-2.json" not in unzipped(data) and "waivers.json" not in unzipped(data)


def test_an_acceptance_by_nobody_of_the_control_side_is_none_for_anybody(bank: Bank) -> None:
    bank.govern(POLICIES)
    key, number = begin(bank), ask(bank)
    with governed(bank.register, ACCEPTED, by="system", model_id="pricing") as session:
        append(session, ACCEPTED, {"by": "gustav", "comment": None, "in_force": True, "terms": waiver(bank, number).terms, "waiver": number}, model_id="pricing")
    assert bank.decide(key) == "fail"
    assert waiver(bank, number).stored == "requested"
