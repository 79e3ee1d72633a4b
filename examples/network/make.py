"""Makes two months of payments between invented accounts, seeded: most pay now and then, some accounts move money in rings.

    python examples/network/make.py
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

HERE = Path(__file__).parent
ACCOUNTS, RING, RINGS = 1500, 10, 10
PAYMENTS = 3.0  # of an account, on average
WITHIN = (0.15, 0.55)  # chance that one account of a ring pays another: each ring has its own
CHANNELS = ("transfer", "card", "cash")


def month(seed: int) -> pa.Table:
    """One month: a row an account, the accounts that it paid in a list."""
    draws = np.random.default_rng(seed)
    order = draws.permutation(ACCOUNTS)
    rings = [order[place * RING : (place + 1) * RING] for place in range(RINGS)]
    fraud = np.isin(np.arange(ACCOUNTS), np.concatenate(rings))
    paid: list[set[int]] = [set() for _ in range(ACCOUNTS)]
    for account in range(ACCOUNTS):
        paid[account] |= set(draws.choice(ACCOUNTS, draws.poisson(PAYMENTS), replace=False).tolist())
    for ring in rings:
        chance = draws.uniform(*WITHIN)
        for account in ring:
            paid[account] |= {int(other) for other in ring if draws.random() < chance}
    names = [f"AC{number:07d}" for number in draws.choice(10_000_000, ACCOUNTS, replace=False)]
    lists = [sorted(paid[account] - {account}) for account in range(ACCOUNTS)]
    return pa.table({
        "account": names,
        "pays": pa.array([[names[other] for other in one] for one in lists], pa.list_(pa.string())),
        "channel": pa.array([draws.choice(CHANNELS, len(one), p=(0.5, 0.4, 0.1)).tolist() for one in lists], pa.list_(pa.string())),
        "sex": draws.choice(["female", "male"], ACCOUNTS),
        "region": draws.choice(["north", "south", "east", "west"], ACCOUNTS),
        "months_open": draws.integers(1, 240, ACCOUNTS),
        "fraud": fraud.astype(int),
    })


if __name__ == "__main__":
    for name, seed in (("baseline", 11), ("current", 12)):
        pq.write_table(month(seed), HERE / f"{name}.parquet", compression="zstd")
