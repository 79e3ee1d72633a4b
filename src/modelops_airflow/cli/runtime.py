"""The processes behind `modelops serve`: each opens its own model, follows its folder, and answers the front alone."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..serving import Answering, Apart, Canary, Line, PredictionLog, Rules, Shadow, Slot, answer_over
from ..serving.process import START
from .beside import COMMAND as BESIDE

COMMAND = [sys.executable, "-P", "-c", "from modelops_airflow.cli.runtime import main; main()"]
"""How one is started; the number of its socket's file comes next."""

EVERY = 1.0
"""Seconds between two looks at a folder."""


@dataclass(frozen=True)
class Orders:
    """What a process is to answer for.

    Attributes:
        model: that callers ask; slot: what answers, the model itself or its fallback.
        public: the deployer's raw public key in hexadecimal digits, as the front read it once.
        folder, state, canary, shadow, log: paths; empty for none.
        within: seconds that the canary or the shadow may leave its requests without any answer.
    """

    model: str
    slot: str
    folder: str
    environment: str
    public: str
    state: str
    rules: Mapping[str, Any]
    canary: str = ""
    canary_environment: str = ""
    shadow: str = ""
    shadow_environment: str = ""
    log: str = ""
    log_inputs: bool = False
    within: float = 15.0

    def told(self) -> dict[str, Any]:
        """For a frame."""
        return asdict(self)


def main() -> None:
    """Answer over the socket whose number is the first argument, until its other end closes."""
    number = int(sys.argv[1])
    os.set_inheritable(number, False)  # what a model starts must not hold the line
    for one in (signal.SIGTERM, signal.SIGINT):  # the front says when to end, and requests in flight are answered before
        signal.signal(one, lambda *_: None)
    signal.setitimer(signal.ITIMER_REAL, START)
    code = 0
    try:
        asyncio.run(_run(socket.socket(fileno=number)))
    except BaseException:
        traceback.print_exc()
        code = 1
    with contextlib.suppress(OSError):
        sys.stdout.flush()
    os._exit(code)  # whatever a library still has running


async def _run(pair: socket.socket) -> None:
    line = await Line.over(pair)
    if (frame := await line.receive()) is None:
        return
    import pyarrow.parquet

    pyarrow.array([0])  # it opens more libraries at the first array: before it is said that somebody answers, so that nobody waits for them
    made = _made(Orders(**frame[0]))
    for one in made.apart:  # they open theirs meanwhile, and nobody waits for them
        one.start()
    found = made.slot.look()
    say(f"{made.slot.model}: {f'version {found.version}, {found.artifact}, epoch {found.epoch}' if found else f'nothing is served: {made.slot.why}'}")
    stop = threading.Event()
    watching = threading.Thread(target=_watch, args=(made, stop), daemon=True)
    watching.start()
    await answer_over(line, made.answering)
    stop.set()
    watching.join(10 * EVERY)
    made.answering.stop()
    for one in made.apart:
        one.stop()


@dataclass(frozen=True)
class _Made:
    """What there is to follow."""

    answering: Answering
    slot: Slot
    log: PredictionLog | None
    canary: Canary | None = None
    apart: tuple[Apart, ...] = ()


def _made(orders: Orders) -> _Made:
    from ..steps.local import connection_from_environment

    def apart(name: str, folder: str, environment: str) -> Apart:
        told = {"model": orders.model, "folder": folder, "environment": environment, "public": orders.public, "state": str(state / name)}
        return Apart(orders.model, name, BESIDE, told, within=orders.within, say=say)

    state, log = Path(orders.state), PredictionLog(Path(orders.log), inputs=orders.log_inputs) if orders.log else None
    slot = Slot(orders.slot, Path(orders.folder), orders.environment, bytes.fromhex(orders.public), state, connections=connection_from_environment)
    if orders.slot != orders.model:
        return _Made(Answering(orders.model, slot, role="fallback", log=log), slot, log)
    others, beside, behind = list[Apart](), None, None
    if orders.canary:
        rules = Rules(**{**orders.rules, "shares": tuple(orders.rules["shares"])})
        others.append(apart("canary", orders.canary, orders.canary_environment))
        beside = Canary(slot, others[-1], rules, report=Path(orders.canary), state=state)
    if orders.shadow and log is not None:
        others.append(apart("shadow", orders.shadow, orders.shadow_environment))
        behind = Shadow(others[-1], log)
    return _Made(Answering(orders.model, slot, canary=beside, shadow=behind, log=log), slot, log, beside, tuple(others))


def _watch(made: _Made, stop: threading.Event) -> None:
    """Follow the folder, tell each change, and write what was answered. Nothing ends it but a stop."""
    slot, canary, log = made.slot, made.canary, made.log
    told, share = slot.about, -1.0
    while not stop.wait(EVERY):
        if (found := slot.look()) != told:
            told = found
            say(f"{slot.model}: {f'version {found.version}, epoch {found.epoch}' if found else f'stopped: {slot.why}'}")
        if canary is not None:
            canary.look()
            if canary.share != share:
                share = canary.share
                say(f"canary: {share:.0%} of the requests{f'; held back: {canary.why}' if canary.why else ''}")
        if log is not None:
            try:
                log.flush()
            except Exception as error:  # what waits is tried again; whoever is answered meanwhile learns of it by status 503
                say(f"predictions cannot be written: {error!r:.200}")


def say(line: str) -> None:
    """Tell an operator, if there is one."""
    with contextlib.suppress(OSError):  # who started us may have gone away; that stops no model and starts none
        print(line, flush=True)
