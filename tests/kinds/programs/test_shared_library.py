"""Shared libraries as models: the C interface, and what a library cannot do in its jail."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from built_programs import demand_a_jail, opened

from modelops_airflow.errors import ArtifactError
from modelops_airflow.kinds import scan
from modelops_airflow.kinds.confinement import jail

ROWS = pa.table({"a": [1.0, -2.0, 0.5], "b": [1, 1, 1], "c": [True, False, None], "word": ["x", "y", "z"]})


@pytest.fixture(scope="module", autouse=True)
def whole_jail() -> None:
    demand_a_jail()


def compiled(folder: Path, *flags: str) -> bytes:
    made = folder / "model.so"
    subprocess.run(["gcc", "-O1", "-shared", "-fPIC", *flags, "-o", str(made), str(Path(__file__).parent / "library.c"), "-lm"], check=True)
    return made.read_bytes()


def asked(data: bytes, **options: object) -> pa.Table:
    return opened("shared-library", data, "model.so", **{"columns": ["a", "b"], "seconds": 20, **options}).score(ROWS)


def test_rows_of_numbers_are_answered_in_the_order_asked_for(tmp_path: Path) -> None:
    data = compiled(tmp_path)
    answers = asked(data, scored=True, whole_numbers=True)
    assert answers["prediction"].to_pylist() == [1, 0, 1]
    assert answers["prediction"].type == pa.int64()
    assert answers["score"].to_numpy() == pytest.approx(1 / (1 + np.exp([-2.0, 1.0, -1.5])), abs=1e-15)
    assert asked(data).column_names == ["prediction"]
    notes = " ".join(scan("shared-library", data, file="model.so").notes)
    assert "library: ELF for" in notes
    assert "compiler GCC" in notes


def test_a_missing_number_is_nan_and_true_is_one(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match=r"no probability; expected 0 to 1; row 2 of the data: .nan"):
        asked(compiled(tmp_path), columns=["c"], scored=True)


WRONG = {
    "leaves-out": r"prediction; row 1 of the data", "no-probability": "expected 0 to 1; row 0", "half": "answered 0.5 for row 0 of the data; expected a whole number",
    "fails": "modelops_score returned 7; 0 says", "crash": "ended without an answer .signal SIGSEGV", "ends": "ended without an answer",
    "loop": "did not answer within 2 seconds", "talks": "something else than numbers",
}


@pytest.mark.parametrize("what", WRONG)
def test_a_library_that_lies_or_runs_away_is_one_error(what: str, tmp_path: Path) -> None:
    data = compiled(tmp_path, f'-DATTACK="{what}"')
    with pytest.raises(ArtifactError, match=WRONG[what]):
        asked(data, scored=True, whole_numbers=True, seconds=2 if what == "loop" else 20)


@pytest.mark.parametrize("attack", ["read", "write", "mode", "socket", "kill", "limit", "fork"])
def test_an_attack_is_stopped_and_works_where_there_is_no_jail(attack: str, tmp_path: Path) -> None:
    (tmp_path / "theirs").write_text("x")
    argument = str(os.getpid()) if attack in ("kill", "limit") else str(tmp_path / ("theirs" if attack == "mode" else "new"))
    flags = (f'-DATTACK="{attack}"', f'-DWITH="{argument}"')
    with pytest.raises(ArtifactError, match="modelops_score returned 1; "):
        asked(compiled(tmp_path, *flags))
    assert not (tmp_path / "new").exists()
    alone = tmp_path / "alone"
    subprocess.run(["gcc", *flags, "-DALONE", "-o", str(alone), str(Path(__file__).parent / "library.c"), "-lm"], check=True)
    assert subprocess.run([str(alone)], check=False).returncode == 2


def test_what_it_does_while_it_is_loaded_it_does_in_the_jail(tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    flags = ('-DATTACK="at-load"', f'-DWITH="{canary}"')
    assert asked(compiled(tmp_path, *flags))["prediction"].to_pylist() == [1.0, 0.0, 1.0]
    assert not canary.exists()
    alone = tmp_path / "alone"
    subprocess.run(["gcc", *flags, "-DALONE", "-o", str(alone), str(Path(__file__).parent / "library.c"), "-lm"], check=True)
    subprocess.run([str(alone)], check=True)
    assert canary.exists()


def test_what_is_missing_is_told(tmp_path: Path) -> None:
    data = compiled(tmp_path)
    with pytest.raises(ArtifactError, match=r"cannot be loaded: .*modelops_score"):
        asked(compiled(tmp_path, "-DWITHOUT"))
    with pytest.raises(ArtifactError, match="takes numbers; column 'word' is string"):
        asked(data, columns=["word"])
    with pytest.raises(ArtifactError, match="columns the data does not have: z"):
        asked(data, columns=["z"])
    with pytest.raises(ArtifactError, match="option columns is empty"):
        asked(data, columns=[])
    with pytest.raises(ArtifactError, match="lacks the option 'columns'"):
        opened("shared-library", data, "model.so")
    assert any("no shared library" in note for note in scan("shared-library", data[:16] + b"\x02" + data[17:], file="model.so").notes)
    assert any("made for s390x" in note for note in scan("shared-library", data[:18] + b"\x16" + data[19:], file="model.so").notes)


def test_without_seccomp_no_library_is_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, after = jail._START.split("from modelops", 1)
    weak = "lockdown.refuse_calls = lambda **_: False"
    monkeypatch.setattr(jail, "_START", f"{before}from modelops_airflow.kinds.confinement import jailed, lockdown; {weak}; from modelops{after}")
    with pytest.raises(ArtifactError, match="no seccomp"):
        asked(compiled(tmp_path))
