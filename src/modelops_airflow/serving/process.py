"""Process: a child that answers, started again when it ends, and ended when it hangs.

Whoever waits for a reply of a process that ends or hangs learns it, after the process is dead: scoring changes nothing, so that another may
be asked the same, and a dead process cannot write down an answer that nobody got.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from typing import Any

from .frames import Line
from .outage import Outage, Outages
from .reply import Gone, Reply, State

SILENCE, START, PATIENCE = 10.0, 600.0, 45.0
"""Seconds without a sign of life after which a process hangs, those that it has to open its model, and those that a stop waits for it."""

FIRST, LONGEST, STEADY = 0.25, 30.0, 60.0
"""Seconds until it is started again, the first and the longest, and those that it must have answered for the first again."""

_TICK, _ASLEEP = 0.25, 2.0


class Process:
    """One child.

    Args:
        name: `runtime` or `fallback`.
        command: to start; the number of a socket's file is its next argument.
        orders: the first that is said to it.
        within: seconds without any reply after which it hangs, while a request waits.
    """

    def __init__(self, name: str, command: Sequence[str], orders: Mapping[str, Any], outages: Outages, *, within: float) -> None:
        self.name, self._command, self._orders, self._outages, self._within = name, list(command), orders, outages, within
        self.state: State | None = None
        self.why = f"the {name} is starting"
        self.settled = asyncio.Event()
        self._outage: Outage | None = None
        self._line: Line | None = None
        self._waiting: dict[int, asyncio.Future[Reply]] = {}
        self._numbers, self._stopping = itertools.count(), asyncio.Event()
        self._heard = self._moved = 0.0
        self._replies = 0
        self._given: list[int] = []

    async def ask(self, body: bytes, why: str = "") -> Reply:
        """The reply to a request.

        Raises:
            Gone: there is none, and will be none.
        """
        if self.state is None:
            raise Gone(self.why, self._outage)
        number = next(self._numbers)
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        if not self._waiting:
            self._moved = time.monotonic()
        self._waiting[number] = future
        if self._line is not None:  # else it ends just now, and whoever waits is told in a moment
            self._line.send({"given": self._had(), "id": number, "why": why}, body)
        return await future

    def _had(self) -> list[int]:
        """The requests whose replies came since this was told it the last time."""
        had, self._given = self._given, []
        return had

    def start(self) -> None:
        """Have it run until `stop`; `settled` is set when it answers, or has failed to for the first time."""
        self._keeping = asyncio.create_task(self._keep())

    async def stop(self) -> None:
        """Let it write down what it answered, and end it."""
        self._stopping.set()
        if self._line is not None:
            self._line.send({"given": self._had()})
            self._line.end()
        patience = PATIENCE if self.state is not None else 0.0
        _, late = await asyncio.wait({self._keeping}, timeout=patience)
        if late and patience:
            self._outages.say(f"the {self.name} did not end in {patience:g} s and is killed; its answers of the last seconds may be missing in the log")
        self._keeping.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._keeping

    async def _keep(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            began = time.monotonic()
            try:
                await self._live()
            except Exception as error:  # whatever it is, it is tried again
                self._over(f"the {self.name} cannot be kept: {error!r:.200}")
            failures = 0 if time.monotonic() - began > STEADY else failures + 1
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), min(LONGEST, FIRST * 2 ** min(failures - 1, 10)))

    async def _live(self) -> None:
        """From its start to its end."""
        if self._outage is not None:
            self._outage.starts += 1
            self._outages.changed(self._outage)
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                process = subprocess.Popen(  # noqa: S603 - this interpreter and our own words
                    [*self._command, str(theirs.fileno()), self.name], pass_fds=(theirs.fileno(),), stdin=subprocess.DEVNULL,
                    start_new_session=True)  # Ctrl-C reaches only the front, which ends it in order
        except OSError as error:
            ours.close()
            return self._over(f"the {self.name} cannot be started: {error.strerror}")
        try:
            self._line = await Line.over(ours)
            why = await self._watched(self._line, process)
        finally:
            _kill(process)
            if self._line is not None:
                self._line.close()
                self._line = None
        with contextlib.suppress(subprocess.TimeoutExpired):
            await asyncio.to_thread(process.wait, 5)
        return self._over(why or how_it_ended(self.name, process.poll()))

    async def _watched(self, line: Line, process: subprocess.Popen[bytes]) -> str:
        """Hear what it says until it ends or hangs; why it is to be ended, if it did not by itself."""
        self._heard = last = time.monotonic()
        line.send(self._orders)
        hearing = asyncio.create_task(self._hear(line))
        try:
            while not (await asyncio.wait({hearing}, timeout=_TICK))[0]:
                now = time.monotonic()
                if now - last > _ASLEEP:  # it is the front that was stopped, and has not heard what was said
                    self._heard = self._moved = now
                last = now
                if self._given:
                    line.send({"given": self._had()})
                if why := self._hangs(now):
                    return why
            if hearing.exception() is not None:
                return f"the {self.name} said what is no answer"
            with contextlib.suppress(subprocess.TimeoutExpired):
                await asyncio.to_thread(process.wait, 1)
            return "" if process.poll() is not None else f"the {self.name} closed its line"
        finally:
            hearing.cancel()

    def _hangs(self, now: float) -> str:
        silence = START if self.state is None else SILENCE
        if now - self._heard > silence:
            return f"the {self.name} hung: no sign of life for {silence:g} s"
        if self._waiting and now - self._moved > self._within:
            return f"the {self.name} hung: it answered no request for {self._within:g} s"
        return ""

    async def _hear(self, line: Line) -> None:
        while (frame := await line.receive()) is not None:
            head, body = frame
            self._heard = time.monotonic()
            if "state" in head:
                self._is_here(State(**head["state"]))
                continue
            self._moved, self._replies = self._heard, self._replies + 1
            reply = Reply(head["status"], body, head["by"], head["rows"], head["refusal"])
            future = self._waiting.pop(head["id"])
            self._given.append(head["id"])
            if not future.done():
                future.set_result(reply)

    def _is_here(self, state: State) -> None:
        came, self.state, self._replies = self.state is None, state, 0
        if came:
            self.why = ""
            self.settled.set()
            if self._outage is not None:
                self._outages.end(self._outage)
                self._outages.say(f"the {self.name} answers again after {self._outage.seconds:.1f} s; {self._outage.fallback} requests went to the fallback, "
                                  f"{self._outage.refused} were refused")
                self._outage = None

    def _over(self, why: str) -> None:
        """It is dead: say so to everybody who waits for it."""
        unwritten = self._replies + (self.state.waiting if self.state is not None else 0)
        self.state, self.why, self._replies, self._given = None, f"{why}; it is started again", 0, []
        if not self._stopping.is_set():
            if self._outage is None:
                self._outage = self._outages.begin(self.name, why, unwritten)
            self._outages.say(f"{why}; it is started again")
        self.settled.set()
        waiting, self._waiting = self._waiting, {}
        for future in waiting.values():
            if not future.done():
                future.set_exception(Gone(self.why, self._outage))


def _kill(process: subprocess.Popen[bytes]) -> None:
    """It, and what is left of its group; where all of that is gone there is nobody to kill."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def how_it_ended(name: str, code: int | None) -> str:
    """A process' end, by its exit code; None of one that does not end."""
    if code is None:
        return f"the {name} does not end"
    if code >= 0:
        return f"the {name} ended with exit code {code}"
    try:
        return f"the {name} was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"the {name} was ended by signal {-code}"
