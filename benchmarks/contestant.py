"""One contestant in a process of its own: python benchmarks/contestant.py NAME FOLDER [PARTS] prints what it took and what it found.

`cpu_s` is the work alone: libraries are imported and, for those that take a data frame, the file is read before the
clock starts. Ours and the floor read the file while the clock runs.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import time
import warnings
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from generated import CATEGORIES, COLUMNS, NUMBERS, current_files
from memory import most_memory

Work = Callable[[], dict]


def decode(folder: Path, parts: int = 1) -> Work:
    """The floor: Arrow decodes every column of the current side once."""
    import pyarrow.dataset

    files = [str(path) for path in current_files(folder, parts)]
    return lambda: {"rows": pyarrow.dataset.dataset(files, format="parquet").to_table().num_rows}


def ours(folder: Path, parts: int = 1) -> Work:
    """One scan of the current side on the baseline's edges, then expectations, drift, bias and performance."""
    import numpy  # noqa: F401 - imported before the clock starts, as the others'
    import pyarrow.dataset  # noqa: F401
    import scipy.special  # noqa: F401

    from modelops_airflow.checks import run_check
    from modelops_airflow.data.dataset import Dataset
    from modelops_airflow.data.prepare import roles_of
    from modelops_airflow.data.profile import Profile, Profiles
    from modelops_airflow.data.scan import edges_of, scan

    baseline = Profile.from_json(json.loads((folder / "baseline.json").read_text(encoding="utf-8")))
    side, options = Dataset("current", files=tuple(current_files(folder, parts))), {"protected": COLUMNS["protected"], "favourable": "1"}

    def work() -> dict:
        columns = side.columns()
        roles = roles_of(columns.column_names, COLUMNS)
        both = Profiles(scan(columns, roles, **options, edges=edges_of(baseline)), baseline, roles, **options)
        asked = {"expectations": {}, "drift": {"method": "auto"}, "bias": {}, "performance": {}}
        measured = {name: run_check(name, both, with_) for name, with_ in asked.items()}
        return {name: [row.to_json() for row in one.metrics] for name, one in measured.items()}

    return work


def evidently(folder: Path, method: str | None = None) -> Work:
    """DataDriftPreset as it is; it draws its plots too."""
    import pandas as pd
    from evidently import DataDefinition, Dataset, Report
    from evidently.presets import DataDriftPreset

    told = DataDefinition(numerical_columns=[*NUMBERS, "score"], categorical_columns=[*CATEGORIES, "prediction", "y"])
    sides = [Dataset.from_pandas(pd.read_parquet(folder / f"{side}.parquet"), data_definition=told) for side in ("current", "baseline")]
    preset = DataDriftPreset(method=method) if method else DataDriftPreset()

    def work() -> dict:
        found = Report([preset]).run(*sides).dict()["metrics"]
        return {one["config"]["column"]: float(one["value"]) for one in found if "column" in one["config"]}

    return work


def evidently_psi(folder: Path) -> Work:
    """DataDriftPreset with PSI for all columns."""
    return evidently(folder, "psi")


def bare_psi(folder: Path) -> Work:
    """Evidently's PSI function alone, without report and plots."""
    import pandas as pd
    from evidently.legacy.calculations.stattests import psi_stat_test
    from evidently.legacy.core import ColumnType

    sides = [pd.read_parquet(folder / f"{side}.parquet") for side in ("baseline", "current")]
    kinds = dict.fromkeys([*NUMBERS, "score"], ColumnType.Numerical) | dict.fromkeys([*CATEGORIES, "prediction", "y"], ColumnType.Categorical)
    return lambda: {name: float(psi_stat_test(sides[0][name], sides[1][name], kind, 0.1).drift_score) for name, kind in kinds.items()}


