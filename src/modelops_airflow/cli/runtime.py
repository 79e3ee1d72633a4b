"""The processes behind `modelops serve`: each opens its own models, follows their folders, and answers the front alone."""

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

from ..serving import Answering, Canary, Line, PredictionLog, Rules, Shadow, Slot, answer_over
from ..serving.process import START

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
    answering, slots, canary, log = _made(Orders(**frame[0]))
    for slot in slots:
        found = slot.look()
        say(f"{slot.model}: {f'version {found.version}, {found.artifact}, epoch {found.epoch}' if found else f'nothing is served: {slot.why}'}")
    if canary is not None:
        canary.look()
        say(f"canary: {canary.share:.0%} of the requests{f'; held back: {canary.why}' if canary.why else ''}")
    stop = threading.Event()
    watching = threading.Thread(target=_watch, args=(slots, canary, log, stop), daemon=True)
    watching.start()
    await answer_over(line, answering)
    stop.set()
    watching.join(10 * EVERY)
    answering.stop()


def _made(orders: Orders) -> tuple[Answering, list[Slot], Canary | None, PredictionLog | None]:
    from ..steps.local import connection_from_environment

    def slot(folder: str, environment: str, state: Path, model: str = orders.model) -> Slot:
        return Slot(model, Path(folder), environment, bytes.fromhex(orders.public), state, connections=connection_from_environment)

    state, log = Path(orders.state), PredictionLog(Path(orders.log), inputs=orders.log_inputs) if orders.log else None
    if orders.slot != orders.model:
        only = slot(orders.folder, orders.environment, state, orders.slot)
        return Answering(orders.model, only, role="fallback", log=log), [only], None, log
    slots, beside, behind = [slot(orders.folder, orders.environment, state)], None, None
    if orders.canary:
        rules = Rules(**{**orders.rules, "shares": tuple(orders.rules["shares"])})
        beside = Canary(slots[0], slot(orders.canary, orders.canary_environment, state / "canary"), rules, report=Path(orders.canary), state=state)
    if orders.shadow and log is not None:
        slots.append(slot(orders.shadow, orders.shadow_environment, state / "shadow"))
        behind = Shadow(slots[-1], log)
    return Answering(orders.model, slots[0], canary=beside, shadow=behind, log=log), slots, beside, log


def _watch(slots: list[Slot], canary: Canary | None, log: PredictionLog | None, stop: threading.Event) -> None:
    """Follow the folders, tell each change, and write what was answered. Nothing ends it but a stop."""
    told, share = [slot.about for slot in slots], -1.0
    while not stop.wait(EVERY):
        for place, slot in enumerate(slots):  # the version in use first: a stop of it waits for nobody
            if (found := slot.look()) != told[place]:
                told[place] = found
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
