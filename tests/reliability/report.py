"""Measure everything and write docs/reliability.md and .json: `make reliability`, with SEED=n to repeat.

Each figure is measured by a process of its own, as many at once as there are cores (what measures time, alone); progress goes to the terminal.
Exit code 1 if a target is missed; what was measured stands in the table either way.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from figure import Figure
from other_figures import OTHERS
from own_figures import OWN
from report_page import page
from surroundings import commit, machine

DOCS = Path(__file__).parents[2] / "docs"
NOT_MEASURED: dict[str, Any] = {"told": "not measured", "control": "", "met": None, "data": {}}
FIGURES = {one.id: one for one in (*OWN, *OTHERS)}


def main() -> int:
    """Measure one figure (`--one`, for the processes of this very program) or all."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seed", type=int, default=int(os.environ.get("SEED") or time.time()) % 1_000_000)
    options.add_argument("--share", type=float, default=1.0, help="of every count, to try it out; the report says so")
    options.add_argument("--one", choices=sorted(FIGURES), help="measure this alone and print it as JSON")
    options.add_argument("--docs", type=Path, default=DOCS)
    chosen = options.parse_args()
    if chosen.one:
        told = FIGURES[chosen.one].measure(chosen.seed, chosen.share)
        print("\n" + json.dumps(told.to_json() if told else None))
        return 0
    return _all(chosen.seed, chosen.share, chosen.docs)


def _all(seed: int, share: float, docs: Path) -> int:
    began, which = time.monotonic(), commit()
    print(f"{len(FIGURES)} figures, seed {seed}, commit {which}", flush=True)
    rows = {one.id: _as_row(one, NOT_MEASURED, 0) for one in FIGURES.values()}
    docs.mkdir(exist_ok=True)
    for number, row in enumerate(_measured(seed, share), 1):
        rows[row["id"]] = row
        print(f"{time.monotonic() - began:6.0f} s  {number:2}/{len(FIGURES)}  {_word(row):7} {row['figure']}: {row['measured']}", flush=True)
        report = {"commit": which, "seed": seed, "share": share, "machine": machine(), "at": datetime.now(UTC).isoformat(timespec="seconds"),
                  "minutes": round((time.monotonic() - began) / 60, 1), "rows": list(rows.values())}
        _write(report, docs)  # also while it goes on: whoever stops it keeps what was measured
    missed = [row["figure"] for row in rows.values() if row["met"] is False]
    print("every target is met" if not missed else f"missed: {', '.join(missed)}")
    return 1 if missed else 0


def _measured(seed: int, share: float) -> Iterator[dict[str, Any]]:
    """The rows as they are measured: beside each other, then those that measure time."""
    with ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        beside = [pool.submit(_row, one, seed, share) for one in FIGURES.values() if not one.alone]
        yield from (done.result() for done in as_completed(beside))
    yield from (_row(one, seed, share) for one in FIGURES.values() if one.alone)


def _write(report: dict[str, Any], docs: Path) -> None:
    (docs / "reliability.json").write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (docs / "reliability.md").write_text(page(report), encoding="utf-8")


def _row(one: Figure, seed: int, share: float) -> dict[str, Any]:
    """One figure, measured by another process."""
    began = time.monotonic()
    with tempfile.TemporaryFile("w+") as errors:
        ended = subprocess.run([sys.executable, __file__, "--one", one.id, "--seed", str(seed), "--share", str(share)],
                               stdout=subprocess.PIPE, stderr=errors, text=True, check=False)
        errors.seek(0)
        trouble = errors.read().strip().splitlines()
    told = json.loads(ended.stdout.splitlines()[-1]) if ended.returncode == 0 else {
        "told": f"the measurement itself failed: {trouble[-1] if trouble else ended.returncode}", "control": "", "met": False, "data": {}}
    return _as_row(one, told or NOT_MEASURED, round(time.monotonic() - began))


def _as_row(one: Figure, told: dict[str, Any], seconds: int) -> dict[str, Any]:
    return {"id": one.id, "figure": one.what, "how": one.how, "target": one.target, "measured": told["told"], "control": told["control"],
            "met": told["met"], "seconds": seconds, "data": told["data"]}


def _word(row: dict[str, Any]) -> str:
    return {True: "met", False: "MISSED", None: "-"}[row["met"]]


if __name__ == "__main__":
    sys.exit(main())
