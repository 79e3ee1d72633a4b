"""What an address of MLflow names now: `models:/name/version`, `models:/name@alias` or `runs:/run/path`, down to the files."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass

from .digest import Digest, canonical, digest_bytes
from .folder_archive import archive_of
from .mlflow_answers import MlflowError, named, safe_path
from .mlflow_registry import MlflowRegistry

_RUN = re.compile(r"[A-Za-z0-9]{1,64}")
_EXPECTED = "expected models:/name/version, models:/name@alias or runs:/run/path"


@dataclass(frozen=True)
class Source:
    """Where a model came from.

    Attributes:
        uri: as it was asked for.
        name, version: of the registered model; empty of a run.
        alias: that was followed; empty where the version was named.
        run: that made it; empty where the registry knows none.
        artifact: digest of the files as one artifact.
    """

    registry: str
    uri: str
    name: str
    alias: str
    version: str
    run: str
    artifact: Digest

    @property
    def text(self) -> bytes:
        """As a file has it."""
        return canonical(asdict(self)) + b"\n"


def fetched(registry: MlflowRegistry, uri: str) -> tuple[Source, dict[str, bytes]]:
    """What an address names now, and its files.

    Raises:
        MlflowError: it names nothing, or no address is written.
    """
    scheme, _, rest = uri.partition(":/")
    name, alias, version, run = "", "", "", ""
    if scheme == "runs" and _RUN.fullmatch(rest.partition("/")[0]) and rest.partition("/")[2]:
        run, _, path = rest.partition("/")
        location = registry.run_location(run, safe_path(path))
    elif scheme == "models":
        name, alias, number = _named(rest)
        if alias:
            model = registry.model(name)
            number = model.aliases.get(alias, "") if model is not None else ""
        found = registry.version(name, number) if number else None
        if found is None:
            raise MlflowError(f"{registry.address} has no {uri[:300]}; look at the name, and at what the alias is set to")
        version, run, location = found.number, found.run, registry.location(found)
    else:
        raise MlflowError(f"{uri[:80]!r} is no address of a model in MLflow; {_EXPECTED}")
    files = registry.files(location)
    if not files:
        raise MlflowError(f"{registry.address} has no file in {uri[:300]}")
    return Source(registry.address, uri, name, alias, version, run, digest_bytes(archive_of(sorted(files.items())))), files


def _named(rest: str) -> tuple[str, str, str]:
    """Name, alias and version of what stands behind `models:/`."""
    if "@" in rest:
        name, _, alias = rest.partition("@")
        if alias and "/" not in alias:
            return named(name), alias, ""
    name, _, version = rest.partition("/")
    if not version.isdecimal() or not version.isascii():
        raise MlflowError(f"'models:/{rest[:80]}' names no version; {_EXPECTED}")
    return named(name), "", version
