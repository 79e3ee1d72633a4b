"""What commands say when something is not there: what it should have been, and the next step."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Call = Callable[..., Any]


@pytest.mark.parametrize(("arguments", "told"), [
    (("verify", "nofile"), "the pack nofile cannot be read: No such file or directory; name a zip that modelops pack wrote"),
    (("verify", "dags"), "the pack dags cannot be read: Is a directory"),
    (("pack", "first", "--out", "/nonexistent/x"), "the pack cannot be written to /nonexistent/x: there is no folder /nonexistent; make it, or name"),
    (("pack", "--verifier", "/nonexistent/x"), "the verifier cannot be written to /nonexistent/x: No such file or directory; name another file with --verifier"),
    (("approve", "1", "--token-file", "/nofile"), "the token file /nofile cannot be read: No such file or directory; write the token there"),
    (("approve", "1"), "nobody can be asked for user and password here: there is no terminal; give --token-file FILE"),
    (("approve", "1", "--user", "rita"), "nobody can be asked for user and password here"),
    (("pack", "nope"), "the register knows no model 'nope' (known: first); see: modelops inventory list"),
    (("pack", "frist"), "the register knows no model 'frist' (did you mean 'first'?)"),
    (("pack", "first"), "no run of first on its way to production was decided; see: modelops inventory show first"),
    (("pack", "first", "--version", "9"), "no run of version 9 of first on its way to production was decided"),
])
def test_what_is_not_there_is_named_with_the_next_step(modelops: Call, project: Path, arguments: tuple[str, ...], told: str) -> None:
    assert modelops("db", "migrate").code == 0
    assert modelops("apply", "--by", "ci").code == 0

    answer = modelops(*arguments)

    assert answer.code == 2
    assert told in answer.err
    assert "  " not in answer.err and "Errno" not in answer.err and "Aborted" not in answer.err
    assert len(answer.err.splitlines()) == 1


def test_run_names_files_as_validate_does(modelops: Call, project: Path) -> None:
    path = project / "dags" / "models" / "first.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("tier:", "teer:"), encoding="utf-8")

    assert modelops("validate").out.startswith("dags/models/first.yaml:")
    assert modelops("run", "first").err.startswith("dags/models/first.yaml:")


def test_a_file_that_is_not_there_yet_is_a_located_warning_and_no_mistake(modelops: Call, project: Path) -> None:
    assert modelops("validate").out == "2 files, no mistakes\n"  # the negative control
    artifact = next(line.split(": ")[1] for line in (project / "dags/models/first.yaml").read_text(encoding="utf-8").splitlines()
                    if line.strip().startswith("artifact:"))
    (project / artifact).unlink()
    (project / "models" / "first" / "baseline.csv").unlink()

    told = modelops("validate")

    assert told.code == 0
    assert told.out.splitlines()[-1] == "2 files, no mistakes, 2 warnings"
    assert f"warning model.artifact names {artifact}, which is not there (a run stops at pin without it)" in told.out
    assert "warning data.baseline names models/first/baseline.csv, which is not there" in told.out
    found = json.loads(modelops("validate", "--json").out)
    assert found["problems"] == []
    assert [one["line"] > 1 and one["file"] == "dags/models/first.yaml" for one in found["warnings"]] == [True, True]


def test_a_new_model_needs_approvals(modelops: Call, project: Path) -> None:
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@x", "-C", str(project)]
    for words in (("init", "--quiet"), ("add", "-A"), ("commit", "--quiet", "-m", "one")):
        subprocess.run([*git, *words], check=True)
    assert modelops("plan", "--against", "HEAD").out == "no plan differs from HEAD\n"
    text = (project / "dags" / "models" / "first.yaml").read_text(encoding="utf-8")
    (project / "dags" / "models" / "second.yaml").write_text(text, encoding="utf-8")

    told = modelops("plan", "--against", "HEAD").out

    assert "stay" not in told
    assert "to be asked for" in told and "none is asked for" in told
    assert "1 model and 3 life cycles differ from HEAD; 2 need new approvals" in told
