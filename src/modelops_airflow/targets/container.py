"""A container: each model is an image in one OCI image layout, built without a daemon and switched by one rename."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..digest import Digest, digest_bytes
from ..errors import TargetError
from .image_layout import NOTES, REFERENCE, ImageLayout, Index
from .oci import SCRATCH, Base, Image, artifact_in, descriptors, image_of, read_object
from .target import Observation, Release, Target, stale, target

_PINNED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(\[[A-Za-z0-9,._-]+\])?==[A-Za-z0-9][A-Za-z0-9.!+_-]*")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


@target("container", strength="gated", where=("path",))
class Container(Target):
    """One image a model in an OCI image layout, switched by one rename of its index.

    Tools such as skopeo, crane, podman and containerd read the layout: `skopeo copy oci:PATH:MODEL docker://...`. The
    image has `/opt/model/artifact`, `/opt/model/requirements.txt` and a start command upon the layers of its base.
    Looking hashes every blob of the image, unpacks the artifact and hashes it, and builds the image again from the artifact and
    these options; one that is not whole, or not the same to the last byte, shows as something that is not there.
    """

    def __init__(
        self, *, path: Path, command: Sequence[str], requirements: Sequence[str] = (), base: Path | None = None, base_digest: str | None = None,
    ) -> None:
        """Make it.

        Args:
            path: a folder of its own, written by this target alone.
            command: program and arguments that start the model, no shell.
            requirements: Python packages for `requirements.txt`, each pinned as `name==version`.
            base: folder of an OCI image layout with the image whose layers come first; without one the image begins from nothing.
            base_digest: digest of that image's manifest, `sha256:...`; with `base` alone.
        """
        if not command or not all(command):
            raise TargetError("option 'command' of target container: expected a program and its arguments, found an empty text or list")
        if loose := [one for one in requirements if not _PINNED.fullmatch(one)]:
            raise TargetError(f"option 'requirements' of target container: expected name==version, found {loose[0]!r}; pin it")
        if (base is None) != (base_digest is None) or (base_digest is not None and not _DIGEST.fullmatch(base_digest)):
            raise TargetError(f"options 'base' and 'base_digest' of target container go together; expected a folder and sha256:..., found {base_digest!r}")
        self.layout, self.command, self.requirements = ImageLayout(path), list(command), list(requirements)
        self.base, self.base_digest = ImageLayout(base) if base is not None else None, base_digest

    def observed(self, model: str) -> Observation:
        """Follow index, manifest and layers, hash all of them, and hash the artifact."""
        index = self.layout.index()
        epoch, live = index.epochs.get(model, 0), index.live.get(model)
        if live is None:
            return Observation(None, epoch)
        artifact = self._artifact(live)
        return Observation(artifact, epoch, dangling=artifact is None)

    def models(self) -> list[str] | None:
        """Every image of the index; None where no index is: nothing was ever deployed here, or the volume is not mounted."""
        names = self.layout.own.names("") or ()
        if "index.json" not in names and ".lock" in names:
            raise TargetError(f"{self.layout.path} has no index.json, and has the '.lock' of earlier deployments; somebody took it away. Put it back")
        return sorted(self.layout.index().live) if "index.json" in names else None

    def withdraw(self, model: str, epoch: int) -> Observation:
        """Take the image out of the index; its blobs stay for the record."""
        with self.layout.own.locked():
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
        with self.layout.own.locked():
            index = self.layout.index()
            if index.epochs.get(release.model, 0) > release.epoch:
                raise stale(release, index.epochs[release.model])
            self.layout.switch(Index({**index.live, release.model: live}, {**index.epochs, release.model: release.epoch}))

    def _built(self, release: Release, data: bytes) -> Mapping[str, Any]:
        """Write the blobs; answers what the index will say."""
        base = self._base(self.base)
        said = {key: str(getattr(release, name)) for key, name in NOTES.items()}
        image = self._image(data, base, said)
        for blob in (*image.blobs.values(), *base.blobs):
            self.layout.put(blob)
        if self.base is not None:
            for layer in base.layers:
                self.layout.put(self.base.get(layer["digest"]))
        return {**image.descriptor, "annotations": {**said, REFERENCE: release.model}}

    def _artifact(self, live: Mapping[str, Any]) -> Digest | None:
        """Digest of the artifact inside a live image; None if the image is not whole, or not the one that it would be built as."""
        try:
            base = self._base(self.layout)
            manifest = read_object(self.layout.get(live["digest"]), "the manifest")
            layers = [self.layout.get(one["digest"]) for one in descriptors(manifest, "layers", "the manifest")]
            self.layout.get(manifest["config"]["digest"])
            artifact = artifact_in(layers[-1])
            if artifact is None or self._image(artifact, base, live["annotations"]).descriptor["digest"] != live["digest"]:
                return None
        except (TargetError, KeyError, IndexError, TypeError):
            return None
        return digest_bytes(artifact)

    def _base(self, layout: ImageLayout | None) -> Base:
        return SCRATCH if layout is None or self.base_digest is None else layout.base(self.base_digest)

    def _image(self, artifact: bytes, base: Base, said: Mapping[str, str]) -> Image:
        labels = {key: said[key] for key, name in NOTES.items() if name != "epoch"}
        return image_of(artifact, self.requirements, self.command, base, labels)
