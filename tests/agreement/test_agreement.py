"""A part of what `make agreement` compares, and what the comparison sees."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import with_evidently
from agreement_page import page
from agreement_report import NOTES, compared, versions
from statistic import Agreement, Statistic, Tolerance

from modelops_airflow.checks.drift_method import METHODS
from modelops_airflow.checks.native import NATIVE

pytestmark = pytest.mark.filterwarnings("ignore")
PAGE = (Path(__file__).parents[2] / "docs" / "agreement.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("library", ["fairlearn", "scikit-learn", "rankings", "statsmodels", "scipy", "nannyml", "shap"])
def test_every_statistic_is_within_its_tolerance(library):
    missed = {one.name: one.misses for one in compared([1_000], [library]) if not one.met}
    assert missed == {}


def test_evidentlys_quick_methods_are_within_their_tolerance(monkeypatch):
    quick = ("psi", "jensenshannon", "wasserstein", "ks", "chisquare", "es")
    monkeypatch.setattr(with_evidently, "METHODS", {name: METHODS[name] for name in quick})
    agreement = compared([500], ["evidently"])
    assert {one.name: one.misses for one in agreement if not one.met} == {}
    assert {one.name for one in agreement} == set(quick) and all(one.compared >= 6 for one in agreement)


@pytest.mark.parametrize(("mine", "theirs", "met"), [
    (0.5, 0.5, True), (0.5, 0.5 + 1e-10, True), (1e12, 1e12 + 1e4, True), (0.5, 0.5001, False), (0.5, None, False), (0.5, float("nan"), False),
    (None, 0.5, False),
])
def test_a_number_that_is_another_or_missing_is_a_miss(mine, theirs, met):
    statistic = Statistic("a library", "a statistic", Tolerance())
    statistic.add("a case", mine, theirs)
    assert statistic.met is met


def test_where_nothing_was_compared_nothing_agrees():
    statistic = Statistic("a library", "a statistic", Tolerance())
    statistic.add("a case", None, float("inf"))
    assert (statistic.neither, statistic.met) == (1, False)


def test_a_number_of_ours_alone_counts_only_where_it_is_meant():
    statistic = Statistic("a library", "a statistic", Tolerance())
    statistic.add("a case", 0.5, None, ours_alone=True)
    statistic.add("another", 0.5, 0.5)
    assert (statistic.ours_alone, statistic.met) == (1, True)


def test_a_miss_stands_on_the_page():
    agreement = Agreement()
    agreement.of("Evidently", "psi", Tolerance()).add("a case", 0.5, 0.6)
    facts = {"rows": [1], "versions": {"Evidently": "1"}, "notes": NOTES, "commit": "abc", "python": "3", "minutes": 1.0}
    assert "| `psi` | 1 | 0 | 0.1 | 1e-09 or 1e-07 of it | MISSED |" in page(agreement, facts)


def test_the_page_has_every_method_and_every_native_expectation_and_none_is_missed():
    named = set(re.findall(r"^\| `([^`]+)` \|", PAGE, re.MULTILINE))
    assert set(METHODS) | set(NATIVE) <= named
    assert "MISSED" not in PAGE
    assert all(f"\n## {library} " in PAGE for library in versions()) and len(versions()) == PAGE.count("\n## ")
