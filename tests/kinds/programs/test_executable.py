"""Programs as models: the examples' answers, the formats, and what a program says of itself."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from built_programs import demand_a_jail, folder, opened
from hypothesis import given, settings
from hypothesis import strategies as st

from modelops_airflow.errors import ArtifactError
from modelops_airflow.kinds import KINDS, read_artifact, scan
from modelops_airflow.kinds.programs.elf import read_elf
from modelops_airflow.kinds.programs.exchange import plain, read_answers, write_rows
from modelops_airflow.kinds.programs.interpreters import INTERPRETERS, of_first_line

EXAMPLES = Path(__file__).parents[3] / "examples"
ROWS = pa.table({"n": [1.5, None, -2.0], "word": ["a,b", 'say "x"', None], "yes": [True, False, None]})


@pytest.fixture(scope="module", autouse=True)
def jail() -> None:
    demand_a_jail()


def expected() -> np.ndarray:
    """What scikit-learn says of the current data, after the training of the example's `train.py`."""
    from sklearn.compose import ColumnTransformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import FunctionTransformer, OneHotEncoder

    numbers = ["duration_months", "amount", "instalment_rate", "existing_credits"]
    words = ["account_status", "credit_history", "savings", "employment", "housing"]
    baseline, current = (pd.read_parquet(EXAMPLES / "credit" / f"{side}.parquet") for side in ("baseline", "current"))
    scale = baseline[numbers].std()
    model = Pipeline([("columns", ColumnTransformer([("n", FunctionTransformer(lambda frame: frame / scale), numbers),
                                                     ("w", OneHotEncoder(sparse_output=False), words)])),
                      ("model", LogisticRegression(C=0.2, max_iter=2000, random_state=0))]).fit(baseline, baseline["defaulted"])
    return model.predict_proba(current)[:, 1]


@pytest.mark.parametrize("name", ["scorecard", "scorecard-java.jar"])
def test_the_examples_answer_as_the_library_that_trained_them(name: str, built: Path) -> None:
    artifact = read_artifact(built / name, name)
    options = {} if name.endswith(".jar") else {"program": "scorecard"}
    rows = pq.read_table(EXAMPLES / "credit" / "current.parquet")
    answers = opened("executable", artifact.bytes, artifact.name, **options).score(rows)
    assert np.abs(answers["score"].to_numpy() - expected()).max() < 1e-9
    assert answers["prediction"].to_pylist() == (expected() >= 0.5).astype(int).tolist()


def test_evidence_names_compiler_flags_libraries_and_build_id(built: Path) -> None:
    artifact = read_artifact(built / "scorecard", "scorecard")
    notes = scan("executable", artifact.bytes, file=artifact.name).notes
    program = next(note for note in notes if note.startswith("scorecard: "))
    assert re.search(r"ELF for \w+; linked dynamically to .*libstdc\+\+\.so\.6.*; build id [0-9a-f]{40}; compiler GCC", program)
    assert any(note.startswith("build compiler: ") and "g++" in note for note in notes)
    assert any(note.startswith("build flags: -std=c++17") for note in notes)
    jar = read_artifact(built / "scorecard-java.jar", "jar")
    assert any("Main-Class: Scorecard" in note for note in scan("executable", jar.bytes, file=jar.name).notes)


def test_the_points_in_the_repository_are_those_of_the_training() -> None:
    import runpy

    points = runpy.run_path(str(EXAMPLES / "programs" / "train.py"))["points"]()
    kept = [line.split("\t") for line in (EXAMPLES / "programs" / "points.tsv").read_text().splitlines()]
    assert [(name, value) for name, value, _ in points] == [(name, value) for name, value, _ in kept]
    assert [weight for *_, weight in points] == pytest.approx([float(weight) for *_, weight in kept], rel=1e-4)


PYTHON = b"""#!/usr/bin/env python3
import csv, json, sys
if sys.argv[1] == "csv":
    rows = list(csv.DictReader(sys.stdin))
    print("prediction,score")
    for row in rows: print('"%s",0.5' % json.dumps(row).replace('"', '""'))
else:
    for line in sys.stdin: print(json.dumps({"prediction": json.dumps(json.loads(line)), "score": 1}))
"""


