"""Compression around an artifact, taken off with a limit on what comes out.

joblib compresses with zlib, gzip, bz2, xz or lzma. A scanner that stops at the compression sees
nothing of what is inside (five of five such files were called clean), so all of it comes off first.
"""

from __future__ import annotations

import bz2
import lzma
import zlib
from dataclasses import dataclass
from typing import Protocol

from ...errors import ArtifactError

LAYERS = 3
COMPRESSIONS = ("zlib", "gzip", "bz2", "xz", "lzma")
FREE, GROWTH, MOST = 32 << 20, 20, 4 << 30  # what comes out: 32 MiB, or 20 times the file, and never above 4 GiB
_MEMORY = 128 << 20  # bytes that an xz or lzma dictionary may take; preset 9 takes 65 MiB


class _Decompressor(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


@dataclass(frozen=True)
class Peeled:
    """What is inside, and the layers that came off, outermost first."""

    data: bytes
    layers: tuple[str, ...]


def layer_of(data: bytes) -> str | None:
    """Name of the compression that the bytes begin with, or None."""
    if data[:2] == b"\x1f\x8b":
        return "gzip"
    if data[:3] == b"BZh":
        return "bz2"
    if data[:6] == b"\xfd7zXZ\x00":
        return "xz"
    if data[:3] == b"\x5d\x00\x00":
        return "lzma"
    if len(data) > 1 and data[0] == 0x78 and int.from_bytes(data[:2], "big") % 31 == 0:
        return "zlib"
    return None


def peel(data: bytes) -> Peeled:
    """Take all compression off.

    Raises:
        ArtifactError: a layer is cut off, followed by other bytes, one of too many, or holds too much.
    """
    most = min(MOST, FREE + GROWTH * len(data))
    layers: list[str] = []
    while (layer := layer_of(data)) is not None:
        if len(layers) == LAYERS:
            raise ArtifactError(f"the artifact is compressed more than {LAYERS} times; save it once, compressed at most once")
        data = _inside(layer, data, most)
        layers.append(layer)
    return Peeled(data, tuple(layers))


def _inside(layer: str, data: bytes, most: int) -> bytes:
    machine = _decompressor(layer)
    try:
        inner = machine.decompress(data, most + 1)
    except (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError) as error:
        raise ArtifactError(f"the {layer} compression is broken: {str(error)[:100]}; save the model anew") from None
    if len(inner) > most:
        raise ArtifactError(f"the artifact grows to more than {most >> 20} MiB out of {len(data)} bytes of {layer}; save it with less compression")
    if not machine.eof:
        raise ArtifactError(f"the {layer} compression is cut off; copy or save the model anew")
    if machine.unused_data:
        raise ArtifactError(f"{len(machine.unused_data)} bytes follow the {layer} compression; expected its end")
    return inner


def _decompressor(layer: str) -> _Decompressor:
    if layer == "bz2":
        return bz2.BZ2Decompressor()
    if layer in ("xz", "lzma"):
        form = lzma.FORMAT_XZ if layer == "xz" else lzma.FORMAT_ALONE
        return lzma.LZMADecompressor(form, memlimit=_MEMORY)
    return zlib.decompressobj(wbits=31 if layer == "gzip" else 15)
