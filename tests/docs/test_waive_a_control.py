"""The commands of docs/how-to/waive-a-control.md work as written, in their order; the API server's part is done by the verbs that its routes call."""

from __future__ import annotations

import re
import shlex
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest

from bank import Bank, person
from modelops_airflow.cli import act, main
from modelops_airflow.governance import waive
from modelops_airflow.governance.overlays import APPROVED, EXITED, RENEWED, Proposal, decide_overlay, propose_overlay
from modelops_airflow.governance.restrict import conditions_met, restrict
from waiver_world import POLICIES, begin, day

PAGE = (Path(__file__).parents[2] / "docs/how-to/waive-a-control.md").read_text(encoding="utf-8")
COMMANDS = [line for block in re.findall(r"^```\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE) for line in block.splitlines()]


class Desk:
    """What a person asks of the API server, done at once."""

    def __init__(self, bank: Bank, who: str) -> None:
        self.bank, self.who = bank, person(who)

    def __enter__(self) -> Desk:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Nothing is open."""

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        desk, what = self.bank.desk, path.partition("/models/pricing/")[2].split("/")
        if what == ["waivers"]:
            asked = waive.Asked(body["pack"], body["control"], body["reason"], body["compensating"], date.fromisoformat(body["until"]))
            return {"number": waive.ask_waiver(desk, "pricing", self.who, asked)}
        if what[0] == "waivers":
            act = {"acceptance": waive.accept, "revocation": waive.revoke}[what[2]]
            one = act(desk, "pricing", int(what[1]), self.who, body["reason"])
            return {"state": one.stored, "until": one.until.isoformat(), "needed": one.needed, "accepted_by": list(one.accepted_by)}
        if what == ["restriction"]:
            restrict(desk, "pricing", body["version"], self.who, body["terms"], date.fromisoformat(body["until"]))
            return {}
        if what == ["restriction", "conditions"]:
            return {"state": "in_use" if conditions_met(desk, "pricing", body["version"], self.who, body["reason"]).lifted else "restricted"}
        if what == ["overlays"]:
            words = {name: body[name] for name in ("what", "why", "size", "method", "exit")}
            propose_overlay(desk, "pricing", self.who, Proposal(body["name"], body["owner"], body["approver"], date.fromisoformat(body["start"]),
                                                                date.fromisoformat(body["until"]), words))
            return {}
        until = date.fromisoformat(body["until"]) if "until" in body else None
        after = decide_overlay(desk, "pricing", what[1], self.who, {"approve": APPROVED, "renew": RENEWED, "exit": EXITED}[body["act"]], body["reason"], until)
        return {"state": after.stored, "until": after.until.isoformat()}


@pytest.fixture
def bank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bank:
    """The bank with one version in use, and the command line over its register."""
    url = f"sqlite:///{tmp_path / 'register.db'}"
    one = Bank(tmp_path / "bank", url)
    one.register.migrate()
    one.open()
    one.live()
    one.govern(POLICIES)
    begin(one, "2.0.0")
    monkeypatch.setenv("AIRFLOW__MODELOPS__DATABASE_URL", url)
    monkeypatch.setenv("AIRFLOW__MODELOPS__EVIDENCE", str(tmp_path / "bank" / "evidence"))
    monkeypatch.setenv("AIRFLOW__MODELOPS__ROOT", str(tmp_path / "bank"))
    monkeypatch.chdir(tmp_path / "bank")
    monkeypatch.setattr(act, "server_for", lambda _url, user, _token: Desk(one, user))
    return one


def test_the_commands_work_in_their_order(bank: Bank, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert len(COMMANDS) == 13
    said = []
    days = {"DAY": day(), "LATER": day(60), "TODAY": day(0)}
    for written in COMMANDS:
        line = re.sub(r" (DAY|LATER|TODAY)\b", lambda found: f" {days[found[1]]}", written)
        monkeypatch.setattr("sys.argv", shlex.split(line))
        with pytest.raises(SystemExit) as end:
            main()
        told = capsys.readouterr()
        assert end.value.code == 0, (line, told.err)
        said.append(told.out)
    assert "asked for as waiver 1" in said[0] and "requested" in said[1]
    assert f"waiver 1 counts until {day()}" in said[2] and "revoked" in said[4]
    assert [word in text for word, text in zip(("is restricted", "one more person", "in full use"), said[5:8], strict=True)] == [True] * 3
    assert "active" in said[11] and "exited" in said[12]
    assert bank.state() == "in_use"
