"""Measure everything and write docs/reliability.md and .json: `make reliability`, with SEED=n to repeat.

`report.py --only ID [ID ...]` measures some figures and keeps the other rows; `report.py --take FILE` puts the rows of
another report in. Each row says at which commit, when, and with which seed and share it was measured.

Each figure is measured by a process of its own, as many at once as there are cores (what measures time, alone); progress goes to the terminal.
Exit code 1 if a target is missed or a figure was not measured; what was measured stands in the table either way.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from figure import Figure
from other_figures import OTHERS
from own_figures import OWN
from renewed import OF_A_ROW, Report, renewed
from report_page import page
from suite_figures import SUITES
from surroundings import commit, machine

DOCS = Path(__file__).parents[2] / "docs"
NOT_MEASURED: dict[str, Any] = {"told": "not measured", "control": "", "met": None, "data": {}}
FIGURES = {one.id: one for one in (*OWN, *OTHERS, *SUITES)}


def main() -> int:
    """Measure one figure (`--one`, for the processes of this very program), some of them, or all."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--seed", type=int, help="else $SEED; else the report's with --only; else by chance")
    options.add_argument("--share", type=float, default=1.0, help="of every count, to try it out; the report says so")
    options.add_argument("--docs", type=Path, default=DOCS)
    what = options.add_mutually_exclusive_group()
    what.add_argument("--one", choices=sorted(FIGURES), help="measure this alone and print it as JSON")
    what.add_argument("--only", nargs="+", choices=sorted(FIGURES), metavar="ID", help=f"renew these rows: {', '.join(sorted(FIGURES))}")
    what.add_argument("--take", type=Path, metavar="FILE", help="put the measured rows of another reliability.json in")
    chosen = options.parse_args()
    there = json.loads((chosen.docs / "reliability.json").read_text(encoding="utf-8")) if chosen.only or chosen.take else None
    seed = int(chosen.seed or os.environ.get("SEED") or (there["seed"] if there else time.time() % 1_000_000))
    if chosen.one:
        told = FIGURES[chosen.one].measure(seed, chosen.share)
        print("\n" + json.dumps(told.to_json() if told else None))
        return 0
    if chosen.take:
        return _ended(_write(there, json.loads(chosen.take.read_text(encoding="utf-8")), chosen.docs)["rows"])
    return _all([FIGURES[name] for name in chosen.only or FIGURES], seed, chosen.share, chosen.docs, there)


def _all(figures: Sequence[Figure], seed: int, share: float, docs: Path, there: Report | None) -> int:
    """Measure them, and put them into the report that is there, if any."""
    began, which = time.monotonic(), commit()
    print(f"{len(figures)} figures, seed {seed}, commit {which}", flush=True)
    newer = {"commit": which, "seed": seed, "share": share, "machine": machine()}
    rows: list[dict[str, Any]] = []
    docs.mkdir(exist_ok=True)
    for number, row in enumerate(_measured(figures, seed, share), 1):
        at = datetime.now(UTC).isoformat(timespec="seconds")
        rows.append({**row, "commit": which, "at": at, "seed": seed, "share": share})
        print(f"{time.monotonic() - began:6.0f} s  {number:2}/{len(figures)}  {_word(row):7} {row['figure']}: {row['measured']}", flush=True)
        report = {**newer, "at": at, "minutes": round((time.monotonic() - began) / 60, 1)}
        _write(there or {**report, "rows": []}, {**report, "rows": rows}, docs)  # also while it goes on: whoever stops it keeps what was measured
    return _ended(rows)


def _ended(rows: Sequence[dict[str, Any]]) -> int:
    """Say what missed its target or was not measured; 1 if anything did."""
    told = {word: [row["figure"] for row in rows if row["met"] is met] for word, met in (("missed", False), ("not measured", None))}
    short = "; ".join(f"{word}: {', '.join(names)}" for word, names in told.items() if names)
    print(short or ("every target is met" if rows else "nothing was measured"))
    return 1 if short or not rows else 0


def _measured(figures: Sequence[Figure], seed: int, share: float) -> Iterator[dict[str, Any]]:
    """The rows as they are measured: beside each other, then those that measure time."""
    with ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        beside = [pool.submit(_row, one, seed, share) for one in figures if not one.alone]
        yield from (done.result() for done in as_completed(beside))
    yield from (_row(one, seed, share) for one in figures if one.alone)


def _write(there: Report, newer: Report, docs: Path) -> dict[str, Any]:
    """The report that is there with the newer rows, as JSON and as a page."""
    not_measured = {name: {**_as_row(one, NOT_MEASURED, 0), **dict.fromkeys(OF_A_ROW)} for name, one in FIGURES.items()}
    report = renewed(there, newer, list(FIGURES), not_measured)
    (docs / "reliability.json").write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (docs / "reliability.md").write_text(page(report), encoding="utf-8")
    return report


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
