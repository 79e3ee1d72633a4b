"""Ranges are read from the words of docstrings, and hold their ends or not."""

from __future__ import annotations

import pytest

from modelops_airflow.parameters import Range


@pytest.mark.parametrize(("doc", "inside", "outside", "words"), [
    ("draws (100 to 100,000).", (100, 100_000), (99, 100_001), "100 to 100,000"),
    ("smaller groups (rows, 1 or more).", (1, 10**9), (0, -1), "1 or more"),
    ("a share (0 to 0.99).", (0, 0.99), (-1e-9, 0.991), "0 to 0.99"),
    ("a tolerance (above 0).", (1e-9, 5), (0, -1), "above 0"),
    ("a probability (above 0, below 1).", (0.5,), (0, 1), "above 0 and below 1"),
    ("a shift (-5 to 5).", (-5, 5), (-6,), "-5 to 5"),
])
def test_what_a_docstring_says_is_what_is_permitted(doc, inside, outside, words):
    found = Range.told(doc)
    assert all(one in found for one in inside) and not any(one in found for one in outside)
    assert str(found) == words


def test_without_words_every_number_is_permitted():
    assert Range.told("how many (see the page).") == Range() and -1e300 in Range()
