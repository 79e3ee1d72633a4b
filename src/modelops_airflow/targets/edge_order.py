"""What devices are told: a signed order for each model, and a bundle that carries order and artifact together.

The order says which artifact is live under which epoch, from when on in which ring, and until when it counts. Whoever can
write to the place, and has not the key, can make no other; whoever replays an old one finds that epochs only grow.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from ..digest import canonical, parse_digest
from ..errors import TargetError
from ..signing.ed25519 import sign, verify

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

LARGEST = 64 << 10
"""Bytes of a signed order."""

_SAYS = b"modelops edge order 1\n"
"""What is signed before the order, so that a signature over anything else of ours is none over an order."""
_MEMBERS = ("order.json", "artifact")


@dataclass(frozen=True)
class Order:
    """Attributes:
    artifact, version, subject: what goes live; None to take the model out of service.
    size: bytes of the artifact.
    issued, expires: between these it may be installed.
    rings: ring -> when devices of it may install it.
    """

    model: str
    epoch: int
    artifact: str | None
    version: str | None
    subject: str | None
    size: int
    issued: str
    expires: str
    rings: Mapping[str, str]

    @property
    def bundle(self) -> str:
        """Path of the bundle below the place."""
        return f"bundles/{self.model}/{self.epoch}.zip"


def signed(order: Order, key: Ed25519PrivateKey) -> bytes:
    """The signed order."""
    told = asdict(order)
    return canonical({"order": told, "signature": sign(key, _SAYS + canonical(told)).hex()})


def read_order(data: bytes, public: bytes, model: str) -> Order:
    """An order, its signature verified.

    Raises:
        TargetError: it is none for this model, or the key did not sign it.
    """
    try:
        told = json.loads(data)
        order, signature = Order(**told["order"]), bytes.fromhex(told["signature"])
        right = len(data) <= LARGEST and verify(public, _SAYS + canonical(told["order"]), signature)
        if right and order.artifact is not None:
            parse_digest(order.artifact)
        for text in (order.issued, order.expires, *order.rings.values()):
            time_of(text)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise TargetError(f"the order of {model} is not readable; somebody else wrote it") from None
    if not right or order.model != model:
        raise TargetError(f"the order of {model} is not signed with this key for this model; somebody else wrote it")
    return order


def time_of(text: str) -> datetime:
    """A time of an order, with its zone.

    Raises:
        ValueError: it is none, or has no zone.
    """
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError(text)
    return found


def bundle_of(order: bytes, artifact: bytes) -> bytes:
    """Order and artifact in one archive: stored, without times, the same bytes for the same content."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as archive:
        for name, data in zip(_MEMBERS, (order, artifact), strict=True):
            member = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            member.external_attr, member.create_system = 0o100444 << 16, 3
            archive.writestr(member, data)
    return sink.getvalue()


def opened(bundle: bytes) -> tuple[bytes, bytes] | None:
    """Order and artifact of a bundle; None if it is none, to the last byte."""
    try:
        with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
            if any(one.compress_type != zipfile.ZIP_STORED for one in archive.infolist()):
                return None
            order, artifact = (archive.read(name) for name in _MEMBERS)
    except (zipfile.BadZipFile, KeyError, OSError, EOFError, NotImplementedError, RuntimeError, ValueError):
        return None
    return (order, artifact) if bundle_of(order, artifact) == bundle else None
