"""What three checks of a thousand rows cost in a fresh process, imports included.

    python benchmarks/small.py [--runs 5]

Drift, bias and performance of one CSV against another, beside a process that only imports NumPy and Arrow: the floor.
They take turns. Prints JSON, with those modules that a small check should not pay for and has imported all the same.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

HEAVY = ("pandas", "scipy", "sklearn", "evidently", "great_expectations", "fairlearn", "pyarrow.compute", "pyarrow.dataset",
         "sqlalchemy", "airflow", "pydantic")

CHECKS = f"""
import json, sys, time
from pathlib import Path
from modelops_airflow.checks import run_check
from modelops_airflow.data.dataset import Dataset
from modelops_airflow.data.prepare import profiles_of
folder, columns = Path(sys.argv[1]), json.loads(sys.argv[2])
sides = [Dataset(side, files=(folder / (side + ".csv"),)) for side in ("current", "baseline")]
profiles = profiles_of(*sides, columns)
measured = {{name: run_check(name, profiles, {{}}).status.value for name in ("drift", "bias", "performance")}}
print(json.dumps({{"cpu_s": time.process_time(), "measured": measured, "heavy": [one for one in {HEAVY} if one in sys.modules]}}))
"""

FLOOR = "import time, numpy, pyarrow.csv; print('{\"cpu_s\": %f}' % time.process_time())"


def main() -> None:
    """Measure, and print what was seen."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--runs", type=int, default=5)
    with tempfile.TemporaryDirectory() as made:
        print(json.dumps(run(Path(made), options.parse_args().runs), indent=2))


def run(folder: Path, runs: int) -> dict:
    """Medians of the processor's seconds, and what was imported."""
    from generated import COLUMNS, table
    from pyarrow import csv

    for seed, side in enumerate(("baseline", "current")):
        csv.write_csv(table(1000, seed), folder / f"{side}.csv")
    took: dict[str, list[dict]] = {"checks": [], "floor": []}
    for _ in range(runs):
        took["checks"].append(told(CHECKS, str(folder), json.dumps(COLUMNS)))
        took["floor"].append(told(FLOOR))
    middle = {name: statistics.median(one["cpu_s"] for one in found) for name, found in took.items()}
    last = took["checks"][-1]
    return {"cpu_s": middle, "against_floor": round(middle["checks"] / middle["floor"], 2), "measured": last["measured"],
            "heavy": last["heavy"], "load": round(os.getloadavg()[0], 1)}


def told(program: str, *arguments: str) -> dict:
    """What a fresh process printed; it may keep bytecode, which an installed package has too."""
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": ""}
    done = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=True, env=environment)
    return json.loads(done.stdout)


if __name__ == "__main__":
    main()
