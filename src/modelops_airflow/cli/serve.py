"""modelops serve: answer for one model of a folder target, as long as a deployer's signature says so."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import ModelOpsError

if TYPE_CHECKING:
    from ..serving import PredictionLog, Slot

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
    fallback: Annotated[str, typer.Option("--fallback", help="Id of a model of the same folder that answers where this one may not or cannot.")] = "",
    log: Annotated[Path | None, typer.Option("--log", help="Folder for predictions: Parquet by model and day.")] = None,
    log_inputs: Annotated[bool, typer.Option("--log-inputs", help="Also keep the features in it, and not only digests of the rows.")] = False,
    token_file: Annotated[Path | None, typer.Option("--token-file", help="File with a token that callers must send as bearer.")] = None,
    host: Annotated[str, typer.Option("--host", help="Address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535)] = 8085,
) -> None:
    """Serve a model by the Open Inference Protocol v2, with /v2/health/ready and /metrics, until it is stopped."""
    try:
        import uvicorn

        from ..serving import PredictionLog, Slot, make_app
    except ImportError as error:
        raise ModelOpsError(f"modelops serve needs {error.name}; run: pip install 'modelops-airflow[serve]'") from None
    from ..signing.ed25519 import load_public
    from ..steps.local import connection_from_environment

    key = load_public(public_key)
    slots = [Slot(one, folder, key, state, connections=connection_from_environment) for one in (model, fallback) if one]
    written = PredictionLog(log, inputs=log_inputs) if log is not None else None
    for slot in slots:
        found = slot.look()
        print(f"{slot.model}: {f'version {found.version}, {found.artifact}, epoch {found.epoch}' if found else f'nothing is served: {slot.why}'}", flush=True)
    token = token_file.read_text(encoding="utf-8").strip() if token_file is not None else ""
    app, stop = make_app(slots[0], fallback=slots[1] if fallback else None, log=written, token=token), threading.Event()
    watching = threading.Thread(target=_watch, args=(slots, written, stop), daemon=True)
    watching.start()
    try:
        uvicorn.run(app, host=host, port=port, log_level="warning", access_log=False)
    finally:
        stop.set()
        watching.join()


def _watch(slots: list[Slot], log: PredictionLog | None, stop: threading.Event) -> None:
    """Follow the folder, tell each change, and write what was answered."""
    told = [slot.about for slot in slots]
    while not stop.wait(EVERY):
        for place, slot in enumerate(slots):
            if (found := slot.look()) != told[place]:
                told[place] = found
                print(f"{slot.model}: {f'version {found.version}, epoch {found.epoch}' if found else f'stopped: {slot.why}'}", flush=True)
        if log is not None:
            try:
                log.flush()
            except OSError as error:
                print(f"predictions cannot be written: {error}", flush=True)
