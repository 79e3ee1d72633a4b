"""The registry tells what a check takes and gives."""

from __future__ import annotations

import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from worlds import people, profiles

from modelops_airflow.checks import CHECKS, asked_of, run_check
from modelops_airflow.checks.interval import wilson
from modelops_airflow.checks.metrics import ALSO_CALLED, METRICS
from modelops_airflow.checks.modules import MODULES
from modelops_airflow.data.dataset import Dataset
from modelops_airflow.data.prepare import profiles_of
from modelops_airflow.digest import digest_of
from modelops_airflow.measurement import Measurement
from modelops_airflow.parameters import Range
from modelops_airflow.registry import UnknownName


def test_the_checks_describe_themselves():
    assert set(CHECKS) >= {"bias", "drift", "expectations", "performance", "performance-estimate", "ranking"}
    for check in CHECKS.values():
        assert check.summary.endswith(".")
        assert all(parameter.doc for parameter in check.parameters.values()), check.name
        assert "context" not in check.parameters
        assert set(check.metrics) <= set(METRICS), "every metric has a meaning"
    assert CHECKS["drift"].parameters["binning"].choices == ("baseline", "evidently")


def test_every_check_of_the_package_is_named_with_its_module():
    """One that was forgotten in `modules.py` would be there for nobody."""
    code = ("import modelops_airflow.checks as checks, importlib, pkgutil; [importlib.import_module(f'{checks.__name__}.{one.name}')"
            " for one in pkgutil.iter_modules(checks.__path__)]; print(sorted(checks.CHECKS._entries))")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(sorted(MODULES))


def test_a_check_imports_no_other():
    code = ("import sys; from modelops_airflow.checks import CHECKS; assert 'alarms' in CHECKS and 'nothing' not in CHECKS; CHECKS['drift'];"
            "print(sorted({'alarms', 'bias', 'drift', 'replay'} & {name.rpartition('.')[2] for name in sys.modules}))")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['drift']"


def test_nobody_else_gets_the_name_of_a_check_that_was_not_asked_for_yet():
    code = "from modelops_airflow.checks import CHECKS; CHECKS.add('freshness')(None)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "check 'freshness' is registered twice" in done.stderr


@pytest.mark.parametrize("check", sorted({*CHECKS} - {"backtest", "champion", "documents", "explainability", "regression-diagnostics", "replay", "robustness", "sensitivity"}))
@pytest.mark.parametrize("table", [pa.table({"x": pa.array([], pa.float64())}), pa.table({"x": [None]}), pa.table({"x": [1.0]})],
                         ids=["no rows", "one null", "one row"])
def test_nothing_useful_is_never_measured(check, table):
    measured = run_check(check, profiles(table), {})
    assert measured.status.value != "measured"
    assert measured.notes
    assert Measurement.from_json(measured.to_json()) == measured


def test_an_unknown_check_is_named():
    with pytest.raises(UnknownName, match="did you mean 'drift'"):
        run_check("drfit", profiles(pa.table({"x": [1.0]})), {})


def test_importing_the_checks_imports_nothing_heavy():
    heavy = "{'great_expectations','evidently','pandas','sklearn','scipy','fairlearn','numpy','pyarrow','duckdb','airflow'}"
    code = f"import sys, modelops_airflow.checks, modelops_airflow.data.prepare; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_wilson_interval_of_a_textbook_rate():
    low, high = wilson(15, 148)
    assert (low, high) == (pytest.approx(0.0624, abs=5e-5), pytest.approx(0.1605, abs=5e-5))


def test_results_are_the_same_bytes_with_one_and_with_four_threads_twenty_times(tmp_path):
    table = people()
    for side, part in (("baseline", table.slice(0, 3000)), ("current", table.slice(3000, 3000))):
        pq.write_table(part, tmp_path / f"{side}.parquet", row_group_size=500)
    new, old = (Dataset(side, files=(tmp_path / f"{side}.parquet",)) for side in ("current", "baseline"))
    columns = {"target": "over_50k", "favourable": 1, "protected": ["race", "sex"]}
    asked = [("drift", {}), ("drift", {"binning": "evidently"}), ("bias", {}), ("performance", {"by": ["race"]}), ("expectations", {})]
    asked += [("performance-estimate", {"resamples": 100}), ("ranking", {"query": "race"}), ("alarms", {})]
    found = {
        digest_of([run_check(name, both, options).to_json() for name, options in asked])
        for threads in (1, 4) for _ in range(20)
        for both in (profiles_of(new, old, columns, exact=["auto"], asked=asked_of(asked), threads=threads),)
    }
    assert len(found) == 1


def test_every_number_a_check_takes_says_its_range_and_is_held_to_it():
    for check in CHECKS.values():
        for parameter in check.parameters.values():
            if parameter.type.removesuffix(" | None") in ("int", "float"):
                assert parameter.range != Range(), f"{check.name}.{parameter.name}: write (1 or more), (0 to 1) or (above 0) into its docstring"
                assert "expected" in parameter.wrong(parameter.range.least - 1), check.name
                assert not parameter.wrong(parameter.default), check.name


def test_every_other_name_leads_to_a_metric_and_is_none_itself():
    assert not set(ALSO_CALLED) & set(METRICS)
    assert set(ALSO_CALLED.values()) <= set(METRICS)


@pytest.mark.parametrize(("name", "options", "told"), [
    ("imported-results", {}, "the option file is missing; expected text; the option format is missing"),
    ("drift", {"metod": "psi"}, "metod: there is no such option (did you mean 'method'?)"),
])
def test_options_that_are_missing_or_misspelt_are_named(name, options, told):
    measured = run_check(name, profiles(pa.table({"x": [1.0]})), options)
    assert measured.status.value == "error" and measured.notes[0].startswith(told)
