"""llm: asked over real HTTP, sealed, and replayed to the same answers and the same evidence without a network."""

from __future__ import annotations

import io
import json
import time
import zipfile

import pyarrow as pa
import pytest
import yaml
from artifacts import clean

from chat_server import KEY, MODEL, Reply, chat, user
from modelops_airflow.digest import digest_bytes
from modelops_airflow.errors import ArtifactError
from modelops_airflow.kinds import open_model, read_artifact, scan, verify
from modelops_airflow.kinds.language_models.llm_answer import read_answer
from modelops_airflow.kinds.language_models.llm_description import Answers, parse_description
from modelops_airflow.kinds.language_models.llm_prompt import filled
from modelops_airflow.kinds.language_models.llm_transcripts import KEPT, read_transcripts
from modelops_airflow.spec.problem import SpecError

DESCRIPTION = {
    "llm": 1, "model": MODEL, "inputs": ["text", "channel"],
    "prompt": {"system": 'Answer with one word. A shape such as {"route": 1} is not asked for.', "user": "By {channel}: {text}"},
    "answers": {"form": "labels", "labels": ["Fees", "Fraud"]},
    "decoding": {"temperature": 0, "max_tokens": 8, "seed": 7, "stop": ["\n\n"]},
    "refusals": ["I cannot help"],
}
ROWS = pa.table({"text": ["a fee", "stolen card", "a fee", "help me hack"], "channel": ["mail", "phone", "mail", "mail"], "age": [1, 2, 3, 4]})


def routed(body):
    text = user(body)
    return "I cannot help with that." if "hack" in text else " fraud\n" if "stolen" in text else "Fees"


def described(**changes):
    return yaml.safe_dump(DESCRIPTION | changes).encode()


def folder(path, **files):
    """An artifact of a folder."""
    path.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        file = path / name.replace("__", "/")
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(data)
    return read_artifact(path, "artifact").bytes


def opened(data, connection=None, **options):
    """A scorer of an artifact that passes its scan."""
    report = scan("llm", data, file="a.zip" if data[:2] == b"PK" else "a.yaml")
    return open_model(verify("llm", data, digest_bytes(data), report), options | ({"connection": "chat"} if connection else {}),
                      connections=lambda name: {"chat": connection}[name])


def files(**more):
    """Files of a folder, whose names are no words."""
    return {"llm.yaml": described(), **more}


def test_replayed_answers_are_those_that_were_asked_and_so_is_what_is_kept(tmp_path):
    with chat(routed) as server:
        asked = opened(described(), server.url, at_once=3)
        first = asked.score(ROWS)
        again = asked.score(ROWS.slice(1))
        sealed = asked.kept()[KEPT]
        assert len(server.requests) == 3, "rows that ask the same are asked once"
    replay = opened(folder(tmp_path / "a", **files(**{"sealed.jsonl": sealed})), transcripts="sealed.jsonl")

    assert first["prediction"].to_pylist() == ["Fees", "Fraud", "Fees", "(refused)"]
    assert replay.score(ROWS).equals(first) and replay.score(ROWS.slice(1)).equals(again)
    assert replay.kept() == {KEPT: sealed}
    assert replay.said(ROWS).drop_columns("replayed").equals(asked.said(ROWS).drop_columns("replayed"))
    assert (replay.said(ROWS)["replayed"][0].as_py(), asked.said(ROWS)["replayed"][0].as_py()) == (True, False)
    assert "was not asked in this run" in replay.notes()[0] and "connection chat" in asked.notes()[0]


def test_what_is_sent_is_the_prompt_of_the_row_and_the_decoding_and_nothing_else_of_it():
    with chat(routed) as server:
        opened(described(), server.url, at_once=1).score(ROWS.slice(0, 1))
    assert server.requests == [{
        "model": MODEL, "temperature": 0, "max_tokens": 8, "seed": 7, "stop": ["\n\n"],
        "messages": [{"role": "system", "content": DESCRIPTION["prompt"]["system"]}, {"role": "user", "content": "By mail: a fee"}],
    }]
    assert (server.authorizations, server.paths) == ([f"Bearer {KEY}"], ["/v1/chat/completions"])


