"""Images of the Open Container Initiative as bytes: a model becomes one layer, a configuration and a manifest.

The same artifact, requirements and command give the same bytes everywhere: no times, no owners, no compression.
Nothing here opens a file. Source: OCI image format specification 1.1.
"""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..digest import Digest, canonical, digest_bytes, parse_digest
from ..errors import TargetError

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"
LAYOUT = canonical({"imageLayoutVersion": "1.0.0"})
"""Bytes of the file `oci-layout`."""

HOME = "opt/model"
"""Folder of the model inside the image."""

_FOLDERS = ("opt", HOME)


@dataclass(frozen=True)
class Base:
    """What an image begins with: the blobs of another, or nothing.

    Attributes:
        config: its configuration.
        layers: descriptors of its layers, in order.
        diffs: digests of its layers as they are unpacked.
        blobs: its manifest and configuration as they are stored.
    """

    config: Mapping[str, Any]
    layers: Sequence[Mapping[str, Any]] = ()
    diffs: Sequence[str] = ()
    blobs: Sequence[bytes] = ()


SCRATCH = Base({"architecture": "amd64", "os": "linux"})
"""No base: the image has the model alone, for programs that need nothing else or volumes of models."""


@dataclass(frozen=True)
class Image:
    """The blobs that a model adds to its base, and the descriptor of its manifest."""

    blobs: Mapping[Digest, bytes]
    descriptor: Mapping[str, Any]


def layer_of(artifact: bytes, requirements: Sequence[str]) -> bytes:
    """The archive with `opt/model/artifact` and `opt/model/requirements.txt`."""
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name in _FOLDERS:
            folder = tarfile.TarInfo(name)
            folder.type, folder.mode = tarfile.DIRTYPE, 0o755
            archive.addfile(folder)
        for name, data in (("artifact", artifact), ("requirements.txt", "".join(f"{one}\n" for one in requirements).encode())):
            member = tarfile.TarInfo(f"{HOME}/{name}")
            member.size, member.mode = len(data), 0o444
            archive.addfile(member, io.BytesIO(data))
    return sink.getvalue()


def artifact_in(layer: bytes) -> bytes | None:
    """The artifact in a layer; None if it is no layer of ours."""
    try:
        with tarfile.open(fileobj=io.BytesIO(layer), mode="r:") as archive:
            file = archive.extractfile(f"{HOME}/artifact")
            return None if file is None else file.read()
    except (tarfile.TarError, KeyError, OSError):
        return None


def image_of(artifact: bytes, requirements: Sequence[str], command: Sequence[str], base: Base, labels: Mapping[str, str]) -> Image:
    """The image of a model; the command is the whole command, whatever the base would start."""
    layer = layer_of(artifact, requirements)
    run = {key: value for key, value in (base.config.get("config") or {}).items() if key != "Entrypoint"}
    config = canonical({
        **base.config,
        "config": {**run, "Cmd": list(command), "Labels": {**(run.get("Labels") or {}), **labels}, "WorkingDir": f"/{HOME}"},
        "rootfs": {"type": "layers", "diff_ids": [*base.diffs, digest_bytes(layer)]},
    })
    manifest = canonical({
        "schemaVersion": 2, "mediaType": MANIFEST, "config": descriptor_of(config, CONFIG),
        "layers": [*base.layers, descriptor_of(layer, LAYER)],
    })
    return Image({digest_bytes(one): one for one in (layer, config, manifest)}, descriptor_of(manifest, MANIFEST))


def descriptor_of(data: bytes, media_type: str) -> dict[str, Any]:
    """What points at bytes."""
    return {"mediaType": media_type, "digest": digest_bytes(data), "size": len(data)}


def read_object(data: bytes, what: str) -> dict[str, Any]:
    """A JSON object.

    Raises:
        TargetError: it is something else.
    """
    try:
        found = json.loads(data)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise TargetError(f"{what} is no JSON object; somebody else wrote it")
    return found


def descriptors(holder: Mapping[str, Any], key: str, what: str) -> list[dict[str, Any]]:
    """The descriptors under a key, each with a digest.

    Raises:
        TargetError: these are something else.
    """
    found = holder.get(key)
    try:
        if not isinstance(found, list):
            raise ValueError(key)
        for one in found:
            parse_digest(one["digest"])
    except (ValueError, KeyError, TypeError):
        raise TargetError(f"{what} has no list {key!r} of descriptors with digests; somebody else wrote it") from None
    return found
