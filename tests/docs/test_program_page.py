"""The program on the page is a model, and so is its model file."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import yaml

from modelops_airflow.kinds import KINDS
from modelops_airflow.parameters import wrong_options

sys.path.insert(0, str(Path(__file__).parents[1] / "kinds"))

from built_programs import demand_a_jail, folder, opened

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "use-a-program.md").read_text(encoding="utf-8")


def _blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_the_program_answers() -> None:
    demand_a_jail()
    answers = opened("executable", _blocks("python")[0].encode(), "model.py").score(pa.table({"amount": [1000, 19000, 90000]}))
    assert answers.to_pydict() == {"prediction": [0, 1, 1], "score": [0.05, 0.95, 1.0]}


def test_the_function_and_the_library_answer_the_same(tmp_path: Path) -> None:
    demand_a_jail()
    (tmp_path / "model.c").write_text(_blocks("c")[0])
    subprocess.run(["gcc", "-O2", "-shared", "-fPIC", "-o", "model.so", "model.c"], cwd=tmp_path, check=True)
    options = yaml.safe_load(re.sub(r"\s+", " ", re.search(r"`with: (\{columns.*?\})`", PAGE, re.DOTALL)[1]))
    rows = pa.table({"amount": [1000, 19000, 90000]})
    for scorer in (opened("python", _blocks("python")[1].encode(), "model.py"),
                   opened("shared-library", (tmp_path / "model.so").read_bytes(), "model.so", **options)):
        assert scorer.score(rows).to_pydict() == {"prediction": [0, 1, 1], "score": [0.05, 0.95, 1.0]}


def test_the_options_are_options() -> None:
    given = yaml.safe_load(_blocks("yaml")[0])["model"]["with"]
    assert wrong_options(given, KINDS["executable"].parameters, "it") == {}
    assert wrong_options({**given, "shell": True}, KINDS["executable"].parameters, "it")


def test_the_build_file_is_evidence() -> None:
    data = folder({"start": _blocks("python")[0].encode(), "build.json": _blocks("json")[0].encode(), "bom.json": _blocks("json")[1].encode()})
    told = KINDS["executable"].described(data)
    assert told["build flags"] == "-std=c++17 -O2" and told["component 1 of bom.json"] == "g++ 12.2.0" and not KINDS["executable"].findings(data).findings
