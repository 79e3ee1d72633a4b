"""Draws two months of invented motor claims, seeded, near to what the network of this folder says; some facts are missing.

    python examples/claims/make.py
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

HERE = Path(__file__).parent
CLAIMS, MISSING = 3000, 0.05


def month(seed: int) -> pa.Table:
    """One month: a row a claim."""
    draws = np.random.default_rng(seed)

    def pick(labels: list[str], by: dict[tuple[str, ...], list[float]], *given: list[str]) -> list[str]:
        return [str(draws.choice(labels, p=by[one])) for one in zip(*given, strict=True)]

    policy = draws.choice(["new", "young", "old"], CLAIMS, p=[0.2, 0.3, 0.5]).tolist()
    night = draws.choice(["no", "yes"], CLAIMS, p=[0.7, 0.3]).tolist()
    fraud = pick(["no", "yes"], {("new",): [0.76, 0.24], ("young",): [0.91, 0.09], ("old",): [0.96, 0.04]}, policy)
    witness = pick(["no", "yes"], {("no", "no"): [0.42, 0.58], ("no", "yes"): [0.6, 0.4], ("yes", "no"): [0.83, 0.17], ("yes", "yes"): [0.9, 0.1]}, fraud, night)
    earlier = pick(["none", "one", "many"], {("no",): [0.6, 0.3, 0.1], ("yes",): [0.28, 0.3, 0.42]}, fraud)
    amount = pick(["low", "middle", "high"], {("no",): [0.5, 0.35, 0.15], ("yes",): [0.17, 0.35, 0.48]}, fraud)
    report = pick(["no", "yes"], {("low", "no"): [0.9, 0.1], ("middle", "no"): [0.6, 0.4], ("high", "no"): [0.2, 0.8],
                                  ("low", "yes"): [0.95, 0.05], ("middle", "yes"): [0.8, 0.2], ("high", "yes"): [0.55, 0.45]}, amount, fraud)
    known = {"policy": policy, "night": night, "witness": witness, "earlier_claims": earlier, "amount": amount, "police_report": report}
    table = {name: pa.array(values, pa.string(), mask=draws.random(CLAIMS) < MISSING) for name, values in known.items()}
    sex, age = draws.choice(["female", "male"], CLAIMS), draws.choice(["18 to 29", "30 to 59", "60 or older"], CLAIMS, p=[0.2, 0.55, 0.25])
    return pa.table({"claim": np.arange(CLAIMS) + seed * 10_000, **table, "sex": sex, "age_band": age, "fraud": fraud})


if __name__ == "__main__":
    for name, seed in (("baseline", 21), ("current", 22)):
        pq.write_table(month(seed), HERE / f"{name}.parquet", compression="zstd")
