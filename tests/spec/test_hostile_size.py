"""Files as large as the reader takes are answered in under two seconds, with few messages."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator

import pytest

from modelops_airflow.spec.problem import SpecError
from modelops_airflow.spec.read import parse_model

HEAD = "modelops: 1\n"
HUGE = {
    "unknown keys": HEAD + "".join(f"k{i:05}: 1\n" for i in range(24_000)),
    "one key again and again": HEAD + "a: 1\n" * 24_000,
    "unknown facts": HEAD + "model:\n  facts:\n" + "".join(f"    k{i}: {{a: 1}}\n" for i in range(12_000)),
    "one word of a megabyte": HEAD + "model: " + "a" * 1_000_000,
    "a megabyte of half secrets": HEAD + "model: " + "://a" * 200_000,
    "a megabyte of half keys": HEAD + "model: '" + "-----BEGIN " * 80_000 + "'",
    "a number of a million digits": "a: " + "9" * 1_000_000,
    "a hexadecimal of a million digits": "a: 0x" + "f" * 1_000_000,
    "aliases": HEAD + "a: [" + "*a, " * 24_000 + "]",
    "anchors": "&a " * 300_000,
    "nulls": "a: [" + "~, " * 45_000 + "]",
    "brackets": "[" * 1_000_000,
    "braces": "{a: " * 200_000,
    "dashes": "- " * 400_000,
    "question marks": "? " * 400_000,
    "quotes": "'" * 1_000_001,
    "control characters": "\x01\n" * 400_000,
    "more than a megabyte": "#" * (1 << 20) + "\n",
}


@pytest.fixture
def a_heap_of_its_own() -> Iterator[None]:
    """What thousands of tests before left on the heap is not walked again at each collection of this one."""
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.usefixtures("a_heap_of_its_own")
@pytest.mark.parametrize("text", HUGE.values(), ids=HUGE)
def test_a_huge_file_is_refused_within_two_seconds_and_few_words(text: str) -> None:
    started = time.process_time()
    with pytest.raises(SpecError) as caught:
        parse_model(text, "huge.yaml")

    assert time.process_time() - started < 2
    assert len(caught.value.problems) <= 201
    assert max(len(line) for line in str(caught.value).split("\n")) < 400
