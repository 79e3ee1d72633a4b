"""Models that lie, run away or attack: each ends as one located error, soon, and the host is as it was."""

from __future__ import annotations

import ctypes
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from built_programs import demand_a_jail, folder, opened

from modelops_airflow.errors import ArtifactError
from modelops_airflow.kinds import scan
from modelops_airflow.kinds.programs import run_program

ROWS = pa.table({"a": [0.5, 1.5, 2.5]})
PROJECT = Path(__file__).parents[3]
NOBODY = 65534
LIBC = ctypes.CDLL(None, use_errno=True)


@pytest.fixture(scope="module", autouse=True)
def jail() -> None:
    demand_a_jail()


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The hostile program, for the host to run as well."""
    made = tmp_path_factory.mktemp("hostile") / "hostile"
    subprocess.run(["gcc", "-O1", "-o", str(made), str(Path(__file__).parent / "hostile.c")], check=True)
    return made


@pytest.fixture(autouse=True)
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where artifacts are unpacked; afterwards there is nothing left of them, neither file nor process."""
    made = Path(tempfile.mkdtemp(prefix="hostile-", dir="/tmp"))
    made.chmod(0o755)
    monkeypatch.setattr(tempfile, "tempdir", str(made))
    yield made
    assert list(made.iterdir()) == []
    until = time.monotonic() + 5
    while (left := _processes_of(made)) and time.monotonic() < until:
        time.sleep(0.05)
    assert left == []
    made.rmdir()


def _processes_of(made: Path) -> list[str]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            line, working = (process / "cmdline").read_bytes(), os.readlink(process / "cwd")
        except OSError:
            continue
        if str(made).encode() in line or working.startswith(str(made)):
            found.append(f"{process.name}: {line[:200]!r}")
    return found


@pytest.fixture
def ground() -> Iterator[Path]:
    """A folder where the model's user may do everything, as far as modes go."""
    made = Path(tempfile.mkdtemp(prefix="ground-", dir="/tmp"))
    made.chmod(0o777)
    yield made
    shutil.rmtree(made)


@pytest.fixture
def sleeper() -> Iterator[str]:
    """Another process of the model's user."""
    process = subprocess.Popen(["sleep", "100"], **({"user": NOBODY} if os.geteuid() == 0 else {}))
    yield str(process.pid)
    process.kill()
    process.wait()


def asked(program: Path, *arguments: str, rows: pa.Table = ROWS, seconds: int = 20, **options: object) -> list[object]:
    scorer = opened("executable", program.read_bytes(), arguments=list(arguments), seconds=seconds, **options)
    return scorer.score(rows)["prediction"].to_pylist()


def error_of(program: Path, *arguments: str, **options: object) -> str:
    began = time.monotonic()
    with pytest.raises(ArtifactError) as caught:
        asked(program, *arguments, **options)
    assert time.monotonic() - began < 15
    told = str(caught.value)
    assert told.startswith("the program 'program' ")
    assert told.isprintable()
    assert len(told) < 900
    return told


def outside(program: Path, *arguments: str) -> int:
    """The exit code of the same attack by a process of the host."""
    return subprocess.run([str(program), *arguments], input=b"a\n1\n", capture_output=True, timeout=20, check=False).returncode


def test_the_honest_twin_answers(program: Path) -> None:
    assert asked(program) == [1, 1, 1]
    assert asked(program, "honest", rows=pa.table({"a": [0.5] * 200_000}))[-1] == 1


LIES = {
    "one-less": "answered 2 rows for 3; expected one answer a row", "one-more": "answered 4 rows for 3", "nan": "nothing, or NaN, as score; row 0",
    "infinite": "no finite number as prediction; row 0", "gap": "nothing, or NaN, as score; row 0", "no-probability": "expected 0 to 1; row 0",
    "words-for-score": "scores of the type string", "a-date": "predictions of the type timestamp", "other-columns": "the columns 'answer'; expected prediction",
    "no-table": "something else than csv",
}


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_is_found(lie: str, program: Path) -> None:
    assert LIES[lie] in error_of(program, lie)


