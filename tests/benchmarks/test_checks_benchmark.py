"""The benchmark runs on a small scale, and refuses to publish a number that is not the library's."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """A run on few rows."""
    docs = tmp_path_factory.mktemp("docs")
    done = subprocess.run([sys.executable, ROOT / "benchmarks" / "checks.py", "--rows", "3000", "--runs", "1", "--docs", docs],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return (docs / "benchmarks.md").read_text(encoding="utf-8")


def test_every_contestant_is_on_the_page_and_numbers_were_compared(measured):
    assert measured.count("\n| ") == 10
    assert int(measured.partition(" numbers of ours were compared")[0].rpartition("\n")[2]) > 200


def test_a_number_that_is_not_the_librarys_is_told(monkeypatch):
    """The negative control of the comparison."""
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    import checks

    row = {"name": "tpr", "where": {"sex": "a"}, "value": 0.5}
    ours = {"expectations": [], "bias": [row], "drift": [{"name": "wasserstein", "where": {"column": "x"}, "value": 0.2, "error_bound": 0.01}]}
    took = {"ours": [{"found": ours}], "great_expectations": [{"found": {}}], "fairlearn": [{"found": {"a": {"tpr": 0.5}}}],
            "evidently": [{"found": {"x": 0.205}}]}
    assert checks.differences(took, []) == ([], 2)
    wrong = json.loads(json.dumps(took))
    wrong["fairlearn"][0]["found"]["a"]["tpr"] = 0.5001
    wrong["evidently"][0]["found"]["x"] = 0.22
    assert len(checks.differences(wrong, [])[0]) == 2
