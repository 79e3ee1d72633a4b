"""Frames: what the front and its processes say to each other over a pair of sockets, which nobody else can reach.

A frame is two lengths, a head in JSON, and bytes. The end of the line is how each side learns that the other is gone.
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import Mapping
from typing import Any

_LENGTHS = struct.Struct(">II")
LARGEST_HEAD, LARGEST_BODY = 1 << 20, 1 << 28
"""Bytes beyond which a frame is none: a process whose memory is spoilt may say anything."""


class Line:
    """One side of a pair of sockets."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def over(cls, pair: socket.socket) -> Line:
        """A line over a connected socket, which it closes."""
        return cls(*await asyncio.open_unix_connection(sock=pair, limit=1 << 20))

    def send(self, head: Mapping[str, Any], body: bytes = b"") -> None:
        """Say something; nothing happens where the other side is gone, whose end is noticed by receiving."""
        if not self._writer.is_closing():
            said = json.dumps(head).encode()
            self._writer.write(_LENGTHS.pack(len(said), len(body)) + said + body)

    async def receive(self) -> tuple[dict[str, Any], bytes] | None:
        """What was said next; None at the end.

        Raises:
            ValueError: it is no frame.
        """
        try:
            head, body = _LENGTHS.unpack(await self._reader.readexactly(_LENGTHS.size))
            if head > LARGEST_HEAD or body > LARGEST_BODY:
                raise ValueError(f"a frame of {head} and {body} bytes")
            said = json.loads(await self._reader.readexactly(head))
            return said, await self._reader.readexactly(body)
        except (asyncio.IncompleteReadError, ConnectionError):
            return None

    def end(self) -> None:
        """Say nothing more; what the other side still says is received."""
        if not self._writer.is_closing():
            self._writer.write_eof()

    def close(self) -> None:
        """Both directions."""
        self._writer.close()
