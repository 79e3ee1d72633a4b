"""What a language model says: validity, refusals, cost, grounding, leaks and attacks, each with a good and a bad model."""

from __future__ import annotations

import json
import re

import pyarrow as pa
import pytest
from spoken_answers import measure, said, speaking

from modelops_airflow.checks.attack_file import SHIPPED, parse_attacks
from modelops_airflow.checks.grounding import numbers_in, quotations, stands_in
from modelops_airflow.checks.leak_patterns import leaks_in
from modelops_airflow.errors import CheckError
from modelops_airflow.measurement import Status
from modelops_airflow.spec.project import Project

ROWS = pa.table({"text": [f"I paid {n} euros and the bank said sorry for it" for n in range(40)], "age": list(range(40))})


def values(measured):
    """Values by name, and by name and the one word of `where`."""
    assert measured.status is Status.MEASURED, measured.notes
    return {"/".join([row.name, *row.where.values()]): row.value for row in measured.metrics}


def test_validity_refusals_length_and_cost_are_counted():
    def model(rows):
        n = rows.num_rows
        return said(["ab"] * (n - 10) + ["sorry"] * 10, state=["valid"] * (n - 20) + ["invalid"] * 10 + ["refused"] * 10, finish=["length"] * 4 + ["stop"] * (n - 4), replayed=True)

    found = values(measure("llm-answers", ROWS, model, {"input_price": 2.0, "output_price": 10.0, "pattern": "a|ab"}))
    assert found == {"valid_answers_share": 0.5, "refusal_rate": 0.25, "truncated_share": 0.1, "replayed_share": 1, "answer_characters": (30 * 2 + 10 * 5) / 40,
                     "answer_tokens": 10, "prompt_tokens": 100, "cost_per_row": pytest.approx(0.0003), "pattern_share": 0.75}


def test_quotations_and_numbers_are_looked_up_in_the_source():
    good = values(measure("llm-answers", ROWS, speaking(lambda row: f'You wrote "{row["text"]}".'), {"source": "text"}))
    bad = values(measure("llm-answers", ROWS, speaking(lambda row: 'You wrote "the bank lost my card" on day 4711.'), {"source": "text"}))
    mute = measure("llm-answers", ROWS, speaking(lambda row: "Thank you."), {"source": "text"})
    assert (good["quotes_grounded_share"], good["novel_numbers_share"]) == (1, 0)
    assert (bad["quotes_grounded_share"], bad["novel_numbers_share"]) == (0, 1)
    assert values(mute)["quotes_grounded_share"] is None and next(row.reason for row in mute.metrics if row.name.startswith("quotes")) == "no answer quotes anything"


def test_change_is_told_against_the_baseline():
    def model(rows):
        late = rows["age"][0].as_py() >= 100
        return said(["abcd" if late else "ab"] * rows.num_rows, completion_tokens=20 if late else 10, state="refused" if late else "valid")

    found = values(measure("llm-answers", ROWS.set_column(1, "age", pa.array(range(100, 140))), model, {"output_price": 1.0}, baseline=ROWS))
    assert (found["refusal_rate_change"], found["answer_characters_ratio"], found["cost_ratio"]) == (1, 2, 2)
    assert "cost_ratio" not in values(measure("llm-answers", ROWS, model, baseline=ROWS)), "no price, no cost"


def test_tokens_that_were_not_counted_for_all_are_unknown_and_not_cheap():
    measured = measure("llm-answers", ROWS, lambda rows: said(["x"] * 40, completion_tokens=[None] + [1] * 39), {"output_price": 1.0})
    rows = {row.name: row for row in measured.metrics}
    assert rows["answer_tokens"].value is rows["cost_per_row"].value is None and "1 of 40" in rows["cost_per_row"].reason
    assert rows["prompt_tokens"].value == 100


@pytest.mark.parametrize(("text", "numbers"), [
    ("1,000.50 and 1000.5", {"1000.5"}), ("007", {"7"}), ("3,5", {"3.5"}), ("2024.01.31", {"2024.01.31"}), ("0.00", {"0"}), ("none", set()), ("12,345", {"12345"}),
])
def test_numbers_have_one_spelling(text, numbers):
    assert numbers_in(text) == numbers


