"""modelops mlflow: bring a model from MLflow into the project, and see whether what it came from is still the same."""

from __future__ import annotations

import json as reading
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import ArtifactError
from .options import Json
from .output import print_json

if TYPE_CHECKING:
    from ..mlflow_registry import MlflowRegistry
    from ..mlflow_source import Source

mlflow = typer.Typer(no_args_is_help=True, help="Models of an MLflow registry: bring them here, see whether an alias has moved.")

Connection = Annotated[str, typer.Option("--connection", help="Name of the connection with the server's address, from AIRFLOW_CONN_<NAME>.")]
Private = Annotated[bool, typer.Option("--private", help="The server may be in a private network, or this machine.")]
Timeout = Annotated[float, typer.Option("--timeout", help="Seconds that one request may take.", min=0.1, max=3600)]


def add_to(app: typer.Typer) -> None:
    """Add the group."""
    app.add_typer(mlflow, name="mlflow")


@mlflow.command()
def get(
    uri: Annotated[str, typer.Argument(help="models:/name/version, models:/name@alias or runs:/run/path.")],
    connection: Connection,
    into: Annotated[Path, typer.Option("--into", help="A new folder of the project, such as models/credit-7.")],
    private: Private = False,
    timeout: Timeout = 60,
    json: Json = False,
) -> None:
    """Download a model into a new folder, with a note of the version it is; prints the lines for its model file."""
    from ..digest import digest_bytes
    from ..kinds import read_artifact
    from ..mlflow_source import fetched

    note = _note(into)
    for path in (into, note):
        if path.exists() or path.is_symlink():
            raise ArtifactError(f"{path} is there already, and an artifact is never written over; name another folder, such as one with the version in it")
    source, files = fetched(_registry(connection, private=private, timeout=timeout), uri)
    _write(into, files)
    note.write_bytes(source.text)
    found = digest_bytes(read_artifact(into, str(into)).bytes)
    if found != source.artifact:
        raise ArtifactError(f"{into} holds {found} after {source.artifact} was written; is something else writing there?")
    if json:
        print_json(asdict(source))
    else:
        print(f"{uri} is {f'version {source.version}' if source.version else f'run {source.run}'}, {source.artifact}; wrote {into} and {note}\n\n"
              f"model:\n  kind: {_kind(into)}\n  version: \"{source.version or source.run}\"\n  artifact: {into.as_posix()}")


@mlflow.command()
def check(
    folder: Annotated[Path, typer.Argument(help="A folder that `modelops mlflow get` wrote.")],
    connection: Connection,
    private: Private = False,
    timeout: Timeout = 60,
    json: Json = False,
) -> None:
    """Ask the registry again: exit code 1 if the alias has moved, or files were changed there or here."""
    from ..digest import digest_bytes
    from ..kinds import read_artifact
    from ..mlflow_source import fetched

    then = _source(_note(folder))
    now, _ = fetched(_registry(connection, private=private, timeout=timeout), then.uri)
    here = digest_bytes(read_artifact(folder, str(folder)).bytes)
    wrong = [] if here == then.artifact else [f"{folder} holds {here}; it was fetched as {then.artifact}"]
    if now.registry != then.registry:
        wrong.append(f"{now.registry} was asked; the model was fetched from {then.registry}")
    if now.version != then.version:
        wrong.append(f"{then.uri} is version {now.version} now; {folder} is version {then.version}")
    elif now.artifact != then.artifact:
        wrong.append(f"{then.uri} has other files now ({now.artifact}) under the same {'version' if then.version else 'run'}; somebody changed them")
    if json:
        print_json({"then": asdict(then), "now": asdict(now), "here": here, "wrong": wrong})
    else:
        print("\n".join(wrong) or f"{folder} is still {then.uri}", file=sys.stderr if wrong else sys.stdout)
    if wrong:
        raise typer.Exit(1)


def _registry(connection: str, *, private: bool, timeout: float) -> MlflowRegistry:
    from ..steps.local import connection_from_environment
    from ..targets.mlflow_server import registry_of

    return registry_of(connection, connection_from_environment, private=private, seconds=timeout)


def _note(folder: Path) -> Path:
    """The file beside a folder that says where it came from."""
    return folder.with_name(f"{folder.name}.mlflow.json")


def _source(note: Path) -> Source:
    from ..digest import parse_digest
    from ..mlflow_source import Source

    try:
        found = Source(**reading.loads(note.read_bytes()))
        parse_digest(found.artifact)
    except FileNotFoundError:
        raise ArtifactError(f"{note} is not there; name a folder that `modelops mlflow get` wrote") from None
    except (ValueError, TypeError):
        raise ArtifactError(f"{note} is not readable; fetch the model again") from None
    return found


def _write(into: Path, files: dict[str, bytes]) -> None:
    """All files in a new folder, or none: the folder gets its name at the end."""
    import shutil
    import tempfile

    into.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(dir=into.parent, prefix=".partial-"))
    try:
        for path, data in files.items():
            (partial / path).parent.mkdir(parents=True, exist_ok=True)
            (partial / path).write_bytes(data)
        partial.chmod(0o755)
        partial.rename(into)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def _kind(folder: Path) -> str:
    """Which of the two kinds a folder is by its scan's own word."""
    from ..kinds import read_artifact, scan

    file = read_artifact(folder, str(folder))
    told = " ".join(scan("mlflow", file.bytes, file=file.name).notes)
    return "mlflow-pickled" if "name the kind mlflow-pickled" in told else "mlflow"
