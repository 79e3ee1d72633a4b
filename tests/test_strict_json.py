"""JSON that two readers could read in two ways is refused."""

from __future__ import annotations

import json

import pytest

from modelops_airflow.strict_json import strict_json


@pytest.mark.parametrize("text", ['{"a": 1, "b": [1.5, null, true, "x"]}', "[]", '"é"', "-0.0", "1e308", b'{"a": 2}'])
def test_plain_json_is_read_as_python_reads_it(text: str | bytes) -> None:
    assert strict_json(text) == json.loads(text)


@pytest.mark.parametrize(("text", "told"), [
    ('{"a": 1, "a": 2}', "stands twice"), ('[{"b": {"c": 1, "\\u0063": 1}}]', "stands twice"), ("[NaN]", "NaN is no number"),
    ("-Infinity", "-Infinity is no number"), ("1e999", "1e999 is no finite number"), ("{'a': 1}", "Expecting"), ("", "Expecting"), ("1 2", "Extra data"),
])
def test_what_readers_disagree_about_is_refused(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        strict_json(text)


def test_what_is_nested_too_deep_is_an_error_of_its_own() -> None:
    with pytest.raises(RecursionError):
        strict_json("[" * 100_000)
