"""Apart: the slot of a canary or a shadow in a process of its own, so that its library takes down nothing but itself.

The version in use asks it and answers itself where it ends or hangs. It is started again, ever later; which deployment it ended over, and
how often, is remembered, so that a canary that crashes is held back as one that fails is.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any

from ..errors import ArtifactError
from .authorised import Authorised, NotAuthorised
from .frames import LARGEST_BODY
from .process import FIRST, LONGEST, START, STEADY, how_it_ended
from .slot import Answer
from .wire import answer_of, rows_sent

if TYPE_CHECKING:
    import pyarrow as pa

ENDS, AT_ONCE = 3, 4
"""How often a process ends over one deployment until that is held back, and requests that it has in hand at most: the others are for the version in use."""

_TICK = 0.25


@dataclass(eq=False)
class _Child:
    """One process, and what it said."""

    process: subprocess.Popen[bytes]
    line: Connection
    saying: threading.Lock = field(default_factory=threading.Lock)
    about: Authorised | None = None
    looked: bool = False
    opening: Authorised | None = None
    moved: float = field(default_factory=time.monotonic)
    waiting: dict[int, tuple[Future[Answer], int]] = field(default_factory=dict)


class Apart:
    """What a `Slot` is, elsewhere.

    Args:
        name: `canary` or `shadow`.
        command: to start; the number of a socket's file is its next argument. orders: the first that is said to it.
        within: seconds without any answer after which it hangs, while a request waits.
        say: tells an operator what happens.
    """

    def __init__(self, model: str, name: str, command: Sequence[str], orders: Mapping[str, Any], *, within: float, say: Callable[[str], None]) -> None:
        self.model, self._name, self._command, self._orders, self._within, self._say = model, name, list(command), dict(orders), within, say
        self._lock, self._numbers, self._stopping = threading.Lock(), itertools.count(), threading.Event()
        self._child: _Child | None = None
        self._why = f"the {name} is starting"
        self._blamed: Authorised | None = None
        self._ends, self._spoilt = 0, ""
        self._keeping = threading.Thread(target=self._keep, daemon=True)

    @property
    def about(self) -> Authorised | None:
        """The version that may answer; None where none may, or its process is not there."""
        child = self._child
        return child.about if child is not None else None

    @property
    def free(self) -> bool:
        """Whether it has time for one more request."""
        child = self._child
        return child is not None and child.about is not None and len(child.waiting) < AT_ONCE

    @property
    def why(self) -> str:
        """Why nothing may answer; empty where something may."""
        return self._why

    @property
    def spoilt(self) -> str:
        """Why the present deployment is not to be asked any more, whatever it answered; empty where its process lasts."""
        return self._spoilt

    def look(self) -> Authorised | None:
        """The deployment that its process follows, or ended over: it is the same one until that is back."""
        child = self._child
        return child.about if child is not None and child.looked else self._blamed

    def start(self) -> None:
        """Have it run until `stop`. Nobody waits for it."""
        self._keeping.start()

    def stop(self) -> None:
        """End it."""
        self._stopping.set()
        self._keeping.join()

    def score(self, rows: pa.Table) -> Answer:
        """Ask it.

        Raises:
            NotAuthorised: nothing may answer.
            ArtifactError: it cannot score these rows, or its process ended or hung over them.
        """
        future, sent = Future[Answer](), rows_sent(rows)
        with self._lock:
            child = self._child
            if child is None or child.about is None:
                raise NotAuthorised(self._why)
            number = next(self._numbers)
            if not child.waiting:
                child.moved = time.monotonic()
            child.waiting[number] = future, rows.num_rows
        with child.saying, contextlib.suppress(OSError):  # one that ends just now tells whoever waits in a moment
            child.line.send_bytes(json.dumps({"id": number}).encode())
            child.line.send_bytes(sent)
        return future.result()

    def _keep(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            began = time.monotonic()
            try:
                self._live()
            except Exception as error:  # whatever it is, it is tried again
                self._why = f"the {self._name} cannot be kept: {error!r:.200}"
                self._say(self._why)
            failures = 0 if time.monotonic() - began > STEADY else failures + 1
            self._stopping.wait(min(LONGEST, FIRST * 2 ** min(max(failures - 1, 0), 10)))

    def _live(self) -> None:
        """From its start to its end."""
        ours, theirs = socket.socketpair()
        with theirs, Connection(ours.detach()) as line:
            process = subprocess.Popen(  # noqa: S603 - this interpreter and our own words
                [*self._command, str(theirs.fileno()), self._name], pass_fds=(theirs.fileno(),), stdin=subprocess.DEVNULL)
            theirs.close()  # so that its end is the end of the line
            child, why = _Child(process, line), ""
            try:
                line.send_bytes(json.dumps(self._orders).encode())
                self._child = child
                why = self._hear(child)
            finally:
                self._over(child, why)

    def _hear(self, child: _Child) -> str:
        """Until it ends or hangs; why it is to be ended, if it did not by itself."""
        since, opening = 0.0, None
        while not self._stopping.is_set():
            now = time.monotonic()
            if child.opening is not opening:
                since, opening = now, child.opening
            if opening is not None and now - since > START:
                self._spoilt = f"its process hung: it was not open after {START:g} s"
                return f"the {self._name} hung: it was not open after {START:g} s"
            if child.waiting and now - child.moved > self._within:
                return f"the {self._name} hung: it answered no request for {self._within:g} s"
            try:
                if child.line.poll(_TICK):
                    self._heard(child, json.loads(child.line.recv_bytes(LARGEST_BODY)))
            except (EOFError, ConnectionError):
                return ""
            except (OSError, ValueError, KeyError, TypeError, RecursionError):  # a process whose memory is spoilt may say anything
                return f"the {self._name} said what is no answer"
        return ""

    def _heard(self, child: _Child, told: Mapping[str, Any]) -> None:
        if "opening" in told:
            child.opening = Authorised(**told["opening"])
        elif "state" in told:
            about, why = told["state"], str(told["why"])
            if told["looked"]:
                child.looked, child.opening = True, None
            child.about = Authorised(**about) if about is not None else None
            self._why = why
            if child.looked and child.about is not None and child.about != self._blamed:
                self._blamed, self._ends, self._spoilt = None, 0, ""
        else:
            child.moved = time.monotonic()
            future, rows = child.waiting.pop(told["id"])
            try:
                future.set_result(answer_of(told, rows, self._name))
            except Exception as error:  # also one that is no answer
                future.set_exception(error if isinstance(error, ArtifactError) else ArtifactError(f"the {self._name} said what is no answer"))

    def _over(self, child: _Child, why: str) -> None:
        """End it, and say so to everybody who waits for it, after it is dead."""
        if not why and not self._stopping.is_set():
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.process.wait(1)
        code = child.process.poll()
        child.process.kill()
        child.process.wait()
        with child.saying:  # nobody writes to a number that is another file's by then
            child.line.close()
        why = why or (how_it_ended(self._name, code) if code is not None else f"the {self._name} closed its line")
        if not self._stopping.is_set():
            self._blame(child.opening or child.about, why)
            self._say(f"{why}; it is started again")
        with self._lock:
            self._child, self._why = None, f"{why}; it is started again"
            waiting, child.waiting = child.waiting, {}
        for future, _ in waiting.values():
            future.set_exception(ArtifactError(why))

    def _blame(self, about: Authorised | None, why: str) -> None:
        if about is None:
            return  # nothing was deployed, or it did not come so far
        self._ends = self._ends + 1 if about == self._blamed else 1
        self._blamed = about
        if self._ends >= ENDS:
            self._spoilt = self._spoilt or f"its process ended {self._ends} times, the last: {why}"