def great_expectations(folder: Path) -> Work:
    """The suite that we infer from the baseline, by the library on pandas."""
    import great_expectations as gx
    import pandas as pd
    from great_expectations.core.expectation_suite import ExpectationSuite
    from great_expectations.data_context.types.base import ProgressBarsConfig

    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    asset = context.data_sources.add_pandas("current").add_dataframe_asset("current")
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": pd.read_parquet(folder / "current.parquet")})
    listed = json.loads((folder / "suite.json").read_text(encoding="utf-8"))["expectations"]
    suite = ExpectationSuite(name="suite", expectations=[one | {"meta": {"place": place}} for place, one in enumerate(listed)])

    def work() -> dict:
        found = batch.validate(suite, result_format="SUMMARY").to_json_dict()["results"]
        return {str(one["expectation_config"]["meta"]["place"]): [one["success"], one["result"].get("unexpected_percent")] for one in found}

    return work


def fairlearn(folder: Path) -> Work:
    """Five rates by each protected column and by both, with differences and ratios."""
    import pandas as pd
    from fairlearn.metrics import (
        MetricFrame,
        count,
        false_negative_rate,
        false_positive_rate,
        selection_rate,
        true_positive_rate,
    )

    frame = pd.read_parquet(folder / "current.parquet", columns=["y", "prediction", *COLUMNS["protected"]])
    rates = {"n": count, "selection_rate": selection_rate, "tpr": true_positive_rate, "fpr": false_positive_rate, "fnr": false_negative_rate}

    def work() -> dict:
        told = {}
        for by in (["sex"], ["age_band"], ["sex", "age_band"]):
            found = MetricFrame(metrics=rates, y_true=frame["y"], y_pred=frame["prediction"], sensitive_features=frame[by])
            found.difference(), found.ratio()
            for group, row in found.by_group.iterrows():
                told["+".join(group if isinstance(group, tuple) else (group,))] = {name: float(value) for name, value in row.items()}
        return told

    return work


def nannyml(folder: Path) -> Work:
    """Jensen-Shannon distance of every column, the calculator fitted to the baseline before the clock starts."""
    import pandas as pd
    from nannyml import UnivariateDriftCalculator

    kinds = dict.fromkeys([*CATEGORIES, "prediction", "y"], "category")
    baseline, current = (pd.read_parquet(folder / f"{side}.parquet").astype(kinds) for side in ("baseline", "current"))
    methods = {"continuous_methods": ["jensen_shannon"], "categorical_methods": ["jensen_shannon"]}
    calculator = UnivariateDriftCalculator(column_names=list(baseline.columns), chunk_number=1, **methods).fit(baseline)

    def work() -> dict:
        found = calculator.calculate(current).filter(period="analysis").to_df()
        return {name: float(found[name]["jensen_shannon"]["value"].iloc[0]) for name in current.columns}

    return work


def whylogs(folder: Path) -> Work:
    """A profile of the current side: counts, moments and sketches of every column."""
    import pandas as pd
    import whylogs as why

    frame = pd.read_parquet(folder / "current.parquet")

    def work() -> dict:
        found = why.log(frame).view().to_pandas()
        return {name: int(found.loc[name, "counts/n"]) for name in frame.columns}

    return work


CONTESTANTS = {one.__name__: one for one in (decode, ours, evidently, evidently_psi, bare_psi, great_expectations, fairlearn, nannyml, whylogs)}


def main() -> None:
    """Run one and print what it took."""
    warnings.simplefilter("ignore")
    os.environ |= {"DO_NOT_TRACK": "1", "GX_ANALYTICS_ENABLED": "false", "NML_DISABLE_USAGE_LOGGING": "1"}
    name, folder, parts = sys.argv[1], Path(sys.argv[2]), [int(told) for told in sys.argv[3:]]
    work = CONTESTANTS[name](folder, *parts)
    began, used = time.perf_counter(), time.process_time()
    found = work()
    took = {"cpu_s": time.process_time() - used, "wall_s": time.perf_counter() - began,
            "process_cpu_s": time.process_time(), "peak_mb": most_memory() / 1e6}
    print("\n" + json.dumps({**took, "found": found, "version": version(name) if name in ("nannyml", "whylogs") else ""}))


if __name__ == "__main__":
    main()
