"""A folder as one archive: the same bytes for the same files everywhere, and back."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable

_EPOCH = (1980, 1, 1, 0, 0, 0)
_FILE = 0o100644 << 16


def archive_of(files: Iterable[tuple[str, bytes]]) -> bytes:
    """Files in the order given, which is that of their names; not compressed, without times and owners."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as archive:
        for name, data in files:
            member = zipfile.ZipInfo(name, _EPOCH)
            member.external_attr, member.create_system = _FILE, 3
            archive.writestr(member, data)
    return sink.getvalue()


def files_of(data: bytes) -> dict[str, bytes] | None:
    """The files whose archive these bytes are, to the last byte; None if they are no such archive."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            if any(one.compress_type != zipfile.ZIP_STORED for one in members) or sum(one.file_size for one in members) > len(data):
                return None
            files = {one.filename: archive.read(one) for one in members}
    except (zipfile.BadZipFile, ValueError, OSError, RuntimeError, EOFError):
        return None
    return files if files and archive_of(sorted(files.items())) == data else None
