"""Compare every statistic with its library and write docs/agreement.md: `make agreement`, or with `--rows 1000` a part of it.

Progress goes to the terminal. Exit code 1 if a statistic is not within its tolerance; the page is written either way.
"""

from __future__ import annotations

import argparse
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests" / "checks"))

import with_evidently  # noqa: E402 - beside this file, and they need `worlds`
import with_fairlearn  # noqa: E402
import with_great_expectations  # noqa: E402
import with_scikit_learn  # noqa: E402
from agreement_page import page  # noqa: E402
from statistic import Agreement  # noqa: E402

ROWS = (1_000, 10_000, 100_000, 1_000_000)
LIBRARIES: dict[str, tuple[Callable[[Agreement, int], None], int]] = {
    "evidently": (with_evidently.compare, 1_000_000), "fairlearn": (with_fairlearn.compare, 1_000_000),
    "scikit-learn": (with_scikit_learn.compare, 1_000_000), "great-expectations": (with_great_expectations.compare, 100_000),
}
"""Distribution -> how it is compared, and with how many rows at most."""
NOTES = {
    "Evidently": "`binning: evidently`; each method on every column of the kind it takes. empirical_mmd up to 1,000 rows and TVD up to 10,000, where the library "
                 "takes minutes. Numbers of single precision are given to both in double precision. Where Evidently raises because the sides have two sizes (g_test, fisher_exact) ours is scaled.",
    "fairlearn": "Groups of two columns and their intersection; a ratio or difference is between the groups, as `between_groups` has it.",
    "Great Expectations": "Each answer is compared field by field, on random rows (up to 100,000) and on tables of edge values; the difference counts the fields that differ.",
}


def main() -> int:
    """Compare, write, and tell what missed."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rows", type=int, nargs="+", default=list(ROWS), metavar="N")
    options.add_argument("--only", nargs="+", choices=sorted(LIBRARIES), default=list(LIBRARIES), metavar="LIBRARY", help=", ".join(LIBRARIES))
    options.add_argument("--docs", type=Path, default=ROOT / "docs")
    chosen = options.parse_args()
    began = time.monotonic()
    agreement = compared(chosen.rows, chosen.only, told=lambda words: print(f"{time.monotonic() - began:6.0f} s  {words}", flush=True))
    facts = {"rows": chosen.rows, "versions": _versions(), "notes": NOTES, "commit": _commit(), "python": platform.python_version(),
             "minutes": (time.monotonic() - began) / 60}
    (chosen.docs / "agreement.md").write_text(page(agreement, facts), encoding="utf-8")
    missed = [one for one in agreement if not one.met]
    for one in missed:
        print(f"{one.library} {one.name}: {'; '.join(one.misses[:3]) or 'nothing was compared'}")
    print("every statistic is within its tolerance" if not missed else f"{len(missed)} statistics are not within their tolerance")
    return 1 if missed else 0


def compared(rows: Sequence[int], libraries: Sequence[str], told: Callable[[str], None] = lambda _: None) -> Agreement:
    """Every statistic of these libraries, with these numbers of rows."""
    agreement = Agreement()
    for library in libraries:
        compare, most = LIBRARIES[library]
        for n in ([0] if library == "great-expectations" else []) + [one for one in rows if one <= most]:
            compare(agreement, n)
            told(f"{library}: {f'{n:,} rows' if n else 'edge values'}")
    return agreement


def _versions() -> dict[str, str]:
    return {"Evidently": version("evidently"), "fairlearn": version("fairlearn"), "scikit-learn": version("scikit-learn"),
            "Great Expectations": version("great-expectations")}


def _commit() -> str:
    told = subprocess.run(["git", "rev-parse", "--short=12", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    return told.stdout.strip() or "unknown"


if __name__ == "__main__":
    sys.exit(main())
