"""Documents: sections, placeholders, and numbers beside this run's."""

from __future__ import annotations

import pyarrow as pa
import pytest
from asked import applicants, logistic, measure, values

from modelops_airflow.checks.markdown import claims_of, words_by_section
from modelops_airflow.digest import digest_file
from modelops_airflow.measurement import Status, Verdict
from modelops_airflow.plan.types import Requirement
from modelops_airflow.policy.verdict import judge

WORDS = "One two three four five six seven eight nine ten eleven twelve. " * 2
TITLES = ("Purpose", "Data", "Method", "Performance", "Limitations", "Monitoring")
WHOLE = "# Model\n" + "".join(f"\n## {number}. {title}\n\n{WORDS}\n" for number, title in enumerate(TITLES, start=1))


def look(folder, text, options=None, table=None, **columns):
    (folder / "model.md").write_text(text, encoding="utf-8")
    columns = columns or {"target": "good"}
    return measure(folder, "documents", applicants() if table is None else table, logistic, {"file": "model.md"} | (options or {}), **columns)


def verdict(measured, metric):
    return judge([Requirement(metric, None, "> 0", {}, "model file", default=False)], measured).verdict


def test_a_whole_document_passes_and_each_missing_or_empty_section_fails(tmp_path):
    whole = look(tmp_path, WHOLE)
    assert verdict(whole, "sections_missing") is verdict(whole, "placeholders") is Verdict.PASS
    assert values(whole, "section_words")["Data",] == 24
    assert whole.inputs["file:model.md"] == digest_file(tmp_path / "model.md")
    for title in TITLES:
        renamed = look(tmp_path, WHOLE.replace(f". {title}", ". Other"))
        assert verdict(renamed, "sections_missing") is Verdict.FAIL
        assert next(row.reason for row in renamed.metrics if row.where == {"section": title}) == "there is no such heading"
    empty = look(tmp_path, WHOLE.replace(f"Data\n\n{WORDS}", "Data\n\nSee elsewhere.\n"))
    assert (verdict(empty, "sections_missing"), values(empty, "section_words")["Data",]) == (Verdict.FAIL, 2)


def test_what_nobody_reads_is_not_counted(tmp_path):
    hidden = WHOLE.replace(f"Data\n\n{WORDS}", f"Data\n\n<!-- {WORDS} -->\n")
    assert values(look(tmp_path, hidden), "section_words")["Data",] == 0
    for element in (f"<p hidden>{WORDS}</p>", f'<div style="Display: none"><div></div>{WORDS}</div>', f"<b title='>{WORDS}'></b>", f"<br><template hidden>{WORDS}"):
        assert values(look(tmp_path, WHOLE.replace(f"Data\n\n{WORDS}", f"Data\n\n{element}\n")), "section_words")["Data",] == 0
    seen = WHOLE.replace(f"Data\n\n{WORDS}", f"Data\n\n<p class=hidden>{WORDS}</p> <input hidden> 3 < 4\n")
    assert values(look(tmp_path, seen), "section_words")["Data",] == 26, "the control"
    fenced = WHOLE.replace("## 2. Data", "```\n## 2. Data\n```")
    assert values(look(tmp_path, fenced), "section_words")["Data",] == 0


def test_words_of_subsections_count_for_their_section_and_not_for_the_next():
    found = words_by_section("# A\none\n## B\ntwo three\n### C\nfour\n## D\nfive\n# E\n## 2.1 **B**\nsix")
    assert found == {"a": 5, "b": 4, "c": 1, "d": 1, "e": 1}


@pytest.mark.parametrize("text", ["TODO", "to be filled: tbd", "Lorem ipsum dolor", "FIXME later"])
def test_placeholders_are_counted(tmp_path, text):
    assert verdict(look(tmp_path, WHOLE + text), "placeholders") is Verdict.FAIL
    assert verdict(look(tmp_path, WHOLE + "Todo es posible"), "placeholders") is Verdict.PASS, "the control"


def measured_auc(folder):
    from modelops_airflow.checks.performance import performance
    from modelops_airflow.data.dataset import Dataset
    from modelops_airflow.data.prepare import profiles_of

    profiles = profiles_of(Dataset("current", files=(folder / "current.parquet",)), None, {"target": "good"}, score=logistic)
    return {row.name: row.value for row in performance(profiles).metrics}["auc"]