def test_a_program_gets_columns_in_the_order_asked_for_and_missing_values_as_such() -> None:
    scorer = opened("executable", PYTHON, "m.py", arguments=["csv"], columns=["word", "n"])
    told = [json.loads(one) for one in scorer.score(ROWS)["prediction"].to_pylist()]
    assert told == [{"word": "a,b", "n": "1.5"}, {"word": 'say "x"', "n": ""}, {"word": "", "n": "-2"}]
    lines = opened("executable", PYTHON, "m.py", arguments=["jsonl"], format="jsonl").score(ROWS)
    assert [json.loads(one) for one in lines["prediction"].to_pylist()] == ROWS.to_pylist()
    assert lines["score"].to_pylist() == [1.0, 1.0, 1.0]


def test_a_program_that_speaks_arrow() -> None:
    answers = pa.table({"prediction": ["no", "yes", "no"], "score": [0.1, 0.9, 0.2]})
    script = b"#!/bin/sh\ncat > /dev/null\ncat answers\n"
    artifact = folder({"start": script, "answers": _stream(answers)})
    assert opened("executable", artifact, "m.zip", program="start", format="arrow").score(ROWS) == answers
    sink = io.BytesIO()
    write_rows(plain(ROWS), "arrow", sink)
    assert pa.ipc.open_stream(sink.getvalue()).read_all() == ROWS


def _stream(table: pa.Table, compression: str | None = None) -> bytes:
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression=compression)) as writer:
        writer.write_table(table)
    return sink.getvalue()


@pytest.mark.parametrize("compression", ["lz4", "zstd"])
def test_a_compressed_stream_is_not_unpacked(compression: str) -> None:
    table = pa.table({"prediction": np.zeros(100_000)})
    assert read_answers(_stream(table), "arrow", "it") == table
    with pytest.raises(ArtifactError, match="compressed; expected plain"):
        read_answers(_stream(table, compression), "arrow", "it")


def test_a_column_of_lists_cannot_be_given() -> None:
    with pytest.raises(ArtifactError, match=r"column 'x' is list<.*>; a program gets plain columns"):
        plain(pa.table({"x": [[1]]}))
    assert plain(pa.table({"x": pa.array(["a", "a"]).dictionary_encode()})) == pa.table({"x": ["a", "a"]})


@settings(max_examples=300, deadline=None)
@given(how=st.sampled_from(["csv", "jsonl", "arrow"]), noise=st.binary(max_size=60) | st.text(max_size=40).map(str.encode),
       place=st.integers(0, 400), cut=st.booleans())
def test_whatever_a_program_answers_is_a_table_or_one_error(how: str, noise: bytes, place: int, cut: bool) -> None:
    stream = _stream(pa.table({"prediction": [1, 2], "score": [0.1, 0.2]}))
    for told in (noise, stream[:place] + noise + (b"" if cut else stream[place:])):
        try:
            read_answers(told, how, "it")
        except ArtifactError as error:
            assert "\n" not in str(error)


def test_json_that_is_nested_a_million_times_is_one_error() -> None:
    with pytest.raises(ArtifactError, match="something else than jsonl"):
        read_answers(b'{"prediction":' + b"[" * 1_000_000, "jsonl", "it")


@pytest.fixture(scope="module")
def elf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("elf")
    (made / "p.c").write_text("#include <math.h>\nint main(int n, char **v) { return (int)cos(n) + !v; }\n")
    subprocess.run(["gcc", "-Wl,--build-id", "-o", "p", "p.c", "-lm"], cwd=made, check=True)
    return made / "p"


def test_an_elf_file_is_read_as_readelf_reads_it(elf: Path) -> None:
    told = subprocess.run(["readelf", "--wide", "-d", "-n", "-l", "-p", ".comment", str(elf)], capture_output=True, text=True, check=True).stdout
    read = read_elf(elf.read_bytes())
    assert read.needed == tuple(re.findall(r"\(NEEDED\).*\[(.*)\]", told))
    assert read.build_id == re.search(r"Build ID: (\w+)", told)[1]
    assert read.loader == re.search(r"interpreter: (.*)\]", told)[1]
    assert read.compilers[0] in told
    assert read.machine == os.uname().machine


@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_a_broken_elf_file_is_one_error(elf: Path, data: st.DataObject) -> None:
    whole = bytearray(elf.read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(6, 1200) | st.integers(len(whole) - 2200, len(whole) - 1))
        whole[place] = data.draw(st.integers(0, 255))
    try:
        assert read_elf(bytes(whole[: data.draw(st.integers(100, len(whole)))])).facts().isprintable()
    except ArtifactError:
        return


