"""The checks of one current side beside the libraries that people use for them, in one run on one machine.

    python benchmarks/checks.py [--rows 1000000] [--runs 5] [--peer-runs 1] [--docs docs]

Contestants take turns, each in a fresh process. Every number of ours that a library has too is compared with the
library's before anything is written, except with whylogs, whose sketches are approximate. Writes docs/benchmarks.md and prints what it measures as it goes on.

NannyML and whylogs run in environments of their own, `.venv-nannyml` and `.venv-whylogs`, which `make bench` makes;
without them they are told as not measured.
"""

from __future__ import annotations

import argparse
import json
import math
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
from generated import COLUMNS, write_more, write_sides

OURS, PEERS = ("decode", "ours"), ("great_expectations", "fairlearn", "bare_psi", "evidently_psi", "evidently")
BESIDE = ("nannyml", "whylogs")
"""Peers in environments of their own."""
PARTS = 5
"""Files of a larger current side."""
ROOT = Path(__file__).parents[1]
LIBRARIES = ("numpy", "pyarrow", "pandas", "evidently", "great_expectations", "fairlearn", "scikit-learn")


def main() -> int:
    """Measure, compare, write."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--runs", type=int, default=5, help="of the floor and of ours, in turns")
    options.add_argument("--peer-runs", type=int, default=1, help="of each library; Evidently's default takes minutes")
    options.add_argument("--docs", type=Path, default=ROOT / "docs")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        baseline = prepare(folder, chosen.rows)
        took = turns(folder, chosen.runs, chosen.peer_runs)
        write_more(folder, chosen.rows, PARTS)
        more = [run("ours", folder, str(PARTS)) for _ in range(chosen.runs)]
        wrong, compared = differences(took, json.loads((folder / "suite.json").read_text(encoding="utf-8"))["expectations"])
    report = {"rows": chosen.rows, "compared": compared, "baseline_cpu_s": baseline, "machine": machine(), "parts": PARTS, "more": medians(more),
              "took": {name: medians(runs) for name, runs in took.items()}, "versions": {name: runs[-1]["version"] for name, runs in took.items() if name in BESIDE}}
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


def turns(folder: Path, runs: int, peer_runs: int) -> dict[str, list[dict]]:
    """What every contestant took, ours and the floor in turns; without a peer that is not installed."""
    peers = (*PEERS, *(name for name in BESIDE if (ROOT / f".venv-{name}" / ".installed").exists()))
    took: dict[str, list[dict]] = {name: [] for name in (*OURS, *peers)}
    for names, times in ((OURS, runs), (peers, peer_runs)):
        for _ in range(times):
            for name in names:
                took[name].append(run(name, folder))
    return took


def interpreter(name: str) -> Path:
    """The Python that a contestant runs in."""
    return ROOT / f".venv-{name}" / "bin" / "python" if name in BESIDE else Path(sys.executable)


def run(name: str, folder: Path, *more: str) -> dict:
    """One contestant in a fresh process."""
    done = subprocess.run([str(interpreter(name)), str(Path(__file__).parent / "contestant.py"), name, str(folder), *more],
                          capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{name} ended with {done.returncode}: {done.stderr[-2000:]}")
    told = json.loads(done.stdout.splitlines()[-1])
    print(f"{time.strftime('%H:%M:%S')}  {name:20} {told['cpu_s']:8.3f} CPU s {told['wall_s']:8.3f} s {told['peak_mb']:6.0f} MB", flush=True)
    return told


def medians(runs: list[dict]) -> dict:
    """Median, least and most of each figure."""
    names = ("cpu_s", "wall_s", "process_cpu_s", "peak_mb")
    return {"runs": len(runs)} | {name: [f([one[name] for one in runs]) for f in (statistics.median, min, max)] for name in names}


def differences(took: dict[str, list[dict]], suite: list[dict]) -> tuple[list[str], int]:
    """Where a number of ours is not the library's, and how many were compared."""
    ours = took["ours"][-1]["found"]
    pairs = [*_expectations(ours, took["great_expectations"][-1]["found"], suite), *_rates(ours, took["fairlearn"][-1]["found"]),
             *_drift(ours, took["evidently"][-1]["found"])]
    if took.get("nannyml"):
        pairs += _labels(ours, took["nannyml"][-1]["found"])
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


def _labels(ours: dict, theirs: dict) -> list[tuple[str, float, float, float]]:
    """Distances of labels are NannyML's too, which has them to the base of 2. It bins numbers in another way."""
    return [(f"{row['name']} of {row['where']['column']}", row["value"], theirs[row["where"]["column"]] * math.sqrt(math.log(2)), 1e-9)
            for row in ours["drift"] if row["name"] == "jensenshannon"]


def machine() -> dict:
    """What it ran on, without its name."""
    return {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.system(),
            "load": round(os.getloadavg()[0], 1), "versions": {name: version(name) for name in LIBRARIES}}


if __name__ == "__main__":
    sys.exit(main())
