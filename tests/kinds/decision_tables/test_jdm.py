"""JDM: the engine's own answers, and nothing that it would pass over in silence."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from artifacts import EXAMPLES, GOOD, clean
from hypothesis import given, settings
from hypothesis import strategies as st
from jdm_files import expressions, jdm, table

from modelops_airflow.digest import digest_bytes
from modelops_airflow.errors import ArtifactError
from modelops_airflow.kinds import open_model, scan, verify
from modelops_airflow.kinds.decision_tables.feel import NotRead
from modelops_airflow.kinds.decision_tables.zen_text import cell
from modelops_airflow.measurement import Status

zen = pytest.importorskip("zen")
ROOT = Path(__file__).parents[3]


def _scan(data):
    return scan("jdm", data, file="m.json")


def _load(data, **options):
    return open_model(verify("jdm", data, digest_bytes(data), _scan(data)), options)


def _answers(data, rows, **options):
    return _load(data, **options).score(pa.table(rows))["prediction"].to_pylist()


CLASSES = table([("> 10", "'x'"), ("[5..10]", "'y'"), ("", "'z'")], inputs=["a"])


def test_the_example_answers_as_the_bare_engine():
    data = GOOD["jdm"].read_bytes()
    rows = pq.read_table(EXAMPLES / "pricing" / "current.parquet")
    bare = zen.ZenEngine().create_decision(data.decode())
    expected = [bare.evaluate(row)["result"]["price_class"] for row in rows.to_pylist()]
    assert _load(data).score(rows)["prediction"].to_pylist() == expected


FORMS = ["> 5", "<5", ">= -2", "<= 2.5", "5", "-5", "== 5", "!= 5", "[1..5]", "(1..5]", "[1..5)", "(1..5)", "[-3..-1]", "1,2,3", "1, [3..5)", ">5,<1",
         "> 1 and < 5", "> 5 or < 1", "!= 1 and != 2", "5 or 6", "> 1 and 3", "[1..3] and > 2", "not in [1,2]", "'a'", '"a"', "'a','b'", "== 'a'",
         "!= 'a'", "'a' or 'b'", "not in ['a','b']", "true", "false", "true, false", "not in [true]", "'it, is'", "'1..2'", "'a and b'", "'> 5'",
         "not in [1, [3..5]]", "not in [[1..3]]", "!= 'a', 'b'", "[5..1]", "!= true", "> 5 and < 7 or 1", "5,", "> > 5", "foo(1)", "> a", "null", "$ > 5", "-"]
VALUES = {"number": [-5, -3, -2, -1, 0, 1, 1.5, 2, 2.5, 3, 4, 5, 6, 7], "string": ["a", "b", "c", "it, is", "1..2", "a and b", "> 5"], "boolean": [True, False]}


def _by_the_engine(text, values):
    model = zen.ZenEngine().create_decision(jdm(table([(text, "'yes'"), ("", "'no'")], inputs=["a"])).decode())
    return [model.evaluate({"a": value})["result"]["answer"] == "yes" for value in values]


@pytest.mark.parametrize("form", FORMS)
def test_a_cell_is_read_as_the_engine_reads_it_or_not_at_all(form):
    try:
        condition, kind = cell(form)
    except NotRead:
        assert not clean(_scan(jdm(table([(form, "'yes'"), ("", "'no'")], inputs=["a"]))))
        return
    values = VALUES[kind]
    column = np.array([str(one).lower() if isinstance(one, bool) else one for one in values], dtype=float if kind == "number" else object)
    expected = _by_the_engine(form, values)
    assert condition.mask(column).tolist() == expected
    assert _answers(jdm(table([(form, "'yes'"), ("", "'no'")], inputs=["a"])), {"a": values}) == ["yes" if one else "no" for one in expected]


NUMBERS = st.integers(-4, 4).map(str)
PARTS = st.one_of(NUMBERS, st.tuples(st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), NUMBERS).map(" ".join),
                  st.tuples(st.sampled_from("[("), NUMBERS, NUMBERS, st.sampled_from("])")).map(lambda one: f"{one[0]}{one[1]}..{one[2]}{one[3]}"))


@settings(max_examples=300, deadline=None)
@given(parts=st.lists(PARTS, min_size=1, max_size=3), join=st.sampled_from([", ", " and ", " or "]))
def test_any_cell_of_numbers_is_read_as_the_engine_reads_it(parts, join):
    text, values = join.join(parts), [number / 2 for number in range(-10, 11)]
    expected = _by_the_engine(text, values)
    try:
        condition, _ = cell(text)
    except NotRead:
        assert ".." in text or join == " and ", "only a cell that some part of can never hold"
    else:
        assert condition.mask(np.array(values)).tolist() == expected


def test_what_the_engine_passes_over_in_silence_is_refused_here():
    """The control: the engine answers as if the rule were not there."""
    for text, value in (("> > 5", 6), ("> 5", "6"), ("foo(1)", 1)):
        assert _by_the_engine(text, [value]) == [False]
    assert not clean(_scan(jdm(table([("> > 5", "'x'"), ("", "'z'")], inputs=["a"]))))
    with pytest.raises(ArtifactError, match="reads a as a number; the data has string"):
        _answers(jdm(CLASSES), {"a": ["6"]})
    for values in ([None], [float("nan")], [1e300], [1e-30]):
        with pytest.raises(ArtifactError, match="row 0 of the data has a missing, or of a size"):
            _answers(jdm(CLASSES), {"a": pa.array(values, pa.float64())})
    with pytest.raises(ArtifactError, match="does not have: a"):
        _answers(jdm(CLASSES), {"b": [1]})
    with pytest.raises(ArtifactError, match="no answer 'answer' for row 1"):
        _answers(jdm(table([("> 10", "'x'")], inputs=["a"])), {"a": [11, 10]})


def test_a_chain_of_table_and_expressions_answers_and_a_field_inside_another_is_named():
    rows = {"a": [11, 7, 1], "b": [2.0, 3.0, 4.0]}
    prices = table([("> 10", "5"), ("", "1.5")], inputs=["a"], outputs=["rate"], passThrough=True)
    sums = expressions(("price", "round(rate * b * 100) / 100"), ("share", "rate / 10"), id_="e", outputPath="answer")
    data = jdm(prices, sums)
    assert _answers(data, rows, output="answer.price") == [10.0, 4.5, 6.0]
    scored = _load(data, output="answer.price", score="answer.share").score(pa.table(rows))
    assert scored["score"].to_pylist() == [0.5, 0.15, 0.15]
    with pytest.raises(ArtifactError, match=r"answers answer.price, answer.share; name one"):
        _load(data)
    with pytest.raises(ArtifactError, match="no answer 'price'; expected one of"):
        _load(data, output="price")
    with pytest.raises(ArtifactError, match=r"'answer.price' of row 0 is no probability"):
        _load(data, output="answer.share", score="answer.price").score(pa.table(rows))


def test_two_tables_in_a_row_need_a_rule_without_conditions_in_the_first():
    second = table([("'x'", "1"), ("not in ['x']", "0")], inputs=["answer"], outputs=["n"], id_="u")
    assert _answers(jdm(CLASSES, second), {"a": [11, 6]}) == [1.0, 0.0]
    sparse = table([("> 10", "'x'"), ("< 10", "'y'")], inputs=["a"])
    for first, told in ((sparse, "not sure to be one for every row"), (table([("> 10", "1"), ("", "2")], inputs=["a"]), "reads 'answer' as a string")):
        assert any(told in note for note in _scan(jdm(first, second)).notes)


def test_an_expression_that_fails_or_answers_nothing_names_the_row():
    for text, told in (("1 / a", "no answer 'x' for row 1"), ("a ^ 99", "cannot score row 0")):
        with pytest.raises(ArtifactError, match=told):
            _answers(jdm(expressions(("x", text))), {"a": [2000, 0]})
    with pytest.raises(ArtifactError, match="in several types"):
        _answers(jdm(expressions(("x", "a > 1 ? 'x' : 1"))), {"a": [2, 1]})


def test_a_row_is_named_by_its_place_in_all_the_data_whatever_the_batches(monkeypatch):
    monkeypatch.setattr("modelops_airflow.kinds.decision_tables.jdm.BATCH", 3)
    rows = {"a": [11, 6, 1] * 3 + [7]}
    assert _answers(jdm(CLASSES), rows) == ["x", "y", "z"] * 3 + ["y"]
    for at in (0, 4, 9):
        broken = [None if row == at else 1 for row in range(10)]
        with pytest.raises(ArtifactError, match=f"row {at} of the data has a missing"):
            _answers(jdm(CLASSES), {"a": pa.array(broken, pa.int64())})
        with pytest.raises(ArtifactError, match=f"no answer 'x' for row {at}"):
            _answers(jdm(expressions(("x", "1 / a"))), {"a": [0 if row == at else 1 for row in range(10)]})
    assert _answers(jdm(CLASSES), {"a": pa.array([], pa.int64())}) == []


@pytest.mark.parametrize(("text", "expected"), [("a > 1", [True, False]), ("'n' + string(a)", ["n2", "n1"]), ("a", [2.0, 1.0])])
def test_answers_keep_their_type(text, expected):
    assert _answers(jdm(expressions(("x", text))), {"a": [2, 1]}) == expected


def _node(type_, **content):
    return {"id": "n", "type": type_, "name": "n", "content": content}


DOUBLED = [("s0", "a + a"), *[(f"s{n}", "a") for n in range(1, 3)]]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (jdm(_node("functionNode", source="export const handler = () => 1")), "it runs JavaScript"), (jdm(_node("customNode", kind="x")), "runs a program"),
        (jdm(_node("decisionNode", key="other.json")), "asks another file"), (jdm(_node("switchNode", statements=[])), "passed over in silence"),
        (jdm(_node("newNode")), "of the type newNode"), (jdm({**CLASSES, "extra": 1}), "has 'extra'"), (jdm(table([("", "1")], inputs=["a"], newMode=1)), "has 'newMode'"),
        (jdm(table([("", "1")], inputs=["a"], executionMode="loop")), "goes through a list"), (jdm(table([("", "1")], inputs=["a"], inputField="rows")), "goes through a list"),
        (jdm(table([("", "1")], inputs=["a"], hitPolicy="collect")), "hit policy 'collect'"), (jdm(table([], inputs=["a"])), "no output or no rule"),
        (jdm(table([("> 1", "1"), ("'x'", "2")], inputs=["a"])), "cells of several kinds"), (jdm(table([("> 1", "1"), ("", "'x'")], inputs=["a"])), "cells of several kinds"),
        (jdm(table([("", "a * 2")], inputs=["a"])), "'a * 2' is no text in quotes"), (jdm(table([("", "")], inputs=["a"])), "column 'answer'"),
        (jdm(table([("rand(9) > 3", "1")], inputs=["a"])), "rule 1, column 'a'"),
        (jdm(expressions(("x", "rand(10)"))), "the function 'rand' is not among"), (jdm(expressions(("x", "d('2020-01-01').year()"))), "is not among"),
        (jdm(expressions(("x", "date('now')"))), "the function 'date'"), (jdm(expressions(("x", "map([1..100000000], #)"))), "is not among"),
        (jdm(expressions(("x", "sum([1..100000000])"))), "may only stand behind `in`"), (jdm(expressions(("x", "a in [(1..5)]"))), "may only stand behind"),
        (jdm(expressions(("x", "$nodes.in"))), "is not among what"), (jdm(expressions(("x", "`${a}`"))), "is not among what"),
        (jdm(expressions(("x", "y = 5; y"))), "is not among what"), (jdm(expressions(("x", "{a: 1}"))), "is not among what"),
        (jdm(expressions(("x", "(" * 30 + "1" + ")" * 30))), "brackets inside"), (jdm(expressions(("x", "1 + " * 900 + "1"))), "longer than 2000"),
        (jdm(expressions(("x", "1 +"))), "the engine does not read '1 +'"), (jdm(expressions(("x", "b.c"))), "reads 'b.c', which no node before it writes"),
        (jdm(expressions(("a", "a + 1"))), "'a' is read as a column of the data, and a node writes it"),
        (jdm(expressions(("x", "a"), id_="e"), expressions(("y", "a"), id_="f")), "reads 'a', which no node before it writes or passes through"),
        (jdm(expressions(("x", "a")), expressions(("y", "x"), id_="f"), edges=[("in", "e"), ("e", "f"), ("f", "e"), ("f", "out")]), "go round in a circle"),
        (jdm(expressions(("x", "a")), edges=[("e", "out")]), "does not take its data"), (jdm(expressions(("x", "a")), edges=[("in", "z")]), "not there"),
        (jdm(expressions(("x", "a"), id_="e"), expressions(("x", "b"), id_="f"), edges=[("in", "e"), ("in", "f"), ("e", "out"), ("f", "out")]), "by several nodes"),
        (jdm(expressions(("x", "a"), ("x.y", "a"))), "writes 'x' and into it"),
        (jdm(*[expressions(("s", "a + a" if n == 0 else "s + s"), id_=f"e{n}") for n in range(30)]), "repeat their inputs more than"),
        (jdm(CLASSES).replace(b'"name": "in"', b'"content": {"schema": "{\\"$ref\\": \\"http://127.0.0.1/x\\"}"}'), "a JSON Schema, which may name other files"),
        (jdm(CLASSES).replace(b'{"nodes"', b'{"settings": 1, "nodes"'), "the file has 'settings'"), (jdm(CLASSES).replace(b'{"nodes"', b'{"nodes": [], "nodes"'), "stands twice"),
        (b"[" * 5000 + b"]" * 5000, "deeper than 12"), (b'{"nodes": ' + b"[" * 20 + b"]" * 20 + b', "edges": []}', "deeper than 12"), (b"{}", "this is no JDM"),
        (b'{"nodes": [], "edges": []}', "0 nodes of the type inputNode"), (b" " * (2 << 20) + b"{}", "expected at most 1048576"), (jdm(CLASSES)[:-5], "no JSON"),
        (jdm(CLASSES).replace(b"'x'", b"'\\ud800'"), "U+D800"), (jdm(CLASSES).replace(b"'x'", b"'\\u202e'"), "U+202E"),
        (jdm(CLASSES).replace(b'"field": "a"', b'"field": "a", "type": "graph"'), "of the type 'graph'"), (jdm(CLASSES).replace(b"'x'", b"NaN"), "rule 1"), (jdm(CLASSES).replace(b'"hitPolicy": "first"', b'"hitPolicy": NaN'), "NaN is no number of JSON"),
    ],
)
def test_what_is_not_read_is_refused_with_its_place_before_the_engine_sees_it(data, told, monkeypatch):
    if "engine does not read" not in told:
        monkeypatch.setattr("modelops_airflow.kinds.decision_tables.jdm._zen", lambda: pytest.fail("the engine was asked"))
    report = _scan(data)
    assert not clean(report)
    assert any(told in note for note in report.notes), report.notes


def test_the_rules_that_decide_are_told_for_one_table_alone():
    decisions = _load(jdm(CLASSES)).decisions()
    assert [rule.text for rule in decisions.rules] == ["a in (10, inf]: x", "a in [5, 10]: y", "otherwise: z"]
    assert decisions.fired(pa.table({"a": [11, 6, 1]})).tolist() == [0, 1, 2]
    assert _load(jdm(expressions(("x", "a")))).decisions() is None


def test_hundreds_of_changed_files_leave_the_caller_alive():
    ended = subprocess.run([sys.executable, Path(__file__).with_name("mutated_jdm.py"), "600"], capture_output=True, text=True, check=False, timeout=120)
    assert ended.returncode == 0, ended.stderr[-2000:]
    told = json.loads(ended.stdout)
    assert sum(told.values()) == 600 and told["scored"] > 20 and told["refused by the scan"] > 200 and told["refused later"] > 5, told


def test_cells_made_to_keep_the_scan_busy_are_read_at_once():
    started = time.process_time()
    for text in ("[" + "." * 1990, "(" * 1990, "'" * 1999, "1 and " * 330 + "1", "not in [" + "[" * 1900 + "]", "-" * 1999, "1," * 990 + "1"):
        _scan(jdm(table([(text, "1")] * 100, inputs=["a"])))
        _scan(jdm(expressions(*[(f"x{number}", text) for number in range(100)])))
    assert time.process_time() - started < 30


def test_without_the_engine_the_scan_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "zen", None)
    report = _scan(jdm(CLASSES))
    assert report.status is Status.ERROR and "pip install 'modelops-airflow[decisions]'" in str(report)
