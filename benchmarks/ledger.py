"""How fast the ledger is: appends from eight writers, and verification of a long one.

    python benchmarks/ledger.py [--register URL] [--appends 100] [--events 200000]

Prints JSON. The register must be empty; without one, SQLite in a temporary folder is used. Targets:
200 appends a second with none lost, 50,000 verified events a second.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import platform
import tempfile
import time
from typing import Any

from sqlalchemy import func, select

from modelops_airflow.inventory.register import Register
from modelops_airflow.ledger import EventRow, append
from modelops_airflow.ledger.verify import examine

WRITERS = 8
FORK = multiprocessing.get_context("fork")
BATCH = 5000


def main() -> None:
    """Measure, and print what was seen."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--register", help="URL of an empty register")
    options.add_argument("--appends", type=int, default=100, help="of each writer")
    options.add_argument("--events", type=int, default=200_000, help="to verify")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = chosen.register or f"sqlite:///{folder}/register.db"
        Register(url).migrate()
        told = {"database": url.partition(":")[0], "cpus": os.cpu_count(), "python": platform.python_version()}
        told |= {"load_before": round(os.getloadavg()[0], 1)}
        told |= appending(url, chosen.appends) | verifying(url, chosen.events)
    print(json.dumps({**told, "load_after": round(os.getloadavg()[0], 1)}, indent=2))


def appending(url: str, each: int) -> dict[str, Any]:
    """Each writer appends in transactions of its own, all at once."""
    register = Register(url)
    with register.read() as session:
        before = session.scalar(select(func.count()).select_from(EventRow)) or 0
    register.engine.dispose()
    ready = FORK.Barrier(WRITERS + 1)
    writers = [FORK.Process(target=write, args=(url, number, each, ready)) for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    ready.wait()
    began = time.perf_counter()
    for writer in writers:
        writer.join()
    seconds = time.perf_counter() - began
    with register.read() as session:
        after = session.scalar(select(func.count()).select_from(EventRow)) or 0
    return {"writers": WRITERS, "appends": WRITERS * each, "lost": WRITERS * each - (after - before),
            "appends_per_second": round(WRITERS * each / seconds)}


def write(url: str, number: int, each: int, ready: Any) -> None:
    """One writer."""
    register = Register(url)
    with register.read() as session:
        session.scalar(select(1))
    ready.wait()
    for count in range(each):
        with register.write() as session:
            append(session, "benchmark", facts(count, number), model_id=f"model-{number}")
    register.engine.dispose()


def verifying(url: str, events: int) -> dict[str, Any]:
    """Fill the ledger up, many events in one transaction, and verify it."""
    register = Register(url)
    with register.read() as session:
        size = session.scalar(select(func.count()).select_from(EventRow)) or 0
    while size < events:
        with register.write() as session:
            for number in range(min(BATCH, events - size)):
                append(session, "benchmark", facts(size + number, 0), model_id="model-0")
            size += min(BATCH, events - size)
    began, used = time.perf_counter(), time.process_time()
    with register.read() as session:
        found = examine(session)
    seconds, used = time.perf_counter() - began, time.process_time() - used
    return {"verified": found.size, "problems": len(found.problems), "verified_per_second": round(found.size / seconds),
            "verified_per_second_of_this_process": round(found.size / used)}


def facts(count: int, writer: int) -> dict[str, Any]:
    """What an approval says: names and digests."""
    return {"by": f"simple:person-{writer}", "subject": f"sha256:{count:064x}", "step": "approve-risk", "decision": "approve"}


if __name__ == "__main__":
    main()