REFUSED = {
    "of another machine": (lambda elf: elf[:18] + b"\x16\x00" + elf[20:], "is made for s390x; this machine is"),
    "loaded by its own": (lambda elf: elf.replace(b"/lib64/ld-linux", b"/tmp/x/ld-linux"), "is none of the system's"),
    "of 32 bits": (lambda elf: elf[:4] + b"\x01" + elf[5:], "no ELF file of 64 bits"),
    "of Windows": (lambda _elf: b"MZ" + bytes(100), "no ELF file"),
    "a script of nothing known": (lambda _elf: b"#!/opt/evil/run\n", "expected one of java"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_program_that_cannot_be_started_here_is_refused_by_its_scan(what: str, elf: Path) -> None:
    change, words = REFUSED[what]
    assert any(words in note for note in scan("executable", change(elf.read_bytes()), file="m.bin").notes)


@pytest.mark.parametrize(("told", "words"), [(b"[1]", "is no object of texts"), (b'{"a": 1}', "is no object of texts"), (b"[" * 100_000, "is no object"),
                                             (b'{"sbom": "bom.json"}', "does not hold")])
def test_a_build_file_that_cannot_be_read_is_a_finding(told: bytes, words: str, elf: Path) -> None:
    report = scan("executable", folder({"p": elf.read_bytes(), "build.json": told}), file="m.zip")
    assert any(words in note for note in report.notes)


@pytest.mark.parametrize(("line", "name"), [("#!/bin/sh", "sh"), ("#!/usr/bin/env python3", "python3"), ("#! /usr/bin/python -I", "python3"),
                                            ("#!/home/me/python3", "python3"), ("#!", ""), ("#!/bin/evil", "evil")])
def test_of_a_first_line_only_the_name_counts(line: str, name: str) -> None:
    assert of_first_line(line) == name


THREADS = """
#include <pthread.h>
#include <stdio.h>
static void *nothing(void *it) { return it; }
int main(void) {
    pthread_t one, two;
    while (getchar() != EOF) {}
    if (pthread_create(&one, NULL, nothing, NULL) || pthread_create(&two, NULL, nothing, NULL)) return 3;
    return pthread_join(one, NULL) + pthread_join(two, NULL) + (puts("prediction\\n1\\n1\\n1") < 0);
}
"""


def test_a_program_has_as_many_threads_as_it_was_given(tmp_path: Path) -> None:
    (tmp_path / "p.c").write_text(THREADS)
    subprocess.run(["gcc", "-pthread", "-o", "p", "p.c"], cwd=tmp_path, check=True)
    data = (tmp_path / "p").read_bytes()
    assert opened("executable", data, threads=2).score(ROWS)["prediction"].to_pylist() == [1, 1, 1]
    with pytest.raises(ArtifactError, match="ended with exit code 3"):
        opened("executable", data).score(ROWS)


def test_the_interpreters_on_the_page_are_those_there_are() -> None:
    assert KINDS["executable"].parameters["interpreter"].choices == tuple(sorted(INTERPRETERS, key=["java", "python3", "perl", "bash", "sh", "Rscript"].index))


def test_what_is_missing_is_told_before_anything_starts(elf: Path) -> None:
    data = folder({"p": elf.read_bytes(), "q": b""})
    with pytest.raises(ArtifactError, match="has 2 files; name the one to start with the option program"):
        opened("executable", data, "m.zip")
    with pytest.raises(ArtifactError, match="has no file 'x' to start; it has 'p', 'q'"):
        opened("executable", data, "m.zip", program="x")
    with pytest.raises(ArtifactError, match="say what runs it with the option interpreter"):
        opened("executable", folder({"a": b"print(1)", "b": b""}), "m.zip", program="a")
    assert any("is text by its content; expected program" in note for note in scan("executable", b"print(1)", file="m.py").notes)
    with pytest.raises(ArtifactError, match="columns the data does not have: z"):
        opened("executable", elf.read_bytes(), columns=["z"]).score(ROWS)
    with pytest.raises(ArtifactError, match="expected one of csv, jsonl, arrow"):
        opened("executable", elf.read_bytes(), format="xml")
