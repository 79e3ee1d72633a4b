"""The examples of docs/how-to/govern-a-language-model.md are those of the example, which runs asked and replayed to the same numbers."""

from __future__ import annotations

import re
import shlex
import shutil
import sys
import threading
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from modelops_airflow.checks.attack_file import parse_attacks
from modelops_airflow.cli.app import app
from modelops_airflow.evidence.statement import read_measurement
from modelops_airflow.evidence.store import BlobStore
from modelops_airflow.kinds import scan
from modelops_airflow.steps.local import LocalRun, run_local

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples/assistant"
MODEL = "complaint-assistant"
PAGE = (ROOT / "docs/how-to/govern-a-language-model.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


def test_the_description_and_the_steps_of_the_page_are_those_of_the_example() -> None:
    description, asked, replayed, steps, attacks, data = (yaml.safe_load(one) for one in BLOCKS)
    model = yaml.safe_load((ROOT / f"dags/models/{MODEL}.yaml").read_text())

    assert description == yaml.safe_load((EXAMPLE / "model-1.0.0/llm.yaml").read_text())
    assert {name: model["model"][name] for name in replayed["model"]} == replayed["model"] == asked["model"] | {"with": {"transcripts": "transcripts.jsonl"}}
    assert data["data"]["columns"] == model["data"]["columns"]
    assert steps == model["lifecycles"]["release"]["steps"]
    assert len(parse_attacks(BLOCKS[-2].encode(), "own.yaml").all) == len(attacks["replay"]) == 2
    told = scan("llm", BLOCKS[0].encode(), file="llm.yaml")
    assert {row.name: row.value for row in told.metrics} == {"format_allowed": 1, "untrusted_types": 0, "artifact_findings": 0}


def test_the_command_of_the_page_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    (command,) = re.findall(r"^modelops .+$", PAGE, re.MULTILINE)
    monkeypatch.chdir(ROOT)
    done = CliRunner().invoke(app, shlex.split(command)[1:])
    assert done.exit_code == 0, done.output
    assert "attack_success_share" in done.output


def project(folder: Path, **changes: str) -> Path:
    """The example's project, with words of the model file changed."""
    for name in ("dags", "examples"):
        shutil.copytree(ROOT / name, folder / name)
    file = folder / f"dags/models/{MODEL}.yaml"
    text = file.read_text()
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    file.write_text(text)
    return folder


def numbers(run: LocalRun, state: Path) -> dict[str, object]:
    """What each step measured, but for the artifact's own scan, and what it kept."""
    store = BlobStore(str(state / "evidence"))
    found: dict[str, object] = {}
    for step, result in run.results.items():
        if result.evidence is None or step == "scan-artifact":
            continue
        told = read_measurement(store, result.evidence)
        found[step] = ([row.to_json() for row in told.metrics if row.name != "replayed_share"], told.parameters.get("kept"), told.parameters.get("profiles"))
    return found


def test_a_release_that_asks_the_server_and_one_that_replays_it_have_the_same_evidence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(EXAMPLE))
    sys.modules.pop("server", None)
    from server import serve  # type: ignore[import-not-found]

    server = serve(0)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    monkeypatch.setenv("AIRFLOW_CONN_ASSISTANT", f"http://127.0.0.1:{server.server_address[1]}/v1")
    asked = run_local(project(tmp_path / "asked", **{"transcripts: transcripts.jsonl": "connection: assistant"}), MODEL, folder=tmp_path / "a")
    server.shutdown()
    server.server_close()
    monkeypatch.delenv("AIRFLOW_CONN_ASSISTANT")
    replayed = run_local(project(tmp_path / "replayed"), MODEL, folder=tmp_path / "b")

    assert (asked.verdict, asked.gate) == (replayed.verdict, replayed.gate) == ("pass", "approve-risk")
    told = numbers(asked, tmp_path / "a")
    assert told == numbers(replayed, tmp_path / "b")
    assert {step for step, (_, kept, _) in told.items() if kept} == {"profile", "answers", "leaks", "attacks", "words"}  # type: ignore[misc]
    answers = next(row for row in read_measurement(BlobStore(str(tmp_path / "b/evidence")), str(replayed.results["answers"].evidence)).metrics if row.name == "replayed_share")
    assert answers.value == 1


def test_a_release_of_another_prompt_or_without_a_transcript_does_not_pass(tmp_path: Path) -> None:
    root = project(tmp_path / "prompt")
    prompt = root / "examples/assistant/model-1.0.0/llm.yaml"
    prompt.write_text(prompt.read_text().replace("one word", "1 word"))
    assert run_local(root, MODEL, folder=tmp_path / "a").verdict != "pass"
    root = project(tmp_path / "lines")
    lines = root / "examples/assistant/model-1.0.0/transcripts.jsonl"
    lines.write_bytes(b"".join(lines.read_bytes().splitlines(keepends=True)[:-1]))
    assert run_local(root, MODEL, folder=tmp_path / "b").verdict != "pass"


def test_the_example_is_made_again_to_the_same_bytes() -> None:
    from modelops_airflow.kinds.language_models.llm_transcripts import read_transcripts, written

    data = (EXAMPLE / "model-1.0.0/transcripts.jsonl").read_bytes()
    assert written(enumerate(read_transcripts(data, "transcripts.jsonl").values())) == data and len(data) < 300_000
