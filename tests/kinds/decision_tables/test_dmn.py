"""DMN: published answers, exact gaps and overlaps, and every thing that is not read is told with its line and rule."""

from __future__ import annotations

import random
import time

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from artifacts import EXAMPLES, GOOD, clean
from dmn_files import decision, definitions, dmn
from hypothesis import given, settings
from hypothesis import strategies as st

from modelops_airflow.digest import digest_bytes
from modelops_airflow.errors import ArtifactError
from modelops_airflow.kinds import open_model, scan, verify
from modelops_airflow.kinds.decision_tables.dmn_xml import NAMESPACES
from modelops_airflow.kinds.decision_tables.feel import NotRead, condition_of

NUMBER = (("a", "number", ""),)
AGE = (("Age", "number", ""), ("RiskCategory", "string", '"High", "Low", "Medium"'), ("isAffordable", "boolean", ""))
STATUS = (("Approval Status", "string", '"Approved", "Declined"'),)


def _scan(data):
    return scan("dmn", data, file="m.dmn")


def _load(data, **options):
    return open_model(verify("dmn", data, digest_bytes(data), _scan(data)), options)


def _found(data):
    report = _scan(data)
    return [note for note in report.notes if not note.startswith(("format:", "decision Answer:"))]


def _answers(data, rows, **options):
    return _load(data, **options).score(pa.table(rows))["prediction"].to_pylist()


ASKED = {"Age": [18, 17, 18], "RiskCategory": ["Medium", "Medium", "High"], "isAffordable": [True, True, True]}
"""Cases 001 to 003 of the DMN TCK's tables 0004, 0005, 0006, 0007 and 0010."""
OVERLAPPING = [(">=18", '"Medium","Low"', "true", '"Approved"'), ("<18", "-", "-", '"Declined"'), ("-", '"High"', "-", '"Declined"'),
               ("-", "-", "false", '"Declined"')]
DISJOINT = [(">=18", '"Medium","Low"', "true", '"Approved"'), ("<18", '"Medium","Low"', "true", '"Declined"'),
            ("-", '"High"', "true", '"Declined"'), ("-", "-", "false", '"Declined"')]


@pytest.mark.parametrize("namespace", NAMESPACES)
@pytest.mark.parametrize(
    ("hit", "rules"),
    [("UNIQUE", DISJOINT), ("ANY", OVERLAPPING), ("PRIORITY", OVERLAPPING), ("PRIORITY", [OVERLAPPING[0], ("-", "-", "-", '"Declined"')]),
     ("FIRST", OVERLAPPING)],
    ids=["0004-simpletable-U", "0005-simpletable-A", "0006-simpletable-P1", "0007-simpletable-P2", "the same as FIRST"],
)
def test_the_published_tables_give_the_published_answers(namespace, hit, rules):
    data = dmn(rules, inputs=AGE, outputs=STATUS, hit=hit, namespace=namespace)
    assert _found(data) == []
    assert _answers(data, ASKED) == ["Approved", "Declined", "Declined"]


def test_the_published_table_of_two_outputs_gives_both():
    """0010-multi-output-U, with its default outputs behind a table that has none left to decide."""
    rules = [(">=18", '"Low"', "true", '"Approved"', '"Best"'), (">=18", '"Medium"', "true", '"Approved"', '"Standard"'),
             ("<18", '"Medium","Low"', "true", '"Declined"', '"Standard"'), ("-", '"High"', "true", '"Declined"', '"Standard"'),
             ("-", "-", "false", '"Declined"', '"Standard"')]
    data = dmn(rules, inputs=AGE, outputs=(("Status", "string", ""), ("Rate", "string", '"Best", "Standard"')), default=('"Declined"', '"Standard"'))
    assert _answers(data, ASKED, output="Status") == ["Approved", "Declined", "Declined"]
    assert _answers(data, ASKED, output="Rate") == ["Standard"] * 3
    for wrong in ({}, {"output": "rate"}):
        with pytest.raises(ArtifactError, match="has the outputs Status, Rate"):
            _load(data, **wrong)


def test_the_published_first_hit_table_gives_the_published_answers_and_its_gap_is_told():
    """0111-first-hitpolicy-singleoutputcol."""
    rules = [(">18", '"Cars"'), (">12", '"Videogames"'), (">0", '"Toys"')]
    assert _answers(dmn(rules, inputs=(("age", "number", "> 0"),), hit="FIRST"), {"age": [19, 13, 5]}) == ["Cars", "Videogames", "Toys"]
    assert _found(dmn(rules, inputs=(("age", "number", ""),), hit="FIRST")) == ["gap: no rule covers age in (-inf, 0)", "gap: no rule covers age in [0, 0]"]


