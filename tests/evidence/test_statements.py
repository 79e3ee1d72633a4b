"""Statements and subjects: nothing in them but what was measured, and everything that was."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from dataclasses import replace
from uuid import uuid4

import pytest

import modelops_airflow
from modelops_airflow.digest import digest_bytes, digest_of
from modelops_airflow.errors import EvidenceError
from modelops_airflow.evidence.manifest import authority, manifest, subject
from modelops_airflow.evidence.statement import STATEMENT, put_statement, read_measurement, read_statement, statement
from modelops_airflow.evidence.store import BlobStore
from modelops_airflow.measurement import Measurement, Metric, Status

ARTIFACT = digest_bytes(b"model")
MEASURED = Measurement(
    "drift", 1, Status.MEASURED, (Metric("psi", 0.25, {"column": "amount"}, n=100, error_bound=0.0), Metric("psi", None, {"column": "x"}, reason="gone")),
    inputs={"current": digest_bytes(b"now"), "baseline": digest_bytes(b"then")}, parameters={"method": "psi"}, notes=("binning: baseline",),
)


@pytest.fixture
def store():
    return BlobStore(f"memory://{uuid4().hex}")


def test_a_statement_is_an_in_toto_statement_of_the_artifact():
    body = statement(MEASURED, subject=ARTIFACT, step="drift")
    assert set(body) == {"_type", "subject", "predicateType", "predicate"}
    assert body["_type"] == STATEMENT == "https://in-toto.io/Statement/v1"
    assert body["subject"] == [{"name": "artifact", "digest": {"sha256": ARTIFACT.removeprefix("sha256:")}}]
    assert body["predicate"] == {"step": "drift", "measurement": MEASURED.to_json()}


def test_a_statement_says_nothing_of_time_host_run_or_package():
    def keys(value):
        if isinstance(value, dict):
            return {*value, *(key for item in value.values() for key in keys(item))}
        return {key for item in value for key in keys(item)} if isinstance(value, list) else set()

    body = statement(MEASURED, subject=ARTIFACT, step="drift")
    foreign = {"time", "at", "created", "started", "finished", "timestamp", "host", "hostname", "user", "run", "run_id", "platform",
               "python", "package", "package_version", "path", "pid", "threads", "duration", "seconds"}
    assert not foreign & keys(body)
    text = json.dumps(body)
    for word in (platform.node(), os.getcwd(), platform.python_version(), modelops_airflow.__version__):
        assert not word or word not in text or word in ("localhost", "drift")


ELSEWHERE = """
from modelops_airflow.evidence.statement import statement
from modelops_airflow.digest import digest_of
from modelops_airflow.measurement import Measurement
import json, sys
print(digest_of(statement(Measurement.from_json(json.load(sys.stdin)), subject=sys.argv[1], step="drift")))
"""


def test_another_process_place_time_zone_and_hash_seed_give_the_same_digest(tmp_path):
    expected = digest_of(statement(MEASURED, subject=ARTIFACT, step="drift"))
    for seed, zone in (("1", "Asia/Tokyo"), ("77", "America/Lima")):
        env = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": "C", "HOSTNAME": f"host-{seed}"}
        done = subprocess.run([sys.executable, "-c", ELSEWHERE, ARTIFACT], input=json.dumps(MEASURED.to_json()), capture_output=True,
                              text=True, check=True, env=env, cwd=tmp_path)
        assert done.stdout.strip() == expected


CHANGES = [
    {"check": "bias"}, {"version": 2}, {"status": Status.ERROR}, {"metrics": MEASURED.metrics[:1]}, {"metrics": MEASURED.metrics[::-1]},
    {"metrics": (replace(MEASURED.metrics[0], value=0.2500000001), MEASURED.metrics[1])},
    {"metrics": (replace(MEASURED.metrics[0], judged=False), MEASURED.metrics[1])},
    {"metrics": (replace(MEASURED.metrics[0], n=101), MEASURED.metrics[1])},
    {"metrics": (replace(MEASURED.metrics[0], where={"column": "b"}), MEASURED.metrics[1])},
    {"inputs": {"current": digest_bytes(b"now")}}, {"inputs": {**MEASURED.inputs, "baseline": digest_bytes(b"other")}},
    {"parameters": {"method": "ks"}}, {"notes": ()},
]


def test_every_change_of_what_was_measured_is_another_statement():
    digests = [digest_of(statement(replace(MEASURED, **change), subject=ARTIFACT, step="drift")) for change in ({}, *CHANGES)]
    digests += [digest_of(statement(MEASURED, subject=digest_bytes(b"m2"), step="drift")),
                digest_of(statement(MEASURED, subject=ARTIFACT, step="drift-2"))]
    assert len(set(digests)) == len(digests)


def test_a_measurement_comes_back_from_the_store(store):
    digest = put_statement(store, MEASURED, subject=ARTIFACT, step="drift")
    assert put_statement(store, MEASURED, subject=ARTIFACT, step="drift") == digest
    assert read_measurement(store, digest) == MEASURED


@pytest.mark.parametrize("data", [b"", b"no json", b"\xff\xfe", b"[]", b"7", b"{}", b'{"predicateType": "urn:other"}'])
def test_a_blob_that_is_no_statement_is_an_evidence_error(store, data):
    with pytest.raises(EvidenceError, match="is not a statement"):
        read_statement(store, store.put(data))


FACTS = {
    "artifact": ARTIFACT, "plan": digest_bytes(b"plan"), "policies": {"bank": digest_bytes(b"p1"), "model": digest_bytes(b"p2")},
    "manifest": digest_bytes(b"manifest"), "authority": digest_bytes(b"authority"), "slot": "credit@production",
}


def test_every_input_changes_the_subject():
    other = digest_bytes(b"other")
    changed = [{name: other} for name in ("artifact", "plan", "manifest", "authority")] + [
        {"slot": "credit@shadow"}, {"policies": {}}, {"policies": {"bank": digest_bytes(b"p1")}},
        {"policies": {**FACTS["policies"], "model": other}}, {"policies": {"bank": digest_bytes(b"p2"), "model": digest_bytes(b"p1")}},
        {"artifact": FACTS["plan"], "plan": FACTS["artifact"]},
    ]
    digests = [subject(**FACTS), *(subject(**{**FACTS, **change}) for change in changed)]
    assert len(set(digests)) == len(digests)


def test_the_order_of_policies_does_not_change_the_subject():
    assert subject(**{**FACTS, "policies": dict(reversed(FACTS["policies"].items()))}) == subject(**FACTS)


def test_the_manifest_names_every_step_sorted_and_the_verdict():
    evidence = {"drift": digest_bytes(b"1"), "bias": digest_bytes(b"2")}
    assert manifest(evidence, verdict="pass", warned=False) == {
        "evidence": [["bias", evidence["bias"]], ["drift", evidence["drift"]]], "verdict": "pass", "warned": False}
    digests = {digest_of(manifest(one, verdict=verdict, warned=warned)) for one in (evidence, {"drift": evidence["drift"]}, {
        "drift": evidence["bias"], "bias": evidence["drift"]}) for verdict in ("pass", "fail") for warned in (True, False)}
    assert len(digests) == 12


def test_the_authority_changes_with_rules_and_slot():
    gates = {"release": {"roles": ["owner"], "count": 1}}
    digests = {authority(gates, "a@b"), authority(gates, "a@c"), authority({"release": {"roles": ["owner"], "count": 2}}, "a@b"),
               authority({"other": gates["release"]}, "a@b"), authority({}, "a@b")}
    assert len(digests) == 5
