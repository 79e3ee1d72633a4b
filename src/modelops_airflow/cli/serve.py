"""modelops serve: answer for one model of a folder target, as long as a deployer's signature says so."""

from __future__ import annotations

import contextlib
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import DataError, ModelOpsError

if TYPE_CHECKING:
    from ..serving import Canary, PredictionLog, Slot

EVERY = 1.0
"""Seconds between two looks at the folder."""


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
    host: Annotated[str, typer.Option("--host", help="Address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535)] = 8085,
) -> None:
    """Serve a model by the Open Inference Protocol v2, with /v2/health/ready and /metrics, until it is stopped."""
    try:
        import uvicorn

        from ..serving import Canary, PredictionLog, Rules, Shadow, Slot, make_app
    except ImportError as error:
        raise ModelOpsError(f"modelops serve needs {error.name}; run: pip install 'modelops-airflow[serve]'") from None
    from ..signing.ed25519 import load_public
    from ..steps.local import connection_from_environment

    if shadow is not None and log is None:
        raise DataError("--shadow is for the log alone; name its folder with --log")
    key = load_public(public_key)
    slots = [Slot(one, folder, environment, key, state, connections=connection_from_environment) for one in (model, fallback) if one]
    written = PredictionLog(log, inputs=log_inputs) if log is not None else None
    rules = Rules(_shares(shares), _seconds(bake), most_errors, most_slower, most_different)
    beside = None if canary is None else Canary(slots[0], Slot(model, canary, canary_environment, key, state / "canary", connections=connection_from_environment), rules,
                                                report=canary, state=state)
    if shadow is not None:
        slots.append(Slot(model, shadow, shadow_environment, key, state / "shadow", connections=connection_from_environment))
    behind = Shadow(slots[-1], written) if shadow is not None and written is not None else None
    for slot in slots:
        found = slot.look()
        print(f"{slot.model}: {f'version {found.version}, {found.artifact}, epoch {found.epoch}' if found else f'nothing is served: {slot.why}'}", flush=True)
    if beside is not None:
        beside.look()
        print(f"canary: {beside.share:.0%} of the requests{f'; held back: {beside.why}' if beside.why else ''}", flush=True)
    token = token_file.read_text(encoding="utf-8").strip() if token_file is not None else ""
    if token_file is not None and not token:
        raise DataError(f"{token_file} is empty; expected a token in it, or no --token-file")
    app, stop = make_app(slots[0], canary=beside, shadow=behind, fallback=slots[1] if fallback else None, log=written, token=token), threading.Event()
    watching = threading.Thread(target=_watch, args=(slots, beside, written, stop), daemon=True)
    watching.start()
    try:
        uvicorn.run(app, host=host, port=port, log_level="warning", access_log=False)
    finally:
        stop.set()
        watching.join()


def _shares(text: str) -> tuple[float, ...]:
    try:
        found = tuple(float(one) / 100 for one in text.split(","))
    except ValueError:
        found = ()
    if not found or not all(0 < one <= 1 for one in found):
        raise DataError(f"--shares {text!r}: expected percents above 0 and up to 100, such as 5,25,50")
    return found


def _seconds(text: str) -> float:
    from ..data.duration import duration
    from ..spec.types import DURATION

    if not DURATION.fullmatch(text):
        raise DataError(f"--bake {text!r} is no duration; expected one such as PT10M")
    return duration(text).total_seconds()


def _watch(slots: list[Slot], canary: Canary | None, log: PredictionLog | None, stop: threading.Event) -> None:
    """Follow the folders, tell each change, and write what was answered. Nothing ends it but a stop."""
    told, share = [slot.about for slot in slots], -1.0
    while not stop.wait(EVERY):
        for place, slot in enumerate(slots):  # the version in use first: a stop of it waits for nobody
            if (found := slot.look()) != told[place]:
                told[place] = found
                _say(f"{slot.model}: {f'version {found.version}, epoch {found.epoch}' if found else f'stopped: {slot.why}'}")
        if canary is not None:
            canary.look()
            if canary.share != share:
                share = canary.share
                _say(f"canary: {share:.0%} of the requests{f'; held back: {canary.why}' if canary.why else ''}")
        if log is not None:
            try:
                log.flush()
            except Exception as error:  # what waits is tried again; whoever is answered meanwhile learns of it by status 503
                _say(f"predictions cannot be written: {error!r:.200}")


def _say(line: str) -> None:
    with contextlib.suppress(OSError):  # who started us may have gone away; that stops no model and starts none
        print(line, flush=True)
