"""The jail: what a loaded model can no longer do, shown by attacks that work outside it."""

from __future__ import annotations

import ast
import os
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from assembler import evil, honest
from hypothesis import given, settings
from hypothesis import strategies as st

import modelops_airflow
from modelops_airflow.errors import ArtifactError
from modelops_airflow.kinds.confinement import jail
from modelops_airflow.kinds.confinement.jail import Limits, score_in_jail
from modelops_airflow.kinds.confinement.lockdown import Locked

HERE, SOURCE = Path(__file__).parent, Path(modelops_airflow.__file__).parent
ROWS = pa.table({"a": [0.0, 1.0]})
BY_KERNEL = ["write_by_libc", "read_by_libc", "connect_by_libc", "fork_by_libc", "memory"]
BY_HOOK = ["write", "read", "connect", "system", "popen", "more"]


@pytest.fixture(scope="module")
def port() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield str(server.getsockname()[1])


@pytest.fixture(scope="module", autouse=True)
def holds() -> tuple[str, str]:
    """What this system lets a jail have."""
    code = ("import os, sys; from modelops_airflow.kinds.confinement import lockdown; off = lockdown.leave_network();"
            "got = lockdown.lock(memory=1 << 31, seconds=9, readable=[sys.prefix], no_network=off);"
            "os.write(1, f'{got.network}|{got.files}'.encode()); os._exit(0)")
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    network, files = ended.stdout.split("|")
    both_or_nothing_to_show(network, files)
    return network, files


def both_or_nothing_to_show(network: str, files: str) -> None:
    """A jail that has no more than the audit hook says so, and these tests are skipped, but never in CI."""
    if "audit hook only" in (network, files):
        lacking = f"this system has no name spaces or no Landlock: network {network}, files {files}"
        if os.environ.get("CI"):
            pytest.fail(f"CI must test the jail, and {lacking}")
        pytest.skip(lacking)


@pytest.mark.parametrize(("ci", "end"), [("true", pytest.fail.Exception), ("", pytest.skip.Exception)])
def test_where_there_is_no_jail_ci_fails_and_others_skip(ci: str, end: type[BaseException], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", ci)
    both_or_nothing_to_show("own name space", "Landlock")
    with pytest.raises(end, match="no name spaces or no Landlock"):
        both_or_nothing_to_show("audit hook only", "Landlock")


def inmate(attack: str, guard: str, port: str, folder: Path) -> str:
    secret = folder / "secret"
    secret.write_text("x")
    secret.chmod(0o644)
    argument = {"read": str(secret), "read_by_libc": str(secret), "connect": port, "connect_by_libc": port}.get(attack, str(folder / "canary"))
    folder.chmod(0o777)
    ended = subprocess.run([sys.executable, str(HERE / "inmate.py"), attack, guard, argument], capture_output=True, text=True, timeout=60, check=False)
    return ended.stdout


@pytest.mark.parametrize("attack", [*BY_KERNEL, *BY_HOOK])
def test_an_attack_is_stopped_and_works_where_nothing_is_locked(attack: str, port: str, tmp_path: Path) -> None:
    assert inmate(attack, "locked", port, tmp_path) == "stopped"
    assert not (tmp_path / "canary").exists()
    assert inmate(attack, "free", port, tmp_path) == "done"


@pytest.mark.parametrize("attack", [*BY_KERNEL, "write", "read", "connect", "system", "popen", "root"])
def test_machine_code_that_no_audit_hook_sees_is_stopped_by_the_kernel(attack: str, port: str, tmp_path: Path) -> None:
    assert inmate(attack, "hookless", port, tmp_path) == "stopped"


def test_the_answer_says_what_holds() -> None:
    answer = score_in_jail(honest(), ROWS, arrays=False, modules=["sklearn.linear_model._base"])
    assert (answer.network, answer.files) == ("own name space", "Landlock")
    assert answer.table["prediction"].to_pylist() == pytest.approx([0.0, 1.0])


@pytest.mark.parametrize("arrays", [False, True])
def test_an_evil_pickle_that_got_past_the_walk_still_names_nothing_in_the_jail(arrays: bool, tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match=r"posix.system is not allowed"):
        score_in_jail(evil(f"touch {tmp_path / 'canary'}"), ROWS, arrays=arrays, modules=[])
    assert not (tmp_path / "canary").exists()


def test_a_model_that_takes_too_long_is_killed_with_its_group() -> None:
    started = time.perf_counter()
    with pytest.raises(ArtifactError, match=r"did not answer within 0\.3 seconds"):
        score_in_jail(honest(), ROWS, arrays=False, modules=[], limits=Limits(clock=0.3))
    assert time.perf_counter() - started < 10
    assert not list(jailed_processes())


def test_a_model_that_takes_too_much_memory_ends_in_one_line() -> None:
    with pytest.raises(ArtifactError) as caught:
        score_in_jail(honest(), ROWS, arrays=False, modules=[], limits=Limits(memory=1 << 20))
    assert "\n" not in str(caught.value)


def test_a_model_that_takes_too_much_of_the_processor_is_killed_and_the_signal_told() -> None:
    with pytest.raises(ArtifactError, match=r"ended without an answer \(signal SIG(XCPU|KILL)\)"):
        score_in_jail(honest(), pa.table({"a": [0.0] * 2_000_000}), arrays=False, modules=["sklearn.linear_model._base"], limits=Limits(processor=1))


def test_an_answer_that_is_too_long_is_cut_and_the_model_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jail, "_ROOM", -1_000_000)
    with pytest.raises(ArtifactError, match="answered more than"):
        score_in_jail(honest(), pa.table({"a": [0.0] * 70_000}), arrays=False, modules=["sklearn.linear_model._base"])


