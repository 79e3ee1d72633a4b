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
import with_nannyml  # noqa: E402
import with_rankings  # noqa: E402
import with_scikit_learn  # noqa: E402
import with_scipy  # noqa: E402
import with_shap  # noqa: E402
import with_statsmodels  # noqa: E402
from agreement_page import page  # noqa: E402
from statistic import Agreement  # noqa: E402

ROWS = (1_000, 10_000, 100_000, 1_000_000)
LIBRARIES: dict[str, tuple[Callable[[Agreement, int], None], int]] = {
    "evidently": (with_evidently.compare, 1_000_000), "fairlearn": (with_fairlearn.compare, 1_000_000),
    "scikit-learn": (with_scikit_learn.compare, 1_000_000), "great-expectations": (with_great_expectations.compare, 100_000),
    "rankings": (with_rankings.compare, 100_000), "statsmodels": (with_statsmodels.compare, 1_000_000), "scipy": (with_scipy.compare, 1_000_000),
    "nannyml": (with_nannyml.compare, 0), "shap": (with_shap.compare, 0),
}
"""Distribution, or what several have -> how it is compared, and with how many rows at most."""
FIXED = {"great-expectations": "edge values", "nannyml": "recorded estimates", "shap": "100 rows"}
"""What is compared whatever the number of rows."""
NOTES = {
    "Evidently": "`binning: evidently`; each method on every column of the kind it takes. empirical_mmd up to 1,000 rows and TVD up to 10,000, where the library "
                 "takes minutes. Numbers of single precision are given to both in double precision. Where Evidently raises because the sides have two sizes (g_test, fisher_exact) ours is scaled. "
                 "Rankings: queries of 20 rows in the order of their scores, without ties and each with relevant and other rows, up to 100,000 rows; on others MAP is not the published one there.",
    "fairlearn": "Groups of two columns and their intersection; a ratio or difference is between the groups, as `between_groups` has it.",
    "Great Expectations": "Each answer is compared field by field, on random rows (up to 100,000) and on tables of edge values; the difference counts the fields that differ.",
    "scikit-learn": "Rankings up to 100,000 rows, of ndcg with ties too; map is its label_ranking_average_precision_score.",
    "statsmodels": "The check on rows out of order and with gaps, the library on the rows in order and without them; Ljung-Box up to 10,000 rows, which takes the library rows by rows steps.",
    "SciPy": "Four rating grades and all rows: binomtest, the beta distribution, Pearson's statistic with chi2, and the normal distribution of Spiegelhalter's z.",
    "NannyML": "CBPE on three seeded samples of 20,000 rows with labels and 10,000 without. Its numbers are recorded, from an environment of its own.",
    "shap": "100 rows over themselves. The check asks a model and knows nothing else of it; these explainers read its coefficients or trees, or try every set of features.",
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
    facts = {"rows": chosen.rows, "versions": versions(), "notes": NOTES, "commit": _commit(), "python": platform.python_version(),
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
        for n in ([0] if library in FIXED else []) + [one for one in rows if one <= most]:
            compare(agreement, n)
            told(f"{library}: {f'{n:,} rows' if n else FIXED[library]}")
    return agreement


def versions() -> dict[str, str]:
    """Of each library that has a section on the page."""
    installed = {"Evidently": "evidently", "fairlearn": "fairlearn", "scikit-learn": "scikit-learn", "Great Expectations": "great-expectations",
                 "statsmodels": "statsmodels", "SciPy": "scipy", "shap": "shap"}
    return {library: version(name) for library, name in installed.items()} | {"NannyML": f"{with_nannyml.RECORDED['nannyml']}, recorded"}


def _commit() -> str:
    told = subprocess.run(["git", "rev-parse", "--short=12", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    return told.stdout.strip() or "unknown"


if __name__ == "__main__":
    sys.exit(main())
