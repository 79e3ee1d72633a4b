"""modelops serve: answer for one model of a folder target, as long as a deployer's signature says so."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import DataError, ModelOpsError

if TYPE_CHECKING:
    from ..serving import Front, Outages, Process
    from .runtime import Orders

SETTLED = 60.0
"""Seconds that the port waits for the first look at the folder."""


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(serve)


def serve(
    model: Annotated[str, typer.Argument(help="Id of the model.")],
    folder: Annotated[Path, typer.Option("--from", help="Folder of the target: it has `live` and `artifacts`.")],
    public_key: Annotated[Path, typer.Option("--public-key", help="Public half of the deployment_key (PEM): only what it signed is served.")],
    state: Annotated[Path, typer.Option("--state", help="A folder of this runtime's own: it remembers the highest epoch, so that nothing goes back.")],
    environment: Annotated[str, typer.Option("--environment", help="What the deployer must have signed for.")] = "production",
    fallback: Annotated[str, typer.Option("--fallback", help="Id of a model of the same folder that answers where this one may not or cannot.")] = "",
    canary: Annotated[Path | None, typer.Option("--canary", help="Folder of another target, whose version of the model gets a share of the requests.")] = None,
    canary_environment: Annotated[str, typer.Option("--canary-environment", help="What it must have been signed for.")] = "canary",
    shares: Annotated[str, typer.Option("--shares", help="Percent of the requests, one step after the other; the last stays.")] = "5,25,50",
    bake: Annotated[str, typer.Option("--bake", help="How long each step takes.")] = "PT10M",
    most_errors: Annotated[float, typer.Option("--most-errors", min=0, max=1, help="Share of its requests that the canary may fail.")] = 0.02,
    most_slower: Annotated[float, typer.Option("--most-slower", min=1, help="Times the mean time of the version in use that it may take.")] = 3.0,
    most_different: Annotated[float, typer.Option(
        "--most-different", min=0, max=1, help="Distance between the labels that both predict: half the sum of the differences of their shares.")] = 0.2,
    shadow: Annotated[Path | None, typer.Option("--shadow", help="Folder of another target, whose version is asked the same, for the log alone.")] = None,
    shadow_environment: Annotated[str, typer.Option("--shadow-environment", help="What it must have been signed for.")] = "shadow",
    log: Annotated[Path | None, typer.Option("--log", help="Folder for predictions: Parquet by model and day.")] = None,
    log_inputs: Annotated[bool, typer.Option("--log-inputs", help="Also keep the features in it, and not only digests of the rows.")] = False,
    token_file: Annotated[Path | None, typer.Option("--token-file", help="File with a token that callers must send as bearer.")] = None,
    within: Annotated[str, typer.Option("--within", help="How long a request may take: a process that answers none for so long hangs, and is ended and started again.")] = "PT30S",
    host: Annotated[str, typer.Option("--host", help="Address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535)] = 8085,
) -> None:
    """Serve a model by the Open Inference Protocol v2, with /v2/health/ready and /metrics, until it is stopped.

    The model runs in a process of its own, and so do the fallback, the canary and the shadow: where the model's ends or hangs, the fallback answers until
    it is there again; where the canary's does, the version in use answers.
    """
    try:
        import uvicorn

        from ..serving import Rules
        from .runtime import Orders
    except ImportError as error:
        raise ModelOpsError(f"modelops serve needs {error.name}; run: pip install 'modelops-airflow[serve]'") from None
    from ..signing.ed25519 import load_public

    if shadow is not None and log is None:
        raise DataError("--shadow is for the log alone; name its folder with --log")
    if fallback == model:
        raise DataError(f"--fallback {fallback} is the model itself; name another one of the folder")
    token = token_file.read_text(encoding="utf-8").strip() if token_file is not None else ""
    if token_file is not None and not token:
        raise DataError(f"{token_file} is empty; expected a token in it, or no --token-file")
    patience = _seconds(within, "--within")
    if patience <= 0:
        raise DataError(f"--within {within}: expected more than no time")
    rules = Rules(_shares(shares), _seconds(bake, "--bake"), most_errors, most_slower, most_different)
    orders = Orders(
        model, model, str(folder), environment, load_public(public_key).hex(), str(state), asdict(rules), _path(canary), canary_environment,
        _path(shadow), shadow_environment, _path(log), log_inputs, patience / 2)
    server = uvicorn.Server(uvicorn.Config("", host=host, port=port, log_level="warning", access_log=False, ws="none", lifespan="on"))
    server.config.app = _front(orders, fallback, token, patience, lambda: server.should_exit)
    with contextlib.suppress(KeyboardInterrupt):
        server.run()


def _front(orders: Orders, fallback: str, token: str, within: float, ended: Callable[[], bool]) -> Front:
    """What holds the port, and the processes behind it."""
    from ..serving import Front, Outages, Process
    from .runtime import COMMAND, say

    outages = Outages(orders.model, Path(orders.log) if orders.log else None, say)
    runtime = Process("runtime", COMMAND, orders.told(), outages, within=within)
    beside = Process("fallback", COMMAND, replace(orders, slot=fallback).told(), outages, within=within) if fallback else None
    processes = [one for one in (runtime, beside) if one is not None]
    return Front(orders.model, runtime, beside, outages, token=token, life=lambda: _life(processes, outages, ended))


@asynccontextmanager
async def _life(processes: list[Process], outages: Outages, ended: Callable[[], bool]) -> AsyncIterator[None]:
    """The processes run as long as the port is open, which it is once they have looked at their folders for the first time."""
    for one in processes:
        one.start()
    until = time.monotonic() + SETTLED
    while not (all(one.settled.is_set() for one in processes) or ended() or time.monotonic() > until):
        await asyncio.sleep(0.05)
    writing = asyncio.create_task(_write(outages))
    yield
    await asyncio.gather(*(one.stop() for one in processes))
    writing.cancel()
    outages.write()


async def _write(outages: Outages) -> None:
    while True:
        await asyncio.to_thread(outages.write)
        await asyncio.sleep(1)


def _path(path: Path | None) -> str:
    return str(path) if path is not None else ""


def _shares(text: str) -> tuple[float, ...]:
    try:
        found = tuple(float(one) / 100 for one in text.split(","))
    except ValueError:
        found = ()
    if not found or not all(0 < one <= 1 for one in found):
        raise DataError(f"--shares {text!r}: expected percents above 0 and up to 100, such as 5,25,50")
    return found


def _seconds(text: str, option: str) -> float:
    from ..data.duration import duration
    from ..duration_text import DURATION

    if not DURATION.fullmatch(text):
        raise DataError(f"{option} {text!r} is no duration; expected one such as PT10M")
    return duration(text).total_seconds()