@pytest.mark.parametrize(("path", "asked"), [("", "/v1/chat/completions"), ("/v1/", "/v1/chat/completions"), ("/openai%2Fv1", "/openai/v1/chat/completions"),
                                             ("/gateway", "/gateway/v1/chat/completions")])
def test_the_path_of_a_connection_is_kept_as_airflow_writes_it(path, asked):
    with chat(routed) as server:
        opened(described(), server.url.removesuffix("/v1") + path).score(ROWS.slice(0, 1))
    assert server.paths == [asked]


def test_transcripts_say_what_they_are_of_and_hold_no_time_and_no_question():
    with chat(routed) as server:
        asked = opened(described(), server.url)
        asked.score(ROWS)
    lines = [json.loads(line) for line in asked.kept()[KEPT].splitlines()]
    assert [line["row"] for line in lines] == [0, 1, 3]
    assert lines[0].keys() == {"row", "request", "prompt", "model", "finish", "answer", "prompt_tokens", "completion_tokens"}
    assert {line["prompt"] for line in lines} == {parse_description(described().decode()).prompt_digest}
    assert b"stolen card" not in asked.kept()[KEPT] and KEY.encode() not in asked.kept()[KEPT]


def test_a_row_without_a_transcript_is_an_error_and_never_a_guess(tmp_path):
    with chat(routed) as server:
        asked = opened(described(), server.url)
        asked.score(ROWS.slice(0, 2))
    replay = opened(folder(tmp_path / "a", **files(**{"sealed.jsonl": asked.kept()[KEPT]})), transcripts="sealed.jsonl")
    with pytest.raises(ArtifactError, match=r"row 3 asks what sealed.jsonl has no answer to \(1 of 3 requests\)"):
        replay.score(ROWS)
    for change in ({"decoding": {"temperature": 0.1, "max_tokens": 8, "seed": 7, "stop": ["\n\n"]}}, {"answers": {"form": "text"}}):
        other = opened(folder(tmp_path / str(len(change)), **{"llm.yaml": described(**change), "sealed.jsonl": asked.kept()[KEPT]}), transcripts="sealed.jsonl")
        if "decoding" in change:
            with pytest.raises(ArtifactError, match="has no answer to"):
                other.score(ROWS.slice(0, 2))
        else:
            assert other.score(ROWS.slice(0, 2))["prediction"].to_pylist() == ["answered", "answered"], "the control: reading is no part of the question"


def test_what_a_run_kept_is_not_asked_again():
    with chat(routed) as server:
        first = opened(described(), server.url)
        first.score(ROWS)
        second = opened(described(), server.url)
        second.recall(first.kept())
        assert second.score(ROWS).equals(first.score(ROWS)) and len(server.requests) == 3
        assert second.kept() == first.kept()
        with pytest.raises(ArtifactError, match="is not of this description"):
            opened(described(prompt={"user": "{text} {channel}"}), server.url).recall(first.kept())