@pytest.mark.parametrize(
    ("first", "second", "found"),
    [
        ("< 3", "> 3", "gap: no rule covers a in [3, 3]"),
        ("<= 3", "[4..5]", "gap: no rule covers a in (3, 4)"),
        ("[0..3]", "not([0..3))", "overlap: rule 1 (r1, line 6) and rule 2 (r2, line 7) both cover a in [3, 3]"),
        ("[0..3]", "]3..10]", "gap: no rule covers a in (-inf, 0)"),
        ("[0..3[", "not([0..3])", "gap: no rule covers a in [3, 3]"),
        ("1, 2", "not(1)", "overlap: rule 1 (r1, line 6) and rule 2 (r2, line 7) both cover a in [2, 2]"),
        ("-", "> 3", "overlap: rule 1 (r1, line 6) and rule 2 (r2, line 7) both cover a in (3, inf)"),
    ],
)
def test_gaps_and_overlaps_are_told_with_their_exact_interval(first, second, found):
    data = dmn([(first, '"x"'), (second, '"y"')], inputs=NUMBER)
    assert any(one.startswith(found) for one in _found(data)), _found(data)
    with pytest.raises(ArtifactError):
        verify("dmn", data, digest_bytes(data), _scan(data))


def test_two_halves_leave_nothing():
    for first, second in (("< 3", ">= 3"), ("not([0..3))", "[0..3)"), ("not(1, 2)", "1, 2"), ("not(< 3)", "not(>= 3)")):
        assert _found(dmn([(first, '"x"'), (second, '"y"')], inputs=NUMBER)) == []


def test_a_text_that_no_rule_names_must_have_its_rule_too():
    rules = [('"x"', '"1"'), ('not("x", "y")', '"2"')]
    assert _found(dmn(rules, inputs=(("t", "string", ""),))) == ["gap: no rule covers t y"]
    assert _found(dmn(rules[:1], inputs=(("t", "string", ""),))) == ["gap: no rule covers t any text but ['x']"]
    whole = dmn([*rules, ('"y"', '"3"')], inputs=(("t", "string", ""),))
    assert _answers(whole, {"t": ["x", "y", "z", ""]}) == ["1", "3", "2", "2"]
    with pytest.raises(ArtifactError, match="row 1 of the data has t missing"):
        _answers(whole, {"t": ["x", None]})


def test_a_rule_that_never_decides_is_told_with_its_id_and_line():
    data = dmn([("<= 5", '"x"'), ("-", '"y"'), ("> 7", '"z"')], inputs=NUMBER, hit="FIRST")
    assert _found(data) == ["rule 3 (r3, line 8) never decides"]


def test_any_wants_one_outcome_where_rules_meet_and_priority_a_rank_for_each():
    rules = [("<= 5", '"x"'), (">= 5", '"y"')]
    assert _found(dmn(rules, inputs=NUMBER, hit="ANY")) == ["overlap: rule 1 (r1, line 6) and rule 2 (r2, line 7) both cover a in [5, 5], with other outcomes"]
    assert "needs output values in their order" in _found(dmn(rules, inputs=NUMBER, hit="PRIORITY"))[0]
    for listed, at_five in (('"x", "y"', "x"), ('"y", "x"', "y")):
        assert _answers(dmn(rules, inputs=NUMBER, outputs=(("o", "string", listed),), hit="PRIORITY"), {"a": [4, 5, 6]}) == ["x", at_five, "y"]
    two = (("o", "string", '"x"'), ("p", "number", ""))
    alike = dmn([("<= 5", '"x"', "1"), (">= 5", '"x"', "2")], inputs=NUMBER, outputs=two, hit="PRIORITY")
    assert "with other outcomes" in _found(alike)[0]


def test_outputs_of_two_rules_are_not_taken_for_one_because_they_read_alike():
    both = (("o", "string", ""), ("p", "string", ""))
    data = dmn([("<= 5", '"a, b"', '"c"'), (">= 5", '"a"', '"b, c"')], inputs=NUMBER, outputs=both, hit="ANY")
    assert "with other outcomes" in _found(data)[0]


