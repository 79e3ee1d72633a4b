"""What a pack does not prove, worked out from its facts. Pure; nothing here is a fixed sentence about every pack."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import pairwise
from typing import Any

from ..ledger.anchor import HOLDING
from .floor import LEAST_ROWS, NOT_SHOWN

STRENGTHS = {
    "enforced": "the runtime itself refuses what was not promoted",
    "gated": "only our deployer has the credentials to write there, and whoever else has them could deploy anything",
    "observed": "we read it back and report a difference; nothing stops another deployment",
    "declared": "somebody says that it is there; nothing was read back",
}
READABLE = {
    "gone": "its bytes can no longer be read here, so the measurement cannot be done again",
    "erased": "its bytes were erased by two people's decision, as a tombstone in the ledger says, so the measurement cannot be done again",
    "changed": "its bytes are others today, so the measurement cannot be done again",
    "not pinned": "it is the answer of a query; the query is on record, its rows are not",
}


def gaps_of(facts: Mapping[str, Any]) -> list[dict[str, str]]:
    """Every gap as control and why, in a fixed order."""
    found = [*_origin(facts), *_ledger(facts), *_approvals(facts), *_assurance(facts), *_targets(facts), *_inputs(facts), *_erased(facts), *_packs(facts),
             *_own_code(facts), *_waived(facts), *_late(facts), *_loosened(facts), *_imported(facts), *_crossed(facts), *_suppressed(facts), *_provenance(facts), *_glass(facts)]
    return [{"control": control, "why": why} for control, why in found]


def _origin(facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if not any("manifest" in key["may"] for key in facts["keyring"]):
        yield "origin", "the pack is not signed: no checkpoint_key is configured where it was made"


def _ledger(facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    log = facts["log"]
    if not log["checkpoint"]:
        yield "ledger", "the root of the ledger is not signed"
    for size in facts["stamps"]:
        yield "ledger", (f"neither verify.py nor who made the pack checks timestamps/{size}.tsr: where it holds, the checkpoint over {size} events "
                         "was there at its time, by the authority's clock; it makes no anchor")
    outside = [(told["tree_size"], str(one["class"]), one.get("read") is True)
               for told in log["anchored"] for one in told["anchors"] if one["class"] in HOLDING]
    if not outside:
        here = "only on the machine of the register" if log["anchored"] else "nowhere"
        yield "ledger", f"self-attested: checkpoints are anchored {here}, so who owns the register could have written the ledger anew"
        return
    read = [(size, name) for size, name, seen in outside if seen]
    claimed = [(size, name) for size, name, seen in outside if not seen]
    waited = f"the longest time without an anchor was {longest(log['times'])}, by the notes of the register"
    if read:
        yield "ledger", (f"anchored ({_classes(read)}) up to event {max(read)[0] - 1}, read there when the pack was made; "
                         f"{log['tree_size'] - max(read)[0]} later events are self-attested; {waited}")
    if claimed and max(claimed)[0] > max(read, default=(0, ""))[0]:
        yield "ledger", (f"the register notes an anchor ({_classes(claimed)}) up to event {max(claimed)[0] - 1}, which was not read when the "
                         "pack was made, and tasks may write such notes: whoever has not read the checkpoint there counts "
                         f"the ledger as self-attested{'' if read else '; ' + waited}")


def _classes(anchors: list[tuple[int, str]]) -> str:
    return ", ".join(sorted({name for _, name in anchors}))


def longest(times: list[str]) -> str:
    """The longest stretch between times, in words for people: days, hours, minutes."""
    moments = sorted(datetime.fromisoformat(one.replace("Z", "+00:00")) for one in times)
    seconds = max((int((later - earlier).total_seconds()) for earlier, later in pairwise(moments)), default=0)
    for word, size in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size} {word}"
    return f"{seconds} seconds"


def _approvals(facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for one in facts["decisions"]:
        who = f"{one['decision']} of {one['person']} at {one['step']}"
        if not one["envelope"]:
            yield "approvals", f"{who} is a record of the server, signed by nobody"
        elif not one["by"]:
            yield "approvals", f"{who} is signed by the server, not by a key of {one['person']}"
        elif one["by"] == "passkey":
            yield "approvals", f"{who} is signed with a passkey, which verify.py does not check; modelops approve does when it arrives"
    for step, state in facts["gates"].items():
        if state != "approved":
            lacking = facts.get("lacking", {}).get(step)
            yield "approvals", f"gate {step} is {state}" + (f": it needs {lacking}" if lacking else "")


def _assurance(facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    told = facts["assurance"]
    forgers = ", ".join(told["forgers"]) or "nobody is named"
    yield "assurance", f"level {told['level']}: {told['meaning']}; who can still forge what is in here: {forgers}"
    for lack in told["lacks"]:
        yield "assurance", f"for the next level: {lack}"


def _targets(facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for one in facts["deployments"]:
        yield "target", f"{one['environment']} ({one['target']}) is {one['strength']}: {STRENGTHS.get(one['strength'], 'unknown strength')}"


def _inputs(facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for one in facts["inputs"]:
        if one["state"] != "readable":
            yield "re-performance", f"{one['name']}: {READABLE.get(one['state'], one['state'])}"
    for one in facts["population"]:
        yield "population", (f"{one['side']} is what {one['source']} held ({one['filter']}); that this is the population the model "
                             "serves is the owner's statement")
    for name, body in facts["policies"].items():
        if body is None:
            yield "policies", f"the text of {name} is no longer here; its digest is in the plan"


def _erased(facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for step, told in facts.get("erased", {}).items():
        yield "erased", f"the statement of {step} is not here: {told}; what it came to is as the ledger has it"


def _packs(facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, pack in (facts["plan"].get("packs") or {}).items():
        asked = [one for one in pack["controls"].values() if one["applies"]]
        if pack["draft"] and asked:
            yield "policies", f"{name} is a draft: its source was not read, so nothing of it is told as plainly satisfied"
        if pack["standing"] == "superseded":
            yield "policies", f"{name} is {pack['why']}"
        stated = sum("attest" in one for one in asked)
        if stated:
            yield "policies", f"{name}: {stated} of {len(asked)} controls rest on what people attest, which nothing here measures"


def _own_code(facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for step in facts["plan"]["steps"]:
        code = step.get("code")
        if code:
            yield "checks", (f"{step['id']}: measured by the project's own code, {code['file']} ({code['digest']}); "
                             "the pack names its digest and does not hold it")


def _waived(facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    told = {one["waiver"]: one for one in facts.get("waivers") or ()}
    if not told:
        return
    for one in json.loads(facts["evidence_manifest"]).get("waived", ()):
        words = told[one["waiver"]]["words"]
        ended = "" if told[one["waiver"]]["counts"] else "; the waiver did not count any more when the pack was made"
        yield "waivers", (f"{one['step']}: {one['pack']} {one['control']} is not met; {', '.join(told[one['waiver']]['accepted_by'])} waived it "
                          f"until {words['until']}: {words['reason']}{ended}")


def _late(facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What was overdue, and that nobody looked, when the pack was made."""
    review, rounds = facts.get("review"), facts.get("scheduler")
    if review and review["overdue"]:
        yield "review", (f"the review of the model fell due {review['due']} and was overdue when the pack was made: "
                         f"it was last approved {review['last']}, and is to be every {review['every']}")
    if rounds and rounds["stale"]:
        last = f"the last round of modelops.sync was {rounds['last']}" if rounds["last"] else "no round of modelops.sync is on record"
        yield "scheduler", f"{last}, so nobody looked at the targets when the pack was made; what they showed then is not known"