@pytest.mark.parametrize(("change", "says"), [
    ({"model": "gpt-latest"}, "alias that its provider moves"), ({"model": "router"}, "names no version"), ({"inputs": ["text", "chanel"]}, "placeholder {channel}"),
    ({"prompt": {"user": "{text} { channel }"}}, "placeholder { channel } is none"), ({"inputs": ["text", "channel", "age"]}, "input 'age' stands nowhere"),
    ({"answers": {"form": "labels", "labels": ["a"]}}, "expected at least two"), ({"answers": {"form": "labels", "labels": ["a", "A"]}}, "written twice"),
    ({"answers": {"form": "labels", "labels": ["a", "(refused)"]}}, "cannot be a label"), ({"answers": {"form": "json", "field": "x"}}, "expected a required property"),
    ({"answers": {"form": "text", "labels": ["a", "b"]}}, "labels are for form: labels"), ({"tools": {"look up": "sha256:x"}}, "name that no endpoint takes"),
    ({"decoding": {"temperature": 3, "max_tokens": 1}}, "decoding.temperature"), ({"decoding": {"temperature": 0}}, "lacks the key 'max_tokens'"),
    ({"url": "https://x"}, "url"), ({"llm": 2}, "llm"), ({"inputs": ["text", "channel", "text"]}, "written twice"),
])
def test_a_description_with_a_mistake_is_refused_and_located(change, says):
    report = scan("llm", described(**change), file="m.yaml")
    assert not clean(report) and any(says in note and "llm.yaml:" in note for note in report.notes), report.notes
    with pytest.raises(SpecError):
        parse_description(described(**change).decode())


def test_the_scan_tells_model_and_digests():
    report = scan("llm", described(), file="m.yaml")
    assert clean(report)
    told = dict(note.split(": ", 1) for note in report.notes)
    assert told["model"] == MODEL and all(told[name].startswith("sha256:") for name in ("prompt", "tools", "decoding"))
    assert scan("llm", described(decoding={"temperature": 1, "max_tokens": 8}), file="m.yaml").notes != report.notes


def test_files_of_a_folder_must_belong_to_it(tmp_path):
    tool = b'{"type": "function", "function": {"name": "look"}}'
    named = {"llm.yaml": described(tools={"look": digest_bytes(tool)})}
    good = folder(tmp_path / "good", **named, **{"tools__look.json": tool})
    assert clean(scan("llm", good, file="a.zip"))
    with chat(routed) as server:
        opened(good, server.url).score(ROWS.slice(0, 1))
    assert server.requests[0]["tools"] == [json.loads(tool)]
    for name, more in {"other": {"tools__look.json": tool + b" "}, "missing": {}, "stray": {"tools__look.json": tool, "run.py": b"x"},
                       "broken": {"tools__look.json": tool, "a.jsonl": b"{}\n"}}.items():
        assert not clean(scan("llm", folder(tmp_path / name, **named, **more), file="a.zip")), name
    assert not clean(scan("llm", folder(tmp_path / "none", **{"a.jsonl": b""}), file="a.zip"))


LINE = {"row": 0, "request": f"sha256:{'1' * 64}", "prompt": f"sha256:{'2' * 64}", "model": "m1", "finish": "stop", "answer": "x", "prompt_tokens": 1,
        "completion_tokens": None}


@pytest.mark.parametrize("line", [
    b"[", b"7", b"{}", b"[" * 100_000, json.dumps(LINE | {"answer": 3}).encode(), json.dumps(LINE | {"request": "sha256:1"}).encode(),
    json.dumps(LINE | {"prompt_tokens": -1}).encode(), json.dumps(LINE | {"prompt_tokens": True}).encode(), json.dumps(LINE | {"row": None}).encode(),
    json.dumps(LINE | {"more": 1}).encode(), json.dumps(LINE | {"answer": "\ud800"}).encode(), b"\xff",
    json.dumps(LINE).encode() + b"\n" + json.dumps(LINE | {"answer": "y"}).encode(),
])
def test_a_line_that_is_no_transcript_is_an_error(line):
    good = json.dumps(LINE).encode() + b"\n"
    assert len(read_transcripts(good + good, "a.jsonl")) == 1, "the control"
    with pytest.raises(ArtifactError, match=r"line \d of a.jsonl is no transcript"):
        read_transcripts(line, "a.jsonl")


def test_values_stand_literally_in_the_prompt():
    words = {"a": "{b} {{a}} {0} {{ 7*7 }} \\1 %s", "b": "B"}
    assert filled("{a}|{b}|{c}|{ a }|{{a}}", words) == f"{words['a']}|B|{{c}}|{{ a }}|{{{words['a']}}}"


