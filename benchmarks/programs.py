"""What it costs to ask the example programs: rows a second, by the clock and by the processor's.

    python benchmarks/programs.py [--rows 1000000] [--runs 3]

`make examples` builds them. Prints JSON: medians of the rows a second by the clock, and of the processor's seconds of
this process (rows to CSV, answers from it) and of the jailed ones (the program).
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import time
from pathlib import Path

EXAMPLES = Path(__file__).parents[1] / "examples"
PROGRAMS = {"C++": ("scorecard", {"program": "scorecard"}), "Java": ("scorecard-java.jar", {})}


def main() -> None:
    """Measure, and print what was seen."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--runs", type=int, default=3)
    chosen = options.parse_args()
    print(json.dumps({name: run(chosen.rows, chosen.runs, *one) for name, one in PROGRAMS.items()}, indent=2))


def run(rows: int, runs: int, file: str, options: dict) -> dict:
    """Medians of one program."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from modelops_airflow.digest import digest_bytes
    from modelops_airflow.kinds import open_model, read_artifact, scan, verify

    artifact = read_artifact(EXAMPLES / "programs" / "build" / file, file)
    report = scan("executable", artifact.bytes, file=artifact.name)
    model = open_model(verify("executable", artifact.bytes, digest_bytes(artifact.bytes), report), options)
    data = pq.read_table(EXAMPLES / "credit" / "current.parquet").drop_columns(["application_id", "defaulted"])
    data = pa.concat_tables([data] * (rows // data.num_rows + 1)).slice(0, rows)
    seen: dict[str, list[float]] = {"rows_per_s": [], "cpu_s": [], "program_cpu_s": []}
    for _ in range(runs):
        here, there, began = time.process_time(), _children(), time.perf_counter()
        assert model.score(data).num_rows == rows
        seen["rows_per_s"].append(rows / (time.perf_counter() - began))
        seen["cpu_s"].append(time.process_time() - here)
        seen["program_cpu_s"].append(_children() - there)
    return {name: round(statistics.median(values), 2) for name, values in seen.items()}


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
