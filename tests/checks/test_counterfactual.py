"""Counterfactual: only words are swapped, and only what they change is told."""

from __future__ import annotations

import pyarrow as pa
import pytest
from asked import measure

from modelops_airflow.measurement import Status

PAIRS = ["she/he", "Mrs/Mr"]


def texts():
    rows = [*(f"Mrs Miller says she paid {n}" for n in range(20)), *(f"Mr Smith says HE paid {n}" for n in range(20)), *(f"The shed of {n}" for n in range(10))]
    return pa.table({"text": rows, "n": list(range(50))})


def biased(rows):
    return pa.table({"prediction": ["no" if " she " in f" {one.lower()} " and n % 2 else "yes" for one, n in zip(rows["text"].to_pylist(), rows["n"].to_pylist(), strict=True)]})


def fair(rows):
    return pa.table({"prediction": ["yes" if n % 3 else "no" for n in rows["n"].to_pylist()]})


def values(measured):
    assert measured.status is Status.MEASURED, measured.notes
    return {(row.name, *row.where.values()): (row.value, row.n) for row in measured.metrics}


def test_a_model_that_reads_the_word_is_found_and_one_that_does_not_is_equal(tmp_path):
    bad = values(measure(tmp_path, "counterfactual", texts(), biased, {"swap": PAIRS}, favourable="yes"))
    good = values(measure(tmp_path, "counterfactual", texts(), fair, {"swap": PAIRS}, favourable="yes"))

    assert bad == {("counterfactual_impact_ratio",): (0.5, 40), ("counterfactual_change_share",): (0.5, 40), ("counterfactual_rate", "she; Mrs"): (0.5, 40),
                   ("counterfactual_rate", "he; Mr"): (1.0, 40), ("rows_with_words",): (40, 50)}
    assert good["counterfactual_impact_ratio",] == (1, 40) and good["counterfactual_change_share",] == (0, 40)


def test_words_are_whole_and_keep_their_case(tmp_path):
    seen = []

    def model(rows):
        seen.append(rows["text"].to_pylist())
        return fair(rows)

    measure(tmp_path, "counterfactual", texts(), model, {"swap": PAIRS}, favourable="yes")
    first, second = seen[-2:]
    assert (first[0], second[0]) == ("Mrs Miller says she paid 0", "Mr Miller says he paid 0")
    assert (first[20], second[20]) == ("Mrs Smith says SHE paid 0", "Mr Smith says HE paid 0")
    assert not any("hed" in one for one in first + second), "a shed is no woman, and is not asked"


@pytest.mark.parametrize(("options", "columns", "says"), [
    ({"swap": []}, {}, "names no words"), ({"swap": ["she"]}, {}, "expected two different words"), ({"swap": ["a/A"]}, {}, "expected two different"),
    ({"swap": ["she/he", "He/it"]}, {}, "'he' twice"), ({"swap": PAIRS, "columns": ["n"]}, {}, "expected texts"), ({"swap": PAIRS, "columns": ["x"]}, {}, "not among the features"),
    ({"swap": PAIRS}, {"favourable": "Yes"}, "'Yes' is in no answer"), ({"swap": PAIRS}, {"favourable": None}, "no label is favourable"), ({}, {}, "swap is missing"),
])
def test_what_cannot_be_swapped_is_an_error(tmp_path, options, columns, says):
    named = {name: value for name, value in ({"favourable": "yes"} | columns).items() if value}
    measured = measure(tmp_path, "counterfactual", texts(), fair, options, **named)
    assert measured.status is Status.ERROR and says in measured.notes[0], measured.notes


def test_too_few_rows_with_words_are_unknown_and_no_ratio_of_nothing_is_told(tmp_path):
    rare = values(measure(tmp_path, "counterfactual", texts().slice(15, 35), fair, {"swap": ["miller/jones"]}, favourable="yes"))
    assert rare["counterfactual_impact_ratio",] == (None, 5) and rare["rows_with_words",] == (5, 35)
    never = values(measure(tmp_path, "counterfactual", texts().append_column("y", pa.array(["yes", "no"] * 25)), lambda rows: pa.table({"prediction": ["no"] * rows.num_rows}),
                           {"swap": PAIRS}, favourable="yes", target="y"))
    assert never["counterfactual_impact_ratio",] == (None, 40)
