"""The side of the line where the model is: requests come in, replies go out, and a sign of life every second."""

from __future__ import annotations

import asyncio
import signal
from concurrent.futures import ThreadPoolExecutor

from .answering import Answering
from .frames import Line
from .log import Noted

BEAT, STUCK = 1.0, 60.0
"""Seconds between signs of life, and those without one after which the kernel ends this process, whatever holds it."""

_AT_ONCE = 16


async def answer_over(line: Line, answering: Answering) -> None:
    """Answer until the other side ends the line or is gone.

    What the caller got is written to the log when the front says that it got it: an answer that never reached the front may be given by the
    fallback instead, and one request must not be in the log twice.
    """
    pool, noted, tasks = ThreadPoolExecutor(_AT_ONCE), dict[int, Noted](), set[asyncio.Task[None]]()

    async def one(number: int, why: str, body: bytes) -> None:
        reply, note = await asyncio.get_running_loop().run_in_executor(pool, answering.answer, body, why)
        if note is not None:
            noted[number] = note
        line.send({"id": number, **reply.head()}, reply.body)

    beating = asyncio.create_task(_beat(line, answering))
    while (frame := await line.receive()) is not None:
        head, body = frame
        for number in head["given"]:
            if (note := noted.pop(number, None)) is not None:
                note.given = True
        if "id" in head:
            task = asyncio.create_task(one(head["id"], head["why"], body))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
    beating.cancel()
    pool.shutdown(wait=False, cancel_futures=True)


async def _beat(line: Line, answering: Answering) -> None:
    while True:
        signal.setitimer(signal.ITIMER_REAL, STUCK)  # SIGALRM, which nobody handles: it also ends what a library holds, after the front is gone
        line.send({"state": answering.state().head()})
        await asyncio.sleep(BEAT)
