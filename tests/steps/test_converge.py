"""Converging looks at every target and says what differs; it publishes nothing that was not permitted."""

from __future__ import annotations

import json

from bank import GOVERNANCE, Bank, governance, person
from modelops_airflow.digest import digest_of
from modelops_airflow.governance.activate import activate, propose
from modelops_airflow.governance.stop import suspend


def test_nothing_to_do_says_nothing(bank: Bank) -> None:
    assert bank.converge() == []
    bank.live()
    before = bank.events()
    assert bank.converge() == []
    assert bank.events() == before


def test_a_target_that_somebody_else_wrote_opens_one_finding_and_closes_it_again(bank: Bank) -> None:
    release = bank.live()
    pointer = bank.root / "live" / "live" / "pricing.json"
    honest = pointer.read_bytes()
    pointer.write_text(json.dumps({**json.loads(honest), "artifact": None}))
    for _ in range(3):
        assert bank.converge() == [f"pricing in production shows nothing, the register says {release.artifact}"]
    assert bank.findings() == ["target-differs-production"]
    assert bank.events().count("observed") == 1
    pointer.write_bytes(honest)
    assert bank.converge() == []
    assert bank.findings() == []
    assert bank.events().count("observed") == 2


def test_changed_bytes_at_the_target_are_seen(bank: Bank) -> None:
    release = bank.live()
    file = bank.root / "live" / "artifacts" / release.artifact.removeprefix("sha256:")
    file.write_bytes(file.read_bytes() + b"#")
    assert len(bank.converge()) == 1
    assert bank.findings() == ["target-differs-production"]


def test_a_pointer_that_cannot_be_read_stops_nobody_else(bank: Bank) -> None:
    bank.live()
    (bank.root / "live" / "live" / "pricing.json").write_text("{")
    assert bank.converge() == [
        "pricing in production: the live pointer of pricing is not readable; somebody else wrote it"
    ]


def test_a_target_that_does_not_exist_any_more_stops_nobody_else(bank: Bank) -> None:
    bank.live()
    body = governance(environments={**GOVERNANCE["environments"], "production": {"target": "moon", "with": {}}})
    propose(bank.register, body, "sync")
    activate(bank.register, digest_of(body), person("vera"))
    no_moon = "there is no target 'moon' (known: "
    assert [line.partition("moon: ")[0] for line in bank.converge() if no_moon in line] == ["pricing in production at ", "production at "]


def test_a_model_that_nobody_deployed_is_not_taken_for_ours(bank: Bank) -> None:
    """What is live at the target with a newer fence than the register's was restored from somewhere; it is shown."""
    release = bank.live()
    pointer = bank.root / "live" / "live" / "pricing.json"
    pointer.write_text(json.dumps({**json.loads(pointer.read_text()), "epoch": 9}))
    from modelops_airflow.governance.stop import suspend

    suspend(bank.register, "pricing", "production", person("rita"), "stop")
    assert bank.converge() == [f"pricing in production shows {release.artifact}, the register says nothing"]
    assert bank.findings() == ["target-differs-production"]


def test_a_stop_takes_away_a_pointer_that_somebody_bent_to_nothing(bank: Bank) -> None:
    release = bank.live()
    pointer = bank.root / "live" / "live" / "pricing.json"
    pointer.write_text(pointer.read_text().replace(release.artifact, "sha256:" + "d" * 64))
    bank.converge()
    assert bank.findings() == ["target-differs-production"]
    suspend(bank.register, "pricing", "production", person("rita"), "it shows what we never approved")
    assert bank.converge() == ["pricing was taken out of service in production"]
    assert '"artifact":null' in pointer.read_text()
