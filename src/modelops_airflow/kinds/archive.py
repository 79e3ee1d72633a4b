"""Zip archives inside artifacts: no traversal, no links, no bombs, and not a byte that belongs to no member."""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Sequence

MAX_MEMBERS = 10_000
MAX_TOTAL = 4 << 30
MAX_RATIO = 200
FREE, GROWTH = 64 << 20, 50  # all members together: 64 MiB, or 50 times the file
_LOCAL, _END = 30, 22  # bytes of a member's own header, and of the end of the archive, without names and comments
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 1


def zip_findings(data: bytes) -> tuple[bool, list[str]]:
    """Whether the bytes are a readable zip, and what speaks against unpacking it."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members, start, comment = archive.infolist(), archive.start_dir, archive.comment
    except (zipfile.BadZipFile, ValueError, OSError, RuntimeError):  # the last: made by a version that zipfile does not know
        return False, []
    found = _as_a_whole(data, members)
    if comment or not _ends(data):
        found.append("bytes or a comment follow the archive; expected its end")
    if not _without_gaps(data, members, start):
        found.append("the archive holds bytes that belong to no member, or members that share bytes")
    for member in members:
        found += _of_member(member)
    return True, found


def _as_a_whole(data: bytes, members: Sequence[zipfile.ZipInfo]) -> list[str]:
    names, total = [member.filename for member in members], sum(member.file_size for member in members)
    found = []
    if len(names) != len(set(names)):
        found.append("two members of the archive have the same name")
    if len(members) > MAX_MEMBERS or total > MAX_TOTAL:
        found.append(f"the archive holds more than {MAX_MEMBERS} members or {MAX_TOTAL >> 30} GiB")
    if total > FREE + GROWTH * len(data):
        found.append(f"the archive grows {total // len(data)} times")
    return found


def _ends(data: bytes) -> bool:
    """The record that ends an archive is the last thing in the file."""
    return data[-_END : -_END + 4] == b"PK\x05\x06"


def _without_gaps(data: bytes, members: Sequence[zipfile.ZipInfo], start: int) -> bool:
    """Members lie one after the other from the first byte to the directory; a data descriptor may stand between two."""
    at = 0
    for member in sorted(members, key=lambda one: one.header_offset):
        if not at <= member.header_offset <= at + (24 if at else 0):
            return False
        head = data[member.header_offset : member.header_offset + _LOCAL]
        if len(head) < _LOCAL:
            return False
        at = member.header_offset + _LOCAL + int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little") + member.compress_size
    return at <= start <= at + (24 if at else 0)


def _of_member(member: zipfile.ZipInfo) -> list[str]:
    found, shown = [], repr(member.filename[:80])
    parts = member.filename.replace("\\", "/").split("/")
    if member.filename.startswith(("/", "\\")) or ".." in parts or ":" in parts[0]:
        found.append(f"member {shown} leaves the archive")
    if stat.S_ISLNK(member.external_attr >> 16):
        found.append(f"member {shown} is a link")
    if member.compress_type not in _METHODS or member.flag_bits & _ENCRYPTED:
        found.append(f"member {shown} is compressed in another way than deflate, or encrypted")
    if member.compress_size and member.file_size / member.compress_size > MAX_RATIO and member.file_size > 1 << 20:
        found.append(f"member {shown} grows {member.file_size // member.compress_size} times")
    return found
