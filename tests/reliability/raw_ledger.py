"""Whether raw rows hang together: the ledger with itself, and every other table with the ledger.

Written from RFC 6962 and from the design, not from the code that is tested.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from raw_rows import Rows, parsed

_OPEN = ("intent", "publishing")


def problems(rows: Rows) -> list[str]:
    """Everything that is wrong; empty if all is well."""
    return [*tree_problems(rows.of("event")), *_decisions(rows), *_runs(rows), *_slots(rows), *_live(rows), *_governance(rows)]


def tree_problems(events: Sequence[Mapping[str, Any]]) -> list[str]:
    """The ledger alone: no gap, every leaf and every subtree of RFC 6962, columns as in the bytes."""
    found, leaves, known = [], list[bytes](), dict[tuple[int, int], bytes]()
    for index, row in enumerate(events):
        body = bytes(row["body"])
        leaves.append(sha256(b"\x00" + body).digest())
        told = parsed(body)
        if row["idx"] != index or told["index"] != index:
            found.append(f"event {index} is missing")
        if row["leaf"] != leaves[-1].hex() or row["frontier"] != _full_subtrees(leaves, known):
            found.append(f"event {index} is not in the tree")
        if (told["kind"], told["outcome"], told["model"]) != (row["kind"], row["outcome"], row["model_id"]):
            found.append(f"event {index} says something else than its columns")
    return found


def _full_subtrees(leaves: Sequence[bytes], known: dict[tuple[int, int], bytes]) -> list[str]:
    """Roots of the full subtrees, largest first: the binary digits of the size."""
    start, out = 0, []
    for bit in range(len(leaves).bit_length() - 1, -1, -1):
        if len(leaves) >> bit & 1:
            out.append(_root(leaves, start, start + (1 << bit), known).hex())
            start += 1 << bit
    return out


def _root(leaves: Sequence[bytes], start: int, end: int, known: dict[tuple[int, int], bytes]) -> bytes:
    if end - start == 1:
        return leaves[start]
    if (start, end) not in known:
        middle = (start + end) // 2
        both = _root(leaves, start, middle, known) + _root(leaves, middle, end, known)
        known[start, end] = sha256(b"\x01" + both).digest()
    return known[start, end]


def _decisions(rows: Rows) -> list[str]:
    """Each decision has its event and each event its decision; so with what was taken back."""
    names = ("gate", "step", "subject", "person", "role", "decision")
    there = Counter(tuple(row[name] for name in names) for row in rows.of("decision"))
    told = Counter(tuple(fact[name] for name in names) for fact in rows.told("decision"))
    found = [f"decision and ledger differ: {key[1]} of {key[3]}" for key in (there - told) + (told - there)]
    taken = {fact["decision"] for fact in rows.told("withdrawal")}
    back = {row["id"] for row in rows.of("decision") if row["withdrawn_at"] is not None}
    found += [f"decision {one} was taken back in the ledger alone" for one in taken - back]
    stops = bool(rows.told("suspended"))
    for row in rows.of("decision"):
        again = any(other["id"] > row["id"] and (other["subject"], other["step"], other["person"])
                    == (row["subject"], row["step"], row["person"]) for other in rows.of("decision"))
        if row["id"] in back - taken and not stops and not (again and row["expires_at"] is not None):
            found.append(f"decision {row['id']} was taken back and the ledger knows nothing of it")
    return found


def _runs(rows: Rows) -> list[str]:
    versions = {row["id"]: row for row in rows.of("version")}
    runs = {row["id"]: row for row in rows.of("run")}
    there = Counter((row["dag_id"], row["run_id"], row["artifact"], row["plan"], versions[row["version_id"]]["version"])
                    for row in runs.values())
    told = Counter((fact["dag"], fact["run"], fact["artifact"], fact["plan"], fact["version"]) for fact in rows.told("pinned"))
    found = [f"run and ledger differ: {key[1]}" for key in (there - told) + (told - there)]
    for table, kind, key in (("result", "recorded", lambda row: (runs[row["run"]]["run_id"], row["step"], row["evidence"])),
                             ("pack", "packed", lambda row: (runs[row["run"]]["run_id"], row["digest"], None))):
        stored = Counter(key(row) for row in rows.of(table))
        events = Counter((fact["run"], fact.get("step", fact.get("pack")), fact.get("evidence")) for fact in rows.told(kind))
        found += [f"{table} and ledger differ: {one}" for one in (stored - events) + (events - stored)]
    decided = {(fact["dag"], fact["run"]): (fact["manifest"], fact["subject"], fact["verdict"]) for fact in rows.told("decided")}
    return found + [f"run {row['run_id']} is decided otherwise in the ledger" for row in runs.values()
                    if decided.get((row["dag_id"], row["run_id"]), (None, None, None))
                    != (row["manifest"], row["subject"], row["verdict"])]


def _slots(rows: Rows) -> list[str]:
    """At most one live and one on its way in a slot; epochs only grow."""
    found, epochs = [], dict[tuple[str, str], int]()
    for fact in rows.told("promotion"):
        slot = (str(fact["model"]), str(fact["environment"]))
        if fact["epoch"] <= epochs.get(slot, 0):
            found.append(f"epoch {fact['epoch']} of {slot} came after {epochs[slot]}")
        epochs[slot] = fact["epoch"]
    for row in rows.of("slot"):
        mine = [one for one in rows.of("deployment") if one["slot"] == row["id"]]
        going = [one for one in mine if one["state"] in _OPEN]
        if sum(one["state"] == "live" for one in mine) > 1 or len(going) > 1:
            found.append(f"slot {row['id']} has several live or on their way")
        if row["epoch"] < max((one["epoch"] for one in mine), default=0) or any(one["epoch"] != row["epoch"] for one in going):
            found.append(f"slot {row['id']} is at epoch {row['epoch']}, behind a deployment of its own")
    return found


def _live(rows: Rows) -> list[str]:
    """Whatever is live or on its way was promoted in the ledger; versions say the same as deployments."""
    promoted = {(fact["model"], fact["environment"], fact["epoch"], fact["subject"], fact["artifact"])
                for fact in rows.told("promotion")}
    public = {(fact["deployment"], fact["epoch"]) for fact in rows.told("live")}
    begun = {(fact["deployment"], fact["epoch"]) for fact in rows.told("publishing")}
    found = []
    for row in rows.of("deployment"):
        if (row["model_id"], row["environment"], row["epoch"], row["subject"], row["artifact"]) not in promoted:
            found.append(f"deployment {row['id']} was never promoted")
        if row["state"] in ("live", "superseded") and (row["id"], row["epoch"]) not in public:
            found.append(f"deployment {row['id']} never went live in the ledger")
        if row["state"] == "publishing" and (row["id"], row["epoch"]) not in begun:
            found.append(f"deployment {row['id']} never began to be published in the ledger")
    live = {row["version_id"] for row in rows.of("deployment") if row["state"] == "live" and row["cause"] != "canary"}  # a canary is not in use yet
    in_use = {row["id"] for row in rows.of("version") if row["state"] == "in_use"}
    known = {row["id"] for row in rows.of("deployment")}
    return (found + [f"version {one} is in use or live, not both" for one in live ^ in_use]
            + [f"deployment {one} is live in the ledger alone" for one, _ in public if one not in known])


def _governance(rows: Rows) -> list[str]:
    active = [row["digest"] for row in rows.of("governance") if row["state"] == "active"]
    last = [fact["governance"] for fact in rows.told("governance-activated")][-1:]
    return [] if active == last else [f"the governance in force is {active}, the ledger says {last}"]
