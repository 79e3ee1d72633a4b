"""The process of a canary or a shadow, which the runtime starts: it opens that one model, and answers the runtime alone."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import traceback
from multiprocessing.connection import Connection
from pathlib import Path

from ..serving import Slot, answer_beside
from ..serving.process import START

COMMAND = [sys.executable, "-P", "-c", "from modelops_airflow.cli.beside import main; main()"]
"""How it is started; the number of its socket's file comes next."""


def main() -> None:
    """Answer over the socket whose number is the first argument, until its other end closes."""
    number = int(sys.argv[1])
    os.set_inheritable(number, False)  # what a model starts must not hold the line
    for one in (signal.SIGTERM, signal.SIGINT):  # the runtime says when to end
        signal.signal(one, lambda *_: None)
    signal.setitimer(signal.ITIMER_REAL, 2 * START)  # the runtime is to say first that it hangs
    code = 0
    try:
        line = Connection(number)
        answer_beside(line, _slot(**json.loads(line.recv_bytes())))
    except (EOFError, BrokenPipeError):
        pass  # the runtime is gone
    except BaseException:
        traceback.print_exc()
        code = 1
    with contextlib.suppress(OSError):
        sys.stdout.flush()
    os._exit(code)  # whatever a library still has running


def _slot(model: str, folder: str, environment: str, public: str, state: str) -> Slot:
    from ..steps.local import connection_from_environment

    return Slot(model, Path(folder), environment, bytes.fromhex(public), Path(state), connections=connection_from_environment)
