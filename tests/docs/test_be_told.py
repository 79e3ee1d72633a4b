"""The examples of two how-to pages: what is written there is valid, and the commands are ours."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import get_args

import pytest
import yaml

from modelops_airflow.policy.calendar import calendars_of
from modelops_airflow.policy.statutes import CLOCKS, INCIDENTS
from modelops_airflow.spec.read import parse_governance
from modelops_airflow.spec.types import About

ROOT = Path(__file__).parents[2]
TOLD = (ROOT / "docs/how-to/be-told.md").read_text(encoding="utf-8")
INCIDENT = (ROOT / "docs/how-to/report-an-incident.md").read_text(encoding="utf-8")


def blocks(text, language):
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def governance(text):
    return parse_governance((ROOT / "dags/governance.yaml").read_text(encoding="utf-8") + "\n" + text, "dags/governance.yaml").spec


def test_the_entries_of_the_page_are_valid():
    found = governance(blocks(TOLD, "yaml")[0]).notify
    assert [(one.notifier, one.connection) for one in found] == [("smtp", "mail"), ("slack", "slack_api"), ("slack-webhook", "slack_pricing")]


def test_the_page_tells_of_everything_that_can_be_told_and_of_nothing_else():
    table = TOLD[TOLD.index("| about |") : TOLD.index("- `ahead:")]
    assert set(re.findall(r"`([a-z]+-[a-z]+|[a-z]+)`", table)) == set(get_args(About))


def test_the_connections_of_the_page_are_json_with_a_sender():
    found = dict(re.findall(r"export (AIRFLOW_CONN_\w+)='(.*?)'\n", blocks(TOLD, "sh")[0], re.DOTALL))
    assert json.loads(found["AIRFLOW_CONN_MAIL"])["extra"]["from_email"] and len(found) == 3
    assert {json.loads(one)["conn_type"] for one in found.values()} == {"smtp", "slack", "slackwebhook"}


def test_the_calendars_of_the_page_are_valid():
    found = calendars_of(governance(blocks(INCIDENT, "yaml")[0]))
    assert found["eu"].subdivision == "BE" and yaml.safe_load(blocks(INCIDENT, "yaml")[0])["calendars"]["nyc"]["holidays"]


def test_the_page_has_every_kind_of_incident_with_the_length_of_its_clock():
    rows = dict(re.findall(r"\| `([a-z-]+)` \| ([^|;]+)", INCIDENT))
    assert {kind: text.strip() for kind, text in rows.items()} == {
        kind: f"{CLOCKS[names[0]].length} days" if names else "none" for kind, names in INCIDENTS.items()}


COMMANDS = [line for block in blocks(INCIDENT, "sh") for line in block.replace("\\\n", " ").strip().splitlines()]


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_of_the_page_is_read(line, tmp_path, monkeypatch):
    """As far as the server, which is not there; the clock's needs none."""
    from typer.testing import CliRunner

    from modelops_airflow.cli.app import app

    (tmp_path / "report.pdf").write_bytes(b"a report")
    (tmp_path / "token").write_text("a token")
    monkeypatch.chdir(tmp_path)
    words = shlex.split(line)[1:]
    ended = CliRunner().invoke(app, words if words[0] == "clocks" else [*words, "--token-file", "token", "--url", "http://127.0.0.1:9"])
    if words[0] == "clocks":
        assert ended.exit_code == 0 and "2026-06-05" in ended.output
    else:
        assert "cannot be reached" in str(ended.exception)
