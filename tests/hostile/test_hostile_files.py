"""Hostile files and arguments end in a message with a place, quickly and on this machine."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import resource
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from commands import ARGUMENTS, commands, one_for_each
from corpus import strings
from files import VALID
from hostile_figures import hostile_figures, mutate_all
from mutations import mutants
from watch import LOCATED, MEGABYTES, Watch, nothing_leaves
from yaml_kinds import bombs, documents, quoted

from modelops_airflow.cli import app as cli_app
from modelops_airflow.cli import main
from modelops_airflow.spec import document
from modelops_airflow.spec.document import load
from modelops_airflow.spec.problem import Problem, SpecError
from modelops_airflow.spec.read import parse_governance

SEED = 20261124


def test_there_are_as_many_kinds_as_promised() -> None:
    assert len(strings()) >= 950
    assert len(documents()) >= 1300
    assert len(set(itertools.islice(mutants(VALID["model"], 500, 1), 500))) >= 450
    assert list(mutants(VALID["model"], 20, 7)) == list(mutants(VALID["model"], 20, 7))


def test_a_fast_part_of_all_inputs_is_harmless(tmp_path: Path) -> None:
    figures = hostile_figures(tmp_path, mutations=1000, seed=SEED, every=8, arguments_every=24)
    assert figures["inputs"] >= 2500
    assert figures["inputs"] == figures["files"] + figures["mutations"] + figures["calls"]
    assert figures["mutations"] == 1000 and figures["calls"] > 30
    assert figures["tracebacks"] == figures["faults"] == figures["outgoing"] == 0


def test_mutations_that_did_not_run_are_not_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert mutate_all(Watch(), tmp_path, 7, SEED) == 7
    monkeypatch.setattr("hostile_figures.mutants", lambda *_: iter(()))
    assert mutate_all(Watch(), tmp_path, 7, SEED) == 0


@pytest.mark.parametrize("every", [2, 24, 25])
def test_whatever_part_of_the_texts_is_taken_each_command_has_its_turn(every: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("commands._call", lambda _: None)
    assert set(commands(Watch(), tmp_path, every, ["x"] * every * len(ARGUMENTS))) == set(ARGUMENTS)


def test_every_text_is_read_as_itself_or_refused_for_a_character() -> None:
    for text in strings():
        try:
            assert load(f"a: {quoted(text)}", "x.yaml").value == {"a": text}
        except SpecError as error:
            assert {problem.code for problem in error.problems} <= {"SPEC002", "SPEC008"}, text[:50]


def test_a_traceback_a_line_without_a_place_and_a_slow_input_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def unlocated() -> None:
        raise SpecError([Problem("\u202ex.yaml", 1, 1, "SPEC001", "turned")])

    monkeypatch.setattr("watch.SECONDS", 0.01)
    watch = Watch()
    watch.take("crash", lambda: {}["a"])  # type: ignore[misc]
    watch.take("hidden", unlocated)
    watch.take("slow", lambda: sum(range(10**6)))
    assert (len(watch.tracebacks), len(watch.faults)) == (1, 2)


@pytest.mark.parametrize(("limit", "value"), [("MAX_NODES", 10**9), ("MAX_DEPTH", 10**9)])
def test_without_a_limit_a_bomb_goes_through_the_reader(monkeypatch: pytest.MonkeyPatch, limit: str, value: int) -> None:
    text = "[" * 300 + "]" * 300 if limit == "MAX_DEPTH" else "a: [" + "1, " * 60_000 + "]"
    with pytest.raises(SpecError):
        load(text, "x.yaml")
    monkeypatch.setattr(document, limit, value)
    load(text, "x.yaml")


@pytest.mark.parametrize("address", [("203.0.113.7", 80), ("169.254.169.254", 80), ("x.invalid", 443)])
def test_a_request_to_another_machine_is_blocked_and_seen_even_if_swallowed(address: tuple[str, int]) -> None:
    with nothing_leaves() as tried, contextlib.suppress(OSError):
        socket.create_connection(address, timeout=0.2)
    assert len(tried) == 1


def test_this_machine_may_talk_to_itself() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, nothing_leaves() as tried:
        socket.create_connection(server.getsockname(), timeout=2).close()
    assert tried == []


@pytest.mark.parametrize("argument", ["\x1b[31mred", "a\u202eb", "\x16", "\udcff"])
def test_an_argument_that_a_terminal_would_obey_is_named_and_not_repeated(
    argument: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["modelops", "validate", argument])
    with pytest.raises(SystemExit) as end:
        main()
    told = capsys.readouterr()
    assert (end.value.code, told.out) == (2, "")
    assert told.err.startswith("argument 2 holds the character U+") and document.HIDDEN.search(told.err) is None


def test_without_that_guard_the_terminal_would_obey(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(cli_app, "_refuse_hidden", lambda _: None)
    watch = Watch()
    commands(watch, tmp_path, 1, texts=["\x16"])
    assert any("reaches the terminal" in one for one in watch.tracebacks)


def test_a_message_repeats_no_page_of_what_was_written() -> None:
    text = VALID["governance"][0].replace("timezone: UTC", "timezone: " + quoted("(" * 5000))
    assert text.count("(") >= 5000
    with pytest.raises(SpecError) as caught:
        parse_governance(text, "dags/governance.yaml")
    assert max(len(line) for line in str(caught.value).split("\n")) < 1500


def test_memory_is_that_of_the_program_and_not_of_the_tests_that_started_it(tmp_path: Path) -> None:
    held = bytearray(600 << 20)
    assert _process(["--help"], tmp_path)[2] < MEGABYTES
    assert len(held) == 600 << 20


def test_more_memory_than_the_limit_is_seen() -> None:
    told = subprocess.run([sys.executable, "-c", "import sys; sys.path.insert(0, sys.argv[1]); from most_memory import most_memory\n"
                           "held = bytearray(600 << 20); print(most_memory())", str(Path(__file__).parents[1])],
                          capture_output=True, text=True, check=True)
    assert int(told.stdout) / 2**20 > MEGABYTES


def _limited() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (30, 30))


def test_real_processes_stay_small_quick_and_silent(tmp_path: Path) -> None:
    """The largest inputs as files, and hostile arguments; seconds are the processor's, less those of an empty start."""
    models = tmp_path / "dags" / "models"
    models.mkdir(parents=True)
    texts = sorted(bombs(), key=len, reverse=True)[:4]
    for number, text in enumerate(texts):
        (models / f"bomb-{number}.yaml").write_bytes(text.encode("utf-8", "surrogatepass"))
    calls = [["validate", f"bomb-{number}"] for number in range(len(texts))]
    hostile = [text for text in strings() if "\x00" not in text and len(text) < 5000][::74]
    calls += [[one.replace("{}", text) for one in arguments] for arguments, text in itertools.islice(one_for_each(hostile), 0, None, 8)]
    idle = _process(["--help"], tmp_path)[1]
    for call in calls:
        code, seconds, megabytes, told = _process(call, tmp_path)
        assert code in (0, 1, 2), (call, told)
        assert "Traceback" not in told, (call, told)
        assert seconds - idle < 4, (call, seconds, idle)
        assert megabytes < MEGABYTES, (call, megabytes)
        if call[0] == "validate" and call[1].startswith("bomb"):
            assert code == 2
            assert all(LOCATED.fullmatch(line) for line in told.splitlines() if line), told[:300]


def _process(arguments: list[str], folder: Path) -> tuple[int, float, float, str]:
    """Exit code, processor seconds, megabytes at most, and everything it said."""
    code = ("import resource, sys, json\nsys.path.insert(0, sys.argv.pop(1))\nfrom most_memory import most_memory\nfrom modelops_airflow.cli import main\n"
            "end = 0\ntry:\n    main()\nexcept SystemExit as found:\n    end = found.code or 0\n"
            "used = resource.getrusage(resource.RUSAGE_SELF)\n"
            "sys.stderr.write('\\n#' + json.dumps([end, used.ru_utime + used.ru_stime, most_memory() / 2**20]))")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW__MODELOPS__")}
    said = subprocess.run([sys.executable, "-c", code, str(Path(__file__).parents[1]), *[one.encode("utf-8", "replace") for one in arguments]],
                          capture_output=True, cwd=folder, env=environment, check=False, timeout=120, preexec_fn=_limited)
    text = said.stderr.decode(errors="replace")
    body, _, figures = text.rpartition("\n#")
    exit_code, seconds, megabytes = json.loads(figures)
    return exit_code, seconds, megabytes, said.stdout.decode(errors="replace") + body
