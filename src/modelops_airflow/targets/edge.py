"""The edge: signed orders and bundles in a folder, which devices fetch when they have a connection."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from ..connections import Connections
from ..digest import digest_bytes
from ..errors import TargetError
from ..signing.ed25519 import load_private, raw_public
from .edge_order import LARGEST, Order, bundle_of, opened, read_order, signed, time_of
from .edge_store import Store
from .fleet import fleet
from .own_folder import ARTIFACT, NoPlainFile, OwnFolder
from .target import Observation, Release, Target, stale, target

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_BUNDLE = ARTIFACT + 2 * LARGEST
"""Bytes of a bundle: an artifact and its order."""


@target("edge", strength="gated", where=("path",))
class Edge(Target):
    """Signed bundles in a folder, which devices fetch with `modelops edge pull`.

    `<path>/live/<model>.json` is the order: artifact, subject, epoch, when each ring may install it and until when, signed with
    Ed25519. `<path>/bundles/<model>/<epoch>.zip` has the same order and the artifact. Devices verify the signature, the
    artifact's digest, that the epoch grows and the times, and leave `<path>/seen/<device>.json` where they may write. A later
    release, a rollback and a stop are orders with a higher epoch: devices that have not yet installed the former one never will.
    What is compared here is the folder; what a device runs is what it says itself.
    """

    def __init__(self, *, path: Path, key: str, rings: Mapping[str, str], valid: int = 30, silent: int = 48, connections: Connections) -> None:
        """Make it.

        Args:
            path: a folder of its own, written by this target alone but for `seen`; share it, or copy it to where devices reach it.
            key: name of the connection that says where the Ed25519 private key is on the worker, `file:///etc/modelops/edge.pem`.
            rings: ring -> hours after the deployment when its devices may install it, such as {pilot: "0", shops: "24"}.
            silent: hours after which a device that was not seen is a finding (1 to 8760).
            valid: days that an order may be installed; after them the model is to be released again (1 to 365).
        """
        try:
            self.rings = {name: float(hours) for name, hours in rings.items()}
            good = bool(rings) and all(math.isfinite(one) and 0 <= one < 24 * valid for one in self.rings.values())
        except ValueError:
            good = False
        if not good:
            raise TargetError(f"option 'rings' of target edge: expected names with hours, from 0 to less than {valid} days, found {dict(rings)}")
        self.path, self.key, self.valid, self._connections = path, key, timedelta(days=valid), connections
        self.silent, self.own = silent, OwnFolder(path)

    def observed(self, model: str) -> Observation:
        """Verify the order, open the bundle it names, and hash the artifact."""
        found = self._order(model)
        if found is None:
            return Observation(None, 0)
        data, order = found
        if order.artifact is None:
            return Observation(None, order.epoch)
        inside = self._bundle(order)
        if inside is None or inside[0] != data:
            return Observation(None, order.epoch, dangling=True)
        return Observation(digest_bytes(inside[1]), order.epoch)

    def models(self) -> list[str]:
        """Every model of which there is an order that is no stop; one that cannot be read shows something too."""
        return [name for name in Store(str(self.path)).names("live") if self._ordered(name)]

    def _ordered(self, model: str) -> bool:
        try:
            found = self._order(model)
        except TargetError:
            return True
        return found is not None and found[1].artifact is not None

    def wrong(self, model: str) -> tuple[str, ...]:
        """Devices that have this model, by what they say, and are silent, behind or in trouble."""
        devices = fleet(Store(str(self.path)), public=raw_public(self._key()), hours=self.silent, now=_now())
        return tuple(f"device {one.device}: {'; '.join(one.wrong)}"[:200] for one in devices
                     if one.wrong and (not one.models or any(has.split(" ")[0] == model for has in one.models)))[:10]

    def withdraw(self, model: str, epoch: int) -> Observation:
        """Order every device to take the model out of service."""
        with self.own.locked():
            found = self._order(model)
            if found is not None and found[1].epoch > epoch:
                raise TargetError(f"the fence of this stop is stale: epoch {epoch} of {model}, the target has seen {found[1].epoch}")
            now = _now()
            self._switch(model, signed(Order(model, epoch, None, None, None, 0, _text(now), _text(datetime.max.replace(tzinfo=UTC)),
                                             {ring: _text(now) for ring in self.rings}), self._key()))
        return self.observed(model)

    def _publish(self, release: Release) -> None:
        artifact = release.read()
        if digest_bytes(artifact) != release.artifact:
            raise TargetError(f"the bytes to publish are not {release.artifact}; nothing was written")
        with self.own.locked():
            found = self._order(release.model)
            if found is not None and found[1].epoch > release.epoch:
                raise stale(release, found[1].epoch)
            now, key = _now(), self._key()
            if found is not None and self._same(found, release, artifact, now):
                return
            order = Order(release.model, release.epoch, release.artifact, release.version, release.subject, len(artifact), _text(now), _text(now + self.valid),
                          {ring: _text(now + timedelta(hours=hours)) for ring, hours in self.rings.items()})
            data = signed(order, key)
            self.own.write(order.bundle, bundle_of(data, artifact), mode=0o644, most=_BUNDLE)
            self._switch(release.model, data)

    def _same(self, found: tuple[bytes, Order], release: Release, artifact: bytes, now: datetime) -> bool:
        """Whether the very release is ordered already, and may still be installed."""
        data, order = found
        return (order.epoch, order.artifact, order.subject, order.version) == (release.epoch, release.artifact, release.subject, release.version) and (
            self._bundle(order) == (data, artifact) and now < time_of(order.expires))

    def _switch(self, model: str, data: bytes) -> None:
        self.own.write(f"live/{model}.json", data, mode=0o644, most=LARGEST)

    def _order(self, model: str) -> tuple[bytes, Order] | None:
        try:
            data = self.own.read(f"live/{model}.json", LARGEST)
        except FileNotFoundError:
            return None
        return data, read_order(data, raw_public(self._key()), model)

    def _bundle(self, order: Order) -> tuple[bytes, bytes] | None:
        try:
            return opened(self.own.read(order.bundle, _BUNDLE))
        except (FileNotFoundError, NoPlainFile):
            return None

    def _key(self) -> Ed25519PrivateKey:
        parts = urlsplit(self._connections(self.key))
        if parts.scheme != "file" or parts.netloc or not parts.path:
            raise TargetError(f"connection {self.key!r} says no file of a key on the worker; expected file:///etc/modelops/edge.pem")
        return load_private(Path(unquote(parts.path)))


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def _text(time: datetime) -> str:
    return time.isoformat()
