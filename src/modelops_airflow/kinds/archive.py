"""Zip archives inside artifacts: no traversal, no links, no bombs."""

from __future__ import annotations

import io
import stat
import zipfile

MAX_MEMBERS = 10_000
MAX_TOTAL = 4 << 30
MAX_RATIO = 200


def zip_findings(data: bytes) -> tuple[bool, list[str]]:
    """Whether the bytes are a readable zip, and what speaks against unpacking it."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return False, []
    found = []
    names = [member.filename for member in members]
    if len(names) != len(set(names)):
        found.append("two members of the archive have the same name")
    if len(members) > MAX_MEMBERS or sum(member.file_size for member in members) > MAX_TOTAL:
        found.append(f"the archive holds more than {MAX_MEMBERS} members or {MAX_TOTAL >> 30} GiB")
    for member in members:
        parts = member.filename.replace("\\", "/").split("/")
        if member.filename.startswith(("/", "\\")) or ".." in parts or ":" in parts[0]:
            found.append(f"member {member.filename[:80]!r} leaves the archive")
        if stat.S_ISLNK(member.external_attr >> 16):
            found.append(f"member {member.filename[:80]!r} is a link")
        if member.compress_size and member.file_size / member.compress_size > MAX_RATIO and member.file_size > 1 << 20:
            found.append(f"member {member.filename[:80]!r} grows {member.file_size // member.compress_size} times")
    return True, found