def test_a_default_decides_the_rest():
    data = dmn([("[1..2]", '"x"'), ("[2..3]", '"x"')], inputs=NUMBER, hit="ANY", default=('"rest"',))
    assert _found(data) == []
    assert _answers(data, {"a": [1, 2.5, 0, 99]}) == ["x", "x", "rest", "rest"]


@pytest.mark.parametrize(("kind", "cells", "expected"), [("number", ("1.5", "-2"), [1.5, -2.0]), ("boolean", ("true", "false"), [True, False])])
def test_answers_have_the_type_of_their_output(kind, cells, expected):
    assert _answers(dmn([("< 1", cells[0]), (">= 1", cells[1])], inputs=NUMBER, outputs=(("o", kind, ""),)), {"a": [0, 1]}) == expected


WHOLE = [("-", '"x"')]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (dmn(WHOLE, inputs=NUMBER, hit="COLLECT"), "line 3: hit policy COLLECT is not read"),
        (dmn(WHOLE, inputs=NUMBER, hit="RULE ORDER"), "hit policy RULE ORDER"), (dmn(WHOLE, inputs=NUMBER, hit="OUTPUT ORDER"), "hit policy OUTPUT ORDER"),
        (dmn([("date(\"2020-01-01\")", '"x"')], inputs=NUMBER), "line 6: rule 1 (r1, line 6), input 'a': 'date(\"2020-01-01\")' is no number"),
        (dmn([("> b", '"x"')], inputs=NUMBER), "rule 1 (r1, line 6), input 'a'"), (dmn([("? > 5", '"x"')], inputs=NUMBER), "rule 1"),
        (dmn([('"x"', '"x"')], inputs=NUMBER), "rule 1"), (dmn([("5", '"x"')], inputs=(("t", "string", ""),)), "'5' is a number; the input is a string"),
        (dmn([("[5..1]", '"x"')], inputs=NUMBER), "no number lies in [5..1]"), (dmn([("not(-)", '"x"')], inputs=NUMBER), "rule 1"),
        (dmn([("1,", '"x"')], inputs=NUMBER), "rule 1"), (dmn([('"x', '"x"')], inputs=(("t", "string", ""),)), "does not end"),
        (dmn([("-", "a + 1")], inputs=NUMBER), "output 'answer': 'a + 1' is no text"), (dmn([("-", "")], inputs=NUMBER), "output 'answer'"),
        (dmn([("-", "-")], inputs=NUMBER), "output 'answer'"), (dmn([("-", "5")], inputs=NUMBER), "'5' is no string"),
        (dmn([("-", '"z"')], inputs=NUMBER, outputs=(("o", "string", '"x"'),)), "'z' is not among its values"),
        (dmn([("> 0.12345678901234567891", '"x"')], inputs=NUMBER), "more digits"),
        (dmn([('"z"', '"x"')], inputs=(("t", "string", '"x"'),)), "['z'] are not among its allowed values"),
        (dmn(WHOLE, inputs=(("a", "date", ""),)), "is of the type date"), (dmn(WHOLE, inputs=(("a", "", ""),)), "is of the type none"),
        (dmn(WHOLE, inputs=(("a + b", "number", ""),)), "'a + b' is no column"), (dmn([("-", "-", '"x"')], inputs=(*NUMBER, *NUMBER)), "is there twice"),
        (dmn([("-",)], inputs=NUMBER), "has 1 conditions and 0 outputs; expected 1 and 1"), (dmn([('"x"',)], inputs=()), "no input"),
        (dmn([("< 1", "1"), (">= 1", '"x"')], inputs=NUMBER, outputs=(("o", "", ""),)), "values of several types"),
        (definitions('<decision id="x" name="X"><literalExpression><text>1</text></literalExpression></decision>'), "'X' is no decision table"),
        (definitions(), "no decision"),
        (dmn(WHOLE, inputs=NUMBER).replace(b"<inputEntry>", b'<inputEntry expressionLanguage="http://juel">'), "the expression language is http://juel"),
        (dmn([("-", '"x\u202ey"')], inputs=NUMBER), "U+202E"), (dmn([("-", r'"\ud800"')], inputs=NUMBER), "U+D800"),
        (dmn([("-", r'"\q"')], inputs=NUMBER), "no escape"),
    ],
)
def test_what_is_not_read_is_refused_with_its_place(data, told):
    assert any(told in one for one in _found(data)), _found(data)
    assert not clean(_scan(data))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ((b"<definitions", b'<!DOCTYPE d [<!ENTITY a "x">]><definitions'), "line 2: a document type is not allowed"),
        ((b"<definitions", b'<!DOCTYPE d SYSTEM "file:///etc/passwd"><definitions'), "a document type is not allowed"),
        ((b'"x"', b"&a;"), "undefined entity"), ((b"UTF-8", b"UTF-16"), "encoding is UTF-16"), ((b"</decision>", b""), "this is not XML"),
        ((b"20191111", b"20290101"), "this is no DMN"),
        ((b"<decision ", b"<a>" * 80 + b"</a>" * 80 + b"<decision "), "deeper than 60"),
        ((b"<decision ", b"<a/>" * 200_001 + b"<decision "), "more than 200000"),
        ((b"<decision ", b" " * (4 << 20) + b"<decision "), "expected at most 4194304"),
    ],
    ids=lambda one: one if isinstance(one, str) else one[1][:20],
)
def test_xml_that_does_more_than_it_says_is_refused(change, told):
    good = dmn(WHOLE, inputs=NUMBER)
    data = good.replace(change[0], change[1], 1)
    assert data != good and clean(_scan(good))
    report = _scan(data)
    assert not clean(report) and any(told in note for note in report.notes), report.notes


