"""Scans and scores changed JDM files in a process of its own: `python mutated_jdm.py NUMBER`, prints how each ended."""

from __future__ import annotations

import json
import random
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from artifacts import GOOD
from jdm_files import expressions, jdm, table

from modelops_airflow.digest import digest_bytes
from modelops_airflow.errors import ArtifactError
from modelops_airflow.kinds import open_model, scan, verify

TOKENS = ["amount", "answer", "housing", "1", "2.5", "0", "99", "'x'", "true", "null", "+", "-", "*", "/", "%", "^", "<", ">=", "==", "and", "or", "not ",
          "in", "[1..9]", "[1, 2]", "(", ")", "?", ":", "??", ",", "len(", "round(", "max([", "])", "upper(", "string(", "contains("]
WORDS = ["> ", "'", '"', "(", ")", "[", "..", "not ", "in ", "and ", "-", "9", "1e9", "^", ",", "null", "$", "#", "map(", "{", "`", "\\u0000"]


def main() -> None:
    """Change bytes and words of files, and write expressions of the language's words, and see."""
    import pyarrow as pa

    rows = pa.table({"amount": [13000, 5], "duration_months": [48, 6], "housing": ["own", "rent"]})
    first = table([("> 1, [3..7)", "'a'"), ("", "'b'")], inputs=["amount"], passThrough=True)
    good = (GOOD["jdm"].read_bytes(), jdm(first, expressions(("y", "answer == 'a' ? amount * 2 ^ 0.5 : (amount in [1..9]) ? 1 : len(housing)"))))
    dice, ended = random.Random(3), Counter[str]()
    for number in range(int(sys.argv[1])):
        if number % 3 == 2:
            written = " ".join(dice.choice(TOKENS) for _ in range(dice.randint(1, 9)))
            data = jdm(first, expressions(("y", written if number % 2 else f"({written}) == 1 ? 'p' : 'q'")))
        else:
            data = good[number % 3]
            for _ in range(dice.randint(1, 2)):
                at = dice.randrange(len(data))
                put = bytes([dice.randrange(32, 127)]) if dice.random() < 0.5 else dice.choice(WORDS).encode()
                data = data[:at] + put + data[at + dice.randint(0, 2) :]
        report = scan("jdm", data, file="m.json")
        try:
            model = open_model(verify("jdm", data, digest_bytes(data), report), {"output": "y"} if number % 3 else {})
            ended["scored" if model.score(rows).num_rows == 2 else "other"] += 1
        except ArtifactError as error:
            ended["refused by the scan" if "did not pass its scan" in str(error) else "refused later"] += 1
    print(json.dumps(ended))


if __name__ == "__main__":
    main()
