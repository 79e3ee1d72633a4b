"""A folder of Parquet partitions that is larger than the memory it is profiled in.

    python benchmarks/large.py [--gigabytes 5] [--limit-mb 1000] [--folder FOLDER]

Writes the partitions (seeded, 25 columns) into a temporary folder, then profiles them in fresh processes that may not
have more data than the limit (`RLIMIT_DATA`): as the baseline, which makes its own bin edges, and as the current side on
those. The floor is Arrow decoding the same columns, in turns. Prints JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyarrow.parquet as pq
from generated import COLUMNS, table
from memory import most_memory

ROWS = 500_000
"""Of a partition: about 80 MB."""

POOL = {"ARROW_DEFAULT_MEMORY_POOL": "system"}
"""Arrow's own pool reserves a gigabyte that it does not use, and the limit counts what is reserved."""


def main() -> None:
    """Write, profile, print; or be one of the fresh processes."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--gigabytes", type=float, default=5.0)
    options.add_argument("--limit-mb", type=int, default=1000)
    options.add_argument("--folder", type=Path, help="where the partitions are, or will be; by default they are removed afterwards")
    options.add_argument("--task", choices=TASKS, help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.task:
        print(json.dumps(measured(chosen.task, chosen.folder, chosen.limit_mb)))
        return
    with tempfile.TemporaryDirectory() as made:
        folder = chosen.folder or Path(made) / "partitions"
        print(json.dumps(run(folder, int(chosen.gigabytes * 1e9), chosen.limit_mb), indent=2))


def run(folder: Path, size: int, limit_mb: int) -> dict:
    """Every task in a process of its own."""
    size = write_partitions(folder, size)
    files = sorted(folder.glob("*.parquet"))
    told = {"bytes": size, "files": len(files), "rows": len(files) * ROWS, "limit_mb": limit_mb}
    for task in TASKS:
        command = [sys.executable, __file__, "--task", task, "--folder", str(folder), "--limit-mb", str(limit_mb)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | POOL)
        if done.returncode:
            raise SystemExit(f"{task} ended with {done.returncode}: {done.stderr[-2000:]}")
        told[task] = json.loads(done.stdout.splitlines()[-1])
    return told | {"load": round(os.getloadavg()[0], 1)}


def write_partitions(folder: Path, size: int) -> int:
    """Partitions until they hold so many bytes; answers how many they hold."""
    folder.mkdir(parents=True, exist_ok=True)
    held = place = 0
    while held < size:
        path = folder / f"part-{place:04}.parquet"
        if not path.exists():
            pq.write_table(table(ROWS, place), path, row_group_size=131_072)
        held += path.stat().st_size
        place += 1
    return held


def measured(task: str, folder: Path, limit_mb: int) -> dict:
    """CPU and wall seconds and the most memory of a task."""
    resource.setrlimit(resource.RLIMIT_DATA, (limit_mb * 1_000_000,) * 2)
    began, used = time.perf_counter(), time.process_time()
    TASKS[task](folder)
    return {"cpu_s": round(time.process_time() - used, 2), "wall_s": round(time.perf_counter() - began, 2), "peak_mb": round(most_memory() / 1e6)}


def decode(folder: Path) -> None:
    """The floor."""
    for path in sorted(folder.glob("*.parquet")):
        file = pq.ParquetFile(path)
        for name in file.schema_arrow.names:
            for _ in file.iter_batches(131_072, columns=[name], use_threads=False):
                pass


def profile(folder: Path, *, edges: bool) -> None:
    """Scan all partitions as one side."""
    from modelops_airflow.data.dataset import open_dataset
    from modelops_airflow.data.prepare import roles_of
    from modelops_airflow.data.profile import Profile
    from modelops_airflow.data.scan import edges_of, scan

    side = open_dataset(str(folder), resolve=Path, connections=str).columns()
    stored = folder.with_suffix(".json")
    known = edges_of(Profile.from_json(json.loads(stored.read_text(encoding="utf-8")))) if edges else None
    found = scan(side, roles_of(side.column_names, COLUMNS), protected=COLUMNS["protected"], favourable="1", edges=known)
    if not edges:
        stored.write_text(json.dumps(found.to_json()), encoding="utf-8")


TASKS = {"decode": decode, "baseline": lambda folder: profile(folder, edges=False), "current": lambda folder: profile(folder, edges=True)}


if __name__ == "__main__":
    main()