def test_elements_of_other_languages_are_passed_over():
    data = dmn(WHOLE, inputs=NUMBER, more='<e:x xmlns:e="urn:editor"><decision xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/"/></e:x>')
    assert clean(_scan(data))


def test_types_may_be_the_files_own_or_those_of_the_input_data():
    own = '<itemDefinition name="tRisk"><typeRef>string</typeRef><allowedValues><text>"low", "high"</text></allowedValues></itemDefinition>'
    data = dmn([('"low"', '"x"'), ('"high"', '"y"')], inputs=(("risk", "tRisk", ""),), more=own)
    assert _answers(data, {"risk": ["low", "high"]}) == ["x", "y"]
    told = '<inputData id="i" name="a"><variable name="a" typeRef="feel:number"/></inputData>'
    assert _answers(dmn(WHOLE, inputs=(("a", "", ""),), more=told), {"a": [1]}) == ["x"]
    assert "is of the type tRisk" in _found(dmn(WHOLE, inputs=(("risk", "tRisk", ""),), more=own.replace("<typeRef>string", "<typeRef>tOther")))[0]


def test_of_several_decisions_one_is_chosen_and_one_that_asks_another_cannot_be():
    first = decision([("< 5", '"low"'), (">= 5", '"high"')], inputs=NUMBER, name="Risk", id_="risk")
    needs = '<informationRequirement><requiredDecision href="#risk"/></informationRequirement>'
    second = decision([('"low"', '"yes"'), ('not("low")', '"no"')], inputs=(("Risk", "string", ""),), name="Answer", id_="answer", requires=needs)
    other = decision([("-", '"z"')], inputs=NUMBER, name="Other", id_="other")
    data = definitions(first, second, other)
    report = _scan(data)
    assert clean(report) and any("decision that cannot be chosen" in note and "answer of another decision" in note for note in report.notes)
    assert _answers(data, {"a": [4, 5]}, decision="Risk") == _answers(data, {"a": [4, 5]}, decision="risk") == ["low", "high"]
    assert _answers(data, {"a": [4]}, decision="Other") == ["z"]
    for options, told in (({}, "several decisions"), ({"decision": "Answer"}, "no one decision 'Answer'"), ({"decision": "x"}, "expected one of Risk, Other")):
        with pytest.raises(ArtifactError, match=told):
            _load(data, **options)
    gap = definitions(first, decision([("< 5", '"x"')], inputs=NUMBER, name="Other", id_="other"))
    assert "decision 'Other': gap: no rule covers a in [5, 5]" in _scan(gap).notes


def test_a_column_of_another_type_or_none_is_refused():
    scorer = _load(dmn(DISJOINT, inputs=AGE, outputs=STATUS))
    good = {name: values[:1] for name, values in ASKED.items()}
    assert scorer.score(pa.table(good))["prediction"].to_pylist() == ["Approved"]
    for name, values, told in (("Age", ["18"], "declared as a number"), ("Age", [float("nan")], "Age missing"), ("RiskCategory", ["Huge"], "outside"),
                               ("RiskCategory", [None], "missing"), ("isAffordable", ["true"], "declared as a boolean"), ("isAffordable", pa.array([None], pa.bool_()), "missing")):
        with pytest.raises(ArtifactError, match=told):
            scorer.score(pa.table({**good, name: values}))
    with pytest.raises(ArtifactError, match="does not have: Age"):
        scorer.score(pa.table({"RiskCategory": ["Low"], "isAffordable": [True]}))