RUNAWAYS = {
    "loop": ("did not end within 2 seconds and was stopped", {"seconds": 2}), "deaf": ("did not end within 2 seconds", {"seconds": 2}),
    "lingers": ("did not end within 2 seconds", {"seconds": 2}), "flood": ("answered more than 16 MB and was stopped", {"output_mb": 16}),
    "loud": ("said more than 16 MB on standard error and was stopped", {"output_mb": 16}),
    "hog": ("ended with exit code 3; its own words: 'Cannot allocate memory'", {"memory_mb": 300}),
    "bomb": ("ended with exit code 3; its own words: 'Operation not permitted'", {}),
    "clone": ("ended with exit code 3", {}), "early": ("something else than csv: nothing at all", {}),
    "crash": ("ended with signal SIGSEGV", {}), "no-such": ("exit code 5; its own words: 'no attack no-such'", {}),
}


@pytest.mark.parametrize("what", RUNAWAYS)
def test_one_that_runs_away_or_gives_up_is_told_and_stopped(what: str, program: Path) -> None:
    words, options = RUNAWAYS[what]
    assert words in error_of(program, what, **options)


def test_a_limit_of_processor_time_holds_where_the_clock_would_not(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_program, "_late", lambda *_: None)
    assert "ended with signal SIG" in error_of(program, "loop", seconds=1)


def test_the_output_of_ten_gigabytes_takes_no_memory_here(program: Path) -> None:
    before = _memory()
    error_of(program, "flood", output_mb=64)
    assert _memory() - before < 200 << 20


def _memory() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")


def test_one_that_closes_its_input_is_told_though_its_answers_are_many_enough(program: Path) -> None:
    rows = pa.table({"a": [0.123456789] * 500_000})
    assert "stopped reading before it had all rows" in error_of(program, "closes", "500000", rows=rows)


def test_its_words_reach_a_message_without_what_a_terminal_would_act_on(program: Path) -> None:
    assert "exit code 7; its own words: '[2J ]0;owned no points" in error_of(program, "fails")


