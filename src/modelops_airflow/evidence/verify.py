"""Verify an evidence pack with nothing but Python's standard library, 3.9 or newer.

    python verify.py pack.zip --trust sha256:<fingerprint of the sender's key, got from elsewhere>

Take this file from a release, not from the pack, if you do not trust who sent the pack. Without
--trust all is compared with keys that the pack itself brings: consistent, origin not established.
"""
from __future__ import annotations
import argparse, base64, hashlib, json, re, struct, sys, unicodedata, zlib
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
MOST_BYTES, MOST_MEMBERS = 512 << 20, 5000
P, Q = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493  # RFC 8032, 5.1
D, ROOT = -121665 * pow(121666, P - 2, P) % P, pow(2, (P - 1) // 4, P)
DOUBTED, UNSIGNED = "not signed by a key that counted then", "signed by nobody whose key is here"
BY_PERSON = "signed with their own key", "signed with a passkey, not checked here"
GOOD = (*BY_PERSON, "signed by the server alone", UNSIGNED)
STATEMENT, IN_TOTO = "https://in-toto.io/Statement/v1", "application/vnd.in-toto+json"
class Wrong(Exception):
    """Why a pack is not what it says."""
def need(holds: Any, why: str) -> None:
    if not holds:
        raise Wrong(why)
def digest(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()
def decoded(text: str) -> bytes:
    data = base64.b64decode(text, validate=True)
    need(base64.b64encode(data).decode() == text, "base64 is not in its one spelling")
    return data
# Canonical JSON: RFC 8785
def canonical(value: Any) -> bytes:
    if isinstance(value, dict):
        pairs = sorted(value.items(), key=lambda pair: str(pair[0]).encode("utf-16-be"))
        return b"{" + b",".join(canonical(name) + b":" + canonical(item) for name, item in pairs) + b"}"
    if isinstance(value, list):
        return b"[" + b",".join(map(canonical, value)) + b"]"
    return number(value).encode() if type(value) in (int, float) else json.dumps(value, ensure_ascii=False).encode()
def number(value: float) -> str:  # ECMA-262, 7.1.12.1
    figures, _, places = repr(float(value)).partition("e")
    if value and not 1e-6 <= abs(value) < 1e21:
        return f"{figures}e{int(places):+d}"
    plain = format(Decimal(repr(float(value))), "f")
    return "0" if not value else plain[:-2] if plain.endswith(".0") else plain
def read_json(data: bytes, name: str) -> Any:
    value = json.loads(data)
    need(canonical(value) == data, f"{name} is not canonical JSON")
    return value
# The zip: one form only, so that every byte of it counts
def zipped(members: dict[str, bytes]) -> bytes:
    """The one zip that holds these members: sorted, stored, without times."""
    local, central, at = [], [], 0
    for told, data in sorted((name.encode(), data) for name, data in members.items()):
        facts = (0, 0, 0, 33, zlib.crc32(data), len(data), len(data), len(told), 0)
        local += [struct.pack("<4s5H3L2H", b"PK\3\4", 20, *facts), told, data]
        central += [struct.pack("<4s6H3L5H2L", b"PK\1\2", 3 << 8 | 20, 20, *facts, 0, 0, 0, 0o644 << 16, at), told]
        at += 30 + len(told) + len(data)
    return b"".join([*local, *central, struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, len(members), len(members), sum(map(len, central)), at, 0)])
def unzipped(data: bytes) -> dict[str, bytes]:
    """The members of a canonical zip; nothing is inflated and nothing is written anywhere."""
    need(len(data) <= MOST_BYTES, f"the pack is larger than {MOST_BYTES >> 20} MiB")
    members, at = dict[str, bytes](), 0
    while data[at:at + 4] == b"PK\3\4" and len(data) >= at + 30:
        how, size, length = (struct.unpack_from(form, data, at + place)[0] for form, place in (("<H", 8), ("<L", 22), ("<H", 26)))
        start, name = at + 30 + length, data[at + 30:at + 30 + length].decode("ascii", "replace")
        need(re.fullmatch(r"[\w-][\w.-]*(/[\w-][\w.-]*)*", name, re.ASCII), f"member {name[:80]!r} has no safe name")
        need(how == 0 and name not in members, f"member {name} is {'compressed' if how else 'there twice'}")
        members[name], at = data[start:start + size], start + size
        need(len(members) <= MOST_MEMBERS and at <= len(data), "the zip has too many members, or is cut off")
    need(members, "this is no evidence pack: no zip of stored members")
    need(zipped(members) == data, "the zip is not in its canonical form: a byte of it has changed, or its order")
    return members
# Ed25519: RFC 8032, with points as (X, Y, Z, T)
def add(p: Any, q: Any) -> Any:
    a, b, c, d = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P, 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    return (b - a) * (d - c) % P, (d + c) * (b + a) % P, (d - c) * (d + c) % P, (b - a) * (b + a) % P
def times(scalar: int, point: Any) -> Any:
    total: Any = (0, 1, 1, 0)
    while scalar:
        total, point, scalar = add(total, point) if scalar & 1 else total, add(point, point), scalar >> 1
    return total
def point_of(data: bytes) -> Any:
    odd, y = divmod(int.from_bytes(data, "little"), 1 << 255)
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    x = x if (x * x - square) % P == 0 else x * ROOT % P
    need(y < P and (x * x - square) % P == 0 and (x or not odd), "no point of the curve")
    x = x if x & 1 == odd else P - x
    return x, y, 1, x * y % P
BASE = point_of((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))
def signed(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether a key signed exactly this message; a key or a nonce of small order signs nothing, and what is no point is Wrong."""
    if len(public) != 32 or len(signature) != 64 or int.from_bytes(signature[32:], "little") >= Q:
        return False
    key, nonce = point_of(public), point_of(signature[:32])
    challenge = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % Q
    left, right = times(int.from_bytes(signature[32:], "little"), BASE), add(nonce, times(challenge, key))
    return all(times(8, one)[0] % P for one in (key, nonce)) and all((left[axis] * right[2] - right[axis] * left[2]) % P == 0 for axis in (0, 1))
# Envelopes (DSSE, in-toto), checkpoints (C2SP), proofs (RFC 9162)
def opened(envelope: Any, keys: dict[str, bytes]) -> tuple[bytes, set[str]]:
    """The payload of an envelope, and which of the keys signed it."""
    payload, kind = decoded(envelope["payload"]), envelope["payloadType"].encode()
    message = b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)
    need(kind == IN_TOTO.encode() and len(envelope["signatures"]) <= 4, "an envelope is not of an in-toto statement, or has too many signatures")
    return payload, {one["keyid"] for one in envelope["signatures"] if one["keyid"] in keys and signed(keys[one["keyid"]], message, decoded(one["sig"]))}
def stated(payload: bytes, subject: str, kind: str) -> Any:
    """The predicate of an in-toto statement about a subject."""
    body = read_json(payload, "a signed statement")
    about = [one["digest"]["sha256"] for one in body["subject"]]
    need((body["_type"], body["predicateType"], about) == (STATEMENT, "urn:modelops-airflow:" + kind, [subject[7:]]), "a signed statement is about something else")
    return body["predicate"]
def noted(note: str, origin: str, public: bytes) -> tuple[int, str]:
    """Size and root in a checkpoint that the key signed."""
    text, _, lines = note.rpartition("\n\n")
    hint, told = hashlib.sha256(origin.encode() + b"\n\x01" + public).digest()[:4], text.split("\n")
    raw = [decoded(line[len(origin) + 3:]) for line in lines.split("\n") if line.startswith(f"\u2014 {origin} ")]
    need(told[0] == origin and any(one[:4] == hint and signed(public, (text + "\n").encode(), one[4:]) for one in raw), "a checkpoint is of another ledger, or not signed by the key")
    return int(told[1]), decoded(told[2]).hex()
def climbed(index: int, last: int, start: bytes, proof: list[str]) -> tuple[str, str]:
    """The roots that a proof leads to: of the tree before, and of the whole."""
    was = now = start
    for part in map(bytes.fromhex, proof):
        need(last and len(part) == 32, "a proof is too long")
        if index & 1 or index == last:
            was, now = (hashlib.sha256(b"\x01" + part + one).digest() for one in (was, now))
            while index and not index & 1:
                index, last = index >> 1, last >> 1
        else:
            now = hashlib.sha256(b"\x01" + now + part).digest()
        index, last = index >> 1, last >> 1
    need(last == 0, "a proof is too short")
    return was.hex(), now.hex()
def continues(first: int, first_root: str, second: int, second_root: str, proof: list[str]) -> bool:
    """Whether the longer tree begins with the shorter one."""
    need(0 < first <= second, "an anchored checkpoint is longer than the ledger")
    if first == second:
        return first_root == second_root and not proof
    parts, index, last = list(proof) if first & (first - 1) else [first_root, *proof], first - 1, second - 1
    while index & 1:
        index, last = index >> 1, last >> 1
    return climbed(index, last, bytes.fromhex(parts[0]), parts[1:]) == (first_root, second_root)
# People: governance names them, and says who holds a role
def folded(name: str) -> str:
    seen = "".join(char for char in unicodedata.normalize("NFKC", name) if unicodedata.category(char) != "Cf")
    return unicodedata.normalize("NFKC", seen.casefold()).strip()
def known_as(governance: Any, person: str) -> set[str]:
    facts = {"name": "", "git": [], "login": {}, **governance["people"].get(person, {})}
    names = [person, facts["name"], *facts["git"], *facts["login"].values(), *(f"{manager}:{login}" for manager, login in facts["login"].items())]
    known = {folded(name) for name in names if name.strip()}
    return known | {digest(name.encode()) for name in (*known, *names) if "@" in name}  # as the ledger has addresses
def holders(governance: Any, role: str, owner: str) -> set[str]:
    roles = governance["roles"]
    control, making = ({person for name, one in roles.items() if (one["side"] == "control") is side and not (side and name == "reader") for person in one["held_by"]}
                       for side in (True, False))
    return {"owner": {owner}, "control": control - making}.get(role) or set(roles.get(role, {}).get("held_by", ()))
# The pack
class Pack:
    """A pack whose members are what its signed manifest says."""
    def __init__(self, data: bytes, trust: set[str]) -> None:
        self.members, self.trust, self.index = unzipped(data), trust, dict[int, int]()
    def manifest(self) -> list[str]:
        """Every member is what the manifest says, and the manifest what was signed."""
        members = self.members
        need({"manifest.json", "manifest.dsse.json", "keyring.json"} <= set(members), "this is no evidence pack: it has no signed manifest")
        self.body = read_json(members["manifest.json"], "manifest.json")
        named, inside = {one["path"]: one["sha256"] for one in self.body["items"]}, set(members) - {"manifest.json", "manifest.dsse.json"}
        wrong = [f"{name} {'has changed' if name in named else 'is not in the manifest'}" for name in sorted(inside) if digest(members[name])[7:] != named.get(name)]
        wrong += [f"{name} is missing" for name in sorted(set(named) - inside)]
        need(not wrong and len(named) == len(self.body["items"]), "; ".join(wrong) or "the manifest names a member twice")
        self.json = {name[:-5]: read_json(members[name], name) for name in members if name.endswith(".json")}
        need(all(digest(decoded(one["public"])) == one["fingerprint"] for one in self.json["keyring"]), "a key of the keyring has another name than its own")
        payload, by = opened(self.json["manifest.dsse"], self.keys("manifest"))
        subjects = [{"name": name, "digest": {"sha256": digest(members[name])[7:]}} for name in sorted(inside | {"manifest.json"})]
        wanted = {"_type": STATEMENT, "subject": subjects, "predicateType": "urn:modelops-airflow:evidence-pack:1", "predicate": self.body}
        need(payload == canonical(wanted) and len(self.json["manifest.dsse"]) == 3, "the signed manifest is another one")
        need([one["keyid"] for one in self.json["manifest.dsse"]["signatures"]] == sorted(by), "a signature of the manifest does not hold")
        who, self.origin = ", ".join(sorted(by)) or "nobody", min(by & self.trust, default=None)
        need(not self.trust or self.origin, f"the manifest is not signed by a trusted key, but by {who}")
        return [f"{len(members)} members are what the manifest says, signed by {who}"]
    def keys(self, use: str, person: Any = None, at: float = 0, kind: str = "ed25519") -> dict[str, bytes]:
        """The keys that may sign something; a person's only those that spoke for them at an index of the ledger."""
        return {one["fingerprint"]: decoded(one["public"]) for one in self.json["keyring"] if use in one["may"] and (one["person"], one["kind"]) == (person, kind)
                and (person is None or self.spoke(one["fingerprint"], person, at, kind))}
    def spoke(self, name: str, person: str, at: float, kind: str) -> bool:
        """Whether somebody else had confirmed a key, with the server's signature where it signs, and nobody had revoked it."""
        server = self.keys("approval")
        for one in self.done("key-activated", until=at, fingerprint=name, person=person)[:1]:
            payload, by = opened(one["envelope"], server) if server and one["envelope"] else (b"", set())
            attested = by and stated(payload, name, "key-activation:1") == {"by": one["by"], "kind": kind, "person": person}
            return one["by"] not in ("", person) and bool(attested or not server) and not self.done("key-revoked", until=at, fingerprint=name)
        return False
    def done(self, *kinds: str, until: float = float("inf"), **facts: Any) -> list[Any]:
        """What the ledger has of some kinds with these facts, in its order, before an index."""
        return [{**one["facts"], **one} for one in sorted(self.events, key=lambda one: int(one["index"])) if one["kind"] in kinds
                and one["outcome"] == "done" and one["index"] < until and facts.items() <= one["facts"].items()]
    def log(self) -> list[str]:
        """Every event is in the ledger, whose root is signed and continues what was anchored."""
        log, house = self.body["log"], self.keys("checkpoint")
        for told in [log, *log["anchored"]] if house or log["checkpoint"] else []:
            need([noted(told["checkpoint"], log["origin"], public) for public in house.values()] == [(told["tree_size"], told["root"])], "a checkpoint says another size or root")
        for told in log["anchored"]:
            need(continues(told["tree_size"], told["root"], log["tree_size"], log["root"], told["proof"]), "the ledger does not continue an anchored checkpoint")
        self.events = [json.loads(one["body"]) for one in self.json["events"]]
        for one, told in zip(self.json["events"], self.events):
            leaf, index = hashlib.sha256(b"\x00" + one["body"].encode()).digest(), one["index"]
            need(told["index"] == index and 0 <= index < log["tree_size"], f"event {index} is out of place")
            need(climbed(index, log["tree_size"] - 1, leaf, one["proof"])[1] == log["root"], f"event {index} is not in the ledger")
        return [f"{len(self.events)} events are in a ledger of {log['tree_size']}, whose root is signed by {', '.join(house) or 'nobody'}"]
    def evidence(self) -> list[str]:
        """The statements are those that were judged; people decided over them, the artifact, the plan and the policies."""
        run, plan, told, house, frozen = self.json["run"], self.json["plan"], self.json["evidence-manifest"], self.keys("statement"), digest(self.members["evidence-manifest.json"])
        artifact, this, names = "sha256:" + self.body["model"]["artifact_digest"], {"dag": run["dag"], "run": run["id"]}, ("subject", "manifest", "verdict")
        wishes = {one["index"]: [one[name] for name in ("digest", "ground", "by")] for one in self.done("erasure-asked")}
        agreed = {one["index"]: [one[name] for name in ("ask", "digest", "by")] for one in self.done("erasure-approved")}
        erased = {one["digest"]: one for one in self.done("erased") if one["asked_by"] != one["approved_by"] and one["ask"] < (one["approval"] or 0) < one["index"]
                  and wishes.get(one["ask"]) == [one["digest"], one["ground"], one["asked_by"]] and agreed.get(one["approval"]) == [one["ask"], one["digest"], one["approved_by"]]}
        gone = {step: erased.get(wanted, {}) for step, wanted in told["evidence"] if f"statements/{step}.dsse" not in self.json}
        need(all(gone.values()), f"the statement of {', '.join(step for step in gone if not gone[step])} is missing, and the ledger has no tombstone of it")
        steps, judged = {step for step, _ in told["evidence"]}, {one["id"] for one in plan["steps"] if one["phase"] in ("prepare", "check") and one["uses"] != "pin"}
        for step, wanted in [one for one in told["evidence"] if one[0] not in gone]:
            payload, by = opened(self.json[f"statements/{step}.dsse"], house)
            need(digest(payload) == wanted and (by or not house) and stated(payload, artifact, "measurement:1")["step"] == step, f"the statement of {step} is not the one that was judged, or not signed")
        need({f"statements/{step}.dsse" for step in steps - set(gone)} == {name for name in self.json if "/" in name}, "a statement was not judged")
        need(steps == judged if told["verdict"] == "pass" else steps <= judged, "the evidence is not that of the steps that the plan judges")
        for one in self.json["results"]:
            need([row["verdict"] for row in self.done("recorded", run=run["id"], step=one["step"]) if row.get("dag", run["dag"]) == run["dag"]][-1:] == [one["verdict"]], f"the ledger has another result of {one['step']}")
        self.gates = {one["id"]: one["options"] for one in plan["steps"] if one["phase"] == "gate"}
        self.slot = slot = f"{plan['model']['id']}@" + next((one["options"]["to"] for one in plan["steps"] if one["uses"] == "deploy"), "")
        approved = {name: [{key: value for key, value in step.items() if key != "profile"} for step in body] if name == "steps" else body
                    for name, body in plan.items() if name != "schedule"}
        parts = {"artifact": artifact, "plan": digest(canonical(approved)), "policies": plan["policies"], "manifest": frozen,
                 "authority": digest(canonical({"gates": self.gates, "slot": slot})), "slot": slot}
        passed_over = {one["step"] for one in told.get("waived", [])}
        failed = {one["step"] for one in self.json["results"] if one["verdict"] not in ("pass", "not_applicable")}
        need(told["verdict"] != "pass" or failed <= passed_over, f"it passed though a step did not, and no waiver says why: {', '.join(sorted(failed - passed_over))}")
        need((run["manifest"], run["verdict"]) == (frozen, told["verdict"]), "the run was decided over other evidence")
        need(run["subject"] == digest(canonical(parts)), "the subject of the decisions is not over this artifact, plan, policies and evidence")
        need([(one["plan"], one["artifact"]) for one in self.done("pinned", **this)][:1] == [(digest(self.members["plan.json"]), artifact)], "the ledger pinned another plan or artifact")
        need([[one[name] for name in names] for one in self.done("decided", **this)][-1:] == [[run[name] for name in names]], "the ledger decided the run over something else")
        told_of = [*((f"the statement of {step}", one) for step, one in gone.items()), *(("the artifact", one) for one in erased.values() if one["digest"] == artifact)]
        return [f"{len(steps)} statements about artifact {artifact[7:19]} led to: {told['verdict']}"] + [f"{what} was erased, tombstone at index {one['index']}: {one['ground']}, asked by {one['asked_by']}, approved by {one['approved_by']}" for what, one in told_of]
    def waivers(self) -> list[str]:
        """What was passed over was waived, by the ledger, when the run was decided and at each permission; what counts now counts."""
        run, rests, said = self.json["run"], self.json["evidence-manifest"].get("waived", []), list[str]()
        words = {one["waiver"]: one for one in self.json.get("waivers", [])}
        now = {"index": self.body["log"]["tree_size"], "at": self.body["created_at"]}
        times = [{"authors": [], **one} for one in self.done("decided", dag=run["dag"], run=run["id"])[-1:]] + self.done("promotion", run=run["id"], subject=run["subject"])
        for one in rests:
            told = words[one["waiver"]]
            need((digest(canonical(told["words"])), told["words"]["pack"], told["words"]["control"]) == (one["terms"], one["pack"], one["control"]), f"waiver {one['waiver']} is told in other words than were decided over")
            step: Any = next((had for had in self.json["plan"]["steps"] if had["id"] == one["step"]), {"required_by": [], "requirements": []})
            need(f"{one['pack']} {one['control']}" in [*step["required_by"], *(had["origin"] for rule in step["requirements"] for had in rule.get("among", []))], f"{one['pack']} {one['control']} asks nothing of step {one['step']}, so its waiver does not cover that")
            asked = self.json["plan"]["packs"][one["pack"]]["controls"][one["control"]]
            content = {"numbers": {name: {key: had[key] for key in ("fail", "warn")} for name, had in asked.get("numbers", {}).items()}, **{name: asked.get(name) for name in ("at", "class", "ref", "steps", "text")}}
            need(told["words"]["content"] == digest(canonical(content)), f"{one['pack']} {one['control']} says something else than waiver {one['waiver']} was asked for")
            need(all(self.waived(told, then) for then in times), f"by the ledger waiver {one['waiver']} of {one['pack']} {one['control']} did not count when the version went ahead")
            said.append(f"step {one['step']} did not meet {one['pack']} {one['control']}, which {', '.join(told['accepted_by'])} waived until {told['words']['until']}")
        for number, told in words.items():
            need(set(told["accepted_by"]) == {one["by"] for one in self.accepted(number, now["index"])}, f"by the ledger others accepted waiver {number}")
            need(self.waived(told, now) == told["counts"], f"by the ledger waiver {number} counts, or does not, and here it is told otherwise")
        return said
    def accepted(self, number: int, until: float) -> list[Any]:
        """The acceptances of a waiver before an event, by people who were of the control side when they accepted."""
        return [one for one in self.done("control-waiver-accepted", until=until, waiver=number) if one["by"] in holders(self.ruled(one["index"]), "control", "")]
    def waived(self, told: Any, then: Any) -> bool:
        """Whether the ledger has a waiver in these words asked for, accepted by enough of the control side who made nothing of it, and not ended, before an event."""
        until, words, number, model = then["index"], told["words"], told["waiver"], self.json["plan"]["model"]
        rules, makers = self.ruled(until), self.authors(then, until) | {folded(model["owner"])}
        asked = self.done("control-waiver-asked", until=until, waiver=number, terms=digest(canonical(words)), pack=words["pack"], control=words["control"])[:1]
        accepted, tier = self.accepted(number, until), int(model["tier"])
        by = {one["by"] for one in accepted if not known_as(rules, one["by"]) & makers}
        last = date.fromisoformat((accepted or [then])[-1]["at"][:10]) + timedelta(days={1: 90, 2: 180}.get(tier, 365))
        ended = self.done("control-waiver-rejected", "control-waiver-revoked", until=until, waiver=number)
        return bool(asked and not ended and len(by - {asked[0]["by"]}) >= max(asked[0]["needed"], 2 if tier == 1 else 1) and then["at"][:10] <= words["until"] <= last.isoformat())
    def deployments(self) -> list[str]:
        """Each was permitted as it is told, is live exactly where the ledger has that, and none is left out."""
        run, rows, said = self.json["run"], self.json["deployments"], list[str]()
        self.permitted = self.done("promotion", run=run["id"], subject=run["subject"])
        went = {(one["environment"], one["epoch"]) for one in self.done("live")}
        need(went & {(one["environment"], one["epoch"]) for one in self.permitted} <= {(one["environment"], one["epoch"]) for one in rows}, "the ledger has a deployment that the pack has not")
        need(not rows or run["verdict"] == "pass", "a run that did not pass was deployed")
        for one in rows:
            place = {"environment": one["environment"], "epoch": one["epoch"]}
            wanted = [all(had.get(name, one[name]) == one[name] for name in ("artifact", "at", "cause", "strength", "target")) for had in self.permitted if place.items() <= had.items()]
            need(wanted == [True], f"the ledger has no such permission for {one['environment']}")
            last, ends = (self.done("live", environment=one["environment"]) or [{"epoch": 0, "index": 0}])[-1], self.done("suspended", "pulled-back", "canary-ended", environment=one["environment"])
            ends += [end for end in self.done("retired") if self.body["model"]["version"] in end["versions"]] + [end for end in self.done("break-glass-ended", subject=run["subject"]) if end["how"] != "approved"]
            stands = last["epoch"] == one["epoch"] and not any(end["index"] > last["index"] for end in ends)
            need((one["state"] == "live") == stands and (one["state"] != "superseded" or tuple(place.values()) in went), f"by the ledger {one['environment']} is not {one['state']}")
            need(one["artifact"][7:] == self.body["model"]["artifact_digest"] and one["observed"] in (None, one["artifact"]), "another artifact was deployed")
            said.append(f"{one['environment']} is {one['state']}, its target {one['strength']}, read back {'the artifact' if one['observed'] else 'nothing'}")
        glass = self.done("break-glass", subject=run["subject"])
        need([one["by"] for one in glass] == [one["person"] for one in self.body["break_glass"]], "the ledger has other emergency releases than the pack")
        self.moments = [{}] if glass else [one for one in self.permitted if (one["environment"], one["epoch"]) in went] or self.permitted[-1:] or [{}]
        return said + [f"{one['by']} released it in an emergency, before its approvals" for one in glass]
    def decisions(self) -> list[str]:
        """Enough different people, who held the roles and are no authors, approved the subject at each permission by which it went live."""
        said, told, now = list[str](), self.json["approvals"], self.in_force(self.json["approvals"], self.body["log"]["tree_size"])
        odd = [f"{one['person']} at {one['step']}" for one in told if (one in now) == bool(one["withdrawn_at"])]
        need(not odd, f"by the ledger a decision is in force, or taken back, and here it is not: {', '.join(odd)}")
        how = {id(one): self.signed_decision(one) for one in told}
        need([one["gate"] for one in self.body["approvals"]] == list(self.gates), "the manifest tells of other gates than the plan")
        stood = [self.standing(one, how) for one in self.moments]
        for gate in self.body["approvals"]:
            state, people = next((one for one in (had[gate["gate"]] for had in stood) if one[0] != "approved"), stood[0][gate["gate"]])
            need(state == gate["state"], f"gate {gate['gate']} is {state} by its decisions, not {gate['state']}")
            need(state == "approved" or not self.json["deployments"] or self.body["break_glass"], "it was deployed without the approvals that its plan demands")
            said.append(f"gate {gate['gate']} is {state} by {', '.join(f'{one[2]}, {one[3]}' for one in people) or 'nobody'}")
        return said
    def standing(self, then: Any, how: dict[int, str]) -> dict[str, Any]:
        """Where each gate stood, and by whom, at a permission; without one, now."""
        model, until, counted, used = self.json["plan"]["model"], then.get("index", self.body["log"]["tree_size"]), set[Any](), dict[str, str]()
        rules, authors = self.ruled(until), self.authors(then, until)
        for one in (stood := self.in_force(self.json["approvals"], until)):
            step, person, asked, signature = one["step"], one["person"], self.gates[one["step"]], how[id(one)]
            fresh = one["decision"] == "approve" and not (one["expires_at"] and one["expires_at"] <= then.get("at", self.body["created_at"])) and signature in (BY_PERSON if asked.get("signature") == "person" else GOOD)
            free = (set(asked["roles"]) == {"owner"} and asked.get("meaning") == "attest") or not known_as(rules, person) & authors
            if fresh and used.setdefault(person, step) == step and free and person in holders(rules, one["role"], model["owner"]):
                counted.add((step, one["role"], person, signature))
        rejected, people = {one["step"] for one in stood if one["decision"] == "reject"}, {gate: [one for one in sorted(counted) if one[0] == gate] for gate in self.gates}
        enough = {gate for gate, asked in self.gates.items() if asked["roles"] and all(0 < number <= len([1 for one in people[gate] if one[1] == role]) for role, number in asked["roles"].items())}
        return {gate: ("rejected" if gate in rejected else "approved" if gate in enough else "open", people[gate]) for gate in self.gates}
    def ruled(self, until: float) -> Any:
        """The governance that the ledger has in force before an event."""
        named = [one["governance"] for one in self.done("governance-activated", "governance-first-use", until=until)][-1:] or [digest(self.members["governance.json"])]
        rules = {digest(self.members[f"{name}.json"]): body for name, body in self.json.items() if name.startswith("governance")}.get(named[0])
        need(rules, f"the ledger says that another governance was in force before event {until}, which the pack has not")
        return rules
    def authors(self, then: Any, until: float) -> set[str]:
        """Who had a hand in the version by an event that tells of authors; by any other, everybody whom the pack names."""
        known = {name for one in self.done("pinned", until=until, version=self.body["model"]["version"]) for name in one["authors"]} | set(then.get("authors", ()))
        need(known <= {name for one, _ in self.json["run"]["authors"] for name in (one, digest(one.encode()))}, "the ledger has authors whom the pack has not")
        return {folded(name) for name, _ in self.json["run"]["authors"] if "authors" not in then or {name, digest(name.encode())} & known} | set(map(folded, self.json["plan"]["model"]["developers"]))
    def in_force(self, rows: list[Any], until: int) -> list[Any]:
        """Which decisions the ledger leaves in force: a withdrawal takes one back, a stop every approval. Each is told, and as it was."""
        left, subject, ahead = dict[tuple[str, str], Any](), self.json["run"]["subject"], list(rows)
        for made in [one for one in self.done("decision", "withdrawal", "suspended", until=until) if one.get("subject", subject) == subject]:
            place, stopped = (made.get("step"), made.get("person")), made["kind"] == "suspended" and f"{made['model']}@{made['environment']}" == self.slot
            left = {at: one for at, one in left.items() if at != place and not (stopped and one["decision"] == "approve")}
            if made["kind"] == "decision":
                one = left[place] = next((one for one in ahead if (one["step"], one["person"]) == place), dict[str, Any]())
                need(one, f"the ledger has a decision that the pack has not: {place[1]} at {place[0]}")
                said = {name: one[name] for name in ("decision", "meaning", "role")} | {"expires": one["expires_at"], "comment": digest(one["comment"].encode())}
                said |= {"auth": made.get("auth") if made.get("auth") == digest(one["auth"].encode()) else one["auth"], "conditions": digest(canonical(one["conditions"])) if one["conditions"] else None, "statement": digest(decoded(one["envelope"]["payload"])) if one["envelope"] else made.get("statement")}
                need(said.items() <= {"conditions": None, "statement": None, **made}.items(), f"the decision of {place[1]} at {place[0]} is not in the ledger as it is told")
                ahead.remove(one)
                self.index[id(one)] = made["index"]
        need(not ahead or until < self.body["log"]["tree_size"], f"a decision is told that is not in the ledger: {ahead and ahead[0]['person']}")
        return list(left.values())
    def signed_decision(self, one: Any) -> str:
        """Whose signatures a decision has, which is over the subject and says what was signed."""
        who, envelope, server = f"the decision of {one['person']} at {one['step']}", one["envelope"], self.keys("approval")
        need(one["subject"] == self.json["run"]["subject"], f"{who} is over another subject")
        if not envelope:
            return DOUBTED if server else UNSIGNED
        own, passkeys = (self.keys("decision", one["person"], self.index[id(one)], kind) for kind in ("ed25519", "passkey"))
        (payload, by), named = opened(envelope, own), {entry["keyid"] for entry in envelope["signatures"]}
        said = {**{name: one[name] for name in ("person", "step", "decision", "meaning", "nth")}, "comment": digest(one["comment"].encode()), "conditions": digest(canonical(one["conditions"]))}
        need(said.items() <= stated(payload, one["subject"], "decision:1").items(), f"{who} is not what was signed")
        recorded, recorder = opened(envelope["record"], server) if server and envelope.get("record") else (b"", set())
        said = {"role": one["role"], "auth": one["auth"], "at": one["at"], "expires": one["expires_at"]}
        need(not recorder or said.items() <= stated(recorded, digest(payload), "decision-record:1").items(), f"{who} is not what the server recorded and signed")
        if (server and not recorder) or (named and not by and not named & set(passkeys)):
            return DOUBTED
        return BY_PERSON[0] if by else BY_PERSON[1] if named else "signed by the server alone" if recorder else UNSIGNED

def verify(data: bytes, trust: Any = ()) -> dict[str, Any]:
    """What a pack establishes: problems, established, gaps, and the trusted fingerprint that signed it or None."""
    try:
        pack = Pack(data, set(trust))
        said = [line for part in (pack.manifest, pack.log, pack.evidence, pack.waivers, pack.deployments, pack.decisions) for line in part()]
        return {"problems": [], "established": said, "gaps": [f"{one['control']}: {one['why']}" for one in pack.body["gaps"]], "origin": pack.origin}
    except (Wrong, KeyError, ValueError, TypeError, AttributeError, IndexError, RecursionError, ArithmeticError, struct.error) as error:
        why = str(error) if isinstance(error, Wrong) else f"the pack cannot be read as one: {type(error).__name__} {str(error)[:120]}"
        return {"problems": [why], "established": [], "gaps": [], "origin": None}
def report(answer: dict[str, Any]) -> str:
    origin = f"verified; signed by the trusted key {answer['origin']}" if answer["origin"] else "internally consistent, origin not established"
    parts = [("NOT VERIFIED", answer["problems"])] if answer["problems"] else [(origin, answer["established"]), ("not proven:", answer["gaps"])]
    return "\n".join("\n  ".join([head, *lines]) for head, lines in parts)
def main() -> int:
    parser = argparse.ArgumentParser(description="Verify an evidence pack, offline, with Python alone.")
    parser.add_argument("pack", type=argparse.FileType("rb"))
    parser.add_argument("--trust", action="append", default=[], metavar="FINGERPRINT", help="sha256:... of the sender's key, got from elsewhere")
    given = parser.parse_args()
    print(report(answer := verify(given.pack.read(MOST_BYTES + 1), given.trust)))
    return 1 if answer["problems"] else 0
if __name__ == "__main__":
    sys.exit(main())