@pytest.mark.parametrize(("column", "says"), [(pa.nulls(4, pa.string()), "no value"), (pa.array([1.0, float("nan"), 2.0, 3.0]), "row 1 of the data has no value"),
                                              (pa.array([[1]] * 4), "a list")])
def test_a_row_without_a_value_is_an_error(column, says):
    with chat(routed) as server, pytest.raises(ArtifactError, match=says):
        opened(described(), server.url).score(ROWS.set_column(1, "channel", column))
    with chat(routed) as server, pytest.raises(ArtifactError, match="does not have: channel"):
        opened(described(), server.url).score(ROWS.drop_columns("channel"))
    assert not server.requests


SHAPE = Answers.model_validate_json(json.dumps({"form": "json", "field": "route", "properties": {
    "route": {"type": "string", "enum": ["Fees", "Fraud"]}, "sure": {"type": "number", "required": False}, "n": {"type": "integer", "required": False}}}))


@pytest.mark.parametrize(("text", "prediction"), [
    ('{"route": "fees"}', "Fees"), (' {"route": "Fraud", "sure": 0.5, "n": 3}\n', "Fraud"), ('{"route": "Other"}', "(invalid)"), ('{"route": 1}', "(invalid)"),
    ('{"route": "Fees", "n": 3.5}', "(invalid)"), ('{"route": "Fees", "n": true}', "(invalid)"), ('{"route": "Fees", "x": 1}', "(invalid)"), ('{"sure": 1}', "(invalid)"),
    ('{"route": "Fees", "route": "Fraud"}', "(invalid)"), ('{"route": "Fees", "sure": NaN}', "(invalid)"), ('```{"route": "Fees"}```', "(invalid)"), ("[" * 100_000, "(invalid)"),
    ("I cannot help", "(refused)"), ("", "(invalid)"),
])
def test_json_answers_are_read_by_their_shape(text, prediction):
    assert read_answer(text, "stop", SHAPE, ["i CANNOT help"]).prediction == prediction


@pytest.mark.parametrize(("text", "finish", "prediction"), [
    ("FEES", "stop", "Fees"), ("Fees.", "stop", "(invalid)"), ("The route is Fees", "stop", "(invalid)"), ("Fees", "length", "(invalid)"), ("Fees", "content_filter", "(refused)"),
    ("", "refusal", "(refused)"), ("Sorry, no: I cannot help", "stop", "(refused)"),
])
def test_a_label_is_the_whole_text_and_nothing_is_guessed(text, finish, prediction):
    labels = Answers(form="labels", labels=("Fees", "Fraud"))
    assert read_answer(text, finish, labels, ["I cannot help"]).prediction == prediction
    free = read_answer(text, finish, Answers(form="text"), ["I cannot help"])
    assert free.state == ("refused" if prediction == "(refused)" else "invalid" if finish == "length" else "valid")


def flaky(replies):
    """Answers as listed, then well."""
    left = list(replies)
    return lambda body: left.pop(0) if left else routed(body)


def test_a_busy_endpoint_is_asked_again_and_a_refusing_one_is_not():
    one = ROWS.slice(0, 1)
    with chat(flaky([Reply(status=503), Reply(status=429, headers={"retry-after": "0"})])) as server:
        assert opened(described(), server.url, retries=2).score(one)["prediction"].to_pylist() == ["Fees"]
    with chat(lambda _body: Reply(status=401)) as server:
        with pytest.raises(ArtifactError, match="status 401") as caught:
            opened(described(), server.url, retries=5).score(one)
        assert len(server.requests) == 1 and KEY not in str(caught.value)
    with chat(lambda _body: Reply(status=500)) as server, pytest.raises(ArtifactError, match="status 500"):
        opened(described(), server.url, retries=1).score(one)