def test_a_jail_has_an_empty_environment_and_folder_and_installed_libraries_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AIRFLOW__CORE__FERNET_KEY", "a-secret")
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "sklearn").mkdir()
    (tmp_path / "sklearn" / "__init__.py").write_text(f"open({str(tmp_path / 'canary')!r}, 'w')")
    seen: list[tuple[bytes, str]] = []

    def look() -> None:
        while not done.is_set():
            for process in jailed_processes():
                try:
                    seen.append((Path(f"/proc/{process}/environ").read_bytes(), os.readlink(f"/proc/{process}/cwd")))
                except OSError:
                    continue
            time.sleep(0.02)

    done = threading.Event()
    watcher = threading.Thread(target=look)
    watcher.start()
    score_in_jail(honest(), ROWS, arrays=False, modules=["sklearn.linear_model._base"])
    done.set()
    watcher.join()
    environments = [environment for environment, _ in seen if environment]
    assert environments
    assert all(b"a-secret" not in one and b"PATH=" not in one for one in environments)
    assert all("modelops-jail-" in folder for _, folder in seen)
    assert not (tmp_path / "canary").exists()


def jailed_processes() -> Iterator[int]:
    """Children of this process that are jails."""
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                line, stat = Path(f"/proc/{name}/cmdline").read_bytes(), Path(f"/proc/{name}/stat").read_text()
            except OSError:
                continue
            if b"modelops_airflow.kinds.confinement.jailed" in line and stat.rsplit(") ", 1)[1].split()[1] == str(os.getpid()):
                yield int(name)


def test_the_proof_of_standing_in_the_jail_cannot_be_made_elsewhere() -> None:
    for key in ({}, {"key": object()}):
        with pytest.raises(TypeError, match="lockdown"):
            Locked("own name space", "Landlock", **key)


LOADS = {("pickle", "load"), ("pickle", "loads"), ("joblib", "load"), ("cloudpickle", "load"), ("cloudpickle", "loads"), ("pickle", "Unpickler"),
         ("pickle", "_Unpickler"), ("dill", "loads"), ("marshal", "loads"), ("pandas", "read_pickle"), ("shelve", "open")}


def test_nothing_but_the_unpickler_loads_pickles_and_nothing_but_the_jailed_process_has_it() -> None:
    loading, having = set(), set()
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and (node.value.id, node.attr) in LOADS:
                loading.add(path.name)
            if isinstance(node, ast.ImportFrom) and (node.module or "").endswith("unpickler"):
                having.add(path.name)
            if isinstance(node, ast.ImportFrom) and any((node.module, one.name) in LOADS for one in node.names):
                loading.add(path.name)
    assert (loading, having) == ({"unpickler.py"}, {"jailed.py"})


HEADERS = st.dictionaries(st.sampled_from(["error", "columns", "network", "files"]), st.none() | st.text(max_size=5) | st.integers() | st.lists(
    st.dictionaries(st.sampled_from(["name", "rows", "kind", "labels"]), st.none() | st.sampled_from(["prediction", "score", "f", "b", "i", "O"])
                    | st.integers(-1, 5) | st.lists(st.text(max_size=2), max_size=2)), max_size=2))


@settings(max_examples=300, deadline=None)
@given(header=HEADERS, blob=st.binary(max_size=40), rows=st.integers(0, 4), noise=st.binary(max_size=30))
def test_whatever_a_jail_answers_is_numbers_or_one_error(header: dict[str, object], blob: bytes, rows: int, noise: bytes) -> None:
    import json

    text = json.dumps(header).encode()
    for told in (struct.pack("<Q", len(text)) + text + blob, noise, struct.pack("<Q", 1 << 60) + text):
        try:
            answer = jail._answer(told, rows)
        except ArtifactError:
            continue
        assert answer.table.num_rows == rows
        assert set(answer.table.column_names) <= {"prediction", "score"}
