"""Hostile texts as arguments of every command that reads: exit 0, 1 or 2 and a message, never a traceback."""

from __future__ import annotations

import contextlib
import io
import itertools
import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from corpus import strings
from watch import Watch

from modelops_airflow.spec.document import HIDDEN

ARGUMENTS: tuple[tuple[str, ...], ...] = (
    ("validate", "{}"), ("validate", "--root", "{}"), ("plan", "{}"), ("plan", "{}", "--json"), ("plan", "pricing-rules", "--against", "{}"),
    ("run", "{}"), ("run", "pricing-rules", "{}"), ("check", "{}"), ("check", "drift", "--current", "{}"),
    ("check", "drift", "--current", "a", "--with", "{}"), ("check", "drift", "--with", "psi={}"),
    ("release", "{}"), ("suspend", "{}", "--reason", "{}"), ("retire", "{}", "--reason", "x"), ("rollback", "{}", "{}", "--reason", "x"),
    ("approve", "{}"), ("reject", "{}", "--comment", "{}"), ("inventory", "{}"), ("inventory", "show", "{}"), ("pack", "{}"), ("pack", "verify", "{}"),
    ("ledger", "{}"), ("ledger", "verify", "{}"), ("schema", "{}"), ("{}",), ("db", "{}"), ("governance", "{}"), ("apply", "--by", "{}"),
    ("verify", "{}"), ("doctor", "{}"), ("checks", "{}"), ("kinds", "{}"),
)


def commands(watch: Watch, folder: Path, every: int, texts: Sequence[str] | None = None) -> Counter[tuple[str, ...]]:
    """Every `every`-th text in one of the commands by turns; each in every one of them with 1. Answers how often each was called."""
    called = Counter[tuple[str, ...]]()
    with _elsewhere(folder):
        for turn, text in enumerate(strings() if texts is None else texts):
            if "\x00" in text:  # no argument of a process can hold it
                continue
            chosen = ARGUMENTS if every == 1 else [ARGUMENTS[turn // every % len(ARGUMENTS)]] if turn % every == 0 else []
            for arguments in chosen:
                given = [one.replace("{}", text) for one in arguments]
                watch.take(f"modelops {given!r}"[:300], lambda given=given: _call(given))
                called[arguments] += 1
    return called


def _call(arguments: list[str]) -> None:
    from modelops_airflow.cli import main

    out, before = io.TextIOWrapper(io.BytesIO(), "utf-8"), sys.argv
    errors = io.StringIO()
    sys.argv = ["modelops", *arguments]
    code: object = 0
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors):
            main()
    except SystemExit as end:
        code = end.code or 0
    finally:
        sys.argv = before
    out.flush()
    told = out.buffer.getvalue().decode() + errors.getvalue()
    assert code in (0, 1, 2), f"exit {code}"
    assert "Traceback (most recent call last)" not in told, told[-300:]
    hidden = HIDDEN.search(told)
    assert hidden is None, f"U+{ord(hidden.group()):04X} reaches the terminal"


@contextlib.contextmanager
def _elsewhere(folder: Path) -> Iterator[None]:
    """In an empty project, without a register and without this machine's settings."""
    before, kept = Path.cwd(), dict(os.environ)
    (folder / "dags" / "models").mkdir(parents=True, exist_ok=True)
    for name in [name for name in os.environ if name.startswith("AIRFLOW__MODELOPS__")]:
        del os.environ[name]
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
        os.environ.clear()
        os.environ.update(kept)


def one_for_each(texts: list[str]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Each command with one text, for real processes."""
    return zip(ARGUMENTS, itertools.cycle(texts), strict=False)
