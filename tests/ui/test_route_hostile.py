"""Hostile texts through every path, query, header and body of the API; no name of a caller's is joined or fetched."""

from __future__ import annotations

import ast
import itertools
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from identities import Door
from route_table import Entry, table
from test_schema_fuzz import schema_of
from ui_bank import Bank

import modelops_airflow.ui
from modelops_airflow.inventory.tables import ModelRow
from modelops_airflow.ui.api import actions
from modelops_airflow.ui.app import STATIC

sys.path.insert(0, str(Path(__file__).parents[1] / "hostile"))

from corpus import markup, strings, traversal
from watch import Watch, nothing_leaves

HEADERS = ("Origin", "Sec-Fetch-Site", "Content-Type", "Authorization", "Referer", "X-Forwarded-Host", "Accept", "Range", "If-None-Match", "Cookie")
SCRIPTS = sorted(path for path in STATIC.rglob("*.js") if "vendor" not in path.parts)
RUNS_TEXT = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|dangerouslySetInnerHTML|srcdoc|createContextualFragment|DOMParser")


def requests_with(app: FastAPI, schema: dict[str, Any], text: str) -> Iterator[dict[str, Any]]:
    """The text in each parameter of each route, in each field of each body, and in the headers."""
    text = text[:20_000]  # the client's own limit for an address is 65 kB
    for entry in table(app):
        method = "GET" if "GET" in entry.methods else "POST"
        for name in re.findall(r"\{(\w+)\}", entry.path):
            yield {"method": method, "url": _filled(entry, name, quote(text, safe="", errors="replace")), "json": {} if method == "POST" else None}
        operation = schema["paths"][entry.path][method.lower()]
        for parameter in operation.get("parameters", ()):
            if parameter["in"] == "query":
                yield {"method": method, "url": _filled(entry), "params": {parameter["name"]: text.encode("utf-8", "replace")}}
        yield from _bodies(operation, _filled(entry), text)
        for header in HEADERS if method == "POST" else ():
            yield {"method": "POST", "url": _filled(entry), "content": b"{}", "headers": {"Content-Type": "application/json"} | {
                header: text.replace("\r", " ").replace("\n", " ").replace("\x00", " ").encode("utf-8", "replace")}}
    yield {"method": "GET", "url": "/static/" + quote(text, safe="/\\", errors="replace")}
    yield {"method": "GET", "url": "/static/" + quote(text, safe="%/\\", errors="replace")}


def _bodies(operation: dict[str, Any], url: str, text: str) -> Iterator[dict[str, Any]]:
    fields = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {}).get("properties", {})
    fine = {name: _fine(name) for name in fields}
    for name, shape in fields.items():
        inside: Any = [text] if shape.get("type") == "array" else {"id": text, text: text} if shape.get("type") == "object" else text
        yield {"method": "POST", "url": url, "headers": {"Content-Type": "application/json"},
               "content": json.dumps(fine | {name: inside}).encode()}


def _fine(name: str) -> Any:
    known: dict[str, Any] = {"decision": "approve", "conditions": [], "until": None, "response": {}, "subject": "sha256:" + "0" * 64,
                             "digest": "sha256:" + "0" * 64, "public": "AAAA", "signature": None, "models": ["credit-risk"], "known_at": "2026-03-01T00:00:00Z", "sent_at": None, "report": None,
                             "kind": "serious", "severity": "high", "act": "investigating", "clock": None}
    return known.get(name, "x")


def _filled(entry: Entry, name: str = "", value: str = "") -> str:
    fine = {"model_id": "credit-risk", "dag_id": "credit-risk.release", "step": "data-quality", "name": "datasheet.md", "gate_id": "1", "run_id": "1", "decision_id": "1", "incident_id": "1", "finding_id": "1", "number": "1", "index": "0",
            "digest": "sha256:" + "0" * 64, "fingerprint": "sha256:" + "0" * 64, "kind": "model-card"}
    return entry.path.format(**(fine | ({name: value} if name else {})))


