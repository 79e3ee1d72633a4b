"""docs/how-to/keep-and-erase.md against the real API: its commands in order, each by the person who may, and what they leave."""

from __future__ import annotations

import json
import re
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from ui_bank import Bank

from modelops_airflow.cli import act as command
from modelops_airflow.cli import main
from modelops_airflow.cli.server import Server

PAGE = (Path(__file__).parents[2] / "docs/how-to/keep-and-erase.md").read_text(encoding="utf-8")
LISTS, HOLDS, ERASES = (block.strip().splitlines() for block in re.findall(r"^```\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE))
Call = Callable[..., tuple[int, str, str]]


class InProcess(Server):
    """The command's server, without a network between."""

    def __init__(self, client: TestClient) -> None:
        self.url, self._client = "in process", client  # type: ignore[assignment]


@pytest.fixture
def call(app: FastAPI, login: Callable[[str], TestClient], bank: Bank, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    def as_user(line: str, user: str = "") -> tuple[int, str, str]:
        outer = FastAPI()
        outer.mount("/modelops", app)
        if user:
            login(user)
        client = TestClient(outer, raise_server_exceptions=False, headers={"Sec-Fetch-Site": "same-origin"})
        monkeypatch.setattr(command, "server_for", lambda *_: InProcess(client))
        monkeypatch.setattr(sys, "argv", shlex.split(line))
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            main()
        return int(end.value.code or 0), *capsys.readouterr()

    monkeypatch.setenv("AIRFLOW__MODELOPS__DATABASE_URL", bank.register.url)
    monkeypatch.setenv("AIRFLOW__MODELOPS__EVIDENCE", bank.store.url)
    return as_user


def kept(call: Call) -> dict[str, Any]:
    return dict(json.loads(call("modelops retention list credit-risk --json")[1]))


def test_the_page_works_as_written(call: Call) -> None:
    for line in LISTS:
        assert "Traceback" not in "".join(call(line)[1:])
    place, lift = HOLDS
    code, out, err = call(place, "risk-1")
    assert (code, "somebody else lifts it" in out) == (0, True), err
    held = str(kept(call)["holds"][0]["hold"])
    words = next(one["digest"] for one in kept(call)["kept"] if one["kind"] == "words")
    ask, approve, apply = (line.replace("DIGEST", words) for line in ERASES)
    assert "under legal hold" in call(ask, "credit-dev")[2]
    assert call(lift.replace("HOLD", held), "risk-1")[0] == 1  # who placed it
    assert call(lift.replace("HOLD", held), "risk-2")[0] == 0

    code, out, err = call(ask, "credit-dev")
    assert code == 0, err
    number = str(kept(call)["erasures"][0]["erasure"])
    assert f"modelops retention approve credit-risk {number}" in out
    assert call(approve.replace("ERASURE", number), "credit-dev")[0] == 1  # who asked, of the making side
    assert call(approve.replace("ERASURE", number), "validator-2")[0] == 0
    assert f"{words} is erased, tombstone at index " in call(apply)[1]
    row = next(one for one in kept(call)["kept"] if one["digest"] == words)
    assert (row["bytes"], row["tombstone"].split(",")[0]) == ("erased", "erased")
    assert call(apply)[1] == "nothing to erase\n"


def test_bytes_that_are_missing_without_a_tombstone_are_told_and_make_the_list_red(call: Call, bank: Bank) -> None:
    digest = next(one["digest"] for one in kept(call)["kept"] if one["kind"] == "evidence" and one["bytes"] == "intact")
    bank.store.remove(digest)
    assert call("modelops retention list credit-risk")[0] == 1
    assert {one["bytes"] for one in kept(call)["kept"] if one["digest"] == digest} == {"missing"}
    assert digest not in call("modelops retention due")[1]
