"""Python code as a model: its contract, its scan, and what it cannot do in its jail."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from built_programs import demand_a_jail, folder, opened
from hypothesis import given, settings
from hypothesis import strategies as st

from modelops_airflow.errors import ArtifactError
from modelops_airflow.kinds import scan
from modelops_airflow.kinds.confinement import jail
from modelops_airflow.kinds.programs.python_source import read_source

EXAMPLES = Path(__file__).parents[3] / "examples"
ROWS = pa.table({"a": [0.5, 1.5, None], "word": ["x", None, "z"]})


@pytest.fixture(scope="module", autouse=True)
def whole_jail() -> None:
    demand_a_jail()


def asked(code: str, rows: pa.Table = ROWS, **options: object) -> pa.Table:
    return opened("python", code.encode(), "model.py", **options).score(rows)


def notes_of(code: bytes | str, file: str = "model.py") -> str:
    return " ".join(scan("python", code.encode() if isinstance(code, str) else code, file=file).notes)


def test_a_function_gets_columns_and_gives_answers() -> None:
    code = ("import numpy as np\ndef score(columns):\n"
            "    assert list(columns) == ['word', 'a'] and columns['word'].tolist() == ['x', None, 'z'] and np.isnan(columns['a'][2])\n"
            "    print('this goes nowhere')\n"
            "    return {'score': np.array([0.25, 0.5, 1.0]), 'prediction': ['no', 'yes', 'yes']}\n")
    scorer = opened("python", code.encode(), "model.py", columns=["word", "a"])
    assert scorer.score(ROWS).to_pydict() == {"prediction": ["no", "yes", "yes"], "score": [0.25, 0.5, 1.0]}
    assert scorer.notes() == ("scored in a jail; network: own name space; files: Landlock; calls: seccomp",)


def test_a_folder_of_code_reads_its_own_files_and_answers_as_the_library_would() -> None:
    from sklearn.linear_model import LogisticRegression

    numbers = ["duration_months", "amount"]
    rows = pq.read_table(EXAMPLES / "credit" / "current.parquet").select([*numbers, "defaulted"])
    values = np.column_stack([rows[name].to_numpy() for name in numbers])
    model = LogisticRegression().fit(values, rows["defaulted"].to_numpy())
    code = ("import pathlib\nimport numpy as np\nfrom . import link\ndef decide(columns):\n"
            "    weights = np.loadtxt(pathlib.Path(__file__).parent / 'weights.txt')\n"
            "    chance = link.logistic(weights[0] + weights[1] * columns['duration_months'] + weights[2] * columns['amount'])\n"
            "    return {'prediction': (chance > 0.5).astype(int), 'score': chance}\n")
    weights = "\n".join(repr(float(one)) for one in (model.intercept_[0], *model.coef_[0]))
    data = folder({"bank/__init__.py": b"", "bank/model.py": code.encode(), "bank/weights.txt": weights.encode(),
                   "bank/link.py": b"import numpy as np\ndef logistic(x):\n    return 1 / (1 + np.exp(-x))\n"})
    answers = opened("python", data, "model.zip", entry="bank.model:decide", columns=numbers).score(rows)
    assert np.abs(answers["score"].to_numpy() - model.predict_proba(values)[:, 1]).max() < 1e-12


LIES = {
    "[1, 1]": "2 answers for 3 rows", "[1.0, float('nan'), 1.0]": "row 1 of the data: 'nan'", "[1.0, 1.0, float('inf')]": "no finite number",
    "[[1], [1], [1]]": "prediction of model:score has 2 dimensions", "[None, 1, 1]": "is of the type object; expected numbers",
    "['a', '', 'b']": "a label that is empty", "[1j, 1, 1]": "of the type complex128", "{}": "has 0 dimensions",
    "[1, 1, 1], 'score': [0.1, 2.0, 0.3]": "no probability; expected 0 to 1; row 1", "[1, 1, 1], 'other': 1": "expected a dict with prediction",
    "[1, 1, 1], 'score': ['a', 'b', 'c']": "scores of the type string",
}


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_is_found(lie: str) -> None:
    with pytest.raises(ArtifactError) as caught:
        asked(f"def score(columns):\n    return {{'prediction': {lie}}}\n")
    assert LIES[lie] in str(caught.value)


def test_an_error_names_the_line_of_the_code() -> None:
    with pytest.raises(ArtifactError, match=r"cannot score the data: KeyError: 'b' \(model\.py:2\)$"):
        asked("def score(columns):\n    return columns['b']\n")


RUNAWAYS = {
    "while True: pass": "did not answer within 3 seconds", "import os; os._exit(0)": "ended without an answer",
    "raise SystemExit": "SystemExit", "x = bytearray(8 << 30)": "MemoryError", "return score(columns)": "RecursionError",
    "import sys; sys.stdout.write('x' * (1 << 20)); raise ValueError('a\\nb')": "ValueError: a (",
    "import os\n    for place in range(3, 20):\n        try: os.write(place, b'x' * 100)\n        except OSError: pass\n    os._exit(0)": "something else than numbers",
    "import os\n    while True:\n        for place in range(3, 20):\n            try: os.write(place, b'x' * 1000000)\n            except OSError: pass": "answered more than",
}


@pytest.mark.parametrize("what", RUNAWAYS)
def test_one_that_runs_away_is_one_error(what: str) -> None:
    with pytest.raises(ArtifactError) as caught:
        asked(f"def score(columns):\n    {what}\n", seconds=3)
    assert RUNAWAYS[what] in str(caught.value)
    assert "\n" not in str(caught.value)


ATTACKS = {
    "read": "open('/etc/passwd').read()", "read by machine code": "done(libc.open(b'/etc/passwd', 0))", "write": "open(place, 'w')",
    "write by machine code": "done(libc.open(place.encode(), 65, 384))", "start": "import subprocess; subprocess.run(['/usr/bin/touch', place], check=True)",
    "fork": "libc.fork() or os._exit(0)", "connect": "import socket; socket.create_connection(('127.0.0.1', port), 2)",
    "socket by machine code": "done(libc.socket(2, 1, 0))", "signal by machine code": "done(libc.kill(parent, 0))",
    "signal to a thread": "done(libc.tgkill(parent, parent, 0))", "limits of another": "done(libc.prlimit(parent, 7, None, None))",
    "signal by a pipe": "done(libc.fcntl(0, 8, parent))", "trace": "done(libc.ptrace(0x4206, parent, None, None))",
    "mode by machine code": "done(libc.chmod(theirs.encode(), 511))", "another library": "import importlib; importlib.import_module('rich.json')",
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_stopped_and_works_where_there_is_no_jail(attack: str, tmp_path: Path) -> None:
    hits = []
    theirs = tmp_path / "theirs"
    theirs.write_text("x")
    theirs.chmod(0o600)
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=lambda: hits.append(server.accept()), daemon=True).start()
        code = (f"import ctypes, os\nlibc, place, port = ctypes.pythonapi, {str(tmp_path / 'canary')!r}, {server.getsockname()[1]}\n"
                f"theirs, parent = {str(theirs)!r}, {os.getpid()}\n"
                "def done(got):\n    if got < 0: raise PermissionError\n"
                f"def score(columns):\n    try:\n        {'if libc.fork() < 0: raise OSError' if attack == 'fork' else ATTACKS[attack]}\n"
                "    except (OSError, ImportError, LookupError): return {'prediction': ['stopped'] * 3}\n"
                "    return {'prediction': ['it worked'] * 3}\n")
        assert asked(code)["prediction"].to_pylist() == ["stopped"] * 3
        assert not (tmp_path / "canary").exists()
        assert hits == []
        assert theirs.stat().st_mode & 0o777 == 0o600
        ended = subprocess.run([sys.executable, "-c", f"{code}\nos.write(1, score({{}})['prediction'][0].encode()); os._exit(0)"], capture_output=True, check=True)
    assert b"it worked" in ended.stdout


def test_it_may_still_do_to_itself_what_libraries_do() -> None:
    code = ("import ctypes, os\ndef score(columns):\n    libc, me = ctypes.pythonapi, os.getpid()\n"
            "    return {'prediction': [libc.tgkill(me, me, 0), libc.prlimit(0, 7, None, None), libc.fcntl(0, 1)]}\n")
    assert asked(code)["prediction"].to_pylist() == [0, 0, 0]


def test_the_scan_runs_nothing(tmp_path: Path) -> None:
    code = f"open({str(tmp_path / 'canary')!r}, 'w')\ndef score(columns):\n    return {{'prediction': [1] * 3}}\n"
    assert "format: python" in notes_of(code)
    with pytest.raises(ArtifactError, match="a model may not write files"):
        asked(code)
    assert not (tmp_path / "canary").exists()


FOUND = {
    "import requests\n": "untrusted type: requests", "from airflow.models import DAG\n": "untrusted type: airflow.models", "def score(:\n": "is no Python",
    "import antigravity\n": "untrusted type: antigravity", "def f():\n    import torch\n": "untrusted type: torch", "a\0b": "unknown by its content",
    "(" * 5000: "is no Python", "import modelops_airflow\n": "untrusted type: modelops_airflow", "import runpy.__main__\n": "untrusted type",
}


@pytest.mark.parametrize("code", FOUND, ids=[one[:12] for one in FOUND])
def test_the_scan_finds_what_cannot_run(code: str) -> None:
    assert FOUND[code] in notes_of(code)


def test_a_file_with_the_name_of_a_library_is_refused() -> None:
    assert "'json' has the name of a library" in notes_of(folder({"json.py": b"def score(c): pass"}), "m.zip")
    assert "no Python file that defines a function" in notes_of(folder({"a.txt": b"x"}), "m.zip")


@pytest.mark.parametrize(("entry", "words"), [("model:other", "does not define; it defines score"), ("else:score", "the artifact has model"),
                                              ("os:system", "the artifact has model"), ("model", "the function ''"), ("", "the module ''")])
def test_an_entry_that_is_not_there_is_told_before_anything_runs(entry: str, words: str) -> None:
    with pytest.raises(ArtifactError, match=words):
        asked("def score(columns): ...\n", entry=entry)


@pytest.mark.parametrize("what", ["no network name space", "no Landlock", "no seccomp"])
def test_where_the_kernel_does_not_keep_it_in_no_code_runs(what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    weak = {"no network name space": "jailed.leave_network = lambda: False", "no Landlock": "lockdown.only_read = lambda *_: False",
            "no seccomp": "lockdown.refuse_calls = lambda **_: False"}[what]
    before, after = jail._START.split("from modelops", 1)
    monkeypatch.setattr(jail, "_START", f"{before}from modelops_airflow.kinds.confinement import jailed, lockdown; {weak}; from modelops{after}")
    with pytest.raises(ArtifactError, match=what):
        asked("def score(columns):\n    return {'prediction': [1] * 3}\n")


@settings(max_examples=200, deadline=None)
@given(code=st.binary(max_size=60) | st.text(alphabet="import os.a()\n:*=' ", max_size=60).map(str.encode))
def test_whatever_the_code_it_is_read_or_a_mistake_is_told(code: bytes) -> None:
    source = read_source({"model.py": code})
    assert source.mistakes or "model" in source.functions