def attack(app: FastAPI, client: TestClient, every: int) -> tuple[Watch, Counter[int], list[str]]:
    """Every text in every place, or every `every`-th pair of them; statuses, and what left the machine."""
    watch, seen = Watch(), Counter[int]()
    schema = schema_of(app)
    places = len(list(requests_with(app, schema, "x")))
    with nothing_leaves() as tried:
        for turn, text in enumerate(strings()):
            for request in itertools.islice(requests_with(app, schema, text), turn % min(every, places), None, every):
                watch.take(f"{request['method']} {request['url'][:120]} {text[:60]!r}", lambda request=request: _send(client, request, seen))
    return watch, seen, tried


def _send(client: TestClient, request: dict[str, Any], seen: Counter[int]) -> None:
    answer = client.request(**request)
    seen[answer.status_code] += 1
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400:
        assert set(answer.json()["error"]) == {"code", "message", "next_step"}
        assert answer.headers["Content-Type"] == "application/json"
    assert b"root:x:0:0" not in answer.content and b"from __future__" not in answer.content


@pytest.fixture
def client(door: Door, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    for name in ("start", "nudge_sync"):
        monkeypatch.setattr(actions, name, lambda *_: None)
    door.app.state.writes = 1_000_000
    return door.client("control")


def test_no_text_in_any_place_is_a_server_error_or_leaves_the_machine(client: TestClient, door: Door) -> None:
    watch, seen, tried = attack(door.app, client, every=300)
    assert watch.inputs >= 450, seen
    assert watch.tracebacks == [] and watch.faults == [] and tried == []
    assert seen[422] > 50


def test_every_way_out_of_a_folder_ends_at_the_door(client: TestClient, door: Door) -> None:
    seen: Counter[int] = Counter()
    for text in traversal():
        for entry in table(door.app):
            for name in re.findall(r"\{(\w+)\}", entry.path)[-1:] if "GET" in entry.methods else ():
                _send(client, {"method": "GET", "url": _filled(entry, name, quote(text, safe="", errors="replace"))}, seen)
        for safe in ("", "/%\\"):
            _send(client, {"method": "GET", "url": "/static/" + quote(text, safe=safe, errors="replace")}, seen)
    assert set(seen) <= {200, 404, 422}
    assert seen[404] + seen[422] > 500


def test_what_a_person_wrote_comes_back_as_the_same_text_in_json(client: TestClient, bank: Bank) -> None:
    for text in list(markup())[::4]:
        with bank.register.write() as session:
            session.get_one(ModelRow, "pricing-rules").purpose = text
        answer = client.get("/api/v1/models/pricing-rules")
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert text in _texts(answer.json())


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _texts(part)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: str(path.relative_to(STATIC)))
def test_no_script_makes_html_or_code_of_a_text(script: Path) -> None:
    assert RUNS_TEXT.findall(script.read_text()) == []


@pytest.mark.parametrize("line", ["x.innerHTML = y", "document.write(y)", "eval(y)", "new Function(y)", "h('p', {dangerouslySetInnerHTML: y})"])
def test_a_script_that_did_would_be_found(line: str) -> None:
    assert RUNS_TEXT.search(line)


def test_the_server_side_of_the_pages_joins_no_path_and_fetches_nothing() -> None:
    """The one folder is that of the static files; whatever else opens files is given a digest or a setting."""
    folder = Path(modelops_airflow.ui.__file__).parent
    found = {f"{path.relative_to(folder)}: {what}" for path in folder.rglob("*.py") for what in _reaches_out(path.read_text())}
    assert found == {"app.py: joins a path"}


@pytest.mark.parametrize("code", [
    "import httpx", "from urllib.request import urlopen", "import requests", "import fsspec", "import subprocess", "open(name)", "folder / name\nfrom pathlib import Path",
    "os.path.join(a, b)", "path.read_text()", "import socket"])
def test_code_that_did_would_be_found(code: str) -> None:
    assert list(_reaches_out(code))


def _reaches_out(code: str) -> Iterator[str]:
    tree = ast.parse(code)
    names = {name.name.partition(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    names |= {(node.module or "") for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and not node.level}
    yield from (f"imports {name}" for name in names & {"httpx", "requests", "urllib.request", "http.client", "fsspec", "subprocess", "socket", "aiohttp", "shutil", "os"})
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "open":
            yield "opens a file"
        if isinstance(node, ast.Attribute) and node.attr in ("read_text", "read_bytes", "open", "joinpath", "urlopen", "write_text"):
            yield f"uses {node.attr}"
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "os.path.join":
            yield "joins a path"
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) and "pathlib" in names:
            yield "joins a path"
