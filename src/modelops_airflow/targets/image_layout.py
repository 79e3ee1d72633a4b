"""A folder in the OCI image layout: blobs under their digests and `index.json`, which says what is live."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..digest import Digest, canonical, digest_bytes, parse_digest
from ..errors import TargetError
from .oci import CONFIG, INDEX, LAYOUT, MANIFEST, SCRATCH, Base, descriptors, read_object
from .own_folder import ARTIFACT, NoPlainFile, OwnFolder

FENCE = "modelops-airflow.epoch."
"""Annotation of the index with the model's id behind it: the highest epoch that a model has seen."""
NOTES = {"modelops-airflow.model": "model", "modelops-airflow.artifact": "artifact", "modelops-airflow.subject": "subject",
         "modelops-airflow.epoch": "epoch", "org.opencontainers.image.version": "version"}
"""Annotation of a manifest -> what of a release it says."""
REFERENCE = "org.opencontainers.image.ref.name"
_INDEX = 8 << 20
"""Bytes of an index, which names every model."""


@dataclass(frozen=True)
class Index:
    """What `index.json` says.

    Attributes:
        live: model -> descriptor of its manifest.
        epochs: model -> highest epoch seen.
    """

    live: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    epochs: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class ImageLayout:
    """The folder."""

    path: Path

    @property
    def own(self) -> OwnFolder:
        """The folder, through no link."""
        return OwnFolder(self.path)

    def index(self) -> Index:
        """What is live.

        Raises:
            TargetError: somebody else wrote the index.
        """
        file = self.path / "index.json"
        try:
            told = read_object(self.own.read("index.json", _INDEX), str(file))
        except FileNotFoundError:
            return Index()
        try:
            epochs = {key.removeprefix(FENCE): int(text) for key, text in told["annotations"].items() if key.startswith(FENCE)}
            live = {one["annotations"][REFERENCE]: one for one in descriptors(told, "manifests", str(file))}
            ours = len(live) == len(told["manifests"]) and all(_ours(model, one, epochs) for model, one in live.items())
        except (ValueError, KeyError, TypeError, AttributeError):
            ours = False
        if not ours:
            raise TargetError(f"{file} is not readable, or names an image that was not deployed here; somebody else wrote it. "
                              "Put back what was there, or move the folder away and deploy again")
        return Index(live, epochs)

    def switch(self, index: Index) -> None:
        """Write the index, by one rename."""
        if self.own.digest("oci-layout") is None:
            self.own.write("oci-layout", LAYOUT, mode=0o644)
        self.own.write("index.json", canonical({
            "schemaVersion": 2, "mediaType": INDEX, "manifests": [index.live[model] for model in sorted(index.live)],
            "annotations": {f"{FENCE}{model}": str(epoch) for model, epoch in index.epochs.items()},
        }) + b"\n", mode=0o644, most=_INDEX)

    def put(self, data: bytes) -> None:
        """Store a blob; one whose bytes changed is written again."""
        name, digest = _blob(digest_bytes(data)), digest_bytes(data)
        try:
            there = self.own.digest(name)
        except NoPlainFile:
            there = None
        if there != digest:
            self.own.write(name, data, mode=0o644)

    def get(self, digest: str) -> bytes:
        """The bytes of a digest.

        Raises:
            TargetError: they are not there or have changed.
        """
        try:
            data = self.own.read(_blob(parse_digest(digest)), ARTIFACT)
        except ValueError as error:
            raise TargetError(f"{self.path} points at something without a name: {error}") from None
        except FileNotFoundError:
            raise TargetError(f"the blob {digest} is not in {self.path}") from None
        if digest_bytes(data) != digest:
            raise TargetError(f"the bytes of the blob {digest} in {self.path} have changed")
        return data

    def blob(self, digest: Digest) -> Path:
        """Where the bytes of a digest are."""
        return self.path / _blob(digest)

    def base(self, digest: str) -> Base:
        """An image of this layout, to build upon.

        Args:
            digest: of its manifest.

        Raises:
            TargetError: there is no such image, it is one for several platforms, or its blobs have changed.
        """
        data = self.get(digest)
        manifest = read_object(data, "the manifest of the base")
        config, layers = manifest.get("config"), descriptors(manifest, "layers", "the manifest of the base")
        if not isinstance(config, dict) or config.get("mediaType") != CONFIG:
            raise TargetError(f"the base {digest} is no image that can run: its configuration is {config!r}")
        settings = self.get(str(config.get("digest")))
        told = read_object(settings, "the configuration of the base")
        root = told.get("rootfs")
        diffs = root.get("diff_ids") if isinstance(root, dict) else None
        if not isinstance(diffs, list) or len(diffs) != len(layers):
            raise TargetError(f"the base {digest} has {len(layers)} layers and names others in its configuration")
        return Base({**SCRATCH.config, **{key: value for key, value in told.items() if key != "history"}}, layers, diffs, (data, settings))


def _blob(digest: Digest) -> str:
    return f"blobs/sha256/{digest.removeprefix('sha256:')}"


def _ours(model: str, descriptor: Mapping[str, Any], epochs: Mapping[str, int]) -> bool:
    notes = descriptor["annotations"]
    parse_digest(notes["modelops-airflow.artifact"])
    return bool(set(NOTES) <= set(notes) and notes["modelops-airflow.model"] == model
                and notes["modelops-airflow.epoch"] == str(epochs[model]) and descriptor.get("mediaType") == MANIFEST)
