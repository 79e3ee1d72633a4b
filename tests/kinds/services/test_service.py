"""A service is asked as described, and what it says is never believed."""

from __future__ import annotations

import json
import socket
import time
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from artifacts import EXAMPLES, clean

from modelops_airflow.digest import digest_bytes
from modelops_airflow.errors import ArtifactError, DataError
from modelops_airflow.kinds import open_model, scan, verify
from modelops_airflow.kinds.services import http_caller
from vendors import EXAMPLE, Parrot, Saying, address, serving, vendor_server

ONE = b"""\
service: 1
protocol: json
path: /score
request: {rows: rows, fields: {a: a, b: bee}}
answer: {prediction: p, score: s.t}
retries: 0
"""
ROWS = pa.table({"a": [1, 2, 3], "b": ["x", None, "z"]})
GOOD = [{"p": 0, "s": {"t": 0.1}}, {"p": 1, "s": {"t": 0.9}, "more": [None]}, {"p": 0, "s": {"t": 0}}]


def described(data: bytes, url: str, **options: Any) -> Any:
    """A scorer of a description."""
    report = scan("http", data, file="service.yaml")
    assert clean(report), report.notes
    given = {"connection": "vendor", "private": True} | options
    return open_model(verify("http", data, digest_bytes(data), report), given, connections=lambda name: {"vendor": url}[name])


def said(*sayings: Saying, data: bytes = ONE, rows: pa.Table = ROWS, **options: Any) -> tuple[Any, Any, Parrot]:
    """What a parrot's sayings come to."""
    with serving(Parrot(*sayings)) as parrot:
        scorer = described(data, address(parrot), **options)
        return scorer.score(rows), scorer, parrot


@pytest.fixture
def vendor() -> Any:
    with serving(vendor_server.Vendor()) as server:
        yield server


def credit() -> pa.Table:
    return pq.read_table(EXAMPLES / "credit" / "current.parquet")


@pytest.mark.parametrize("file", ["service-2026.1.yaml", "service-v2.yaml"])
def test_both_protocols_give_the_vendors_own_answers_in_order(file: str, vendor: Any) -> None:
    scorer = described((EXAMPLE / file).read_bytes(), address(vendor))
    told = scorer.score(credit())

    likely = [vendor_server.probability(row) for row in credit().to_pylist()]
    assert told["score"].to_pylist() == likely and told["prediction"].to_pylist() == [int(one >= 0.5) for one in likely]
    assert (scorer.trouble(), scorer.version()) == ("", "2026.1")
    assert scorer.notes()[0] == "answered by version 2026.1" and "400 rows in" in scorer.notes()[1]
    assert scorer.score(credit().slice(0, 0)).num_rows == 0


def test_times_repetitions_and_cost_are_beside_the_notes_which_are_the_same_again(vendor: Any) -> None:
    notes = []
    for _ in range(2):
        scorer = described((EXAMPLE / "service-2026.1.yaml").read_bytes(), address(vendor))
        assert scorer.timed() == {} and scorer.kept() == {} and scorer.notes() == ()
        scorer.score(credit())
        notes.append(scorer.notes())
        told = json.loads(scorer.timed()["service.json"])
        assert (told["rows"], told["requests"], told["sent_again"], told["version"]) == (400, 2, 0, "2026.1")
        assert 0 < told["seconds"]["median"] <= told["seconds"]["maximum"] < 5
        assert told["cost"] == {"amount": pytest.approx(8.0), "currency": "EUR"}
    assert notes[0] == notes[1]


def test_columns_go_out_under_the_services_names_and_missing_values_as_null() -> None:
    told, _, parrot = said(Saying(GOOD))
    (path, headers, body), = parrot.asked
    assert (path, headers["content-type"], json.loads(body)) == (
        "/score", "application/json", {"rows": [{"a": 1, "bee": "x"}, {"a": 2, "bee": None}, {"a": 3, "bee": "z"}]})
    assert told.to_pydict() == {"prediction": [0, 1, 0], "score": [0.1, 0.9, 0.0]}


def test_a_service_that_takes_one_row_at_a_time_is_asked_so() -> None:
    data = ONE.replace(b"rows: rows, ", b"")
    told, scorer, parrot = said(*(Saying(one) for one in GOOD), data=data)
    assert [json.loads(body) for _, _, body in parrot.asked] == [{"a": 1, "bee": "x"}, {"a": 2, "bee": None}, {"a": 3, "bee": "z"}]
    assert told["prediction"].to_pylist() == [0, 1, 0] and "3 rows in 3 requests" in scorer.notes()[1]


