"""Hostile suites of expectations: an error of the check, never a traceback."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from corpus import strings
from watch import Watch, nothing_leaves

from modelops_airflow.checks import expectations as module
from modelops_airflow.checks.expected import answer
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