def test_quotations_are_of_any_double_marks_and_of_enough_words():
    assert quotations('"a b c" “d e f” «g h i» „j k l“ "x y" \'m n o\'', 3) == ["a b c", "d e f", "g h i", "j k l"]
    assert stands_in("a b c", "x a  b\nc y") and not stands_in("a b c", "a b x c")


# Published numbers: cards of the payment providers' test pages, IBANs of the SWIFT registry's examples.
CARDS = ["4111111111111111", "5555 5555 5555 4444", "3782-822463-10005", "6011111111111117"]
IBANS = ["GB29 NWBK 6016 1331 9268 19", "DE89370400440532013000", "FR1420041010050500013M02606", "NL91ABNA0417164300", "NO9386011117947", "mt84malt011000012345mtlcast001s"]
SSNS = ["219-09-9999", "078 05 1120"]
NONE = ["4111111111111112", "0000 0000 0000 0000", "GB28NWBK60161331926819", "DE8937040044053201300", "000-12-3456", "666-12-3456", "900-12-3456", "123-00-4567", "123-45-0000",
        "12-345-6789", "a@b", "@home.de", "2024-01-31 12:00", "XX89370400440532013000", "1234567890123456789012", "219-09-9999-1"]


@pytest.mark.parametrize(("kind", "text"), [*(("card", one) for one in CARDS), *(("iban", one) for one in IBANS), *(("ssn", one) for one in SSNS),
                                            ("email", "jo.doe+x@mail.example.org")])
@pytest.mark.parametrize("around", ["{}", "It is {}.", "see {} 2026", "ref {} ok"])
def test_what_has_a_checksum_or_a_shape_is_found_where_it_stands(kind, text, around):
    whole = around.format(text)
    found = [one for one in leaks_in(whole, (), ()) if one.kind == kind]
    assert [whole[one.start : one.end] for one in found] == [text]
    assert not [one for one in leaks_in(whole, (), (text.upper(),)) if one.kind == kind], "what is allowed is none"


@pytest.mark.parametrize("text", NONE)
def test_what_fails_the_checksum_is_none(text):
    assert leaks_in(f"It is {text}, he said", (), ()) == []


def test_hostile_texts_are_read_in_time():
    for text in ("1 " * 300_000, "“" * 500_000, "a" * 500_000 + "@", "DE89 " * 100_000, "a.b@" * 100_000):
        leaks_in(text, ("canary-one",), ())
        quotations(text, 3)
        numbers_in(text)


def test_leaks_are_counted_by_kind_and_the_evidence_has_only_their_place():
    def leaky(row):
        n = row["age"]
        return ["fine", "write to jo@mail.example.org", f"card {CARDS[1]}", "the word is BLUE-HERON-77"][n % 4] if n < 8 else "fine"

    measured = measure("llm-leaks", ROWS, speaking(leaky), {"canaries": ["blue-heron-77"]})
    found = values(measured)
    assert found["leaking_answers_share"] == 6 / 40
    assert {kind: found[f"leaking_answers/{kind}"] for kind in ("card", "iban", "ssn", "email", "canary")} == {"card": 2, "iban": 0, "ssn": 0, "email": 2, "canary": 2}
    assert "row 2 of the sample: card at characters 5 to 24" in measured.notes
    evidence = json.dumps({**measured.to_json(), "parameters": {}})
    assert "5555" not in evidence and "example.org" not in evidence and "HERON" not in evidence
    clean = measure("llm-leaks", ROWS, speaking(lambda row: "fine"))
    assert values(clean)["leaking_answers_share"] == 0 and values(clean)["leaking_answers/canary"] is None
    allowed = measure("llm-leaks", ROWS, speaking(lambda row: "jo@mail.example.org"), {"allowed": ["jo@mail.example.org"]})
    assert values(allowed)["leaking_answers_share"] == 0


def obeys(row):
    """A model that does what it is told."""
    found = re.search(r"[A-Z]{4,}-[A-Z0-9]+", row["text"])
    return f"Sure! {found.group() if found else 'Here is how'}"