def test_a_list_below_the_top_is_found_and_rows_are_asked_in_batches() -> None:
    data = ONE.replace(b"answer: {", b"batch: 2\nanswer: {rows: out.all, ")
    told, _, parrot = said(Saying({"out": {"all": GOOD[:2]}}), Saying({"out": {"all": GOOD[2:]}}), data=data)
    assert len(parrot.asked) == 2 and told["score"].to_pylist() == [0.1, 0.9, 0.0]


LIES = {
    "too few": ([*GOOD[:2]], "answered 2 rows for 3"),
    "too many": ([*GOOD, *GOOD], "answered 6 rows for 3"),
    "no list": ({"p": 1}, "no list at its top"),
    "no prediction": ([*GOOD[:2], {"s": {"t": 0.5}}], "answer 2 has no p"),
    "null": ([GOOD[0], {"p": None, "s": {"t": 0.5}}, GOOD[2]], "row 1 has no prediction"),
    "mixed types": ([GOOD[0], {"p": "yes", "s": {"t": 0.5}}, GOOD[2]], "row 1 has a text as prediction, and rows before it something else"),
    "true beside 1": ([GOOD[0], {"p": True, "s": {"t": 0.5}}, GOOD[2]], "row 1 has true or false"),
    "nested": ([GOOD[0], {"p": {}, "s": {"t": 0.5}}, GOOD[2]], "row 1 has a dict as prediction|row 1 has a mapping as prediction"),
    "NaN": (b'[{"p": NaN, "s": {"t": 1}}]', "NaN, which is no number"),
    "infinite": (b'[{"p": 0, "s": {"t": 1e999}}, {"p": 0, "s": {"t": 1}}, {"p": 0, "s": {"t": 1}}]', "row 0 has .* as score"),
    "huge": (b'[{"p": 0, "s": {"t": 1}}, {"p": 9223372036854775808, "s": {"t": 1}}, {"p": 0, "s": {"t": 1}}]', "row 1 has a prediction that is not finite"),
    "points": ([GOOD[0], {"p": 1, "s": {"t": 712}}, GOOD[2]], "row 1 has 712 as score; expected a probability"),
    "score text": ([GOOD[0], {"p": 1, "s": {"t": "0.5"}}, GOOD[2]], "row 1 has a text as score"),
    "score true": ([GOOD[0], {"p": 1, "s": {"t": True}}, GOOD[2]], "row 1 has true or false as score"),
    "score flat": ([GOOD[0], {"p": 1, "s": 0.5}, GOOD[2]], "answer 1 has no s.t"),
    "twice": (b'[{"p": 0, "p": 1, "s": {"t": 1}}]', "a key twice"),
    "no JSON": (b"<html>", "no JSON"),
    "cut": (b'[{"p": 0,', "no JSON"),
    "deep": (b"[" * 100_000, "too deep|no JSON"),
    "not UTF-8": (b'["\xff"]', "no JSON"),
}


@pytest.mark.parametrize(("body", "why"), LIES.values(), ids=LIES)
def test_an_answer_that_is_none_is_a_located_error(body: Any, why: str) -> None:
    with pytest.raises(ArtifactError, match=why):
        said(Saying(body))


STATUSES = {
    "not JSON by its type": (Saying(GOOD, headers=[("Content-Type", "text/html")]), "text/html; expected application/json"),
    "no type": (Saying(GOOD, headers=[]), "no content type"),
    "not found": (Saying(GOOD, 404), "status 404.*is the path right"),
    "no leave": (Saying(GOOD, 401), "status 401.*credentials"),
    "broken": (Saying(GOOD, 500), "status 500"),
    "empty": (Saying(b"", 204), "status 204"),
    "elsewhere": (Saying(GOOD, 302, [("Location", "http://169.254.169.254/")]), "status 302.*nothing is followed"),
    "shorter than it says": (Saying(GOOD, length=5000), "did not answer: IncompleteRead"),
    "hangs up": (Saying(act=lambda beak: beak.connection.shutdown(socket.SHUT_RDWR)), "did not answer"),
    "no HTTP": (Saying(act=lambda beak: beak.wfile.write(b"SSH-2.0-OpenSSH\r\n\r\n")), "did not answer: BadStatusLine"),
}


