"""Makes the result files of Great Expectations and Evidently in this folder with the libraries themselves: python tests/checks/imported/make.py"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


def great_expectations() -> tuple[dict[str, Any], str]:
    """A validation result (one met, two failed, one warned, one raised) and the description of its checkpoint."""
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    import great_expectations as gx
    import pandas as pd

    context = gx.get_context(mode="ephemeral")
    batch = context.data_sources.add_pandas("current").add_dataframe_asset("current").add_batch_definition_whole_dataframe("all")
    asked = gx.expectations
    suite = context.suites.add(gx.ExpectationSuite(name="s", expectations=[
        asked.ExpectColumnValuesToNotBeNull(column="a"), asked.ExpectColumnValuesToBeBetween(column="a", min_value=0, max_value=2, severity="warning"),
        asked.ExpectColumnValuesToBeBetween(column="nope", min_value=0, max_value=2), asked.ExpectTableRowCountToBeBetween(min_value=1),
        asked.ExpectColumnMeanToBeBetween(column="a", min_value=5, max_value=6),
    ]))
    definition = context.validation_definitions.add(gx.ValidationDefinition(name="v", data=batch, suite=suite))
    rows = {"dataframe": pd.DataFrame({"a": [0, 1, 2, 3, None] * 4})}
    checkpoint = context.checkpoints.add(gx.Checkpoint(name="c", validation_definitions=[definition]))
    return definition.run(batch_parameters=rows).to_json_dict(), checkpoint.run(batch_parameters=rows).describe()


def evidently() -> dict[str, Any]:
    """A snapshot with metrics of every form of value, one test met and one failed."""
    os.environ.setdefault("DO_NOT_TRACK", "1")
    import pandas as pd
    from evidently import DataDefinition, Dataset, Report
    from evidently import metrics as m
    from evidently.presets import DataDriftPreset
    from evidently.tests import lte

    old = pd.DataFrame({"x": [float(n % 17) for n in range(200)], "c": ["a", "b"] * 100})
    sides = [Dataset.from_pandas(one, DataDefinition()) for one in (old.assign(x=old.x + 4), old)]
    report = Report([DataDriftPreset(), m.ValueDrift(column="x", method="psi", tests=[lte(0.1)]), m.MissingValueCount(column="x", tests=[lte(1)]),
                     m.UniqueValueCount(column="c"), m.QuantileValue(column="x", quantile=0.5)])
    return dict(json.loads(report.run(*sides).json()))


if __name__ == "__main__":
    result, described = great_expectations()
    text = json.dumps(result, indent=1)
    text = re.sub(r'("exception_traceback": ")(?:[^"\\]|\\.)*"', r'\1Traceback ..."', text)  # it names folders of a machine
    (HERE / "great_expectations.json").write_text(text + "\n")
    (HERE / "checkpoint.json").write_text(described + "\n")
    (HERE / "evidently.json").write_text(json.dumps(evidently(), indent=1) + "\n")