@pytest.mark.parametrize(("reply", "says"), [
    (Reply("Fees", model="stub-router-2026-04-01"), "expected 'stub-router-2026-03-01'"), (Reply(body=b"<html>"), "not in the OpenAI chat format"),
    (Reply(body=b"[]"), "expected one choice"), (Reply(body=b"[" * 100_000), "not in the OpenAI chat format"), (Reply(body=b"x" * (2 << 20)), "more than 1048576 bytes"),
    (Reply(body=b'{"model": "m", "choices": [{"message": {"content": "\\ud800"}, "finish_reason": "stop"}]}'), "not in the OpenAI"),
    (Reply(body=b'{"model": "m", "choices": [{"message": {"content": "x"}, "finish_reason": "stop"}], "usage": {"prompt_tokens": -1}}'), "is no count"),
    (Reply(status=302, headers={"location": "http://127.0.0.1:9/v1"}), "status 302"),
])
def test_an_answer_that_is_none_is_an_error(reply, says):
    with chat(lambda _body: reply) as server, pytest.raises(ArtifactError, match=says):
        opened(described(), server.url, retries=0).score(ROWS.slice(0, 1))


def test_a_slow_endpoint_is_left_in_time():
    def slow(body):
        time.sleep(3)
        return routed(body)

    started = time.monotonic()
    with chat(slow) as server:
        with pytest.raises(ArtifactError, match="gave no answer"):
            opened(described(), server.url, retries=0, timeout=0.2).score(ROWS.slice(0, 1))
        assert time.monotonic() - started < 2
    with chat(lambda _body: Reply(status=503)) as server, pytest.raises(ArtifactError, match="gave no answer"):
        opened(described(), server.url, retries=10, most_seconds=1).score(ROWS.slice(0, 1))
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("url", ["ftp://x/v1", "http://:k@example.org/v1", "https:///v1", "http://[::1/v1", "https://:a%0Ab@example.org/v1", "", "http://127.0.0.1:99999/v1"])
def test_an_address_that_may_not_be_asked_is_refused_without_being_told(url):
    with pytest.raises(ArtifactError, match="connection 'chat' cannot be asked") as caught:
        opened(described(), url or "nothing")
    assert not url or url not in str(caught.value)


def test_exactly_one_way_to_the_answers_is_named(tmp_path):
    data = folder(tmp_path / "a", **files(**{"sealed.jsonl": b""}))
    for connection, options in ((None, {}), ("http://127.0.0.1:1/v1", {"transcripts": "sealed.jsonl"})):
        with pytest.raises(ArtifactError, match="name one of the two"):
            opened(data, connection, **options)
    with pytest.raises(ArtifactError, match="no transcripts 'other"):
        opened(data, transcripts="other.jsonl")


def test_an_archive_that_may_not_be_unpacked_is_refused():
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr("llm.yaml", described())
        archive.writestr("../evil.jsonl", b"")
    assert not clean(scan("llm", sink.getvalue(), file="a.zip"))


def test_a_packed_response_is_not_unpacked():
    import gzip

    bomb = gzip.compress(b" " * (50 << 20))
    with chat(lambda _body: Reply(body=bomb, headers={"content-encoding": "gzip"})) as server, pytest.raises(ArtifactError, match="not in the OpenAI chat format"):
        opened(described(), server.url, retries=0).score(ROWS.slice(0, 1))


def test_any_bytes_are_a_scan_that_does_not_raise(tmp_path):
    import random

    good = folder(tmp_path / "a", **files(**{"a.jsonl": json.dumps(LINE).encode() + b"\n"}))
    draws = random.Random(3)
    for _ in range(300):
        for data in (described(), good):
            broken = bytearray(data)
            for _ in range(draws.randint(1, 4)):
                broken[draws.randrange(len(broken))] = draws.randrange(256)
            scan("llm", bytes(broken[: draws.randint(1, len(broken))]), file="a.zip" if data is good else "a.yaml")
