"""A model that answers otherwise each time is asked each question once a run: checks measure the texts that were profiled."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from chat_server import chat
from modelops_airflow.evidence.store import BlobStore
from modelops_airflow.kinds.language_models.llm_transcripts import KEPT, read_transcripts
from modelops_airflow.steps.local import run_local

PROJECT = Path(__file__).parents[2]
MODEL = "complaint-assistant"


def test_every_question_is_asked_once_and_what_each_step_kept_is_in_its_evidence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("dags", "examples"):
        shutil.copytree(PROJECT / name, tmp_path / name)
    file = tmp_path / f"dags/models/{MODEL}.yaml"
    file.write_text(file.read_text().replace("transcripts: transcripts.jsonl", "connection: moody"))
    with chat(lambda _body: ("urgent", "standard", "I cannot help you")[len(server.requests) % 3]) as server:
        monkeypatch.setenv("AIRFLOW_CONN_MOODY", server.url)
        run = run_local(tmp_path, MODEL, folder=tmp_path / "state")

    store = BlobStore(str(tmp_path / "state/evidence"))
    kept = {step: read_transcripts(store.get(result.products[KEPT]), KEPT) for step, result in run.results.items() if KEPT in result.products}
    assert kept.keys() == {"profile", "answers", "leaks", "attacks", "words"}
    assert all(kept["profile"][request] == one for step in ("answers", "leaks") for request, one in kept[step].items())
    # Attacks and swapped words are questions of their own, each asked by its step.
    assert len(server.requests) == len(kept["profile"]) + sum(len(kept[step].keys() - kept["profile"].keys()) for step in ("attacks", "words"))
