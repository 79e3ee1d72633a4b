"""Whether a message of an Arrow IPC stream is compressed, read from its metadata alone.

A few bytes of a compressed stream can become any number of them, so a stranger's is not unpacked. The metadata is a
FlatBuffer: a table begins with the distance back to its list of fields, which has each field's place or 0.
"""

from __future__ import annotations

import struct

_HEADER, _COMPRESSION = 2, 3  # fields of the tables Message and RecordBatch in Arrow's Message.fbs


def compressed(metadata: bytes) -> bool:
    """Whether its record batch names a compression; true also where the bytes are not to be read."""
    try:
        message = struct.unpack_from("<I", metadata, 0)[0]
        place = _field(metadata, message, _HEADER)
        if not place:
            return False
        batch = place + struct.unpack_from("<I", metadata, place)[0]
        return bool(_field(metadata, batch, _COMPRESSION))
    except struct.error:
        return True


def _field(data: bytes, table: int, number: int) -> int:
    """Where a field of a table is; 0 if it is left out."""
    fields = table - struct.unpack_from("<i", data, table)[0]
    if fields < 0:
        raise struct.error("outside of the metadata")
    if 4 + 2 * number >= struct.unpack_from("<H", data, fields)[0]:
        return 0
    offset = struct.unpack_from("<H", data, fields + 4 + 2 * number)[0]
    return table + offset if offset else 0
