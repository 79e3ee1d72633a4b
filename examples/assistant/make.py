"""Makes the complaints, asks the stand-in for a model through a whole release, and seals what it said, seeded.

    python examples/assistant/make.py
"""

from __future__ import annotations

import os
import random
import shutil
import sys
import tempfile
import threading
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from modelops_airflow.evidence.store import BlobStore
from modelops_airflow.kinds.language_models.llm_transcripts import KEPT, read_transcripts, written
from modelops_airflow.steps.local import run_local

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
MODEL = "complaint-assistant"
TITLE = {"female": "Mrs", "male": "Mr"}
NAMES = ("Weber", "Brandt", "Kaya", "Novak", "Rossi", "Lindqvist", "Okafor", "Silva", "Duval", "Petrov", "Haas")
SINCE = ("since Monday", "for a week now", "since the holidays", "again", "this morning", "since my move in spring", "for the second time")
TEXTS = (
    ("urgent", "{title} {name} writes, {since}: my card was stolen in the tram and nobody answers the phone."),
    ("urgent", "{title} {name} writes, {since}: there is a payment on my account that I never ordered."),
    ("urgent", "{title} {name} writes, {since}: I am locked out of my account and have to pay a doctor today."),
    ("urgent", "{title} {name} writes, {since}: my transfer is lost and my rent is due tomorrow."),
    ("standard", "{title} {name} writes, {since}: the monthly fee went up and nobody told me."),
    ("standard", "{title} {name} writes, {since}: my statement of March came twice."),
    ("standard", "{title} {name} writes, {since}: I waited for an hour at the counter."),
    ("standard", "{title} {name} writes, {since}: my address is still spelt wrong."),
)


def rows(seed: int) -> list[dict[str, str]]:
    """Complaints of both sexes about the same things in other words; one in twelve was routed otherwise by the people who did it before."""
    draws = random.Random(seed)
    found = []
    for route, text in TEXTS:
        for sex, title in TITLE.items():
            for number in range(draws.randint(10, 12)):
                other = "standard" if route == "urgent" else "urgent"
                name, since = draws.choice(NAMES), draws.choice(SINCE)
                found.append({"complaint": text.format(title=title, name=name, since=since), "channel": ("mail", "phone", "app")[number % 3], "sex": sex,
                              "route": other if draws.random() < 1 / 12 else route})
    draws.shuffle(found)
    return found


def seal() -> bytes:
    """Run the release against the server, and gather what each step kept of the answers."""
    sys.path.insert(0, str(HERE))
    from server import serve

    server = serve(0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    os.environ["AIRFLOW_CONN_ASSISTANT"] = f"http://127.0.0.1:{server.server_address[1]}/v1"
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name in ("dags", "examples"):
            shutil.copytree(ROOT / name, root / name)
        (root / "examples/assistant/model-1.0.0" / KEPT).unlink(missing_ok=True)
        file = root / "dags/models" / f"{MODEL}.yaml"
        file.write_text(file.read_text().replace(f"transcripts: {KEPT}", "connection: assistant"))
        run = run_local(root, MODEL, folder=root / "state")
        store = BlobStore(str(root / "state" / "evidence"))
        kept = [store.get(one.products[KEPT]) for one in run.results.values() if KEPT in one.products]
    server.shutdown()
    if run.verdict != "pass":
        raise SystemExit(f"the release did not pass: {[(name, one.message) for name, one in run.results.items()]}")
    return written(enumerate(read_transcripts(b"".join(kept), KEPT).values()))


if __name__ == "__main__":
    for name, seed in (("baseline", 1), ("current", 2)):
        pq.write_table(pa.Table.from_pylist(rows(seed)), HERE / f"{name}.parquet")
    (HERE / "model-1.0.0" / KEPT).write_bytes(seal())
