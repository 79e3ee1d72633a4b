"""Expressions of packs: what they mean, where their mistakes stand, and that no text makes the reader crash or run away."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelops_airflow.policy.evaluate import evaluate
from modelops_airflow.policy.expression import MAX_DEPTH, MAX_LENGTH, ExpressionError, parse
from modelops_airflow.policy.facts import FACTS, Fact
from modelops_airflow.policy.node import facts_in

ABC = {name: Fact(name, "truth", "for a test") for name in "abc"}
KNOWN = {"tier": 2.0, "kind": "skops", "facts.domain": "employment", "facts.jurisdictions": ("US", "US-NY-NYC"), "protected": ("sex", "age"),
         "facts.generative": False}


def says(text: str, **stated: Any) -> bool | None:
    return evaluate(parse(text), {**KNOWN, **{name.replace("__", "."): value for name, value in stated.items()}}).holds


@pytest.mark.parametrize(("text", "holds"), [
    ("tier == 2", True), ("tier <= 1", False), ("tier != 3 and kind == 'skops'", True), ('kind in ["onnx", "skops"]', True),
    ("'US' in facts.jurisdictions", True), ("'EU' not in facts.jurisdictions", True), ("len(protected) >= 2", True), ("len(protected) == 1.5", False),
    ("not facts.generative", True), ("facts.generative implies tier == 1", True), ("true implies false", False), ("(tier == 1 or tier == 2) and true", True),
    ("false and false or true", True), ("not false and false", False), ("true implies false implies false", True), ("'sex' in protected", True),
    ("facts.generative == false", True),
])
def test_an_expression_means_what_it_reads_as(text: str, holds: bool) -> None:
    assert says(text) is holds


@given(st.sampled_from([True, False, None]), st.sampled_from([True, False, None]))
def test_three_values_combine_as_kleene_has_them(a: bool | None, b: bool | None) -> None:
    known = {name: value for name, value in (("a", a), ("b", b)) if value is not None}

    def asked(text: str) -> bool | None:
        return evaluate(parse(text, ABC), known).holds

    order = {False: 0, None: 1, True: 2}
    back = {number: value for value, number in order.items()}
    assert asked("a and b") is back[min(order[a], order[b])]
    assert asked("a or b") is back[max(order[a], order[b])]
    assert asked("not a") is back[2 - order[a]]
    assert asked("a implies b") is back[max(2 - order[a], order[b])]


def test_an_unknown_fact_is_named_unless_the_rest_decides() -> None:
    undecided = evaluate(parse("facts.sector == 'bank' and not facts.agentic"), KNOWN)

    assert undecided.holds is None and undecided.missing == {"facts.sector", "facts.agentic"}
    assert evaluate(parse("facts.sector == 'bank' and tier == 1"), KNOWN).holds is False
    assert evaluate(parse("facts.sector == 'bank' or tier == 2"), KNOWN).holds is True
    assert evaluate(parse("'EU' in facts.jurisdictions implies facts.eu_high_risk"), KNOWN).holds is True
    assert evaluate(parse("facts.sector == 'bank'"), {**KNOWN, "facts.sector": "bank"}).holds is True


@pytest.mark.parametrize(("text", "column", "told"), [
    ("tier == ", 9, "ends too early"), ("tier = 2", 6, "'=' does not belong here"), ("tire == 2", 1, "did you mean 'tier'"),
    ("tier == 'one'", 6, "a number and a text are not compared"), ("tier and true", 1, "neither true nor false"), ("1 < tier < 3", 10, "not chained"),
    ("facts.domain == 'employement'", 14, "did you mean 'employment'"), ("facts.domain in ['credit', 'fruad']", 14, "did you mean 'fraud'"),
    ("'XX' in facts.jurisdictions", 6, "is never 'XX'"),
    ("(tier == 1", 11, "expected ')'"), ("len(tier) == 1", 5, "of a list"), ("tier in [1, 'a']", 9, "one kind"), ("tier in []", 9, "at least one"),
    ("tier == 1 tier == 2", 11, "expected and, or, implies"), ("not", 4, "ends too early"), ("kind == 'a\\'", 9, "does not belong here"),
    ("tier == 1 or", 13, "ends too early"), ("__import__('os')", 1, "does not belong here"), ("tier == 0x10", 9, "does not belong"), ("", 1, "ends too early"),
    ("tier not 2", 6, "expected `not in`"), ("kind < 'b'", 6, "not compared"), ("tier == [1]", 6, "not compared"), ("len == 1", 5, "parenthesis"),
    ("tier in [1 2]", 12, "comma"), ("and", 1, "does not belong here"),
])
def test_a_mistake_is_told_with_its_column(text: str, column: int, told: str) -> None:
    with pytest.raises(ExpressionError, match=None) as caught:
        parse(text)

    assert (caught.value.column, told in str(caught.value)) == (column, True), str(caught.value)


def test_length_and_depth_are_bounded() -> None:
    long = "tier == 1 or " * 100 + "true"
    with pytest.raises(ExpressionError, match=f"at most {MAX_LENGTH}"):
        parse(long)
    for deep in ("(" * 60 + "true" + ")" * 60, "not " * 60 + "true", "true implies " * 30 + "true", " and ".join(["true"] * 40), "len(" * 80):
        with pytest.raises(ExpressionError, match=f"more than {MAX_DEPTH}"):
            parse(deep)
    assert parse("(" * 6 + "true" + ")" * 6)


WORDS = [*FACTS, "and", "or", "not", "implies", "in", "len", "true", "false", "(", ")", "[", "]", ",", "==", "!=", "<", ">=", "'US'", "1", "-2.5", "'x", "\\", "é", "\n", "."]


@settings(max_examples=1500, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join) | st.text(max_size=600) | st.lists(st.sampled_from(WORDS), max_size=200).map("".join))
def test_any_text_is_an_expression_or_a_told_mistake_and_soon(text: str) -> None:
    started = time.process_time()
    try:
        node = parse(text)
    except ExpressionError as error:
        assert 1 <= error.column <= MAX_LENGTH + 1
    else:
        assert facts_in(node) <= set(FACTS)
        assert evaluate(node, {}).holds in (True, False, None)
    assert time.process_time() - started < 0.5


def test_the_reader_evaluates_no_python() -> None:
    for text in ("open('x')", "().__class__", "tier.__class__ == 1", "kind == f'{1}'", "lambda: 1"):
        with pytest.raises(ExpressionError):
            parse(text)