def test_its_environment_holds_nothing_of_ours(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__CORE__FERNET_KEY", "a-secret")
    monkeypatch.setenv("LD_PRELOAD", "")
    told = error_of(program, "environment")
    assert "a-secret" not in told
    assert {one.split("=")[0] for one in told.split("'")[-2].split("|") if one} <= {"PATH", "HOME", "LANG", "LC_ALL", "OMP_NUM_THREADS"}


@pytest.mark.parametrize("attack", ["network", "socket-file", "abstract-socket"])
def test_no_server_hears_of_it(attack: str, program: Path, ground: Path) -> None:
    hits = []
    name = str(ground / "socket") if attack == "socket-file" else f"modelops-test-{os.getpid()}"
    with socket.socket(socket.AF_INET if attack == "network" else socket.AF_UNIX) as server:
        server.bind({"network": ("127.0.0.1", 0), "socket-file": name, "abstract-socket": f"\0{name}"}[attack])
        if attack == "socket-file":
            os.chmod(name, 0o777)
        server.listen()
        argument = str(server.getsockname()[1]) if attack == "network" else name

        def count() -> None:
            while True:
                try:
                    server.accept()[0].close()
                except OSError:
                    return
                hits.append(1)

        threading.Thread(target=count, daemon=True).start()
        assert "exit code 3; its own words: 'Operation not permitted'" in error_of(program, attack, argument)
        assert hits == []
        assert outside(program, attack, argument) == 9
        until = time.monotonic() + 5
        while not hits and time.monotonic() < until:
            time.sleep(0.01)
        assert hits == [1]
        server.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("file", ["/etc/passwd", str(PROJECT / "pyproject.toml"), "/proc/1/status", "/proc/self/../1/cmdline", "/home", "/tmp"])
def test_it_reads_nothing_of_the_host(file: str, program: Path) -> None:
    assert "exit code 3" in error_of(program, "read", file)
    assert outside(program, "read", file) == 9


def test_it_reads_its_own_files(program: Path) -> None:
    data = folder({"start": program.read_bytes(), "data/points": b"1"})
    with pytest.raises(ArtifactError, match="exit code 9; its own words: 'it worked'"):
        opened("executable", data, "m.zip", program="start", arguments=["read", "data/points"]).score(ROWS)


@pytest.mark.parametrize("attack", ["write", "make-folder", "link"])
def test_it_makes_no_file(attack: str, program: Path, ground: Path) -> None:
    for name in (str(ground / "new"), "new", f"/dev/shm/modelops-{os.getpid()}"):
        assert "exit code 3" in error_of(program, attack, name)
    assert list(ground.iterdir()) == []
    assert outside(program, attack, str(ground / "new")) == 9


@pytest.mark.parametrize("attack", ["remove", "truncate", "mode", "time"])
def test_a_file_of_its_user_stays_as_it_is(attack: str, program: Path, ground: Path) -> None:
    file = ground / "theirs"
    file.write_text("data")
    file.chmod(0o644)
    os.utime(file, (1, 1))
    if os.geteuid() == 0:
        os.chown(file, NOBODY, NOBODY)
    assert "exit code 3" in error_of(program, attack, str(file))
    assert (file.read_text(), file.stat().st_mode & 0o777, file.stat().st_mtime) == ("data", 0o644, 1)
    assert outside(program, attack, str(file)) == 9


@pytest.mark.parametrize("attack", ["kill", "trace"])
def test_another_process_of_its_user_is_out_of_reach(attack: str, program: Path, sleeper: str) -> None:
    assert "exit code 3" in error_of(program, attack, sleeper)
    assert outside(program, attack, sleeper) == 9


def test_shared_memory_of_the_host_is_not_its_own(program: Path) -> None:
    key = 0x6D6F + os.getpid()
    segment = LIBC.shmget(key, 4096, 0o1666)
    assert segment >= 0
    try:
        assert "exit code 3" in error_of(program, "shared-memory", str(key))
        assert outside(program, "shared-memory", str(key)) == 9
    finally:
        LIBC.shmctl(segment, 0, None)


@pytest.mark.parametrize("attack", ["name-space", "hidden-file", "ring", "old-calls", "x32-calls"])
def test_calls_that_no_model_needs_are_refused(attack: str, program: Path) -> None:
    assert "exit code 3" in (told := error_of(program, attack)) or "signal SIGSYS" in told
    if attack in ("name-space", "hidden-file"):
        assert outside(program, attack) == 9


def test_it_has_no_pipe_but_three_starts_nothing_else_and_is_not_root(program: Path) -> None:
    assert "exit code 3" in error_of(program, "pipes")
    assert "exit code 3" in error_of(program, "root")
    assert "Permission denied" in error_of(program, "another", "/usr/bin/id")
    assert outside(program, "another", "/usr/bin/id") == 0


def test_what_a_shell_leaves_behind_ends_with_it() -> None:
    script = b"#!/bin/sh\necho prediction\ntail -n +2 | awk '{print 1}'\nsetsid sleep 1000 >/dev/null 2>&1 </dev/null &\nsleep 1\nexit 0\n"
    began = time.monotonic()
    assert opened("executable", script, "m.sh").score(ROWS)["prediction"].to_pylist() == [1, 1, 1]
    assert time.monotonic() - began < 10


def test_a_bomb_of_a_shell_is_contained_and_stopped() -> None:
    script = b"#!/bin/sh\nbomb() { bomb | bomb & }\nbomb\nsleep 100\n"
    with pytest.raises(ArtifactError, match=r"was stopped|ended with"):
        opened("executable", script, "m.sh", seconds=2, output_mb=1).score(ROWS)


INJECTED = ["; touch new", "$(touch new)", "`touch new`", "-e", "--help", "a\nb", "%s%n", "*"]


@pytest.mark.parametrize("argument", INJECTED)
def test_an_argument_is_an_argument(argument: str) -> None:
    script = b"import json, sys\nfor _ in sys.stdin: print(json.dumps({'prediction': 'x' + sys.argv[1]}))\n"
    scorer = opened("executable", folder({"start": script}), "m.zip", program="start", interpreter="python3", arguments=[argument], format="jsonl")
    assert scorer.score(ROWS)["prediction"].to_pylist() == ["x" + argument] * 3


def test_an_argument_with_a_zero_is_refused(program: Path) -> None:
    with pytest.raises(ArtifactError, match="with a zero in it"):
        opened("executable", program.read_bytes(), arguments=["a\0b"])


@pytest.mark.parametrize("name", ["-e", "--version", "-", "a b;c", "$(x)"])
def test_the_name_of_a_file_is_no_option(name: str) -> None:
    script = b"#!/usr/bin/env python3\nimport sys\nprint('prediction')\nfor _ in list(sys.stdin)[1:]: print(1)\n"
    scorer = opened("executable", folder({name: script, "other": b"x"}), "m.zip", program=name)
    assert scorer.score(ROWS)["prediction"].to_pylist() == [1, 1, 1]


@pytest.mark.parametrize("name", ["/bin/sh", "../../bin/sh", "start/../start", "", "."])
def test_the_program_is_a_file_of_the_artifact(name: str, program: Path) -> None:
    data = folder({"start": program.read_bytes(), "other": b"x"})
    with pytest.raises(ArtifactError, match="has no file"):
        opened("executable", data, "m.zip", program=name)


@pytest.mark.parametrize("name", ["/etc/cron.d/x", "../x", "a/../../x", "C:x"])
def test_no_member_leaves_the_folder(name: str, program: Path) -> None:
    report = scan("executable", folder({"start": program.read_bytes(), name: b"x"}), file="m.zip")
    assert any("leaves the archive" in note for note in report.notes)


def test_a_link_is_refused_and_the_mode_of_a_member_is_ours(program: Path, place: Path) -> None:
    report = scan("executable", folder({"start": program.read_bytes(), "link": b"/etc"}, mode=0o120777), file="m.zip")
    assert any("is a link" in note for note in report.notes)
    from modelops_airflow.kinds.programs.unpacked import unpacked

    with unpacked({"start": b"x", "a/b": b"y"}) as made:
        assert {path.stat().st_mode & 0o7777 for path in (Path(made), *Path(made).rglob("*"))} == {0o500}


def test_files_that_cannot_be_of_one_folder_are_one_error(program: Path) -> None:
    data = folder({"a": program.read_bytes(), "a/b": b"x"})
    with pytest.raises(ArtifactError, match="cannot be unpacked"):
        opened("executable", data, "m.zip", program="a").score(ROWS)


WEAK = {
    "no network name space": "modelops_airflow.kinds.confinement.lockdown.leave_host = modelops_airflow.kinds.confinement.launch.leave_host = lambda: False",
    "no Landlock": "modelops_airflow.kinds.confinement.lockdown.only_read = lambda *_: False",
    "no seccomp": "modelops_airflow.kinds.confinement.launch.refuse_calls = lambda **_: False",
}


@pytest.mark.parametrize("what", WEAK)
def test_where_the_kernel_does_not_keep_it_in_nothing_is_started(what: str, program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, after = run_program._START.split("from modelops", 1)
    monkeypatch.setattr(run_program, "_START", f"{before}import modelops_airflow.kinds.confinement.launch, modelops_airflow.kinds.confinement.lockdown; {WEAK[what]}; from modelops{after}")
    assert f"was not started: this system cannot keep a program in, it has {what}" in error_of(program, "honest")