def _loosened(facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    told = facts.get("loosened") or {"what": ()}
    for one in told["what"]:
        yield "loosened", f"against version {told['version']}, which was deployed before: {one}"


def _imported(facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for step, told in facts["statements"].items():
        origin = told["body"]["predicate"]["measurement"]["parameters"].get("origin")
        if origin == "imported":
            yield "imported", (f"{step}: results of another tool, read from its file and not measured again; that they are about this model's data "
                               "is the owner's statement")


def _crossed(facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for step, told in facts["statements"].items():
        for side, digest in told["body"]["predicate"]["measurement"].get("inputs", {}).items():
            if side.startswith("pack:"):
                yield "environments", (f"{step}: rests on the pack {digest} of {side.partition(':')[2]}, which this pack names and does not hold; "
                                       "what was required there may be something else than here")


def _suppressed(facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for step, told in facts["statements"].items():
        rows = told["body"]["predicate"]["measurement"]["metrics"]
        hidden = [row for row in rows if row.get("reason") == NOT_SHOWN]
        if hidden:
            yield "groups", f"{step}: {len(hidden)} values that rest on fewer than {LEAST_ROWS} rows are not shown"


def _provenance(facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if not facts["run"]["provenance"]:
        yield "authors", "who wrote the files of this run is not on record"
    for one in facts["run"]["provenance"]:
        if one.get("gap"):
            yield "authors", f"{one['file']}: {one['gap']}"
        elif not one.get("signed"):
            yield "authors", f"{one['file']}: its commits are not all signed; their authors are who they say they are"


def _glass(facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for one in facts["break_glass"]:
        end = f"closed {one['closed_at']}" if one["closed_at"] else f"approvals are due {one['due_at']}"
        yield "break-glass", f"{one['person']} released it in an emergency at {one['at']}; {end}"