def test_three_languages_say_the_same_of_the_same_table():
    pytest.importorskip("zen")
    for side in ("baseline", "current"):
        rows = pq.read_table(EXAMPLES / "pricing" / f"{side}.parquet")
        told = {}
        for kind in ("rules", "dmn", "jdm"):
            data = GOOD[kind].read_bytes()
            model = open_model(verify(kind, data, digest_bytes(data), scan(kind, data, file=GOOD[kind].name)))
            told[kind] = (model.score(rows), model.decisions().fired(rows).tolist(), [one.text for one in model.decisions().rules])
        assert told["dmn"][0].equals(told["rules"][0]) and told["jdm"][0].equals(told["rules"][0])
        assert told["dmn"][1] == told["jdm"][1] == told["rules"][1]
        assert set(told["rules"][0]["prediction"].to_pylist()) == {"decline", "surcharge", "standard"}


TESTS = st.recursive(
    st.one_of(st.integers(-3, 3).map(str), st.tuples(st.sampled_from(["<", "<=", ">", ">="]), st.integers(-3, 3)).map(lambda one: f"{one[0]} {one[1]}"),
              st.tuples(st.sampled_from("[(]"), st.integers(-3, 0), st.integers(1, 3), st.sampled_from("])[")).map(lambda one: f"{one[0]}{one[1]}..{one[2]}{one[3]}")),
    lambda parts: st.lists(parts, min_size=1, max_size=3).map(", ".join), max_leaves=3)


def _plainly(text, value):
    """A unary test, one comparison at a time."""
    if text.startswith("not("):
        return not _plainly(text[4:-1], value)
    for part in text.split(", "):
        if ".." in part:
            low, high = (int(one) for one in part[1:-1].split(".."))
            if (value >= low if part[0] == "[" else value > low) and (value <= high if part[-1] == "]" else value < high):
                return True
        elif part[0] in "<>":
            sign, bound = part.split(" ")
            if {"<": value < int(bound), "<=": value <= int(bound), ">": value > int(bound), ">=": value >= int(bound)}[sign]:
                return True
        elif value == int(part):
            return True
    return False


@settings(max_examples=300, deadline=None)
@given(text=TESTS, negated=st.booleans())
def test_a_unary_test_holds_where_plain_python_says_so(text, negated):
    import numpy as np

    told = f"not({text})" if negated else text
    values = [number / 2 for number in range(-8, 9)]
    expected = [_plainly(told, value) for value in values]
    try:
        assert condition_of(told, "number").mask(np.array(values)).tolist() == expected
    except NotRead:
        assert not any(expected)


def test_a_changed_byte_never_escapes_as_anything_but_a_finding():
    dice = random.Random(5)
    good = GOOD["dmn"].read_bytes()
    outcomes = set()
    for _ in range(400):
        data = bytearray(good)
        for _ in range(dice.randint(1, 3)):
            data[dice.randrange(len(data))] = dice.randrange(256)
        report = _scan(bytes(data))
        outcomes.add(clean(report))
        if clean(report):
            _load(bytes(data))
    assert outcomes == {True, False}


def test_a_table_made_to_keep_the_scan_busy_is_refused_at_once():
    listed = ",".join(str(number) for number in range(1000))
    many = [(f"{number}", '"x"') for number in range(8000)]
    started = time.process_time()
    for data, told in ((dmn([(f"not({listed})", '"x"')] * 100, inputs=NUMBER, hit="ANY"), "too many cases"), (dmn(many, inputs=NUMBER), "too many cases"),
                       (definitions(*[decision(WHOLE, inputs=NUMBER, id_=f"d{number}") for number in range(51)]), "51 decisions"),
                       (dmn([("-", *["> 1, < 0"] * 11, '"x"')] * 2, inputs=[(f"a{number}", "number", "") for number in range(12)]), "more than 200000 cases")):
        assert any(told in one for one in _scan(data).notes), _scan(data).notes
    assert time.process_time() - started < 30