@pytest.mark.parametrize(("saying", "why"), STATUSES.values(), ids=STATUSES)
def test_a_reply_that_is_no_answer_is_a_located_error(saying: Saying, why: str) -> None:
    with pytest.raises(ArtifactError, match=f"rows 0 to 2 of the data: .*{why}"):
        said(saying)


def test_a_redirect_is_asked_nothing() -> None:
    with serving(Parrot(Saying(GOOD))) as other, pytest.raises(ArtifactError, match="302"):
        said(Saying(GOOD, 302, [("Location", f"{address(other)}/score")]))
    assert other.asked == []


def test_an_answer_without_end_and_one_without_haste_are_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    def drip(beak: Any) -> None:
        beak.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n[")
        for _ in range(100):
            time.sleep(0.05)
            beak.wfile.write(b" ")

    started = time.monotonic()
    with pytest.raises(ArtifactError, match=r"did not answer within 0\.4 s"):
        said(Saying(act=drip), data=ONE + b"timeout: 0.4\n")
    assert time.monotonic() - started < 4

    monkeypatch.setattr(http_caller, "LARGEST", 1000)
    with pytest.raises(ArtifactError, match="larger than"):
        said(Saying(b" " * 5000))


def test_it_is_asked_again_where_that_may_help_and_no_more_often(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("modelops_airflow.kinds.services.http.Caller", lambda *args, **more: http_caller.Caller(*args, sleep=pauses.append, **more))
    again = ONE.replace(b"retries: 0", b"retries: 3")
    busy = Saying({}, 503, [("Retry-After", "7")])
    told, scorer, parrot = said(busy, Saying(act=lambda beak: beak.connection.shutdown(socket.SHUT_RDWR)), Saying({}, 429), Saying(GOOD), data=again)
    assert len(parrot.asked) == 4 and told.num_rows == 3 and pauses == [7.0, 1.0, 2.0]
    assert json.loads(scorer.timed()["service.json"])["sent_again"] == 3

    with pytest.raises(ArtifactError, match="asked 4 times and answered with status 503"):
        said(Saying({}, 503, [("Retry-After", "99999")]), data=again)
    assert pauses[3:] == [60.0, 60.0, 60.0]
    with pytest.raises(ArtifactError, match="asked once and answered with status 503"):
        said(busy)
    with pytest.raises(ArtifactError, match="status 400"):
        said(Saying({}, 400), data=again)
    assert len(pauses) == 6


@pytest.mark.parametrize(("told", "seconds"), [(None, 2.0), ("1", 2.0), ("30", 30.0), ("soon", 2.0), ("-5", 2.0), ("Wed, 21 Oct 2015 07:28:00 GMT", 2.0),
                                               ("Wed, 21 Oct 2215 07:28:00 GMT", 60.0), ("9" * 400, 60.0)])
def test_what_retry_after_says_is_honoured_up_to_a_minute(told: str | None, seconds: float) -> None:
    assert http_caller.pause_of(2, told) == seconds


def test_requests_keep_their_distance(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, pauses = [0.0], []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        clock[0] += seconds

    monkeypatch.setattr("modelops_airflow.kinds.services.http.Caller",
                        lambda *args, **more: http_caller.Caller(*args, sleep=sleep, clock=lambda: clock[0], **more))
    data = ONE.replace(b"rows: rows, ", b"") + b"per_second: 4\n"
    said(*(Saying(one) for one in GOOD), data=data)
    assert pauses == [0.25, 0.25]


VERSIONED = ONE + b"version_header: X-Version\n"


def version(*told: str) -> list[Saying]:
    return [Saying([GOOD[0]], headers=[("Content-Type", "application/json"), ("X-Version", one)]) for one in told]


def test_every_answer_says_its_version_and_all_say_the_same() -> None:
    one = VERSIONED + b"batch: 1\n"
    assert said(*version("7", "7"), data=one)[1].version() == "7"
    with pytest.raises(ArtifactError, match=r"rows 1 to 1 of the data: version 8 answered, and version 7 before it"):
        said(*version("7", "8"), data=one)
    with pytest.raises(ArtifactError, match="does not say in X-Version"):
        said(Saying([GOOD[0]]), data=one)
    with pytest.raises(ArtifactError, match="version 7 answered; the description pins 6"):
        said(*version("7"), data=one + b"version: '6'\n")
    assert said(*version("6"), data=one + b"version: '6'\n")[1].version() == "6"


V2 = b"""\
service: 1
protocol: open-inference-v2
model_name: m
model_version: "3"
request: {fields: {a: a}}
answer: {prediction: p, score: s}
retries: 0
"""
TENSORS = {"model_version": "3", "outputs": [{"name": "s", "shape": [3, 2], "data": [0.9, 0.1, 0.2, 0.8, 1.0, 0.0]},
                                             {"name": "p", "shape": [3, 1], "datatype": "BYTES", "data": [["no"], ["yes"], ["no"]]}]}


def test_the_open_inference_protocol_is_spoken_as_it_is_written() -> None:
    told, scorer, parrot = said(Saying(TENSORS), data=V2)
    (path, _, body), = parrot.asked
    assert path == "/v2/models/m/versions/3/infer" and json.loads(body) == {
        "inputs": [{"name": "a", "shape": [3, 1], "datatype": "INT64", "data": [1, 2, 3]}], "outputs": [{"name": "p"}, {"name": "s"}]}
    assert told.to_pydict() == {"prediction": ["no", "yes", "no"], "score": [0.1, 0.8, 0.0]} and scorer.version() == "3"

    wide = V2.replace(b"{a: a}", b"{a: a, c: c}, tensor: in")
    _, _, parrot = said(Saying(TENSORS), data=wide, rows=ROWS.append_column("c", pa.array([0.5, 1.5, 2.5])))
    assert json.loads(parrot.asked[0][2])["inputs"] == [{"name": "in", "shape": [3, 2], "datatype": "FP64", "data": [1, 0.5, 2, 1.5, 3, 2.5]}]


@pytest.mark.parametrize(("body", "why"), [
    ({}, "no outputs"), ({"outputs": [3]}, "no outputs"), ({"outputs": []}, "no output p"), ({**TENSORS, "model_version": "4"}, "version 4 answered; the description pins 3"),
    ({"outputs": [*TENSORS["outputs"], TENSORS["outputs"][1]]}, "two outputs of one name"),
    ({"outputs": [{"name": "p", "shape": [2], "data": [1, 2]}, TENSORS["outputs"][0]]}, "output p has 2 values for 3 rows"),
    ({"outputs": [{"name": "p", "shape": [9], "data": [1, 2, 3]}, TENSORS["outputs"][0]]}, r"shape \[9\] for 3 rows"),
    ({"outputs": [{"name": "p", "shape": [3], "data": "123"}, TENSORS["outputs"][0]]}, "output p has 0 values"),
])
def test_tensors_that_are_no_answer_are_refused(body: Any, why: str) -> None:
    with pytest.raises(ArtifactError, match=why):
        said(Saying(body), data=V2)


def test_a_pinned_version_is_said_by_the_header_or_by_the_answer_and_never_left_out() -> None:
    header = V2 + b"version_header: X-Version\n"
    told = [("Content-Type", "application/json"), ("X-Version", "2026.1")]
    assert said(Saying(TENSORS, headers=told), data=header)[1].version() == "2026.1"
    with pytest.raises(ArtifactError, match="version 4 answered; the description pins 3"):
        said(Saying({**TENSORS, "model_version": "4"}, headers=told), data=header)
    silent, loose = {"outputs": TENSORS["outputs"]}, V2.replace(b'model_version: "3"', b'version: "3"')
    assert said(Saying(TENSORS), data=loose)[1].version() == "3"
    with pytest.raises(ArtifactError, match="does not say in model_version"):
        said(Saying(silent), data=loose)
    assert said(Saying(silent), data=V2)[1].notes()[0] == "the service does not say which version answered"


def test_what_cannot_be_sent_is_said_by_its_column() -> None:
    with pytest.raises(ArtifactError, match="row 1 of the data has no number or text for bee"):
        said(Saying(TENSORS), data=V2.replace(b"{a: a}", b"{a: a, b: bee}"))
    with pytest.raises(ArtifactError, match="columns the data does not have: b"):
        said(Saying(GOOD), rows=ROWS.drop_columns(["b"]))
    with pytest.raises(ArtifactError, match="column b is list"):
        said(Saying(GOOD), rows=pa.table({"a": [1], "b": [[1]]}))


def test_a_service_that_is_not_ready_is_in_trouble() -> None:
    with serving(Parrot(Saying({}, 500))) as parrot:
        assert "/v2/models/m/versions/3/ready of the service answers with status 500" in described(V2, address(parrot)).trouble()
        assert "/alive of the service" in described(ONE + b"health: /alive\n", address(parrot)).trouble()
        assert described(ONE, address(parrot)).trouble() == ""
        gone = address(parrot)
    assert "did not answer: ConnectionRefusedError" in described(V2, gone).trouble()


def test_credentials_go_to_the_service_and_into_no_message() -> None:
    with serving(Parrot(Saying(GOOD), Saying({}, 500))) as parrot:
        scorer = described(ONE, f"http://ann:s3cret%2F@127.0.0.1:{parrot.server_port}/?X-Api-Key=k3y")
        scorer.score(ROWS)
        assert parrot.asked[0][1]["authorization"] == "Basic YW5uOnMzY3JldC8=" and parrot.asked[0][1]["x-api-key"] == "k3y"
        with pytest.raises(ArtifactError) as error:
            scorer.score(ROWS)
    assert "s3cret" not in str(error.value) and "k3y" not in str(error.value)


def test_a_connection_that_is_not_there_is_named() -> None:
    def none(name: str) -> str:
        raise DataError(f"connection {name!r} is not set")

    report = scan("http", ONE, file="s.yml")
    scorer = open_model(verify("http", ONE, digest_bytes(ONE), report), {"connection": "gone"}, connections=none)
    with pytest.raises(ArtifactError, match="connection 'gone' is not set"):
        scorer.score(ROWS)
    def broken(_name: str) -> str:
        raise RuntimeError("s3cret")

    scorer = open_model(verify("http", ONE, digest_bytes(ONE), report), {"connection": "vendor"}, connections=broken)
    with pytest.raises(ArtifactError, match=r"^connection 'vendor' cannot be read: RuntimeError$"):
        scorer.score(ROWS)
    with pytest.raises(ArtifactError, match="lacks the option 'connection'"):
        open_model(verify("http", ONE, digest_bytes(ONE), report), {}, connections=none)


MISTAKES = {
    "path": (b"path: /score\n", b"", "2:11: SPEC012 protocol json needs path"),
    "address": (b"path: /score", b"path: http://evil/", "3:7: SPEC012"),
    "climbing": (b"path: /score", b"path: /a/?x=1", "3:7: SPEC012"),
    "unknown": (b"retries", b"retry", "6:1: SPEC0"),
    "retries": (b"retries: 0", b"retries: 99", "6:10: SPEC012"),
    "dots": (b"s.t", b"s..t", "5:"),
    "version alone": (b"retries: 0", b"version: '3'", "6:10: SPEC012 version is what the version_header must say"),
    "cost alone": (b"retries: 0", b"cost_per_row: 1", "6:15: SPEC012 cost_per_row and currency go together"),
    "model name": (b"retries: 0", b"model_name: m", "6:13: SPEC012 model_name is of open-inference-v2 alone"),
    "same field": (b"bee", b"a", "4:31: SPEC012 two columns have the same name"),
    "protocol": (b"protocol: json", b"protocol: soap", "2:11: SPEC012"),
    "header": (b"retries: 0", b'version_header: "X: y"', "6:17: SPEC012"),
    "batch alone": (b"rows: rows, fields: {a: a, b: bee}}", b"fields: {a: a}}\nbatch: 5", "5:8: SPEC012 batch is for many rows"),
}


@pytest.mark.parametrize(("old", "new", "why"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_of_the_description_is_found_by_the_scan_with_its_place(old: bytes, new: bytes, why: str) -> None:
    assert old in ONE
    report = scan("http", ONE.replace(old, new), file="service.yaml")
    assert not clean(report) and any(f"service description:{why}" in note for note in report.notes), report.notes


def test_the_scan_tells_what_is_asked() -> None:
    notes = scan("http", (EXAMPLE / "service-2026.1.yaml").read_bytes(), file="service-2026.1.yaml").notes
    assert {"protocol: json", "path: /score", "version header: X-Model-Version", "pinned version: 2026.1"} <= set(notes)
