"""The checks of one current side beside the libraries that people use for them, in one run on one machine.

    python benchmarks/checks.py [--rows 1000000] [--runs 5] [--peer-runs 1] [--docs docs]

Contestants take turns, each in a fresh process. Every number of ours that a library has too is compared with the
library's before anything is written. Writes docs/benchmarks.md and prints what it measures as it goes on.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

from benchmark_page import page
from generated import COLUMNS, write_sides

OURS, PEERS = ("decode", "ours"), ("great_expectations", "fairlearn", "bare_psi", "evidently_psi", "evidently")
LIBRARIES = ("numpy", "pyarrow", "pandas", "evidently", "great_expectations", "fairlearn", "scikit-learn")


def main() -> int:
    """Measure, compare, write."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--runs", type=int, default=5, help="of the floor and of ours, in turns")
    options.add_argument("--peer-runs", type=int, default=1, help="of each library; Evidently's default takes minutes")
    options.add_argument("--docs", type=Path, default=Path(__file__).parents[1] / "docs")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        baseline = prepare(folder, chosen.rows)
        took: dict[str, list[dict]] = {name: [] for name in (*OURS, *PEERS)}
        for _ in range(chosen.runs):
            for name in OURS:
                took[name].append(run(name, folder))
        for _ in range(chosen.peer_runs):
            for name in PEERS:
                took[name].append(run(name, folder))
        wrong, compared = differences(took, json.loads((folder / "suite.json").read_text(encoding="utf-8"))["expectations"])
    report = {"rows": chosen.rows, "compared": compared, "baseline_cpu_s": baseline, "machine": machine(), "took": {name: medians(runs) for name, runs in took.items()}}
    for line in wrong:
        print(line, file=sys.stderr)
    if wrong:
        return 1
    (chosen.docs / "benchmarks.md").write_text(page(report), encoding="utf-8")
    return 0


def prepare(folder: Path, rows: int) -> float:
    """The data, the baseline's profile and the suite inferred from it; answers the CPU seconds of the baseline's scan."""
    from modelops_airflow.checks.suite import inferred_suite
    from modelops_airflow.data.dataset import Dataset
    from modelops_airflow.data.prepare import roles_of
    from modelops_airflow.data.scan import scan

    write_sides(folder, rows)
    began = time.process_time()
    side = Dataset("baseline", files=(folder / "baseline.parquet",)).columns()
    roles = roles_of(side.column_names, COLUMNS)
    baseline = scan(side, roles, protected=COLUMNS["protected"], favourable="1")
    took = time.process_time() - began
    (folder / "baseline.json").write_text(json.dumps(baseline.to_json()), encoding="utf-8")
    (folder / "suite.json").write_text(json.dumps(inferred_suite(baseline, roles)), encoding="utf-8")
    return took


def run(name: str, folder: Path) -> dict:
    """One contestant in a fresh process."""
    done = subprocess.run([sys.executable, str(Path(__file__).parent / "contestant.py"), name, str(folder)],
                          capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{name} ended with {done.returncode}: {done.stderr[-2000:]}")
    told = json.loads(done.stdout.splitlines()[-1])
    print(f"{time.strftime('%H:%M:%S')}  {name:20} {told['cpu_s']:8.3f} CPU s {told['wall_s']:8.3f} s {told['rss_mb']:6.0f} MB", flush=True)
    return told


def medians(runs: list[dict]) -> dict:
    """Median, least and most of each figure."""
    names = ("cpu_s", "wall_s", "process_cpu_s", "rss_mb")
    return {"runs": len(runs)} | {name: [f([one[name] for one in runs]) for f in (statistics.median, min, max)] for name in names}


def differences(took: dict[str, list[dict]], suite: list[dict]) -> tuple[list[str], int]:
    """Where a number of ours is not the library's, and how many were compared."""
    ours = took["ours"][-1]["found"]
    pairs = [*_expectations(ours, took["great_expectations"][-1]["found"], suite), *_rates(ours, took["fairlearn"][-1]["found"]),
             *_drift(ours, took["evidently"][-1]["found"])]
    return [f"{what}: {mine}, the library has {theirs}" for what, mine, theirs, within in pairs if abs(mine - theirs) > within], len(pairs)


def _expectations(ours: dict, theirs: dict, suite: list[dict]) -> list[tuple[str, float, float, float]]:
    rows = {row["where"]["index"]: row for row in ours["expectations"] if "index" in row["where"]}
    found = []
    for place, one in enumerate(suite):
        success, percent = theirs[str(place)]
        row, what = rows[str(place)], f"{one['type']} {one['kwargs'].get('column', '')}"
        found.append((f"{what} met", float(row["where"]["met"] == "yes"), float(success), 0))
        if percent is not None:
            found.append((f"{what} unexpected", row["value"], percent / 100, 1e-12))
    return found


def _rates(ours: dict, theirs: dict) -> list[tuple[str, float, float, float]]:
    rows = {(row["name"], "+".join(row["where"].values())): row["value"] for row in ours["bias"] if row["value"] is not None}
    return [(f"{name} of {group}", rows[name, group], value, 1e-12) for group, rates in theirs.items() for name, value in rates.items()]


def _drift(ours: dict, theirs: dict) -> list[tuple[str, float, float, float]]:
    """Distances on the baseline's edges are within their stated bound, those of labels are the library's own."""
    return [(f"{row['name']} of {row['where']['column']}", row["value"], theirs[row["where"]["column"]], row["error_bound"] + 1e-9)
            for row in ours["drift"] if "column" in row["where"]]


def machine() -> dict:
    """What it ran on, without its name."""
    return {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.system(),
            "load": round(os.getloadavg()[0], 1), "versions": {name: version(name) for name in LIBRARIES}}


if __name__ == "__main__":
    sys.exit(main())
