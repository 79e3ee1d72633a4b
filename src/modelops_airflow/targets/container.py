"""A container: each model is an image in one OCI image layout, built without a daemon and switched by one rename."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..digest import Digest, digest_bytes
from ..durable import locked
from ..errors import TargetError
from .image_layout import NOTES, REFERENCE, ImageLayout, Index
from .oci import SCRATCH, artifact_in, descriptors, image_of, layer_of, read_object
from .target import Observation, Release, Target, stale, target

_PINNED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(\[[A-Za-z0-9,._-]+\])?==[A-Za-z0-9][A-Za-z0-9.!+_-]*")


@target("container", strength="gated")
class Container(Target):
    """One image a model in an OCI image layout, switched by one rename of its index.

    Tools such as skopeo, crane, podman and containerd read the layout: `skopeo copy oci:PATH:MODEL docker://...`. The
    image has `/opt/model/artifact`, `/opt/model/requirements.txt` and a start command upon the layers of its base.
    Looking hashes every blob of the image, unpacks the artifact and hashes it, and compares its layer and command with
    the ones that these options give; what is not whole, or not so, shows as something that is not there.
    """

    def __init__(self, *, path: Path, command: Sequence[str], requirements: Sequence[str] = (), base: Path | None = None) -> None:
        """Make it.

        Args:
            path: a folder of its own, written by this target alone.
            command: program and arguments that start the model, no shell.
            requirements: Python packages for `requirements.txt`, each pinned as `name==version`.
            base: folder of an OCI image layout with one image, whose layers come first; none begins from nothing.
        """
        if not command or not all(command):
            raise TargetError("option 'command' of target container: expected a program and its arguments, found an empty text or list")
        if loose := [one for one in requirements if not _PINNED.fullmatch(one)]:
            raise TargetError(f"option 'requirements' of target container: expected name==version, found {loose[0]!r}; pin it")
        self.layout, self.command, self.requirements = ImageLayout(path), list(command), list(requirements)
        self.from_layout = ImageLayout(base) if base is not None else None

    def observed(self, model: str) -> Observation:
        """Follow index, manifest and layers, hash all of them, and hash the artifact."""
        index = self.layout.index()
        epoch, live = index.epochs.get(model, 0), index.live.get(model)
        if live is None:
            return Observation(None, epoch)
        artifact = self._artifact(live)
        return Observation(artifact, epoch, dangling=artifact is None)

    def withdraw(self, model: str, epoch: int) -> Observation:
        """Take the image out of the index; its blobs stay for the record."""
        with locked(self.layout.path / ".lock"):
            index = self.layout.index()
            if index.epochs.get(model, 0) > epoch:
                raise TargetError(f"the fence of this stop is stale: epoch {epoch} of {model}, the target has seen {index.epochs[model]}")
            live = {name: one for name, one in index.live.items() if name != model}
            self.layout.switch(Index(live, {**index.epochs, model: epoch}))
        return self.observed(model)

    def _publish(self, release: Release) -> None:
        data = release.read()
        if digest_bytes(data) != release.artifact:
            raise TargetError(f"the bytes to publish are not {release.artifact}; nothing was written")
        live = self._built(release, data)
        with locked(self.layout.path / ".lock"):
            index = self.layout.index()
            if index.epochs.get(release.model, 0) > release.epoch:
                raise stale(release, index.epochs[release.model])
            self.layout.switch(Index({**index.live, release.model: live}, {**index.epochs, release.model: release.epoch}))

    def _built(self, release: Release, data: bytes) -> Mapping[str, Any]:
        """Write the blobs; answers what the index will say."""
        base = SCRATCH if self.from_layout is None else self.from_layout.base()
        said = {key: str(getattr(release, name)) for key, name in NOTES.items()}
        image = image_of(data, self.requirements, self.command, base, {key: said[key] for key in said if NOTES[key] != "epoch"})
        for blob in image.blobs.values():
            self.layout.put(blob)
        if self.from_layout is not None:
            for blob in self.from_layout.blobs(base):
                self.layout.put(blob)
        return {**image.descriptor, "annotations": {**said, REFERENCE: release.model}}

    def _artifact(self, live: Mapping[str, Any]) -> Digest | None:
        """Digest of the artifact inside a live image; None if the image is not whole or not what these options build."""
        try:
            manifest = read_object(self.layout.get(live["digest"]), "the manifest")
            config = read_object(self.layout.get(manifest["config"]["digest"]), "the configuration")
            layers = [self.layout.get(one["digest"]) for one in descriptors(manifest, "layers", "the manifest")]
            artifact = artifact_in(layers[-1])
            same = (artifact is not None and layer_of(artifact, self.requirements) == layers[-1]
                    and config["config"]["Cmd"] == self.command and config["rootfs"]["diff_ids"][-1] == digest_bytes(layers[-1]))
        except (TargetError, KeyError, IndexError, TypeError, ValueError):
            return None
        return digest_bytes(artifact) if same and artifact is not None else None
