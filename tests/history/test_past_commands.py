"""modelops policies met, history and fleet, over a register in which a year has happened."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from past_world import Past
from test_as_of import EXPECTED, three_versions

from modelops_airflow.cli import main
from modelops_airflow.history.told import instant

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(past: Past, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Calls `modelops policies` with arguments; answers code, output, errors."""
    monkeypatch.setenv("AIRFLOW__MODELOPS__DATABASE_URL", past.bank.url)
    monkeypatch.setenv("AIRFLOW__MODELOPS__EVIDENCE", past.bank.store.url)

    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["modelops", "policies", *arguments])
        capsys.readouterr()
        code = 0
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
        told = capsys.readouterr()
        return code, told.out, told.err

    return call


def test_a_day_is_answered_with_its_evidence_and_only_a_yes_is_zero(past: Past, run: Run) -> None:
    days = three_versions(past)
    answers = {name: run("met", "pricing", "--pack", "own", "--on", instant(at), "--json") for name, at in days.items()}
    bodies = {name: json.loads(out) for name, (_, out, _) in answers.items()}
    assert {name for name, (code, _, _) in answers.items() if code == 0} == {"in use"}
    assert {name: body["answer"] for name, body in bodies.items()} == {
        **dict.fromkeys(days, "no"), "before": "not known", "in use": "yes", "broken": "not known"}
    assert {name: {one["control"]: one["status"] for pack in body["packs"] for one in pack["controls"]} for name, body in bodies.items()} == EXPECTED
    bias = bodies["in use"]["packs"][0]["controls"][0]["evidence"][0]
    assert bias["digest"].startswith("sha256:") and bias["index"] < bodies["in use"]["index"] and bias["what"] == "bias: pass"
    assert [bodies[name]["packs"][0]["version"] for name in ("in use", "stricter", "a control more")] == [1, 2, 3]

    code, out, _ = run("met", "pricing", "--pack", "own", "--on", instant(days["stricter"]))
    assert code == 1 and "0.92: fail" in out and "in use: 1.0.0 in production" in out
    assert f"pricing met own at {instant(days['stricter'])}: no (pack version 2, applies)" in out


def test_the_end_of_a_day_is_meant_and_a_pack_that_is_not_asked_is_not_met(past: Past, run: Run) -> None:
    days = three_versions(past)
    assert run("met", "pricing", "--pack", "dated", "--on", "2026-03-31")[0] == 1
    assert "not asked (pack version 1, pending), takes effect on 2026-04-01" in run("met", "pricing", "--pack", "dated", "--on", "2026-03-31")[1]
    assert run("met", "pricing", "--pack", "dated", "--on", "2026-04-01")[0] == 0
    assert "nobody had named this pack" in run("met", "pricing", "--pack", "nowhere", "--on", "2026-04-01")[1]
    day = days["in use"].date()
    assert run("met", "pricing", "--pack", "own", "--on", day.isoformat())[0] == 1, "the stricter pack came later that day"
    assert run("met", "pricing", "--pack", "own", "--on", (day - timedelta(days=1)).isoformat())[0] == 0


@pytest.mark.parametrize(("words", "says"), [
    (("met", "pricing", "--pack", "own", "--on", "soon"), "'soon' is no day"), (("met", "nobody", "--pack", "own"), "the register has no model 'nobody'"),
    (("history", "pricing", "--from", "2027-01-01", "--to", "2026-01-01"), "is not before"), (("history", "pricing", "--from", "2026-01-01T09:00"), "names no time zone"),
])
def test_what_cannot_be_asked_is_told(past: Past, run: Run, words: tuple[str, ...], says: str) -> None:
    past.define(1)
    code, _, err = run(*words)
    assert code == 2 and says in err


def test_the_history_of_a_control_is_a_line_for_each_stretch(past: Past, run: Run) -> None:
    three_versions(past)
    code, out, _ = run("history", "pricing", "--pack", "own", "--control", "OWN-1", "--to", "2027-01-31", "--json")
    [control] = json.loads(out)["controls"]
    assert code == 0 and [one["status"] for one in control["stretches"]][-2:] == ["satisfied", "overdue"]
    table = run("history", "pricing", "--control", "OWN-2", "--from", "2026-02-01")[1]
    assert "OWN-2" in table and "OWN-1" not in table and "2026-02-01T23:59:59Z" in table
    assert "no control of pricing that is nowhere" in run("history", "pricing", "--pack", "nowhere")[1]


def test_the_fleet_is_counted_pack_by_pack(past: Past, run: Run) -> None:
    three_versions(past)
    body = json.loads(run("fleet", "--on", "2026-01-31", "--json")[1])
    assert body["totals"] == {"dated": {"not asked": 1}, "own": {"yes": 1}} and body["not_known"] == {}
    assert next((row["model"], row["pack"], row["answer"], row["counts"]) for row in body["rows"]) == ("pricing", "own", "yes", {"satisfied": 3})
    assert "own: no 1" in run("fleet", "--on", "2026-02-20", "--pack", "own")[1]
    assert "pricing: not known, the register did not know the model yet" in run("fleet", "--on", "2025-01-01")[1]


def test_now_is_what_the_database_says(past: Past, run: Run) -> None:
    past.define(1)
    past.attested(past.release())
    body = json.loads(run("met", "pricing", "--pack", "own", "--json")[1])
    assert datetime.fromisoformat(body["at"]).year >= 2026 and body["answer"] in ("yes", "no")
