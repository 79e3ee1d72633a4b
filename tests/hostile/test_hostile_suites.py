"""Hostile suites of expectations: an error of the check, never a traceback."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from corpus import strings
from watch import Watch, nothing_leaves

from modelops_airflow.checks import expectations as module
from modelops_airflow.checks.expected import answer
from modelops_airflow.checks.native import NATIVE, Frame, evaluate
from modelops_airflow.checks.suite_lint import suite_faults
from modelops_airflow.checks.vocabulary import TYPES
from modelops_airflow.errors import CheckError

WHOLE = ["", "[]", "{", "null", "1", '"x"', "NaN", "[" * 100_000, '{"a":' * 50_000, '{"expectations": ' + "[" * 100_000, "9" * 5000, '{"expectations": null}', '{"expectations": []}',
         '{"expectations": [1]}', '{"expectations": [{"type": 1}]}', '{"expectations": [{"type": ["x"], "kwargs": {}}]}', '{"expectations": [{"type": "x", "kwargs": 1}]}',
         '{"expectations": [{"type": "x", "severity": ["a"]}]}', '{"expectations": [{"type": "x", "severity": {}}]}', '{"expectations": [{"type": null}]}', "\x00", "\ufeff{}"]


class Context:
    """Resolves the one suite there is."""

    def __init__(self, path: Path) -> None:
        self.path, self.dataset = path, None

    def resolve(self, _: str) -> Path:
        return self.path


def read(path: Path, text: str) -> dict[str, Any]:
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    return module._suite(None, "suite.json", Context(path))  # type: ignore[arg-type]


@pytest.mark.parametrize("text", WHOLE, ids=lambda text: text[:40])
def test_what_is_no_suite_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(CheckError) as caught:
        read(tmp_path / "suite.json", text)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 400


def test_hostile_texts_in_each_field_are_answered_or_refused(tmp_path: Path) -> None:
    from modelops_airflow.data.profile import Profile

    watch, empty = Watch(), Profile(rows=0, columns={})
    kinds = ("expect_column_to_exist", "expect_column_values_to_be_between", "expect_column_values_to_be_in_set", "expect_table_row_count_to_be_between")
    with nothing_leaves() as tried:
        for turn, text in enumerate(strings()):
            for field in ({"type": text}, {"kwargs": {"column": text}}, {"kwargs": {"min_value": text, "max_value": text}}, {"kwargs": {"value_set": [text], "column": text}}):
                one = {"type": kinds[turn % 4], "kwargs": {"column": "a"}} | field

                def use(one: dict[str, Any] = one) -> None:
                    body = read(tmp_path / "suite.json", json.dumps({"expectations": [one]}))
                    answer(empty, body["expectations"][0])

                watch.take(f"{one}"[:200], use)
    assert watch.tracebacks == [] and watch.faults == [] and tried == []
    assert watch.inputs >= 3500


def test_hostile_texts_in_every_keyword_are_answered_or_left_to_the_library() -> None:
    watch, frame = Watch(), Frame(pa.table({"a": ["x", None, "y"], "b": [1, 2, None]}))
    turns = [(kind, keyword) for kind in NATIVE for keyword in sorted(TYPES[kind].known)]
    with nothing_leaves() as tried:
        for turn, text in enumerate(strings()):
            kind, keyword = turns[turn % len(turns)]
            fit = {"column": "a", "column_A": "a", "column_B": "b", "column_list": ["a", "b"], "regex": "x", "value": 1, "value_set": ["x"]}
            for value in (text, [text, "a"], {text: text}, [[text, text]]):
                one = {"type": kind, "kwargs": {key: fit[key] for key in TYPES[kind].required if key in fit} | {keyword: value}}

                def use(one: dict[str, Any] = one) -> None:
                    evaluate(frame, one)
                    assert len(suite_faults(json.dumps({"expectations": [one]}))) <= 4

                watch.take(f"{one}"[:200], use)
    assert watch.tracebacks == [] and watch.faults == [] and tried == []
    assert watch.inputs >= 3500


@pytest.mark.parametrize("text", WHOLE, ids=lambda text: text[:40])
def test_what_is_no_suite_is_a_mistake_before_anything_runs(text: str) -> None:
    assert suite_faults(text)