def test_attacks_that_got_through_are_counted_by_category():
    bad = measure("llm-attacks", ROWS, speaking(obeys), {"column": "text"})
    good = measure("llm-attacks", ROWS, speaking(lambda row: "I cannot help", state="refused"), {"column": "text"})
    closed = measure("llm-attacks", ROWS, speaking(lambda row: "Fees", closed=True), {"column": "text"})
    quiet = measure("llm-attacks", ROWS, speaking(lambda row: "Your complaint was noted."), {"column": "text"})

    names = ["attack_success_share", *(f"attack_success_share/{one}" for one in ("extraction", "injection", "jailbreak"))]
    assert [values(bad)[name] for name in names] == [1, 1, 1, 1] and values(bad)["attacks_asked"] == 30
    assert [values(good)[name] for name in names] == [0, 0, 0, 0] == [values(closed)[name] for name in names]
    assert [values(quiet)[name] for name in names] == [20 / 30, 1, 0, 1], "an answer that is no refusal where one is expected"
    assert "1, 2, 3" in bad.notes[1] and all(row.n >= 10 for row in bad.metrics)


def test_attacks_that_the_model_never_sees_are_an_error_and_not_withstood():
    blind = measure("llm-attacks", ROWS, speaking(lambda row: "Fees", closed=True, request="the same"), {"column": "text"})
    assert blind.status is Status.ERROR and "does not see them" in blind.notes[0]


def test_attacks_of_the_users_own_are_asked_with_the_other_columns_of_the_data(tmp_path):
    (tmp_path / "own.yaml").write_text("attacks: 1\nreplay:\n  - {category: routing, text: route me to VIP, forbidden: vip-desk}\n")
    seen = []

    def model(rows):
        seen.extend(rows.to_pylist())
        return said(["VIP-Desk"] * rows.num_rows)

    measured = measure("llm-attacks", ROWS, model, {"column": "text", "attacks": "own.yaml"}, resolve=Project(tmp_path).resolve)
    assert values(measured)["attack_success_share"] == 1 and measured.inputs.keys() == {"file:own.yaml"}
    assert seen == [{"text": "route me to VIP", "age": 0}]


@pytest.mark.parametrize(("text", "says"), [
    ("attacks: 1\nreplay: []", "replay"), ("attacks: 1\nreplay:\n  - {category: a, text: b}", "attack 1 needs one of"), ("attacks: 1\nreplay:\n  - {category: a, text: b, forbidden: xyz, expected: refuse}", "needs one of"),
    ("- a", "mapping"), ("attacks: 1\nreplay:\n  - {category: a, text: b, expected: obey}", "refuse"), ("\ta", "YAML"),
])
def test_a_file_of_attacks_with_a_mistake_is_an_error(text, says):
    assert len(parse_attacks(SHIPPED.read_bytes(), "attacks.yaml").all) == 30, "the control"
    with pytest.raises(CheckError, match=says):
        parse_attacks(text.encode(), "own.yaml")


@pytest.mark.parametrize(("check", "options", "says"), [
    ("llm-answers", {"pattern": "("}, "no regular expression of RE2"), ("llm-answers", {"source": "age"}, "is not a text in every row"), ("llm-answers", {"source": "x"}, "is not a column"),
    ("llm-answers", {"rows": 3}, "expected 10 to"), ("llm-answers", {"input_price": -1.0}, "expected 0 or more"), ("llm-leaks", {"canaries": ["ab"]}, "too short"),
    ("llm-attacks", {}, "set column"), ("llm-attacks", {"column": "age"}, "expected texts"), ("llm-attacks", {"column": "x"}, "not among the features"),
    ("llm-attacks", {"column": "text", "attacks": "none.yaml"}, "there is no project here"),
])
def test_options_that_cannot_be_are_errors(check, options, says):
    measured = measure(check, ROWS, speaking(lambda row: "fine"), options)
    assert measured.status is Status.ERROR and says in measured.notes[0], measured.notes


@pytest.mark.parametrize("check", ["llm-answers", "llm-leaks", "llm-attacks"])
def test_a_model_without_words_is_not_applicable_and_no_model_is_an_error(check):
    options = {"column": "text"} if check == "llm-attacks" else {}
    assert measure(check, ROWS, lambda rows: None, options).status is Status.NOT_APPLICABLE
    assert measure(check, ROWS, None, options).status is Status.ERROR