@pytest.mark.parametrize("form", ["AUC: {:.2f}", "The AUC = {:.2%} of all", "| AUC | {:.3f} |", "**AUC**: {:.2f}", "auc : `{:.2f}`"])
def test_a_number_of_the_document_is_compared_with_the_measured_one(tmp_path, form):
    look(tmp_path, WHOLE)
    auc = measured_auc(tmp_path)
    options = {"claims": {"auc": "AUC"}}
    right, wrong = (look(tmp_path, WHOLE + form.format(value), options) for value in (auc, auc + 0.02))
    assert verdict(right, "claims_unmet") is Verdict.PASS
    assert verdict(wrong, "claims_unmet") is Verdict.FAIL
    assert values(wrong, "claim_difference")["auc",] == pytest.approx(0.02, abs=0.006)


def test_the_furthest_of_two_numbers_counts(tmp_path):
    look(tmp_path, WHOLE)
    auc = measured_auc(tmp_path)
    both = look(tmp_path, WHOLE + f"AUC: {auc:.3f}\n\nAUC: 0.999\n", {"claims": {"auc": "AUC"}})
    assert values(both, "claim_difference")["auc",] == pytest.approx(0.999 - auc)


@pytest.mark.parametrize(("line", "says"), [
    ("", "no number behind 'AUC'"), ("AUC: high", "no number behind 'AUC'"), ("AUC: 0,81", "write it with a point"), ("PRAUC: 0.9", "no number behind 'AUC'"),
    ("<!-- AUC: 0.9 -->", "no number behind 'AUC'"), ("<i hidden>AUC: 0.9</i>", "no number behind 'AUC'"),
    *((f"AUC: {number}", "cannot be read; write it with a point") for number in (
        "0.8e5", "0.78-0.99", "0.78 - 0.99", "0.78–0.99", "0.78/0.41", "1 000", "1\N{NO-BREAK SPACE}000", "1'000", "0.81x", "81%%", "0.8<b>1</b>")),
])
def test_a_claim_that_is_not_there_is_unmet_and_unknown(tmp_path, line, says):
    measured = look(tmp_path, WHOLE + line, {"claims": {"auc": "AUC"}})
    row = next(row for row in measured.metrics if row.name == "claim_difference")
    assert row.value is None and says in row.reason
    assert verdict(measured, "claims_unmet") is Verdict.FAIL


def test_a_claim_that_this_run_does_not_measure_is_unmet(tmp_path):
    table = applicants().drop_columns("good")
    measured = look(tmp_path, WHOLE + "AUC: 0.8", {"claims": {"auc": "AUC"}}, table=table, ignore=["nothing"])
    assert next(row.reason for row in measured.metrics if row.name == "claim_difference") == "this run does not measure it"
    assert verdict(measured, "claims_unmet") is Verdict.FAIL
    odd = table.append_column("good", pa.array(["yes", "no"] * 200))
    strange = look(tmp_path, WHOLE + "AUC: 0.8", {"claims": {"auc": "AUC"}}, table=odd)
    assert "no label in common" in next(row.reason for row in strange.metrics if row.name == "claim_difference")


@pytest.mark.parametrize(("options", "says"), [
    ({"file": ""}, "no document is named"), ({"file": "none.md"}, "cannot be read"), ({"file": "../x.md"}, "leads outside"),
    ({"least_words": 0}, "expected 1 or more"), ({"claim_tolerance": -0.1}, "expected 0 or more"), ({"claims": {"psi": "PSI"}}, "performance has no such metric"),
    ({"claims": {"auc": " "}}, "no words for 'auc'"), ({"sections": []}, "nothing would be looked at"),
])
def test_options_out_of_range_are_errors(tmp_path, options, says):
    measured = look(tmp_path, WHOLE, options)
    assert measured.status is Status.ERROR and says in measured.notes[0]


def test_bytes_that_are_no_text_are_an_error(tmp_path):
    (tmp_path / "model.bin").write_bytes(b"\xff\xfe")
    assert "is not UTF-8 text" in measure(tmp_path, "documents", applicants(), logistic, {"file": "model.bin"}, target="good").notes[0]


def test_numbers_behind_words_are_found_as_written():
    assert claims_of("AUC: 0.81; auc=-3, AUC | 81.5 %", "AUC") == ["0.81", "-3", "81.5%"]
    for text in ("AUC: {}", "AUC: {}.", "(AUC: {})", "**AUC: {}**, x", "AUC: `{}` of it", "|AUC|{}|0.7|", "AUC: {} \n2. x", "AUC: {}\r\n- 3", "AUC: <b>{}</b>", "AUC: {} (95 %)"):
        assert claims_of(text.format("0.81"), "AUC") == ["0.81"] and claims_of(text.format("81%"), "AUC") == ["81%"], text
    assert claims_of("AUC: 0.8e5, AUC: 1 000. AUC: 0.78-0.99|", "AUC") == ["0.8e5,", "1 000.", "0.78-0.99"]
